"""The command: one JSON line, durable data, the same seed the same tenant, hostile names, a clean end."""

import fcntl
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from services.sandbox.seed_hostile import HOSTILE
from tests.sandbox import running_sandbox
from tests.services.sandbox.calls import group, member_names, reference, user
from tests.services.sandbox.conftest import client


def _everything(graph: httpx.Client) -> str:
    paths = (
        "/users?$top=999",
        "/groups?$top=999",
        "/auditLogs/directoryAudits",
        "/users/adelev@contoso.example/memberOf",
    )
    return "".join(str(graph.get(path).json()["value"]) for path in paths)


def test_one_seed_is_one_tenant() -> None:
    found = []
    for seed in (1, 1, 2):
        with running_sandbox(seed=seed) as endpoints, client(endpoints) as graph:
            found.append(_everything(graph))
    assert found[0] == found[1] != found[2]


def test_writes_outlive_the_process(tmp_path: Path) -> None:
    data = tmp_path / "tenant.sqlite"
    with running_sandbox(data=data) as endpoints, client(endpoints) as graph:
        graph.post(f"/groups/{group(graph, 'Project Beta')}/members/$ref", json=reference(user(graph)))
        first = endpoints.tenant_id
    with running_sandbox(data=data) as endpoints, client(endpoints) as graph:
        assert "Project Beta" in member_names(graph)
        assert endpoints.tenant_id == first


def test_hostile_names_are_whole_on_the_wire() -> None:
    with running_sandbox(hostile=True) as endpoints, client(endpoints) as graph:
        for path in ("/users", "/groups"):
            names = {
                item["displayName"]
                for item in graph.get(f"{path}?$top=999&$select=displayName").json()["value"]
            }
            assert set(HOSTILE) <= names


def test_it_ends_with_a_signal_and_says_why_it_cannot_start() -> None:
    command = [
        sys.executable,
        "-m",
        "services.sandbox.command",
        "--users",
        "5",
        "--groups",
        "20",
        "--ephemeral",
    ]
    root = Path(__file__).resolve().parents[3]
    for number in (signal.SIGTERM, signal.SIGINT):
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b"{")
            process.send_signal(number)
            assert process.wait(10) == 0
    wrong = subprocess.run(
        [*command, "--fault", "nothing"], capture_output=True, text=True, cwd=root, check=False
    )
    assert wrong.returncode == 2
    assert wrong.stderr.count("\n") == 1


def test_the_last_one_out_stops_it(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    root = Path(__file__).resolve().parents[3]
    command = [
        sys.executable,
        "-m",
        "services.sandbox.command",
        "--users",
        "5",
        "--groups",
        "20",
        "--ephemeral",
    ]
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        with subprocess.Popen(
            [*command, "--until-unlocked", str(lock)], stdout=subprocess.PIPE, cwd=root
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b"{")
            assert process.poll() is None
            fcntl.flock(held, fcntl.LOCK_UN)
            assert process.wait(10) == 0
