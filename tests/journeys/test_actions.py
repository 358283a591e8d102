"""What More actions does to a user, by keys alone at 80x24: one program, one user after the other."""

from pathlib import Path
from urllib.parse import quote

from PIL import Image

from tests.journeys.desk import objects, operator
from tests.journeys.served import Served, served
from tests.journeys.terminal import Terminal


def opened(terminal: Terminal, typed: str, name: str) -> None:
    """Finds a user on the users page and opens it."""
    terminal.press("/", "ctrl+u")
    terminal.type(typed)
    terminal.wait_for(lambda t: any(line.startswith("▸") and name in line for line in t.screen))
    terminal.press("enter", "enter")
    terminal.wait_for("Job title")


def begun(terminal: Terminal, typed: str, title: str) -> None:
    """Chooses an action by a part of its name; returns when its form is there."""
    terminal.press("f9")
    terminal.wait_for("More actions: ")
    terminal.type(typed)
    terminal.press("enter")
    terminal.wait_for(title)


def audited(tenant: Served, activity: str) -> int:
    """How often something was done, straight from the tenant's log."""
    wanted = quote(f"activityDisplayName eq '{activity}'")
    return len(objects(tenant, f"/v1.0/auditLogs/directoryAudits?$filter={wanted}"))


def test_actions_on_one_user_after_the_other(tmp_path: Path) -> None:
    with (
        served("--users", "60", "--groups", "120", "--ephemeral") as tenant,
        operator(tenant, tmp_path) as terminal,
    ):
        terminal.wait_for("Adele Vance")
        (tmp_path / "a folder").mkdir()
        Image.new("RGB", (900, 600), "green").save(tmp_path / "a folder" / "alex.png")
        terminal.press(*["]"] * 4)
        terminal.wait_for("── All users ──")
        opened(terminal, "diego", "Diego Siciliani")
        begun(terminal, "resend", "Resend the invitation to Diego Siciliani?")
        terminal.wait_for("cannot be undone")
        assert not audited(tenant, "Invite external user")
        terminal.press("f2")
        terminal.wait_for("succeeded: 1 done")
        assert audited(tenant, "Invite external user") == 1
        terminal.press("f10")
        terminal.wait_for("── All users ──")

        opened(terminal, "alexw", "Alex Wilber")
        begun(terminal, "change photo", "Change the photo of Alex Wilber")
        terminal.type(f"{tmp_path}/a f")
        terminal.press("tab")
        terminal.wait_for("a folder/")
        terminal.type("al")
        terminal.press("tab")
        terminal.wait_for("Set photo (648 x 432")
        terminal.press("f2")
        terminal.wait_for("succeeded: 1 done  Change the photo of Alex Wilber")
        assert not terminal.shows("Alex Wilber · Alex Wilber")
        # the header shows it in half cells, and nothing was asked of the terminal for that
        terminal.wait_for(lambda t: all(line.startswith("▀▀▀▀ ") for line in t.screen[:2]))
        assert not any(query in terminal.output for query in (b"\x1b[c", b"\x1b[16t", b"\x1b_G"))
        assert tenant.ask("GET", "/v1.0/users/alexw@contoso.example/photo")[0] == 200
        begun(terminal, "remove photo", "Remove the photo of Alex Wilber?")
        terminal.press("f2")
        terminal.wait_for(lambda t: t.screen[0].startswith(" AW  Alex Wilber"))
        assert tenant.ask("GET", "/v1.0/users/alexw@contoso.example/photo")[0] == 404
        begun(terminal, "convert", "Convert the mailbox of Alex Wilber to a shared mailbox?")
        terminal.wait_for("It holds ")
        terminal.press("space")
        terminal.wait_for("Block sign-in")
        terminal.press("f2")
        terminal.wait_for("succeeded: 4 done")
        (mailbox,) = tenant.cmdlet("Get-Mailbox", Identity="alexw@contoso.example")
        assert (mailbox["RecipientTypeDetails"], mailbox["AccountDisabled"]) == ("SharedMailbox", True)
        terminal.wait_for("Sign-in blocked")
        begun(terminal, "convert", "The mailbox is a shared one already")
        terminal.press("f10")
        terminal.wait_for("── All users ──")

        opened(terminal, "mod admin", "MOD Administrator")
        begun(terminal, "assign dev", "Assign a device to MOD Administrator")
        terminal.press("enter")
        terminal.wait_for("LAP-000011")
        terminal.type("adele thinkpad")
        terminal.wait_for(lambda t: t.shows("LAP-000011") and not t.shows("MAC-"))
        terminal.press("enter")
        terminal.wait_for("Assign device (now Alex Wilber's)")
        terminal.press("f2")
        terminal.wait_for("succeeded: 1 done  Assign a device to MOD Administrator")
        device = next(
            d
            for d in objects(tenant, "/v1.0/deviceManagement/managedDevices")
            if "LAP-000011" in d["deviceName"]
        )
        (primary,) = objects(tenant, f"/beta/deviceManagement/managedDevices/{device['id']}/users")
        assert primary["userPrincipalName"] == "admin@contoso.example"
        terminal.press("f10")
        terminal.wait_for("── All users ──")
