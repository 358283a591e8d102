"""Calendars and their entries as Exchange serves them: every refusal, and what is durable."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.sandbox.seed_permissions import GONE
from tests.sandbox import Endpoints, running_sandbox
from tests.services.sandbox.calls import ADELE, cmdlet, exception
from tests.services.sandbox.conftest import client as client_of

BO = "bo.whitfield19@contoso.example"


@pytest.fixture(scope="module")
def endpoints() -> Iterator[Endpoints]:
    """One tenant; each test puts back what it changed."""
    with running_sandbox() as found:
        yield found


@pytest.fixture(scope="module")
def client(endpoints: Endpoints) -> Iterator[httpx.Client]:
    """A client of it."""
    with client_of(endpoints) as found:
        yield found


def given(endpoints: Endpoints, client: httpx.Client, name: str, **parameters: Any) -> list[dict[str, Any]]:
    """What a cmdlet gives."""
    answer = cmdlet(endpoints, client, name, **parameters)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


def folder(endpoints: Endpoints, client: httpx.Client, owner: str = ADELE, name: str = "Calendar") -> str:
    """The identity of a calendar."""
    found = given(endpoints, client, "Get-MailboxFolderStatistics", Identity=owner, FolderScope="Calendar")
    return f"{owner}:{next(each['FolderId'] for each in found if each['Name'] == name)}"


def entries(endpoints: Endpoints, client: httpx.Client, identity: str) -> dict[str, list[str]]:
    """Names and rights."""
    found = given(endpoints, client, "Get-MailboxFolderPermission", Identity=identity)
    return {each["User"]: each["AccessRights"] for each in found}


def test_calendars_have_the_names_of_their_owners_language(
    endpoints: Endpoints, client: httpx.Client
) -> None:
    found = given(
        endpoints,
        client,
        "Get-MailboxFolderStatistics",
        Identity="alexw@contoso.example",
        FolderScope="Calendar",
    )
    assert [(each["Name"], each["FolderType"]) for each in found] == [
        ("Kalender", "Calendar"),
        ("Feiertage in Deutschland", "User Created"),
    ]
    assert found[1]["FolderPath"] == "/Kalender/Feiertage in Deutschland"
    bo = given(endpoints, client, "Get-MailboxFolderStatistics", Identity=BO, FolderScope="Calendar")
    assert [each["Name"] for each in bo] == ["Calendar"]


def test_an_entry_comes_changes_and_goes(endpoints: Endpoints, client: httpx.Client) -> None:
    identity = folder(endpoints, client)
    before = entries(endpoints, client, identity)
    entry = {"Identity": identity, "User": BO, "SendNotificationToUser": False}
    given(endpoints, client, "Add-MailboxFolderPermission", **entry, AccessRights=["Reviewer"])
    assert entries(endpoints, client, identity) == before | {"Bo Whitfield": ["Reviewer"]}
    again = cmdlet(endpoints, client, "Add-MailboxFolderPermission", **entry, AccessRights=["Editor"])
    assert exception(again) == "UserAlreadyExistsInPermissionEntryException"
    given(
        endpoints,
        client,
        "Set-MailboxFolderPermission",
        **entry,
        AccessRights=["Editor"],
        SharingPermissionFlags="Delegate,CanViewPrivateItems",
    )
    (one,) = given(endpoints, client, "Get-MailboxFolderPermission", Identity=identity, User=BO)
    assert one["SharingPermissionFlags"] == "Delegate, CanViewPrivateItems"
    gone = {"Identity": identity, "User": BO, "Confirm": False}
    given(endpoints, client, "Remove-MailboxFolderPermission", **gone)
    for name, more in (
        ("Remove-MailboxFolderPermission", gone),
        ("Set-MailboxFolderPermission", {**entry, "AccessRights": ["Owner"]}),
        ("Get-MailboxFolderPermission", {"Identity": identity, "User": BO}),
    ):
        refusal = cmdlet(endpoints, client, name, **more)
        assert exception(refusal) == "UserNotFoundInPermissionEntryException"
    assert entries(endpoints, client, identity) == before


@pytest.mark.parametrize(
    ("name", "parameters", "refusal"),
    [
        ("Remove", {"User": "Default", "Confirm": False}, "CannotRemoveSpecialUserException"),
        ("Remove", {"User": BO}, "HostException"),
        ("Add", {"User": "nobody@x.example", "AccessRights": ["Owner"]}, "InvalidExternalUserIdException"),
        ("Add", {"User": "marketing", "AccessRights": ["Owner"]}, "InvalidExternalUserIdException"),
        ("Add", {"User": BO, "AccessRights": ["Master"]}, "ParameterBindingException"),
        ("Add", {"User": BO, "AccessRights": ["Owner", "ReadItems"]}, "ParameterBindingException"),
        ("Add", {"User": BO, "AccessRights": ["Owner"], "Notify": True}, "ParameterBindingException"),
        ("Add", {"User": BO}, "ParameterBindingException"),
        (
            "Add",
            {"User": BO, "AccessRights": ["Reviewer"], "SharingPermissionFlags": "Delegate"},
            "InvalidSharingPermissionFlagsException",
        ),
        ("Set", {"User": "S-1-5-21-1", "AccessRights": ["None"]}, "InvalidExternalUserIdException"),
    ],
)
def test_what_exchange_refuses(
    endpoints: Endpoints, client: httpx.Client, name: str, parameters: dict[str, Any], refusal: str
) -> None:
    identity = folder(endpoints, client)
    before = entries(endpoints, client, identity)
    answer = cmdlet(endpoints, client, f"{name}-MailboxFolderPermission", Identity=identity, **parameters)
    assert answer.status_code == 400
    assert exception(answer) == refusal
    assert entries(endpoints, client, identity) == before


def test_a_sid_and_other_rights_of_a_mailbox(endpoints: Endpoints, client: httpx.Client) -> None:
    found = given(endpoints, client, "Get-MailboxPermission", Identity=ADELE)
    assert {"User": GONE, "AccessRights": ["FullAccess"]}.items() <= next(
        each for each in found if each["User"] == GONE
    ).items()
    assert [each["User"] for each in found if each["Deny"]] == ["admin@contoso.example"]
    entry = {"Identity": ADELE, "User": "isaiahl@contoso.example", "Confirm": False}
    held = {"AccessRights": ["DeleteItem", "ReadPermission"]}
    given(endpoints, client, "Remove-MailboxPermission", **entry, AccessRights=["ReadPermission"])
    (one,) = given(endpoints, client, "Get-MailboxPermission", Identity=ADELE, User=entry["User"])
    assert one["AccessRights"] == ["DeleteItem"]
    given(endpoints, client, "Add-MailboxPermission", **entry, **held)
    (one,) = given(endpoints, client, "Get-MailboxPermission", Identity=ADELE, User=entry["User"])
    assert one["AccessRights"] == held["AccessRights"]
    again = cmdlet(endpoints, client, "Add-MailboxPermission", **entry, **held)
    assert "already present" in again.json()["@adminapi.warnings"][0]


def test_what_is_changed_survives_a_restart(tmp_path: Path) -> None:
    for turn in range(2):
        with running_sandbox(data=tmp_path / "tenant.db") as endpoints, client_of(endpoints) as client:
            identity = folder(endpoints, client, name="Team rota")
            if turn == 0:
                given(
                    endpoints,
                    client,
                    "Add-MailboxFolderPermission",
                    Identity=identity,
                    User=BO,
                    AccessRights=["Owner"],
                )
            assert entries(endpoints, client, identity)["Bo Whitfield"] == ["Owner"]
