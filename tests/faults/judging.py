"""What a killed program is given to do, and whether its journal tells what really became of it in the tenant."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import httpx
import msgspec

from services.session import Session
from services.user import User
from state.values import Process, Step, StepClass
from tests.faults.mortal import APPLY, INVITE, Work
from tests.sandbox import Endpoints
from tests.services.connected import ADELE, connected, flip, rows

_CHANGES, _GUESTS = 30, 5
_TRIES = 40


class Ended(msgspec.Struct):
    """How some work ended: what was wrong with it, and how many steps were of each class."""

    wrong: list[str] = []
    classes: dict[str, int] = {}


async def work_of(tenant: Endpoints, folder: Path, seed: int, began: float) -> Work:
    """The work that belongs to a seed; which memberships come and go depends on what the tenant holds."""
    random = Random(f"work {seed}")  # noqa: S311
    async with connected(tenant, folder / "calm") as session:
        user = await session.find_user(ADELE)
        free = [row for row in (await rows(session, user, "security-groups")).values() if not row.lock(0)]
        chosen = random.sample(sorted(free, key=lambda row: row.key), _CHANGES)
        found = _all(tenant, "/users?$filter=userType eq 'Guest'&$select=id,mail,externalUserState")
        pending = sorted(guest["id"] for guest in found if guest["externalUserState"] == "PendingAcceptance")
        guests = [await session.find_user(one) for one in random.sample(pending, _GUESTS)]
    changes = [flip(user, "security-groups", row) for row in chosen]
    return Work(seed, str(folder), began, changes, guests, _invited(tenant, guests))


async def judged(tenant: Endpoints, work: Work) -> Ended:
    """Holds the journal against the tenant."""
    ended, classes = Ended(), Counter[str]()
    async with connected(tenant, Path(work.folder), readonly=True) as session:
        found = await session.processes.recent(20)
        if Counter(process.title for process in found) != {APPLY: 1, INVITE: 1}:
            ended.wrong.append(f"there are {[process.title for process in found]}")
        if left := await session.pending.all():
            ended.wrong.append(f"{len(left)} changes are still staged")
        ended.wrong += filter(None, (await session.tenant.audit.verify(), await session.database.integrity()))
        for process in found:
            steps = await session.processes.steps(process.id)
            classes.update(step.state.value for step in steps)
            ended.wrong += _miscounted(process, steps)
            truth = _memberships if process.title == APPLY else _invitations
            ended.wrong += truth(tenant, work, steps)
            ended.wrong += await _misaudited(session, process, steps)
    ended.classes = dict(classes)
    return ended


def _memberships(tenant: Endpoints, work: Work, steps: list[Step]) -> list[str]:
    held = {one["id"] for one in _all(tenant, f"/users/{work.changes[0].user}/memberOf?$select=id&$top=999")}
    wanted = {change.row_name: (change.row in held) is change.after for change in work.changes}
    wrong = [] if len(steps) == len(work.changes) else [f"{len(steps)} of {len(work.changes)} changes"]
    for step in steps:
        so = wanted[step.target]
        fits = {StepClass.DONE: so, StepClass.FAILED: not so, StepClass.UNKNOWN: True}
        if not fits.get(step.state, False):
            wrong.append(f"{step.target} is {step.state} ({step.sentence}), in the tenant it is so: {so}")
    return wrong


def _invitations(tenant: Endpoints, work: Work, steps: list[Step]) -> list[str]:
    now = _invited(tenant, work.guests)
    sent = {guest.mail: now[guest.id] - work.invited[guest.id] for guest in work.guests}
    wrong = [] if len(steps) == len(work.guests) else [f"{len(steps)} of {len(work.guests)} invitations"]
    for step in steps:
        times = sent[step.target]
        fits = {StepClass.DONE: times == 1, StepClass.FAILED: times == 0, StepClass.UNKNOWN: times <= 1}
        if not fits.get(step.state, False) or (step.state is StepClass.UNKNOWN and not step.attempts):
            wrong.append(f"{step.target} is {step.state} ({step.sentence}), it was invited {times} times")
    return wrong


def _miscounted(process: Process, steps: list[Step]) -> list[str]:
    counts = Counter(step.state for step in steps)
    return [] if process.counts == counts else [f"{process.title} counts {process.counts}, not {counts}"]


async def _misaudited(session: Session, process: Process, steps: list[Step]) -> list[str]:
    entries = await session.tenant.audit.of_user(process.user, 1000)
    audited = Counter(
        (one.target, one.outcome) for one in entries if one.process == process.id and not one.note
    )
    wanted = Counter((step.target, step.state) for step in steps if step.attempts)
    return (
        [] if audited == wanted else [f"{process.title}: audited {audited - wanted}, not {wanted - audited}"]
    )


def _invited(tenant: Endpoints, guests: Iterable[User]) -> dict[str, int]:
    """How often each guest was invited, by the tenant's own audit log."""
    about = "$filter=activityDisplayName eq 'Invite external user'&$top=500"
    log = _all(tenant, f"/auditLogs/directoryAudits?{about}")
    times = Counter(target["id"] for entry in log for target in entry["targetResources"])
    return {guest.id: times[guest.id] for guest in guests}


def _all(tenant: Endpoints, path: str) -> list[dict[str, Any]]:
    """Every object of a list, asked for until no fault is in the way."""
    found: list[dict[str, Any]] = []
    url = f"{tenant.graph_url}/v1.0{path}"
    while url:
        page = _page(tenant, url)
        found += page["value"]
        url = page.get("@odata.nextLink", "")
    return found


def _page(tenant: Endpoints, url: str) -> dict[str, Any]:
    said = ""
    for _ in range(_TRIES):
        try:
            answer = httpx.get(url, headers={"Authorization": f"Bearer {tenant.token}"})
        except httpx.TransportError as error:
            said = repr(error)
            continue
        if answer.status_code == 200:
            return dict(answer.json())
        said = answer.text
    raise AssertionError(f"the tenant does not answer {url}: {said}")
