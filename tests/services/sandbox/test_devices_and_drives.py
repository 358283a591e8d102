"""Intune's devices with their primary users, and OneDrive."""

import httpx
import pytest

from tests import contracts
from tests.sandbox import Endpoints
from tests.services.sandbox.calls import ADELE, get, refused, user
from tests.services.sandbox.conftest import client

DEVICES = "/deviceManagement/managedDevices"


def test_devices_of_a_user_and_of_all(read: httpx.Client) -> None:
    adele = user(read)
    path, query = f"/users/{adele}/managedDevices", {"$select": "id,deviceName,operatingSystem,userId"}
    contracts.validate_request("GET", path, query, None)
    mine = get(read, path, query)["value"]
    assert [d["operatingSystem"] for d in mine] == ["iOS", "Windows", "macOS", "Android"]
    assert {d["userId"] for d in mine} == {adele}
    assert get(read, path)["value"][0]["serialNumber"].startswith("SN")
    assert get(read, DEVICES, {"$filter": f"userId eq '{adele}'", **query})["value"] == mine
    page = get(read, DEVICES, {"$top": "3"})
    rest = read.get(page["@odata.nextLink"]).json()["value"]
    assert not {d["id"] for d in page["value"]} & {d["id"] for d in rest}
    assert get(read, f"{DEVICES}/{mine[0]['id']}")["deviceName"] == mine[0]["deviceName"]
    refused(read.get(f"{DEVICES}/{adele}"), 404, "ResourceNotFound")
    assert read.get(DEVICES, params={"$select": "nope"}).status_code == 400
    assert read.get(DEVICES, params={"$orderby": "deviceName"}).status_code == 400


def test_only_the_beta_knows_primary_users(shared: Endpoints, read: httpx.Client) -> None:
    _, second, *_ = get(read, f"/users/{ADELE}/managedDevices")["value"]
    path, query = f"{DEVICES}/{second['id']}/users", {"$select": "id,displayName"}
    refused(read.get(path, params=query), 400, "BadRequest")
    contracts.validate_request("GET", path, query, None)
    with client(shared, version="beta") as beta:
        assert [u["displayName"] for u in get(beta, path, query)["value"]] == ["Alex Wilber"]


def test_a_drive(read: httpx.Client) -> None:
    path, query = f"/users/{user(read)}/drive", {"$select": "id,webUrl,quota,owner,lastModifiedDateTime"}
    contracts.validate_request("GET", path, query, None)
    found = get(read, path, query)
    assert found["webUrl"].endswith("/personal/adelev_contoso_example/Documents")
    assert found["quota"]["used"] + found["quota"]["remaining"] >= found["quota"]["total"]
    assert found["owner"]["user"]["displayName"] == "Adele Vance"
    assert get(read, path)["driveType"] == "business"


@pytest.mark.parametrize("who", ["leeg@contoso.example", "svc-backup@contoso.example"])
def test_who_has_no_sharepoint_has_no_drive(read: httpx.Client, who: str) -> None:
    refused(read.get(f"/users/{who}/drive"), 404, "ResourceNotFound", "mysite not found")
