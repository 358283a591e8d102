"""The pages behind rows, by keys alone at 80x24: a room, a shared mailbox, a device; and a service that refuses."""

from pathlib import Path

from tests.journeys.desk import ADELE, apply, choose, cursor_on, edit, find, flip, go_to, operator, pick
from tests.journeys.served import Served, served
from tests.journeys.terminal import Terminal

BO = "bo.whitfield19@contoso.example"
SMALL = ("--users", "60", "--groups", "120", "--ephemeral")


def _open(terminal: Terminal, name: str, address: str) -> None:
    """Opens the page of a mailbox from its row."""
    find(terminal, name)
    terminal.press("enter")
    terminal.wait_for(f"{name}  {address}")
    terminal.wait_for("Alias")


def test_a_room_is_opened_booked_differently_and_left(tmp_path: Path) -> None:
    with (
        served(*SMALL) as tenant,
        operator(tenant, tmp_path, "--user", ADELE, "--tab", "room-mailboxes") as terminal,
    ):
        terminal.wait_for("known in")
        _open(terminal, "Room Hood", "room.hood@contoso.example")
        terminal.wait_for("Room mailbox")
        edit(terminal, "Display name", "Hood Annex")
        flip(terminal, "Hidden from address lists")
        go_to(terminal, "Booking")
        choose(terminal, "Answers requests", "tent", "Marks requests as tentative")
        flip(terminal, "Double bookings")
        edit(terminal, "Days ahead, most", "60")
        edit(terminal, "Longest booking", "4 h")
        edit(terminal, "Seats", "8")
        edit(terminal, "These ask a delegate", BO)
        terminal.wait_for("6 changes on this tab · 8 in all")
        apply(terminal, 3)
        (mailbox,) = tenant.cmdlet("Get-Mailbox", Identity="room.hood@contoso.example")
        assert (mailbox["DisplayName"], mailbox["HiddenFromAddressListsEnabled"]) == ("Hood Annex", True)
        assert mailbox["ResourceCapacity"] == 8
        _check_booking(tenant)
        terminal.press("f10")
        terminal.wait_for("── Room mailboxes ──")
        terminal.press("f10", "f10")
        assert terminal.wait_for_exit() == 0


def _check_booking(tenant: Served) -> None:
    (booking,) = tenant.cmdlet("Get-CalendarProcessing", Identity="room.hood@contoso.example")
    assert (booking["AutomateProcessing"], booking["AllowConflicts"]) == ("AutoUpdate", True)
    assert (booking["BookingWindowInDays"], booking["MaximumDurationInMinutes"]) == (60, 240)
    (bo,) = tenant.cmdlet("Get-Recipient", Identity=BO)
    assert booking["RequestInPolicy"] == [bo["LegacyExchangeDN"]]


def test_somebody_is_let_into_a_shared_mailbox_on_its_own_page(tmp_path: Path) -> None:
    start = ("--user", ADELE, "--tab", "shared-mailboxes")
    with served(*SMALL) as tenant, operator(tenant, tmp_path, *start) as terminal:
        terminal.wait_for("known in")
        _open(terminal, "Procurement", "procurement@contoso.example")
        terminal.press("]")
        terminal.wait_for("── Mailbox permissions ──")
        terminal.press("insert")
        terminal.wait_for("Choose who gets the permissions")
        pick(terminal, "bo w", "Bo Whitfield")
        terminal.press("space")
        terminal.wait_for("What will be sent: 1 operation")
        terminal.press("f2")
        terminal.wait_for("succeeded: 1 done  Add mailbox permissions · Procurement")
        cursor_on(terminal, "Bo Whitfield")
        held = tenant.cmdlet("Get-MailboxPermission", Identity="procurement@contoso.example")
        assert [each["AccessRights"] for each in held if each["User"] == BO] == [["FullAccess"]]


def test_a_device_is_read_on_its_page_and_a_refusing_service_leaves_the_others(tmp_path: Path) -> None:
    faults = ("--fault", "error:status=403,path=auditLogs/directoryAudits")
    with (
        served(*SMALL, *faults) as tenant,
        operator(tenant, tmp_path, "--user", ADELE, "--tab", "audit-logs") as terminal,
    ):
        terminal.wait_for("‹Audit Logs ⊘›")
        terminal.wait_for("Error: Microsoft Graph does not let you")
        go_to(terminal, "Devices")
        terminal.wait_for("LAP-")
        assert not terminal.shows("Error")
        cursor_on(terminal, "LAP-")
        terminal.press("enter")
        terminal.wait_for("── Device LAP-")
        terminal.wait_for("Primary user        Alex Wilber")
        terminal.wait_for("█ used")
        terminal.press("escape")
        terminal.wait_for("── Devices ──")
        terminal.press("t")
        terminal.type("audit")
        terminal.wait_for("Audit Logs  (a consent or a role is missing; Enter tries again)")
        terminal.press("enter")
        terminal.wait_for("Error: Microsoft Graph does not let you")
        go_to(terminal, "Security groups")
        terminal.wait_for("member of ")
