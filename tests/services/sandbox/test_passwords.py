"""Passwords: what the directory takes, what it refuses, how a write-back ends, and that nobody gets one back."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.sandbox import passwords
from tests import contracts
from tests.sandbox import running_sandbox
from tests.services.sandbox.calls import ADELE, get, refused, user
from tests.services.sandbox.conftest import client

GOOD = "Blue-Harbour-27"
OF_METHOD = f"/authentication/methods/{passwords.METHOD}/resetPassword"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The tenant's file."""
    return tmp_path / "tenant.db"


@pytest.fixture
def graph(data: Path) -> Iterator[httpx.Client]:
    """A client of the test's own tenant, which is kept in a file."""
    with running_sandbox(data=data) as endpoints, client(endpoints) as found:
        yield found


def synced(graph: httpx.Client) -> str:
    """The id of a user who is synchronised from Active Directory."""
    found = get(graph, "/users", {"$select": "id,onPremisesSyncEnabled", "$top": "999"})["value"]
    return str(next(each["id"] for each in found if each["onPremisesSyncEnabled"]))


def resets(graph: httpx.Client) -> int:
    """How many resets the directory has recorded."""
    found = {"$filter": "activityDisplayName eq 'Reset user password'", "$top": "999"}
    return len(get(graph, "/auditLogs/directoryAudits", found)["value"])


def test_a_cloud_user_gets_the_password_and_nobody_can_read_it(graph: httpx.Client, data: Path) -> None:
    adele = user(graph)
    before = get(graph, f"/users/{adele}", {"$select": "lastPasswordChangeDateTime"})
    body = {"passwordProfile": {"forceChangePasswordNextSignIn": True, "password": GOOD}}
    contracts.validate_request("PATCH", f"/users/{adele}", {}, body)
    assert graph.patch(f"/users/{adele}", json=body).status_code == 204
    assert passwords.matches(data, adele, GOOD)
    assert not passwords.matches(data, adele, GOOD.lower())
    shown = get(graph, f"/users/{adele}", {"$select": "passwordProfile,lastPasswordChangeDateTime"})
    assert shown["passwordProfile"] is None
    assert shown["lastPasswordChangeDateTime"] > before["lastPasswordChangeDateTime"]
    assert GOOD.encode() not in b"".join(path.read_bytes() for path in data.parent.iterdir())


@pytest.mark.parametrize(
    ("profile", "text"),
    [
        ({"password": "short1A"}, "complexity"),
        ({"password": "alllowercase"}, "complexity"),
        ({"password": "P@ssw0rd1"}, "complexity"),
        ({"password": "Grün-Hafen-27"}, "complexity"),
        ({"password": 12345678}, "Invalid value"),
        ({"password": GOOD, "secret": True}, "Invalid property 'secret'"),
        ({"forceChangePasswordNextSignIn": "yes", "password": GOOD}, "Invalid value"),
        (None, "Invalid value"),
    ],
)
def test_what_is_no_password_is_refused(graph: httpx.Client, profile: object, text: str) -> None:
    refused(
        graph.patch(f"/users/{ADELE}", json={"passwordProfile": profile}), 400, "Request_BadRequest", text
    )


def test_a_synced_user_is_written_back_and_only_then(graph: httpx.Client, data: Path) -> None:
    who, before = synced(graph), resets(graph)
    refused(
        graph.patch(f"/users/{who}", json={"passwordProfile": {"password": GOOD}}),
        400,
        "Request_BadRequest",
        "on-premises mastered",
    )
    contracts.validate_request("POST", f"/users/{who}{OF_METHOD}", {}, {"newPassword": GOOD})
    answer = graph.post(f"/users/{who}{OF_METHOD}", json={"newPassword": GOOD})
    assert (answer.status_code, answer.headers["retry-after"]) == (202, "1")
    assert GOOD not in answer.text
    place = answer.headers["location"].removeprefix(str(graph.base_url).rstrip("/"))
    assert place.startswith(f"/users/{who}/authentication/operations/")
    statuses = [get(graph, place)["status"] for _ in range(4)]
    assert statuses == ["notStarted", "running", "succeeded", "succeeded"]
    assert passwords.matches(data, who, GOOD)
    assert resets(graph) == before + 1


def test_a_write_back_that_active_directory_refuses(graph: httpx.Client, data: Path) -> None:
    who = synced(graph)
    name = str(get(graph, f"/users/{who}")["userPrincipalName"]).partition("@")[0]
    text = f"{name}-Harbour-27"
    answer = graph.post(f"/users/{who}{OF_METHOD}", json={"newPassword": text})
    place = answer.headers["location"].removeprefix(str(graph.base_url).rstrip("/"))
    (*_, last) = [get(graph, place) for _ in range(3)]
    assert (last["status"], "on-premises" in last["statusDetail"]) == ("failed", True)
    assert not passwords.matches(data, who, text)


def test_what_the_reset_does_not_take(graph: httpx.Client) -> None:
    who, me = synced(graph), str(get(graph, "/me")["id"])
    refused(
        graph.post(f"/users/{me}{OF_METHOD}", json={"newPassword": GOOD}), 403, "accessDenied", "own account"
    )
    refused(graph.post(f"/users/{who}{OF_METHOD}", json={"newPassword": "short"}), 400, "Request_BadRequest")
    refused(
        graph.post(f"/users/{who}{OF_METHOD}", json={"password": GOOD}), 400, "badRequest", "Invalid property"
    )
    refused(graph.post(f"/users/{who}{OF_METHOD}", json={}), 400, "badRequest", "must be specified")
    other = OF_METHOD.replace(passwords.METHOD, "3179e48a-750b-4051-897c-87b9720928f7")
    refused(graph.post(f"/users/{who}{other}", json={"newPassword": GOOD}), 404, "Request_ResourceNotFound")
    refused(graph.get(f"/users/{who}/authentication/operations/{who}"), 404, "Request_ResourceNotFound")
