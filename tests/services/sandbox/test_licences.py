"""assignLicense: what it changes, counts and refuses, and what groups hand out."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests import contracts
from tests.sandbox import running_sandbox
from tests.services.sandbox.calls import ADELE, get, group, reference, refused, user
from tests.services.sandbox.conftest import client

E3 = "6fd2c87f-b296-42f0-b197-1e91e994b900"
E5 = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"
EMS = "efccb6f7-5641-4e0e-bd10-b4976e1bf68e"
E1 = "18181a46-0d4e-45cd-891e-60aabd171b4e"
FLOW = "f30db892-07e9-47e9-837c-80727f46fd3d"
VISIO = "c5928f49-12ba-48f7-ada3-0d743a3601d5"
TEAMS_PLAN = "57ff2da0-773e-42df-b2af-ffb7a2317929"
LEE, JONI = "leeg@contoso.example", "joniw@contoso.example"
LICENCES = "assignedLicenses,licenseAssignmentStates,assignedPlans"


@pytest.fixture(scope="module")
def tenant() -> Iterator[httpx.Client]:
    """One tenant; each test uses people and licences of its own."""
    with running_sandbox() as endpoints, client(endpoints) as found:
        yield found


def body(add: list[Any] | None = None, remove: list[str] | None = None) -> dict[str, Any]:
    """The body of a call; an added licence is an id or an object."""
    added = [a if isinstance(a, dict) else {"skuId": a, "disabledPlans": []} for a in add or ()]
    return {"addLicenses": added, "removeLicenses": remove or []}


def used(tenant: httpx.Client, sku: str) -> int:
    """Seats taken."""
    found = get(tenant, "/subscribedSkus", {"$select": "skuId,consumedUnits"})["value"]
    return int(next(s["consumedUnits"] for s in found if s["skuId"] == sku))


def held(tenant: httpx.Client, who: str) -> set[str]:
    """skuIds of a person."""
    return {a["skuId"] for a in get(tenant, f"/users/{who}", {"$select": LICENCES})["assignedLicenses"]}


def test_licences_come_and_go_in_one_call(tenant: httpx.Client) -> None:
    path, before = f"/users/{LEE}/assignLicense", (used(tenant, E5), used(tenant, FLOW))
    asked = body([{"skuId": E5, "disabledPlans": [TEAMS_PLAN]}, FLOW])
    contracts.validate_request("POST", path, {}, asked)
    answer = tenant.post(path, json=asked)
    assert answer.status_code == 200
    contracts.validate_answer("POST", path, 200, answer.json())
    found = get(tenant, f"/users/{LEE}", {"$select": LICENCES})
    assert {a["skuId"]: a["disabledPlans"] for a in found["assignedLicenses"]} == {E5: [TEAMS_PLAN], FLOW: []}
    assert {s["assignedByGroup"] for s in found["licenseAssignmentStates"]} == {None}
    assert TEAMS_PLAN not in [p["servicePlanId"] for p in found["assignedPlans"]]
    assert (used(tenant, E5), used(tenant, FLOW)) == (before[0] + 1, before[1] + 1)
    assert tenant.post(path, json=body([E5])).status_code == 200  # again, now with all of its plans
    assert used(tenant, E5) == before[0] + 1
    assert tenant.post(path, json=body([], [E5, FLOW])).status_code == 200
    assert (used(tenant, E5), used(tenant, FLOW)) == before
    statuses = get(tenant, f"/users/{LEE}", {"$select": LICENCES})["assignedPlans"]
    assert {p["capabilityStatus"] for p in statuses} == {"Deleted"}
    log = get(
        tenant, "/auditLogs/directoryAudits", {"$filter": "activityDisplayName eq 'Change user license'"}
    )
    changed = log["value"][0]["targetResources"][0]["modifiedProperties"][0]
    assert changed["displayName"] == "AssignedLicense"
    assert f"SkuId={E5}" in changed["oldValue"]
    assert changed["newValue"] == "[]"


@pytest.mark.parametrize(
    ("who", "asked", "text"),
    [
        (JONI, body([FLOW]), "License assignment cannot be done for user with invalid usage location."),
        (ADELE, body([EMS]), f"Subscription with SKU {EMS} does not have any available licenses."),
        (ADELE, body([], [FLOW]), "User does not have a corresponding license."),
        (
            ADELE,
            body([], [VISIO]),
            "User license is inherited from a group membership and it cannot be removed",
        ),
        (ADELE, body([E1]), "mutually exclusive"),
        (ADELE, body([VISIO[:-1] + "0"]), "does not correspond to a valid company License"),
        (ADELE, body([{"skuId": FLOW, "disabledPlans": [TEAMS_PLAN]}]), "is not in"),
        (ADELE, body(), "No license changes"),
        (ADELE, body([FLOW], [FLOW]), "more than once"),
    ],
)
def test_what_the_directory_refuses(tenant: httpx.Client, who: str, asked: dict[str, Any], text: str) -> None:
    before = held(tenant, who)
    refused(tenant.post(f"/users/{who}/assignLicense", json=asked), 400, "Request_BadRequest", text)
    assert held(tenant, who) == before


@pytest.mark.parametrize(
    "asked",
    [
        {"addLicenses": []},
        {**body([FLOW]), "more": 1},
        body(["E5"]),
        {"addLicenses": [FLOW], "removeLicenses": []},
        body([{"skuId": FLOW, "plans": []}]),
        {"addLicenses": None, "removeLicenses": []},
    ],
)
def test_what_cannot_be_read(tenant: httpx.Client, asked: dict[str, Any]) -> None:
    refused(tenant.post(f"/users/{ADELE}/assignLicense", json=asked), 400, "BadRequest")


def test_one_refusal_takes_the_whole_call_with_it(tenant: httpx.Client) -> None:
    before, seats = held(tenant, ADELE), used(tenant, FLOW)
    asked = body([FLOW], [EMS])
    refused(
        tenant.post(f"/users/{ADELE}/assignLicense", json=asked), 400, "Request_BadRequest", "corresponding"
    )
    assert (held(tenant, ADELE), used(tenant, FLOW)) == (before, seats)


def test_a_group_hands_out_and_takes_back(tenant: httpx.Client) -> None:
    alex, seats = user(tenant, "alexw@contoso.example"), used(tenant, VISIO)
    members = f"/groups/{group(tenant, 'Project Alpha')}/members"
    assert tenant.post(f"{members}/$ref", json=reference(alex)).status_code == 204
    assert VISIO in held(tenant, alex)
    assert used(tenant, VISIO) == seats + 1
    assert tenant.post(f"/users/{alex}/assignLicense", json=body([VISIO])).status_code == 200
    assert used(tenant, VISIO) == seats + 1
    assert tenant.delete(f"{members}/{alex}/$ref").status_code == 204
    assert VISIO in held(tenant, alex)
    assert tenant.post(f"/users/{alex}/assignLicense", json=body([], [VISIO])).status_code == 200
    assert used(tenant, VISIO) == seats


def test_the_recycle_bin_gives_seats_back(tenant: httpx.Client) -> None:
    isaiah, seats = user(tenant, "isaiahl@contoso.example"), used(tenant, E3)
    assert tenant.delete(f"/users/{isaiah}").status_code == 204
    assert used(tenant, E3) == seats - 1
    assert tenant.post(f"/directory/deletedItems/{isaiah}/restore").status_code == 200
    assert used(tenant, E3) == seats
