"""Runs a sandbox tenant in a child process for a test, over real HTTP, and stops it afterwards."""

import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

import msgspec

from services.sandbox.command import main

_ROOT = Path(__file__).resolve().parents[1]

T = TypeVar("T")

_FORKS = multiprocessing.get_context("forkserver")
"""Copies of a process that has the server imported: to import it takes longer than to serve a small tenant."""

_FORKS.set_forkserver_preload(["services.sandbox.command", "tests.sandbox"])


class Endpoints(msgspec.Struct, frozen=True):
    """Where the tenant answers, and the token it expects."""

    tenant_id: str
    graph_url: str
    exchange_url: str
    sharepoint_url: str
    marketplace_url: str
    token: str
    authority: str = ""
    ca_bundle: str = ""


@contextmanager
def running_sandbox(
    *,
    users: int = 60,
    groups: int = 120,
    seed: int = 1,
    epoch: str = "2026-01-15",
    latency_ms: float = 0,
    faults: tuple[str, ...] = (),
    hostile: bool = False,
    quotas: bool = False,
    quota_scale: float = 1.0,
    data: Path | None = None,
    token: str = "",
    port: int = 0,
    until_unlocked: Path | None = None,
    operator_role: str = "Administrator",
    sign_in: Path | None = None,
    eligible_only: bool = False,
) -> Iterator[Endpoints]:
    """A tenant that listens; without `data` nothing of it stays. Raises RuntimeError if it does not start."""
    command = ["--users", str(users), "--groups", str(groups)]
    command += ["--seed", str(seed), "--epoch", epoch, "--latency-ms", str(latency_ms), "--port", str(port)]
    command += [part for fault in faults for part in ("--fault", fault)]
    command += ["--hostile"] * hostile + ["--quotas"] * quotas + ["--quota-scale", str(quota_scale)]
    command += ["--data", str(data)] if data else ["--ephemeral"]
    command += ["--token", token] if token else []
    command += ["--operator-role", operator_role] + ["--eligible-only"] * eligible_only
    command += ["--sign-in", str(sign_in)] if sign_in else []
    command += ["--until-unlocked", str(until_unlocked)] if until_unlocked else []
    told, tell = _FORKS.Pipe(duplex=False)
    process = _FORKS.Process(target=_serve, args=(command, tell))
    process.start()
    tell.close()
    try:
        with os.fdopen(os.dup(told.fileno())) as said:
            line = said.readline()
        if not line:
            process.join(60)
            raise RuntimeError(f"the sandbox ended with code {process.exitcode} before it listened")
        yield msgspec.convert(json.loads(line), Endpoints)
    finally:
        process.terminate()
        process.join(60)
        told.close()


def _serve(command: list[str], tell: Connection) -> None:
    """The sandbox's command in a process of its own; `tell` is its output."""
    os.dup2(tell.fileno(), sys.stdout.fileno())
    sys.exit(main(command))


@contextmanager
def listening(command: list[str], kind: type[T]) -> Iterator[T]:
    """What a child process says in its first line, when it listens; it is stopped at the end of the block."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the sandbox ended with code {process.wait()} before it listened")
        yield msgspec.convert(json.loads(line), kind)
    finally:
        process.terminate()
        process.wait(timeout=60)
        if process.stdout is not None:
            process.stdout.close()
