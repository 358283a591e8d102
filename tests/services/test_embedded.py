"""The embedded tenant: shared by all who attach, stopped by the last one out, durable through kills."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from services.errors import ServiceDown
from services.profile import TenantProfile
from services.sandbox.embedded import attach
from tests.journeys.served import ask
from tests.journeys.terminal import ROOT

CLIENT = """
import sys
from pathlib import Path
from services.sandbox.embedded import attach
tenant = attach(Path(sys.argv[1]))
print(tenant.profile.graph_url, flush=True)
sys.stdin.read()
"""


def graph(profile: TenantProfile, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Status and body of one request to the sandbox's Graph."""
    return ask(profile.graph_url, profile.token.reveal(), method, path, body)


def endpoint(directory: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((directory / "endpoint.json").read_text())
    return found


def wait_for_end(pid: int) -> None:
    """Returns when the process has ended, whoever its parent is."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        ended, _, _ = select.select([descriptor], [], [], 20)
        assert ended, f"process {pid} still runs"
    finally:
        os.close(descriptor)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A sandbox directory; the server on it is ended after the test."""
    yield tmp_path / "sandbox"
    if (tmp_path / "sandbox" / "endpoint.json").exists():
        wait_for_end(int(endpoint(tmp_path / "sandbox")["pid"]))


class Client:
    """Another program that holds on to the sandbox."""

    def __init__(self, directory: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CLIENT, str(directory)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def end(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.communicate()


def test_all_who_attach_share_one_and_the_last_one_out_stops_it(directory: Path) -> None:
    first = attach(directory)
    second = attach(directory)
    pid = int(endpoint(directory)["pid"])
    assert first.profile == second.profile
    first.close()
    assert graph(second.profile, "GET", "/v1.0/organization")[0] == 200
    second.close()
    wait_for_end(pid)


def test_many_starting_at_once_start_one(directory: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        tenants = list(pool.map(attach, [directory] * 6))
    assert len({tenant.profile.graph_url for tenant in tenants}) == 1
    for tenant in tenants:
        tenant.close()


def test_it_outlives_the_program_that_started_it_as_long_as_another_runs(directory: Path) -> None:
    starter = Client(directory)
    other = attach(directory)
    starter.end(signal.SIGKILL)
    assert other.profile.graph_url == starter.url
    assert graph(other.profile, "GET", "/v1.0/organization")[0] == 200
    other.close()


def test_after_a_kill_the_server_goes_and_what_was_written_stays(directory: Path) -> None:
    client = Client(directory)
    tenant = attach(directory)
    user = graph(tenant.profile, "GET", "/v1.0/users?$top=1&$select=id")[1]["value"][0]["id"]
    changed = graph(tenant.profile, "PATCH", f"/v1.0/users/{user}", {"jobTitle": "Kept"})
    assert changed[0] == 204
    pid = int(endpoint(directory)["pid"])
    tenant.close()
    client.end(signal.SIGKILL)
    wait_for_end(pid)

    again = attach(directory)
    assert int(endpoint(directory)["pid"]) != pid
    assert again.profile.tenant_id == tenant.profile.tenant_id
    kept = graph(again.profile, "GET", f"/v1.0/users/{user}?$select=jobTitle")[1]
    assert kept["jobTitle"] == "Kept"
    again.close()


def test_a_killed_server_is_replaced_at_the_next_start(directory: Path) -> None:
    tenant = attach(directory)
    pid = int(endpoint(directory)["pid"])
    os.kill(pid, signal.SIGKILL)
    wait_for_end(pid)
    again = attach(directory)
    assert graph(again.profile, "GET", "/v1.0/organization")[0] == 200
    tenant.close()
    again.close()


def test_files_and_token_are_for_their_owner_alone(directory: Path) -> None:
    tenant = attach(directory)
    found = endpoint(directory)
    assert {
        file.name: file.stat().st_mode & 0o077 for file in directory.iterdir() if file.stat().st_mode & 0o077
    } == {}
    assert found["token"].encode() not in Path(f"/proc/{found['pid']}/cmdline").read_bytes()
    assert found["token"] not in repr(tenant.profile)
    tenant.close()


def test_a_server_that_does_not_start_says_why(directory: Path) -> None:
    directory.mkdir(mode=0o700)
    (directory / "tenant.db").write_text("this is no database, " * 1000)
    with pytest.raises(ServiceDown, match=r"The sandbox did not start: .+server.log"):
        attach(directory)
