"""The doctor: whether this terminal, this state and this tenant are fit for work, a line for each."""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from services.errors import RollcallError
from services.permissions import Resource
from services.places import default_config, default_state, private_dir, sandbox_dir, state_file
from services.profile import Config, TenantProfile
from services.profile_file import choose
from tui.drawing import drawing
from tui.logged import logged
from tui.start import configured, plain_terminal, state_problem

if TYPE_CHECKING:
    from services.identity import Identity
    from state.database import Database


class Verdict(StrEnum):
    """`note` is something to know that keeps nobody from working."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


class Finding(msgspec.Struct, frozen=True):
    """One line of the report."""

    verdict: Verdict
    what: str
    words: str


def examine(arguments: argparse.Namespace) -> int:
    """Prints the report; 1 when there is a problem, else 0. Raises `InvalidInput` for a bad profile file."""
    config = configured(arguments.config)
    profile = choose(config, arguments.tenant or "")
    path = arguments.config or default_config()
    tenants = "1 tenant" if len(config.tenants) == 1 else f"{len(config.tenants)} tenants"
    with_file = f"{path}, {tenants}" if path.exists() else f"{path} is not there: sandbox"
    findings = [Finding(Verdict.OK, "profile", with_file)]
    findings += terminal(os.environ, sys.stdin.isatty() and sys.stdout.isatty())
    findings.append(photos(os.environ, config))
    state_dir = arguments.state or default_state()
    with logged(arguments, config, "doctor"):
        findings += asyncio.run(_state(state_dir))
        findings += asyncio.run(_tenant(profile, state_dir))
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        print(f"{finding.verdict:<8} {finding.what:<{width}}  {finding.words}")
    return 1 if any(finding.verdict is Verdict.PROBLEM for finding in findings) else 0


def photos(env: Mapping[str, str], config: Config) -> Finding:
    """How the header shows photos here, and where that is set."""
    found = drawing(env, config.photo, plain=config.ascii or plain_terminal(env))
    told = (
        "as the profile file says" if config.photo != "auto" else 'photo = "…" in the profile file changes it'
    )
    return Finding(Verdict.OK, "photos", f"{found}; {told}")


def terminal(env: Mapping[str, str], interactive: bool) -> Iterator[Finding]:
    """What the environment says about the terminal."""
    if interactive:
        columns, rows = os.get_terminal_size(sys.stdout.fileno())
        fits = columns >= 80 and rows >= 24
        words = f"{columns} x {rows}" + ("" if fits else "; the screens are made for 80 x 24 and more")
        yield Finding(Verdict.OK if fits else Verdict.PROBLEM, "size", words)
    else:
        yield Finding(Verdict.NOTE, "size", "this is no terminal; the screen needs one")
    term = env.get("TERM", "")
    usable = term not in ("", "dumb", "unknown")
    yield Finding(Verdict.OK if usable else Verdict.PROBLEM, "TERM", term or "is not set")
    yield Finding(Verdict.OK, "colours", _colours(env))
    if plain_terminal(env):
        yield Finding(Verdict.NOTE, "characters", "ASCII: no UTF-8 locale, or the Linux console")
    else:
        yield Finding(Verdict.OK, "characters", "UTF-8")
    if env.get("TMUX"):
        yield _tmux()


def _colours(env: Mapping[str, str]) -> str:
    if env.get("NO_COLOR"):
        return "none (NO_COLOR)"
    if env.get("COLORTERM") in ("truecolor", "24bit"):
        return "16 million"
    return "256" if "256" in env.get("TERM", "") else "16"


def _tmux() -> Finding:
    command = [shutil.which("tmux") or "tmux", "show-options", "-gv", "set-clipboard"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=5).stdout.strip()  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        said = ""
    if said == "on":
        return Finding(Verdict.OK, "tmux", "hands on what is copied (set-clipboard on)")
    return Finding(Verdict.NOTE, "tmux", "drops what is copied: tmux set-option -g set-clipboard on")


async def _state(state_dir: Path) -> list[Finding]:
    from state.damage import check
    from state.database import Database
    from state.errors import StateError

    path = state_file(state_dir)
    try:
        private_dir(state_dir)
        if problem := state_problem(path):
            return [Finding(Verdict.PROBLEM, "state", problem)]
        if not path.exists():
            return [Finding(Verdict.OK, "state", f"{path} is not there yet")]
        # the opening may write to the file
        await asyncio.to_thread(check, path)
        database = await Database.open(path)
        try:
            damage = await database.integrity()
            audit = [] if damage else [await _audit(database)]
        finally:
            await database.close()
        found = list(_backups(path))
    except (RollcallError, StateError) as error:
        return [Finding(Verdict.PROBLEM, "state", error.sentence)]
    except OSError as error:
        return [Finding(Verdict.PROBLEM, "state", f"{state_dir} cannot be read ({error.strerror or error}).")]
    return [
        Finding(Verdict.PROBLEM if damage else Verdict.OK, "state", damage or f"{path} is sound"),
        *audit,
        *found,
    ]


async def _audit(database: "Database") -> Finding:
    """Whether the audit log of every tenant is as it was written, by the chain of its entries."""
    from state.audit import AuditLog, chained

    lengths = await chained(database)
    for tenant in lengths:
        if wrong := await AuditLog(database, tenant).verify():
            words = (
                f"{wrong} It is the log of tenant {tenant}: keep the file as it is, compare it with a backup."
            )
            return Finding(Verdict.PROBLEM, "audit", words)
    count = sum(lengths.values())
    words = f"{count:,} entries, none changed, none missing" if count else "nothing was written yet"
    return Finding(Verdict.OK, "audit", words)


def _backups(path: Path) -> Iterator[Finding]:
    """The copies from before the state file became one of a newer version, where there are any."""
    from state import backups

    found = backups.kept(path)
    if found:
        when = datetime.fromtimestamp(found[0].stat().st_mtime).astimezone()
        older = f", and {len(found) - 1} older" if found[1:] else ""
        yield Finding(Verdict.OK, "backup", f"{found[0]} of {when:%Y-%m-%d %H:%M}{older}")


async def _signed_in(profile: TenantProfile, state_dir: Path) -> list[Finding]:
    """Signs in, where somebody is there to, and tells as whom, and what the consents are enough for."""
    from services.credentials import source

    def show(page: str, code: str, until: datetime) -> None:
        enter = f" and enter the code {code}" if code else ""
        print(f"To sign in, open {page}{enter}, by {until.astimezone():%H:%M}.", file=sys.stderr)

    identity = source(profile, state_dir, show)
    asked = [] if profile.sign_in == "static-token" else await _consents(profile, identity)
    try:
        await identity.token(profile.scopes[Resource.GRAPH])
    except RollcallError:
        # why nobody is signed in was told just before
        return asked
    from tui.operator_report import operator

    portal, directory = await operator(profile, identity)
    told = [Finding(Verdict.OK, "portal role", portal), Finding(Verdict.OK, "directory roles", directory)]
    return [*told, *asked]


async def _consents(profile: TenantProfile, identity: "Identity") -> list[Finding]:
    from tui.consent_report import consents

    try:
        found = await consents(profile, identity, person=sys.stdin.isatty())
    except RollcallError as error:
        return [Finding(Verdict.PROBLEM, "sign-in", error.sentence)]
    if not found.lines:
        return [Finding(Verdict.NOTE, "consents", found.trouble)]
    lines = [
        Finding(Verdict.NOTE if line.missing else Verdict.OK, line.title, line.words) for line in found.lines
    ]
    if found.trouble:
        lines.append(Finding(Verdict.NOTE, "consents", found.trouble))
    return [*lines, *(Finding(Verdict.NOTE, "to grant it", command) for command in found.commands)]


async def _worker(profile: TenantProfile, state_dir: Path) -> list[Finding]:
    """Whether anything runs the tenant's schedules while no screen is open."""
    from services.scheduling import runs_it
    from state.clock import SystemClock
    from state.database import Database
    from state.errors import StateError
    from state.workers import Workers

    if not state_file(state_dir).exists():
        return [Finding(Verdict.NOTE, "worker", runs_it(()))]
    try:
        database = await Database.open(state_file(state_dir))
        try:
            alive = await Workers(database, profile.tenant_id).alive(SystemClock().now())
        finally:
            await database.close()
    except StateError:
        # what is wrong with the file is told where the state is
        return []
    return [Finding(Verdict.OK if alive else Verdict.NOTE, "worker", runs_it(alive))]


async def _tenant(profile: TenantProfile | None, state_dir: Path) -> list[Finding]:
    from services.reach import reach

    embedded = None
    try:
        if profile is None:
            from services.sandbox.embedded import attach

            embedded = await asyncio.to_thread(attach, sandbox_dir(state_dir))
            profile = embedded.profile
        found = [
            Finding(Verdict.OK if each.ok else Verdict.PROBLEM, each.service, f"{each.url} {each.words}")
            for each in await reach(profile)
        ]
        graph = next(each for each in found if each.what == "Graph")
        if profile.sign_in != "static-token" or graph.verdict is Verdict.OK:
            found += await _signed_in(profile, state_dir)
        return [*found, *await _worker(profile, state_dir)]
    except RollcallError as error:
        return [Finding(Verdict.PROBLEM, "sandbox", error.sentence)]
    finally:
        if embedded:
            embedded.close()
