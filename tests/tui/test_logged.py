"""The log of whole commands: what an administrator finds there of a process, and what nobody finds there."""

import asyncio
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.served import Served, served
from tests.journeys.terminal import ROOT, Terminal
from tests.services.log.reading import lines_of, logging_to
from tests.services.transport.doors import get, graph
from tests.services.transport.server import Said
from tests.tui.test_worker import command, joins, start
from tui.cli import main


def test_a_worker_tells_what_it_sent_step_by_step(tmp_path: Path) -> None:
    with served(
        "--users", "60", "--groups", "120", "--ephemeral", "--fault", "throttle-item:first=3,retry_after=1"
    ) as tenant:
        number = start(tenant, tmp_path, joins(tenant, 25))
        log = tmp_path / "wire.log"
        ran = subprocess.run(
            command(tenant, tmp_path, "worker", "--once", "--log", str(log)),
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        assert ran.returncode == 0, ran.stderr
        check(tenant, log, number)


def check(tenant: Served, log: Path, process: int) -> None:
    """The whole story of a process is in the log, the token and the bodies are not."""
    text = log.read_text()
    assert tenant.token not in text
    assert "Authorization" not in text
    assert "directoryObjects" not in text
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    said = lines_of(log)
    assert [said[0]["event"], said[0]["command"], said[-1]["event"]] == ["started", "worker", "ended"]
    assert len({line["pid"] for line in said}) == 1
    of_it = [line for line in said if line.get("process") == process]
    ended = next(line for line in of_it if line["event"] == "process-ended")
    assert (ended["outcome"], ended["counts"]) == ("succeeded", {"done": 25})
    steps = [line for line in of_it if line["event"] == "step" and line["outcome"] == "done"]
    assert {line["step"] for line in steps} == set(range(1, 26))
    assert all(line["request_id"] and line["status"] == 204 and line["attempt"] >= 1 for line in steps)
    assert all(line["path"].endswith("/members/$ref") for line in steps)
    calls = [line for line in of_it if line["event"] == "call" and line["path"].endswith("/$batch")]
    assert calls
    assert all(line["method"] == "POST" and line["tenant"] == "lab" and line["ms"] >= 0 for line in calls)
    assert all(line["client_request_id"] and "waited_ms" in line for line in calls)
    items = [line for line in of_it if line["event"] == "item"]
    assert {line["status"] for line in items} >= {204}


async def _throttled(folder: Path) -> None:
    script = [Said(429, {"error": {"code": "x"}}, {"Retry-After": "3"}), Said(body={"value": []})]
    with logging_to(folder / "log"):
        async with graph(*script) as door:
            door.governor.tenant = "lab"
            await door.transport.read(
                get("/users", ("$select", "id"), ("$filter", "startswith(displayName,'Anna')"))
            )


def test_a_wait_and_another_attempt_are_told_and_a_filter_is_not(tmp_path: Path) -> None:
    asyncio.run(_throttled(tmp_path))
    first, throttled, second = lines_of(tmp_path / "log")
    assert (first["event"], first["status"], first["retry_after"], first["attempt"]) == ("call", 429, "3", 1)
    assert (throttled["event"], throttled["service"], throttled["hold_ms"]) == ("throttled", "Graph", 3000)
    assert (second["status"], second["attempt"], second["waited_ms"]) == (200, 2, 3000)
    assert second["query"] == "$select=id&$filter=…"
    assert "Anna" not in (tmp_path / "log").read_text()


def test_the_profile_file_can_name_it_and_the_flag_goes_before_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with served("--users", "60", "--groups", "120", "--ephemeral") as tenant:
        config = tenant.configure(tmp_path / "config.toml")
        config.write_text('log = "by-profile.log"\n' + config.read_text())
        places = ["--config", str(config), "--state", str(tmp_path / "state")]
        assert main([*places, "worker", "--once"]) == 0
        assert lines_of(tmp_path / "by-profile.log")[0]["command"] == "worker"
        before = (tmp_path / "by-profile.log").read_bytes()
        assert main([*places, "--log", str(tmp_path / "by-flag.log"), "doctor"]) in (0, 1)
        assert (tmp_path / "by-profile.log").read_bytes() == before
        assert lines_of(tmp_path / "by-flag.log")[0]["command"] == "doctor"
        capsys.readouterr()


def test_the_screen_writes_it_and_says_when_it_cannot(tmp_path: Path) -> None:
    log = tmp_path / "wire.log"
    with served("--users", "60", "--groups", "120", "--ephemeral") as tenant:
        config = tenant.configure(tmp_path / "config.toml")
        places = ["--config", str(config), "--state", str(tmp_path / "state"), "--log", str(log)]
        with Terminal([sys.executable, "-m", "tui.cli", *places]) as terminal:
            terminal.wait_for("Adele Vance")
            log.unlink()
            os.mkfifo(log)
            terminal.press("f5")
            terminal.wait_for("Warning: The log")
            log.unlink()
            terminal.press("f10")
            assert terminal.wait_for_exit() == 0
        said = lines_of(log)
        assert (said[-1]["event"], said[-1]["command"]) == ("ended", "screen")
        assert any(line["event"] == "log-lost" for line in said)
