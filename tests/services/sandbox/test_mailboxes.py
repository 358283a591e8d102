"""Mailboxes over the wire: what is read, what is written, what Exchange refuses, and what it only warns of."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests import contracts
from tests.sandbox import Endpoints, running_sandbox
from tests.services.sandbox.calls import ADELE, cmdlet, exception, user
from tests.services.sandbox.conftest import client

HASH = "#Exchange.GenericHashTable"
ALEX = "alexw@contoso.example"
ORDERS = "orders@contoso.example"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """One tenant; each test writes to a mailbox of its own."""
    with running_sandbox() as found:
        yield found


@pytest.fixture(scope="module")
def wire(tenant: Endpoints) -> Iterator[httpx.Client]:
    """A client of it."""
    with client(tenant) as found:
        yield found


def _run(tenant: Endpoints, wire: httpx.Client, name: str, **parameters: Any) -> dict[str, Any]:
    """A cmdlet that succeeds and whose parameters are published."""
    contracts.validate_cmdlet(name, parameters)
    answer = cmdlet(tenant, wire, name, **parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _one(tenant: Endpoints, wire: httpx.Client, name: str, **parameters: Any) -> dict[str, Any]:
    (found,) = _run(tenant, wire, name, **parameters)["value"]
    assert isinstance(found, dict)
    return found


def test_a_mailbox_in_exchanges_own_words(tenant: Endpoints, wire: httpx.Client) -> None:
    found = _one(tenant, wire, "Get-Mailbox", Identity=ADELE)
    assert found["ExternalDirectoryObjectId"] == user(wire)
    assert found["ProhibitSendReceiveQuota"] == "100 GB (107,374,182,400 bytes)"
    assert found["MaxSendSize"] == "35 MB (36,700,160 bytes)"
    assert found["EmailAddresses"] == [f"SMTP:{ADELE}"]
    used = _one(tenant, wire, "Get-MailboxStatistics", Identity=ADELE)
    assert used["TotalItemSize"].endswith(" bytes)")
    assert _one(tenant, wire, "Get-CASMailbox", Identity=found["Guid"])["OWAEnabled"] is True


@pytest.mark.parametrize("kind", ["SharedMailbox", "RoomMailbox", "EquipmentMailbox", "UserMailbox"])
def test_mailboxes_by_kind(tenant: Endpoints, wire: httpx.Client, kind: str) -> None:
    found = _run(tenant, wire, "Get-Mailbox", RecipientTypeDetails=[kind], ResultSize="Unlimited")["value"]
    assert len(found) >= 8
    assert {row["RecipientTypeDetails"] for row in found} == {kind}
    for row in found[:5]:
        assert (
            _one(tenant, wire, "Get-Recipient", Identity=row["ExternalDirectoryObjectId"])["Name"]
            == row["Name"]
        )


def test_settings_change_and_a_second_time_is_only_a_warning(tenant: Endpoints, wire: httpx.Client) -> None:
    written = {
        "MaxSendSize": "20MB", "MailTip": "Slow", "RetainDeletedItemsFor": "30.00:00:00",
        "EmailAddresses": {"@odata.type": HASH, "add": ["smtp:alex.w@contoso.example"]},
        "ForwardingAddress": ADELE,
    }  # fmt: skip
    for warned in (False, True):
        answer = _run(tenant, wire, "Set-Mailbox", Identity=ALEX, **written)
        assert answer["value"] == []
        assert bool(answer["@adminapi.warnings"]) is warned
    found = _one(tenant, wire, "Get-Mailbox", Identity=ALEX)
    assert found["MaxSendSize"] == "20 MB (20,971,520 bytes)"
    assert found["MailTip"] == "<html>\r\n<body>\r\nSlow\r\n</body>\r\n</html>\r\n"
    assert found["EmailAddresses"] == [f"SMTP:{ALEX}", "smtp:alex.w@contoso.example"]
    assert found["ForwardingAddress"] == user(wire)
    log = wire.get(
        "/auditLogs/directoryAudits", params={"$filter": "activityDisplayName eq 'Set-Mailbox'"}
    ).json()
    (record,) = log["value"]
    assert {p["displayName"] for p in record["targetResources"][0]["modifiedProperties"]} == set(written)
    contracts.validate_answer("GET", "/auditLogs/directoryAudits", 200, log)


def test_protocols_and_replies(tenant: Endpoints, wire: httpx.Client) -> None:
    _run(tenant, wire, "Set-CASMailbox", Identity=ORDERS, ImapEnabled=False)
    assert _one(tenant, wire, "Get-CASMailbox", Identity=ORDERS)["ImapEnabled"] is False
    replies = {
        "AutoReplyState": "Scheduled", "StartTime": "2026-12-24T12:00:00Z", "EndTime": "2026-12-27T08:00:00+01:00",
        "InternalMessage": "<p>Away</p>", "ExternalAudience": "known",
    }  # fmt: skip
    _run(tenant, wire, "Set-MailboxAutoReplyConfiguration", Identity=ORDERS, **replies)
    found = _one(tenant, wire, "Get-MailboxAutoReplyConfiguration", Identity=ORDERS)
    assert (found["StartTime"], found["EndTime"]) == ("2026-12-24T12:00:00", "2026-12-27T07:00:00")
    assert (found["InternalMessage"], found["ExternalAudience"]) == ("<p>Away</p>", "Known")
    again = _run(tenant, wire, "Set-MailboxAutoReplyConfiguration", Identity=ORDERS, **replies)
    assert "no settings of" in again["@adminapi.warnings"][0]


@pytest.mark.parametrize(
    ("noun", "who", "rights", "more"),
    [
        ("MailboxPermission", "User", ["FullAccess"], {"InheritanceType": "All", "AutoMapping": True}),
        ("RecipientPermission", "Trustee", ["SendAs"], {}),
    ],
)
def test_permissions(
    tenant: Endpoints, wire: httpx.Client, noun: str, who: str, rights: list[str], more: dict[str, Any]
) -> None:
    given = {"Identity": "Returns", who: "Building Access", "AccessRights": rights, "Confirm": False}
    names = {who: "Building Access"}
    _run(tenant, wire, f"Add-{noun}", **given, **more)
    assert "already present" in _run(tenant, wire, f"Add-{noun}", **given, **more)["@adminapi.warnings"][0]
    (row,) = _run(tenant, wire, f"Get-{noun}", Identity="Returns", **names)["value"]
    assert (row[who], row["AccessRights"], row["IsInherited"]) == ("Building Access", rights, False)
    everyone = _run(tenant, wire, f"Get-{noun}", Identity="Returns")["value"]
    assert "NT AUTHORITY\\SELF" in [r[who] for r in everyone]
    _run(tenant, wire, f"Remove-{noun}", **given)
    assert " ACE " in _run(tenant, wire, f"Remove-{noun}", **given)["@adminapi.warnings"][0]
    assert _run(tenant, wire, f"Get-{noun}", Identity="Returns", **names)["value"] == []
    asked = cmdlet(tenant, wire, f"Remove-{noun}", **(given | {"Confirm": True}))
    assert exception(asked) == "HostException"


def test_whom_somebody_may_send_as(tenant: Endpoints, wire: httpx.Client) -> None:
    found = _run(tenant, wire, "Get-RecipientPermission", Trustee=ADELE, ResultSize="Unlimited")["value"]
    names = {_one(tenant, wire, "Get-Recipient", Identity=row["Identity"])["DisplayName"] for row in found}
    assert {"Accounts Payable", "Room Adams", "Projector 1"} <= names


@pytest.mark.parametrize(
    ("name", "parameters", "status", "text"),
    [
        ("Get-Mailbox", {"Identity": "leeg@contoso.example"}, 404, "couldn't be found"),
        ("Get-Mailbox", {"RecipientTypeDetails": ["SharedBox"]}, 400, "RecipientTypeDetails"),
        ("Get-Mailbox", {"Anr": "x"}, 400, "not served"),
        ("Set-Mailbox", {}, 400, "missing mandatory parameters: Identity."),
        ("Set-Mailbox", {"Identity": ADELE, "MaxSendSize": "151MB"}, 400, "at most 150 MB"),
        ("Set-Mailbox", {"Identity": ADELE, "MaxSendSize": True}, 400, "Cannot convert"),
        ("Set-Mailbox", {"Identity": ADELE, "LitigationHoldEnabled": "yes"}, 400, "Cannot convert"),
        ("Set-Mailbox", {"Identity": ADELE, "LitigationHoldEnabled": None}, 400, "Cannot convert"),
        (
            "Set-Mailbox",
            {"Identity": ADELE, "EmailAddresses": {"add": ["a@contoso.example"]}},
            400,
            "Cannot convert",
        ),
        (
            "Set-Mailbox",
            {"Identity": ADELE, "EmailAddresses": {"@odata.type": HASH, "remove": [f"SMTP:{ADELE}"]}},
            400,
            "exactly one primary",
        ),
        (
            "Set-Mailbox",
            {"Identity": ADELE, "EmailAddresses": {"@odata.type": HASH, "add": [f"smtp:{ORDERS}"]}},
            400,
            "already being used",
        ),
        ("Set-Mailbox", {"Identity": ADELE, "RetainDeletedItemsFor": "31.00:00:00"}, 400, "30 days"),
        ("Set-Mailbox", {"Identity": ADELE, "MailTip": "x" * 176}, 400, "175"),
        ("Set-Mailbox", {"Identity": ADELE, "ForwardingAddress": "nobody"}, 404, "couldn't be found"),
        ("Set-Mailbox", {"Identity": ADELE, "ForwardingSmtpAddress": "nobody"}, 400, "no valid SMTP"),
        (
            "Set-Mailbox",
            {"Identity": ADELE, "IssueWarningQuota": "99.5GB"},
            400,
            "must be less than or equal",
        ),
        ("Set-Mailbox", {"Identity": ORDERS, "ProhibitSendReceiveQuota": "51GB"}, 400, "maximum allowed"),
        ("Set-Mailbox", {"Identity": ADELE, "RecipientLimits": "5"}, 400, "not served"),
        ("Set-CASMailbox", {"Identity": ADELE, "ImapEnabled": "no"}, 400, "Cannot convert"),
        ("Get-MailboxStatistics", {}, 400, "missing mandatory"),
        (
            "Set-MailboxAutoReplyConfiguration",
            {"Identity": ADELE, "AutoReplyState": "Perhaps"},
            400,
            "Cannot convert value",
        ),
        (
            "Set-MailboxAutoReplyConfiguration",
            {"Identity": ADELE, "StartTime": "soon"},
            400,
            "Cannot convert",
        ),
        (
            "Set-MailboxAutoReplyConfiguration",
            {"Identity": ADELE, "AutoReplyState": "Scheduled", "EndTime": "2025-01-01T00:00:00Z"},
            400,
            "later than the start",
        ),
        (
            "Add-MailboxPermission",
            {"Identity": "Press", "User": ADELE},
            400,
            "mandatory parameters: AccessRights",
        ),
        (
            "Add-MailboxPermission",
            {"Identity": "Press", "User": ADELE, "AccessRights": ["Everything"]},
            400,
            "AccessRights",
        ),
        (
            "Add-MailboxPermission",
            {"Identity": "Press", "User": "Contoso Marketing", "AccessRights": ["FullAccess"]},
            404,
            "wasn't found",
        ),
        (
            "Add-RecipientPermission",
            {"Identity": "Press", "Trustee": "All Staff News", "AccessRights": ["SendAs"], "Confirm": False},
            404,
            "wasn't found",
        ),
        (
            "Set-Mailbox",
            {"Identity": "meganb@contoso.example", "HiddenFromAddressListsEnabled": True},
            400,
            "write scope",
        ),
    ],
)
def test_refusals(
    tenant: Endpoints, wire: httpx.Client, name: str, parameters: dict[str, Any], status: int, text: str
) -> None:
    answer = cmdlet(tenant, wire, name, **parameters)
    assert answer.status_code == status, answer.text
    assert text in answer.json()["error"]["message"]
