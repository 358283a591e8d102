"""The command line: what it refuses, in one sentence and without a screen, and how it starts."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from services.places import state_file
from services.profile import Config, TenantProfile
from services.profile_file import load
from services.sandbox.command import options_of
from state.audit import append
from tests.journeys.served import served
from tests.journeys.terminal import ROOT, Terminal
from tests.state.test_backups import old_file
from tests.state.values import audited, opened
from tui.cli import main, parser
from tui.start import plain_terminal, start_options

ROLLCALL = [sys.executable, "-m", "tui.cli"]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command says when it ends with status 2: one line."""
    try:
        status: object = main(arguments)
    except SystemExit as end:
        status = end.code
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.startswith("rollcall: ")
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["--tab", "security-groups"], "--tab needs --user"),
        (["sandbox", "--port", "70000"], "argument --port"),
        (["sandbox", "--groups", "many"], "argument --groups"),
        (["sandbox", "--user", "9"], "unrecognized arguments: --user"),
        (["completion", "fish"], "invalid choice: 'fish'"),
        (["--config", "/nowhere/config.toml"], "/nowhere/config.toml cannot be read"),
        (["--tenant", "contoso"], "There is no tenant 'contoso'"),
        (["doctor", "--tenant", "contoso"], "There is no tenant 'contoso'"),
        (["--state", "/dev/null"], "The directory /dev/null cannot be used"),
    ],
)
def test_a_wrong_argument_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    assert expected in refused(capsys, *arguments)


def test_an_unknown_fault_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "--fault", "nonsense"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "'nonsense'" in err


def test_the_screen_wants_a_terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "needs a terminal" in refused(capsys, "--state", str(tmp_path / "state"))
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_a_state_directory_that_others_can_write_to(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tmp_path.chmod(0o777)
    assert f"chmod 700 {tmp_path}" in refused(capsys, "--state", str(tmp_path))


def test_a_state_file_from_a_newer_version(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = state_file(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "create table schema_version(version); insert into schema_version values(99)"
        )
    assert "written by a newer version of Rollcall" in refused(capsys, "--state", str(tmp_path))


def test_a_state_file_that_is_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    state_file(tmp_path).write_text("this is no database, " * 100)
    assert "is damaged" in refused(capsys, "--state", str(tmp_path))


def test_in_a_terminal_the_sentence_stays_on_the_screen(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[tenants.x]\ntenant = 1\n")
    with Terminal([*ROLLCALL, "--config", str(config)], columns=200) as terminal:
        assert terminal.wait_for_exit() == 2
        assert terminal.shows(f"rollcall: {config}, line 1: tenants.x has no tenant_id")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["sandbox", "--help"], ["doctor", "--help"]]
)
def test_help_and_version(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 0
    assert "rollcall" in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_the_commands(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(word in script for word in ("sandbox", "doctor", "readonly"))


def test_sandbox_flags_become_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLCALL_SANDBOX_TOKEN", "sesame")
    line = "sandbox --port 4000 --users 10 --groups 20 --seed 3 --latency-ms 5 --fault a --fault b --quotas"
    options = options_of(parser().parse_args(line.split()))
    assert (options.port, options.users, options.groups, options.seed) == (4000, 10, 20, 3)
    assert (options.latency_ms, options.faults, options.quotas) == (5, ("a", "b"), True)
    assert (options.token, options.hostile, options.data) == ("sesame", False, None)


def test_the_sandbox_alone_prints_one_line_that_makes_a_profile(tmp_path: Path) -> None:
    with served("--users", "20", "--groups", "20", "--ephemeral") as tenant:
        profile = load(tenant.configure(tmp_path / "config.toml")).tenants["lab"]
        assert tenant.ask("GET", "/v1.0/organization")[0] == 200
    assert (profile.tenant_id, profile.graph_url) == (tenant.tenant_id, tenant.graph_url)
    assert profile.token.reveal() == tenant.token


def test_arguments_and_profile_become_start_options() -> None:
    profile = TenantProfile(name="contoso", tenant_id="", readonly=True)
    arguments = parser().parse_args(["--user", "adelev@contoso.example", "--tab", "basics", "--ascii"])
    options = start_options(arguments, Config(bell=False, keys={"apply": "f12"}), profile)
    assert (options.user, options.tab) == ("adelev@contoso.example", "basics")
    assert (options.readonly, options.ascii, options.bell) == (True, True, False)
    assert (options.keys, options.tenant_label, options.sandbox) == ({"apply": "f12"}, "contoso", False)


@pytest.mark.parametrize(
    ("env", "plain"),
    [
        ({"LANG": "de_DE.UTF-8"}, False),
        ({"LANG": "C.utf8"}, False),
        ({"LANG": "ca_ES.UTF-8@valencia"}, False),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({"LANG": "de_DE@euro"}, True),
        ({"LANG": "", "LC_ALL": ""}, True),
        ({}, True),
        ({"LANG": "C.UTF-8", "TERM": "linux"}, True),
    ],
)
def test_ascii_is_taken_where_utf8_is_not(env: dict[str, str], plain: bool) -> None:
    assert plain_terminal(env) is plain


def test_the_command_line_imports_nothing_slow() -> None:
    slow = {"textual", "sqlalchemy", "httpx", "msgraph", "starlette"}
    code = f"import sys, tui.cli, tui.start; print({slow} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


def test_the_doctor_reports_and_finds_the_sandbox(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--state", str(tmp_path / "state"), "doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[1] for line in lines} >= {
        "profile",
        "size",
        "TERM",
        "state",
        "Graph",
        "Exchange",
        "sign-in",
    }
    assert all(line.split()[0] in ("ok", "note") for line in lines)


def test_the_doctor_tells_of_the_backup_of_an_older_state(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = old_file(state_file(tmp_path))
    tmp_path.chmod(0o700)
    assert main(["--state", str(tmp_path), "doctor"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.split()[1] == "backup"]
    assert str(path.with_suffix(".v2.backup")) in line


@pytest.fixture
def gone(tmp_path: Path) -> Path:
    """A configuration whose tenant does not answer."""
    config = tmp_path / "config.toml"
    config.write_text(
        "[tenants.gone]\ntenant_id = '0f5b7f2e-6f0c-4a0b-9d5e-0123456789ab'\nsign_in = 'static-token'\n"
        "graph_url = 'http://127.0.0.1:1'\nexchange_url = 'http://127.0.0.1:1'\ntoken = 'sesame'\n"
    )
    config.chmod(0o600)
    return config


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("", "ok audit 4 entries, none changed, none missing"),
        ("DELETE FROM audit WHERE id > 3", "problem audit The audit log was cut: "),
        (
            "UPDATE audit SET entry = replace(CAST(entry AS TEXT), 'g2', 'g9') WHERE id = 4",
            "problem audit The audit log was changed: entry 2",
        ),
        (
            "DELETE FROM audit_ends WHERE tenant = 't2'",
            "problem audit The audit log was changed at its end: ",
        ),
        ("DELETE FROM audit WHERE tenant = 't2'", "problem audit The audit log was cut: "),
    ],
)
def test_the_doctor_follows_the_chain_of_every_tenant(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, gone: Path, damage: str, told: str
) -> None:
    async def write() -> None:
        async with opened(state_file(tmp_path)) as db:
            for tenant in ("t1", "t2"):
                async with db.write() as connection:
                    await append(connection, tenant, [audited(1), audited(2)])

    asyncio.run(write())
    with closing(sqlite3.connect(state_file(tmp_path))) as file:
        file.executescript(damage)
    assert main(["--config", str(gone), "--state", str(tmp_path), "doctor"]) == 1
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.split()[1] == "audit"]
    assert " ".join(line.split()).startswith(told)
    assert ("It is the log of tenant t2: keep the file as it is" in line) is bool(damage)


def test_the_doctor_finds_a_tenant_that_does_not_answer(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, gone: Path
) -> None:
    assert main(["--config", str(gone), "--state", str(tmp_path), "doctor"]) == 1
    out = capsys.readouterr().out
    assert "problem  Graph" in out
    assert "sesame" not in out
