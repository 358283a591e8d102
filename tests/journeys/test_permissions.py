"""Who may use a mailbox and its calendars, by keys alone at 80x24: add through the picker, edit, remove."""

from pathlib import Path
from typing import Any

from tests.journeys.desk import ADELE, cursor_on, operator, pick
from tests.journeys.served import Served, ask, served
from tests.journeys.terminal import Terminal

BO = "bo.whitfield19@contoso.example"
"""A licensed user of the seeded tenant without any permission at first."""


def exchange(tenant: Served, name: str, **parameters: Any) -> list[dict[str, Any]]:
    """What a cmdlet gives, straight from the tenant."""
    path = f"/adminapi/beta/{tenant.tenant_id}/InvokeCommand"
    body = {"CmdletInput": {"CmdletName": name, "Parameters": parameters}}
    status, answer = ask(tenant.exchange_url, tenant.token, "POST", path, body)
    assert status == 200, answer
    found: list[dict[str, Any]] = answer["value"]
    return found


def rights(tenant: Served) -> tuple[list[str], bool, bool]:
    """Bo's rights on Adele's mailbox: the mailbox's own, send as, send on behalf."""
    opens = exchange(tenant, "Get-MailboxPermission", Identity=ADELE)
    sends = exchange(tenant, "Get-RecipientPermission", Identity=ADELE)
    (mailbox,) = exchange(tenant, "Get-Mailbox", Identity=ADELE)
    (bo,) = exchange(tenant, "Get-Recipient", Identity=BO)
    return (
        [right for each in opens if each["User"] == BO for right in each["AccessRights"]],
        any(each["Trustee"] == BO for each in sends),
        bo["Name"] in mailbox["GrantSendOnBehalfTo"],
    )


def calendar(tenant: Served) -> dict[str, list[str]]:
    """Names and rights on Adele's own calendar."""
    folders = exchange(tenant, "Get-MailboxFolderStatistics", Identity=ADELE, FolderScope="Calendar")
    folder = next(each["FolderId"] for each in folders if each["FolderType"] == "Calendar")
    entries = exchange(tenant, "Get-MailboxFolderPermission", Identity=f"{ADELE}:{folder}")
    return {each["User"]: each["AccessRights"] for each in entries}


def shown(terminal: Terminal, name: str, permission: str) -> None:
    """Waits until the tab itself shows a row anew."""
    terminal.wait_for(
        lambda t: any(name in line and permission in line and "→" not in line for line in t.screen)
    )


def test_permissions_on_a_mailbox(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "120", "--ephemeral") as tenant:
        assert rights(tenant) == ([], False, False)
        start = ("--user", ADELE, "--tab", "mailbox-permissions")
        with operator(tenant, tmp_path, *start) as terminal:
            terminal.wait_for("Isaiah Langer")
            terminal.press("insert")
            terminal.wait_for("Choose who gets the permissions")
            pick(terminal, "bo w", "Bo Whitfield")
            terminal.press("space", "down", "down", "space")
            terminal.wait_for("What will be sent: 2 operations")
            assert rights(tenant) == ([], False, False)
            terminal.press("f2")
            terminal.wait_for("succeeded: 2 done  Add mailbox permissions · Adele Vance")
            assert rights(tenant) == (["FullAccess"], False, True)
            shown(terminal, "Bo Whitfield", "Full access, Send on behalf")

            cursor_on(terminal, "Bo Whitfield")
            terminal.press("enter")
            terminal.wait_for("Edit mailbox permissions: Bo Whitfield")
            terminal.press("space", "down", "space")
            terminal.wait_for("Remove full access")
            terminal.wait_for("Add send as")
            terminal.press("f2")
            shown(terminal, "Bo Whitfield", "Send as, Send on behalf")
            assert rights(tenant) == ([], True, True)

            terminal.press("delete")
            terminal.wait_for("Remove mailbox permissions")
            terminal.press("enter")
            terminal.wait_until_gone("Remove mailbox permissions")
            assert rights(tenant) == ([], True, True)
            terminal.press("delete")
            terminal.wait_for("What will be sent: 2 operations")
            terminal.press("right", "enter")
            terminal.wait_for("Nothing matches the filter")
            assert rights(tenant) == ([], False, False)
            terminal.press("escape", "f10", "f10")
            assert terminal.wait_for_exit() == 0


def test_permissions_on_a_calendar(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "120", "--ephemeral") as tenant:
        before = calendar(tenant)
        start = ("--user", ADELE, "--tab", "calendar-permissions")
        with operator(tenant, tmp_path, *start) as terminal:
            terminal.wait_for("Team rota")
            terminal.press("+")
            terminal.wait_for("Choose who gets the permission")
            terminal.press("down")
            pick(terminal, "vault", "Vault Keys")
            terminal.press("right", "right")
            terminal.wait_for("Can view all details")
            terminal.press("f2")
            terminal.wait_for("succeeded: 1 done")
            assert calendar(tenant) == before | {"Vault Keys": ["Reviewer"]}
            shown(terminal, "Vault Keys", "Can view all details")

            cursor_on(terminal, "Vault Keys")
            terminal.press("E")
            terminal.wait_for("Edit calendar permission")
            terminal.press("enter")
            terminal.wait_for("Type to filter")
            terminal.type("edit")
            terminal.press("enter")
            terminal.wait_for("What will be sent: 1 operation")
            terminal.press("f2")
            shown(terminal, "Vault Keys", "Can edit")
            assert calendar(tenant)["Vault Keys"] == ["Editor"]

            terminal.press("-")
            terminal.wait_for("loses “Can edit” on Calendar")
            terminal.press("right", "enter")
            terminal.wait_for("Nothing matches the filter")
            assert calendar(tenant) == before
            terminal.press("escape")
            terminal.wait_for("Team rota")

            cursor_on(terminal, "Default")
            terminal.press("-")
            terminal.wait_for("set it to None")
            terminal.press("f10", "f10")
            assert terminal.wait_for_exit() == 0


def test_read_only_opens_no_form(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "120", "--ephemeral") as tenant:
        start = ("--readonly", "--user", ADELE, "--tab", "mailbox-permissions")
        with operator(tenant, tmp_path, *start) as terminal:
            terminal.wait_for("Isaiah Langer")
            terminal.press("insert")
            terminal.wait_for("read-only")
            assert not terminal.shows("Add mailbox permissions")
