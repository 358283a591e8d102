"""What requests cost, by the published table (`api-map.md` §7.1)."""

import pytest

from services.operation import Request, Service
from services.transport.exchange import cmdlet
from services.transport.quotas import costs, total

SELECT, EXPAND, TOP = ("$select", "id"), ("$expand", "manager"), ("$top", "5")


@pytest.mark.parametrize(
    ("path", "query", "units"),
    [
        ("/users", (), 2),
        ("/users", (SELECT,), 1),
        ("/users", (EXPAND,), 3),
        ("/users", (SELECT, TOP), 1),
        ("/users", (("$top", "999"),), 2),
        ("/users/delta", (), 2),
        ("/users/u", (), 1),
        ("/users/u/memberOf", (), 2),
        ("/users/u/transitiveMemberOf/microsoft.graph.group", (EXPAND,), 3),
        ("/users/u/licenseDetails", (), 2),
        ("/groups/g/members", (), 3),
        ("/groups/g/members", (SELECT, TOP), 1),
        ("/groups/g/transitiveMembers", (), 5),
        ("/subscribedSkus", (), 3),
        ("/users/u/appRoleAssignments", (), 2),
        ("/groups", (), 1),
    ],
)
def test_reads_of_the_directory(path: str, query: tuple[tuple[str, str], ...], units: int) -> None:
    assert costs(Request(Service.GRAPH, path=path, query=query)) == {"units": units}


@pytest.mark.parametrize(
    ("method", "path", "taken"),
    [
        ("POST", "/groups/g/members/$ref", {"units": 1, "writes": 1, "tenant-writes": 1}),
        ("DELETE", "/users/u", {"units": 1, "writes": 1, "tenant-writes": 1}),
        ("POST", "/invitations", {"invitations": 1}),
        ("GET", "/auditLogs/signIns", {"reports": 1}),
        ("GET", "/reports/authenticationMethods/userRegistrationDetails", {"reports": 1}),
        ("GET", "/reports/getMailboxUsageDetail(period='D7')", {"usage": 1}),
        ("GET", "/identityProtection/riskyUsers", {"risk": 1}),
        ("GET", "/identity/conditionalAccess/policies", {"risk": 1}),
        ("GET", "/users/u/managedDevices", {"intune": 1}),
        ("POST", "/deviceManagement/managedDevices/d/users/$ref", {"intune": 1, "intune-writes": 1}),
        ("PUT", "/users/U/photo/$value", {"outlook u": 1}),
        ("GET", "/users/u/mailboxSettings", {"outlook u": 1}),
        ("GET", "/sites", {}),
    ],
)
def test_every_regime_has_its_own(method: str, path: str, taken: dict[str, int]) -> None:
    assert costs(Request(Service.GRAPH, method, path)) == taken
    assert costs(Request(Service.GRAPH_BETA, method, path)) == taken


def test_services_without_published_numbers_cost_nothing() -> None:
    assert costs(cmdlet("Set-Mailbox", {"Identity": "a"})) == {}
    assert costs(Request(Service.SHAREPOINT, "POST", "/_api/web/ensureuser")) == {}


def test_the_items_of_a_batch_count_singly() -> None:
    write, read = (
        Request(Service.GRAPH, "PATCH", "/users/u"),
        Request(Service.GRAPH, path="/groups/g/members"),
    )
    assert total([write, read, read]) == {"units": 7, "writes": 1, "tenant-writes": 1}
