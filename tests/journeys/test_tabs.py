"""Every tab that changes something, by keys alone at 80x24: staged there, applied at once, found in the tenant."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from services.sandbox.options import FUNCTIONAL_ROLES, PORTAL_APP_ID
from services.tabs.registry import TABS
from services.tabs.tab import RecordTab
from tests.journeys.desk import (
    ADELE,
    apply,
    choose,
    edit,
    flip,
    flip_all,
    go_to,
    objects,
    operator,
    toggle,
    write,
)
from tests.journeys.served import Served, served

PROFILE = (
    f'portal_app_id = "{PORTAL_APP_ID}"',
    "[tenants.lab.functional_roles]",
    f'administrative_unit = "{FUNCTIONAL_ROLES}"',
)
JOINED = {
    "Functional roles": ["Project Beta"],
    "Microsoft 365 Groups": ["DevOps Users (172)"],
    "Application groups": [],
    "Distribution groups": ["Payroll Nordics (63)"],
    "Mail-enabled security groups": ["Vault Keys"],
}
LEFT = {
    "Functional roles": [],
    "Microsoft 365 Groups": ["Contoso Marketing"],
    "Application groups": ["Project Alpha"],
    "Distribution groups": ["All Staff News"],
    "Mail-enabled security groups": ["Building Access"],
}
OWNED = "Lab Access Managers (77)"
MAILBOXES = {
    "Shared mailboxes": (("Accounts Payable", False), ("Careers", True)),
    "Equipment mailboxes": (("Projector 1", False), ("Van", True)),
    "Room mailboxes": (("Room Baker", True),),
}
ROLES = {
    "Directory roles": (["Reports Reader"], []),
    "Azure applications": (["Campaigns · Manager", "Badge Office"], ["Expenses"]),
    "Portal access roles": (["Help desk"], ["Auditor"]),
}
FORMS = ("Basics", "Mail", "Mailbox storage", "Forwarding and replies", "Extension Attributes")
ELSEWHERE = {"Security groups", "Licenses", "SharePoint"}
"""Tabs with a journey of their own."""
READ_ONLY = {"OneDrive"}


@pytest.fixture(scope="module")
def tenant() -> Iterator[Served]:
    """One tenant; each test changes things of its own."""
    with served("--users", "60", "--groups", "200", "--ephemeral") as found:
        yield found


def at_adele(tenant: Served, folder: Path, tab: str) -> Any:
    """The program on a tab of Adele's page."""
    return operator(tenant, folder, "--user", ADELE, "--tab", tab, profile=PROFILE)


def test_no_tab_is_left_out() -> None:
    changing = {tab.title for tab in TABS if not isinstance(tab, RecordTab)}
    assert changing <= {*JOINED, *MAILBOXES, *ROLES, *FORMS} | ELSEWHERE | READ_ONLY


def test_memberships_on_every_tab_of_groups(tenant: Served, tmp_path: Path) -> None:
    before = held_groups(tenant)
    with at_adele(tenant, tmp_path, "security-groups") as terminal:
        terminal.wait_for("member of ")
        for title in JOINED:
            go_to(terminal, title)
            toggle(terminal, [*JOINED[title], *LEFT[title]])
        go_to(terminal, "Microsoft 365 Groups")
        toggle(terminal, [OWNED], switch=1)
        apply(terminal, sum(map(len, [*JOINED.values(), *LEFT.values()])) + 1)
    joined, left = ({name for names in held.values() for name in names} for held in (JOINED, LEFT))
    assert before & joined == set()
    assert before & left == left
    assert held_groups(tenant) == (before | joined) - left
    assert ADELE in owners(tenant, OWNED)
    for name in ("Payroll Nordics (63)", "Vault Keys"):
        assert ADELE in members_in_exchange(tenant, name)
    for name in ("All Staff News", "Building Access"):
        assert ADELE not in members_in_exchange(tenant, name)


def test_three_rights_on_every_kind_of_mailbox(tenant: Served, tmp_path: Path) -> None:
    with at_adele(tenant, tmp_path, "shared-mailboxes") as terminal:
        terminal.wait_for("full access known in")
        for title, chosen in MAILBOXES.items():
            go_to(terminal, title)
            for name, after in chosen:
                flip_all(terminal, name, "[ ]" if after else "[x]", 3)
        apply(terminal, 3 * sum(map(len, MAILBOXES.values())))
    for chosen in MAILBOXES.values():
        for name, after in chosen:
            assert rights(tenant, name) == (after, after, after), name


def test_roles_of_directory_applications_and_portal(tenant: Served, tmp_path: Path) -> None:
    before_roles, before_apps = directory_roles(tenant), assignments(tenant)
    with at_adele(tenant, tmp_path, "directory-roles") as terminal:
        terminal.wait_for("Directory roles ── 3")
        for title, (on, off) in ROLES.items():
            go_to(terminal, title)
            toggle(terminal, [*on, *off])
        apply(terminal, 6)
    assert directory_roles(tenant) == before_roles | {"Reports Reader"}
    after = assignments(tenant)
    assert after - before_apps == {
        ("Campaigns", "Manager"), ("Badge Office", "Default access"), ("Rollcall", "Help desk"),
    }  # fmt: skip
    assert before_apps - after == {("Expenses", "User"), ("Rollcall", "Auditor")}


def test_every_form(tenant: Served, tmp_path: Path) -> None:
    with at_adele(tenant, tmp_path, "basics") as terminal:
        terminal.wait_for("Job title")
        edit(terminal, "Office", "Room 7")
        choose(terminal, "Manager", "megan", "Megan Bowen")
        edit(terminal, "Hire date", "2024-02-29")
        edit(terminal, "Business phone", "+47 22 00 00 00")
        choose(terminal, "Usage location", "norw", "Norway")
        go_to(terminal, "Mail")
        edit(terminal, "Aliases", "adele.v@mail.contoso.example")
        write(terminal, "Mail tip", "Answers on Mondays")
        edit(terminal, "Largest message sent", "20.5 MB")
        flip(terminal, "IMAP")
        go_to(terminal, "Mailbox storage")
        edit(terminal, "Warn at", "49.5 GB")
        edit(terminal, "Keep deleted items for", "30 days")
        go_to(terminal, "Forwarding and replies")
        edit(terminal, "Forward to an address", "adele@example.org")
        flip(terminal, "Keep a copy")
        choose(terminal, "Automatic replies", "sched", "Scheduled")
        edit(terminal, "Start (UTC)", "2026-12-24 12:00")
        edit(terminal, "End (UTC)", "2027-01-02 08:00")
        write(terminal, "To colleagues", "Away & gone\nuntil January")
        go_to(terminal, "Extension Attributes")
        edit(terminal, "Attribute 3", "desk <7>")
        apply(terminal, 9)
    fields = "id,officeLocation,businessPhones,usageLocation,onPremisesExtensionAttributes"
    found = one(tenant, f"/v1.0/users/{ADELE}?$select={fields}&$expand=manager($select=displayName)")
    assert (found["officeLocation"], found["businessPhones"]) == ("Room 7", ["+47 22 00 00 00"])
    assert (found["usageLocation"], found["manager"]["displayName"]) == ("NO", "Megan Bowen")
    assert found["onPremisesExtensionAttributes"]["extensionAttribute3"] == "desk <7>"
    assert one(tenant, f"/v1.0/users/{ADELE}?$select=hireDate")["hireDate"].startswith("2024-02-29")
    check_mailbox(tenant)


def check_mailbox(tenant: Served) -> None:
    """What Exchange itself has of the form's changes."""
    (mailbox,) = tenant.cmdlet("Get-Mailbox", Identity=ADELE)
    assert "smtp:adele.v@mail.contoso.example" in mailbox["EmailAddresses"]
    assert "Answers on Mondays" in mailbox["MailTip"]
    assert "(21,495,808 bytes)" in mailbox["MaxSendSize"]
    assert "(53,150,220,288 bytes)" in mailbox["IssueWarningQuota"]
    assert mailbox["RetainDeletedItemsFor"] == "30.00:00:00"
    assert (mailbox["ForwardingAddress"], mailbox["ForwardingSmtpAddress"]) == (
        None,
        "smtp:adele@example.org",
    )
    assert mailbox["DeliverToMailboxAndForward"] is True
    assert tenant.cmdlet("Get-CASMailbox", Identity=ADELE)[0]["ImapEnabled"] is False
    (replies,) = tenant.cmdlet("Get-MailboxAutoReplyConfiguration", Identity=ADELE)
    assert replies["AutoReplyState"] == "Scheduled"
    assert replies["StartTime"].startswith("2026-12-24T12:00")
    assert replies["EndTime"].startswith("2027-01-02T08:00")
    assert "Away &amp; gone<br>until January" in replies["InternalMessage"]


def one(tenant: Served, path: str) -> dict[str, Any]:
    """One object of Graph, straight from the tenant."""
    status, body = tenant.ask("GET", path)
    assert status == 200, body
    return dict(body)


def held_groups(tenant: Served) -> set[str]:
    """Names of all groups Adele is directly in."""
    return {str(o["displayName"]) for o in objects(tenant, f"/v1.0/users/{ADELE}/memberOf?$top=999")}


def group_id(tenant: Served, name: str) -> str:
    """The id of the one group with this name."""
    condition = quote(f"displayName eq '{name}'")
    (found,) = objects(tenant, f"/v1.0/groups?$select=id&$filter={condition}")
    return str(found["id"])


def owners(tenant: Served, name: str) -> set[str]:
    """User names of a group's owners."""
    return {o["userPrincipalName"] for o in objects(tenant, f"/v1.0/groups/{group_id(tenant, name)}/owners")}


def members_in_exchange(tenant: Served, name: str) -> set[str]:
    """Mail addresses of the members that Exchange has."""
    found = tenant.cmdlet(
        "Get-DistributionGroupMember", Identity=group_id(tenant, name), ResultSize="Unlimited"
    )
    return {str(member["PrimarySmtpAddress"]) for member in found}


def rights(tenant: Served, mailbox: str) -> tuple[bool, bool, bool]:
    """Full access, send as and send on behalf of Adele, as Exchange has them."""
    full = tenant.cmdlet("Get-MailboxPermission", Identity=mailbox, User=ADELE)
    sends = tenant.cmdlet("Get-RecipientPermission", Identity=mailbox, Trustee=ADELE)
    (settings,) = tenant.cmdlet("Get-Mailbox", Identity=mailbox)
    me = tenant.cmdlet("Get-Recipient", Identity=ADELE)[0]
    named = {str(name).lower() for name in settings["GrantSendOnBehalfTo"] or ()}
    return (
        any("FullAccess" in entry["AccessRights"] for entry in full),
        any("SendAs" in entry["AccessRights"] for entry in sends),
        bool(named & {str(me[key]).lower() for key in ("Name", "ExternalDirectoryObjectId")}),
    )


def directory_roles(tenant: Served) -> set[str]:
    """Names of the roles Adele holds for the whole directory by herself."""
    me = one(tenant, f"/v1.0/users/{ADELE}?$select=id")["id"]
    names = {
        r["id"]: r["displayName"] for r in objects(tenant, "/v1.0/roleManagement/directory/roleDefinitions")
    }
    condition = quote(f"principalId eq '{me}'")
    held = objects(tenant, f"/v1.0/roleManagement/directory/roleAssignments?$filter={condition}")
    return {names[item["roleDefinitionId"]] for item in held if item["directoryScopeId"] == "/"}


def assignments(tenant: Served) -> set[tuple[str, str]]:
    """(application, role) that Adele is assigned to by herself."""
    me = one(tenant, f"/v1.0/users/{ADELE}?$select=id")["id"]
    apps = {a["id"]: a for a in objects(tenant, "/v1.0/servicePrincipals?$top=999")}
    held = objects(tenant, f"/v1.0/users/{ADELE}/appRoleAssignments?$top=999")
    found = set()
    for item in held:
        if item["principalId"] == me:
            roles = {role["id"]: role["displayName"] for role in apps[item["resourceId"]]["appRoles"]}
            found.add((item["resourceDisplayName"], roles.get(item["appRoleId"], "Default access")))
    return found
