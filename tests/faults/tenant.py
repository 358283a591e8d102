"""A tenant as a model: memberships and invitations, and every way in which a service is known to fail."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

import msgspec

from services.errors import SignInNeeded, Unreachable
from services.operation import (
    Answer,
    HasMember,
    Json,
    Look,
    Operation,
    Repeat,
    Request,
    Service,
)
from services.transport import permit
from state.errors import LeaseLost
from tests.faults.points import Place
from tests.faults.virtual import LIFE, VirtualClock


class Object(msgspec.Struct):
    """One object of the tenant that steps write to; `history` is (virtual second, member or not)."""

    history: list[tuple[float, bool]]
    dynamic: bool = False
    deleted: bool = False


class Chances(msgspec.Struct, frozen=True):
    """How often each thing goes wrong, 0 to 1; `lag` is how many seconds reads are behind writes."""

    cut_before: float = 0.03
    cut_after: float = 0.03
    whole_429: float = 0.03
    sign_in: float = 0.01
    item: float = 0.15
    not_sent: float = 0.03
    lag: float = 0.0


NO_FAULTS = Chances(0, 0, 0, 0, 0, 0)
ITEM_FAULTS = ("429", "429 applied", "503", "504", "504 applied", "504 applied late", "500", "missing")


def membership(group: str, user: str, present: bool) -> Operation:
    """Adding the user to the group, or taking it out."""
    request = Request(Service.GRAPH, "POST" if present else "DELETE", f"/groups/{group}/members/{user}/$ref")
    look = Look(
        Request(Service.GRAPH, "GET", f"/groups/{group}/members", (("$filter", f"id eq '{user}'"),)),
        (HasMember("member", (user,)),),
    )
    return Operation(
        title="Add member" if present else "Remove member",
        target=f"{group}/{user}",
        request=request,
        serial=group,
        powershell="",
        before={"member": not present},
        after={"member": present},
        look=look,
    )


def invitation(group: str, user: str) -> Operation:
    """Something that must never happen twice."""
    return Operation(
        title="Invite",
        target=f"{group}/{user}",
        request=Request(Service.GRAPH, "POST", f"/invitations/{group}/{user}"),
        serial=group,
        powershell="",
        repeat=Repeat.ONCE,
    )


class ModelTenant:
    """Fulfils `Sender`. It counts effects, and refuses to be asked what was not journaled before.

    Of a request it checks that its step stands as sent in the journal, that nothing else of its serial is
    in flight, that everything earlier of its serial has ended, and that somebody asked how things stand
    before it goes again after an answer that left that open.
    """

    def __init__(self, clock: VirtualClock, random: Random, chances: Chances, journal: Path) -> None:
        self.objects: dict[str, Object] = {}
        self.effects: Counter[str] = Counter()
        self.steps: dict[str, tuple[int, int, str]] = {}
        """Process, number and serial of each operation's target."""
        self.complaints: list[str] = []
        self._clock = clock
        self._random = random
        self._chances = chances
        self._unlooked: set[str] = set()
        """Targets of which an answer was lost, or left open what had happened, with no look since."""
        self._in_flight: Counter[str] = Counter()
        self._served: set[asyncio.Task[list[Answer] | Exception]] = set()
        self._journal = sqlite3.connect(f"file:{journal}?mode=ro", uri=True)
        self.lanes_now = 4

    def batch_size(self, service: Service) -> int:
        return 5

    def lanes(self, service: Service) -> int:
        return self.lanes_now

    async def close(self) -> None:
        """Ends what is still being served."""
        serving = list(self._served)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        self._journal.close()

    def holds(self, target: str, at: float | None = None) -> bool:
        """Whether the membership existed at a virtual second; without one, in the end."""
        history = self.objects[target].history
        return [state for second, state in history if at is None or second <= at or second < 0][-1]

    async def send(self, request: Request, *, bulk: bool = False) -> Answer:
        return (await self._call([request]))[0]

    async def batch(
        self, service: Service, requests: Sequence[Request], *, bulk: bool = True
    ) -> list[Answer]:
        return await self._call(requests)

    async def _call(self, requests: Sequence[Request]) -> list[Answer]:
        # an answer to this may be lost as well: what counts is that it was asked for
        self._unlooked -= {_target(request) for request in requests if request.method == "GET"}
        with suppress(LeaseLost):
            # a program may be stopped right behind this question: what leaves late all the same must do no harm
            permit.check()
        life = LIFE.get()
        if life is not None and await life.point(Place.BEFORE_CALL):
            raise Unreachable("The connection could not be made.", sent=False)
        if self._random.random() < self._chances.not_sent:
            return [Answer(429, code="NotSent", retry_after=2.0, sent=False)] * len(requests)
        late = _late()
        self._check(requests, late=late)
        # in doubt until the answer has come; who looked meanwhile knows nothing of what leaves late
        if not late:
            self._doubt(requests)
        task = asyncio.create_task(self._serve(list(requests)))
        self._served.add(task)
        task.add_done_callback(self._served.discard)
        # the service goes on with a request whatever happens to the one who asked
        answer = await asyncio.shield(task)
        if life is not None and await life.point(Place.AFTER_CALL):
            raise Unreachable("The connection was cut.")
        if isinstance(answer, SignInNeeded):
            self._settle(requests)
        if isinstance(answer, Exception):
            raise answer
        self._settle([r for r, a in zip(requests, answer, strict=True) if 200 <= a.status < 429])
        return answer

    def _doubt(self, requests: Sequence[Request]) -> None:
        self._unlooked |= {_target(request) for request in requests if request.method != "GET"}

    def _settle(self, requests: Sequence[Request]) -> None:
        self._unlooked -= {_target(request) for request in requests}

    def _check(self, requests: Sequence[Request], *, late: bool) -> None:
        serials = Counter[str]()
        for request in requests:
            if request.method == "GET":
                continue
            target = _target(request)
            if target in self._unlooked and not late:
                self.complaints.append(f"{target} was sent again, and nobody had looked")
            process, number, serial = self.steps[target]
            serials[serial] += 1
            state = self._journal.execute(
                "SELECT state FROM steps WHERE process = ? AND number = ?", (process, number)
            ).fetchone()[0]
            # who was stopped between its last question and the sending cannot know what others did meanwhile
            if state != "sent" and not late:
                self.complaints.append(f"{target} was sent while the journal had it {state}")
            earlier = self._journal.execute(
                "SELECT count(*) FROM steps JOIN plans USING (process, number) "
                "JOIN processes p ON p.id = process "
                "WHERE p.tenant = (SELECT tenant FROM processes WHERE id = ?) AND plans.serial = ? "
                "AND (process < ? OR (process = ? AND number < ?)) AND steps.state IN ('waiting', 'sent')",
                (process, serial, process, process, number),
            ).fetchone()[0]
            if earlier:
                self.complaints.append(f"{target} overtook {earlier} earlier steps of its serial")
        for serial, count in serials.items():
            if count + self._in_flight[serial] > 1:
                self.complaints.append(f"{serial} was written to twice at once")

    async def _serve(self, requests: list[Request]) -> list[Answer] | Exception:
        serials = [self.steps[_target(r)][2] for r in requests if r.method != "GET"]
        self._in_flight.update(serials)
        try:
            return await self._answer(requests)
        finally:
            self._in_flight.subtract(serials)

    async def _answer(self, requests: list[Request]) -> list[Answer] | Exception:
        await self._clock.sleep(self._random.uniform(0.02, 0.3))
        chances, roll = self._chances, self._random.random
        if roll() < chances.sign_in:
            return SignInNeeded("Sign in again.")
        if roll() < chances.cut_before:
            return Unreachable("The connection was cut.")
        if roll() < chances.whole_429:
            if roll() < 0.5:
                # a service that denies what it has done, all of it
                for request in requests:
                    self._one(request)
            return [Answer(429, code="TooManyRequests", retry_after=self._random.uniform(0.2, 20))] * len(
                requests
            )
        answers = [self._one(request) for request in requests]
        await self._clock.sleep(self._random.uniform(0.02, 0.3))
        return Unreachable("The connection was cut.") if roll() < chances.cut_after else answers

    def _one(self, request: Request) -> Answer:
        if request.method == "GET":
            return self._read(request)
        fault = self._random.choice(ITEM_FAULTS) if self._random.random() < self._chances.item else ""
        if not fault or "applied" in fault:
            late = self._random.uniform(0.1, 3) if "late" in fault else 0.0
            answer = self._write(request, late)
            if not fault:
                return answer
        status = 0 if fault == "missing" else int(fault.split()[0])
        return Answer(status, code="Fault", retry_after=3.0 if status == 429 else None)

    def _write(self, request: Request, late: float) -> Answer:
        target = _target(request)
        if request.path.startswith("/invitations/"):
            self.effects[target] += 1
            return Answer(201, request_id=f"r-{target}")
        group, present = self.objects[target], request.method == "POST"
        if group.dynamic:
            return Answer(400, code="Request_BadRequest", message="dynamic membership groups are read-only")
        if group.deleted:
            return Answer(404, code="Request_ResourceNotFound", message="Resource does not exist")
        if self.holds(target) == present:
            if present:
                return Answer(
                    400,
                    code="Request_BadRequest",
                    message="One or more added object references already exist for the following modified "
                    "properties: 'members'.",
                )
            return Answer(404, code="Request_ResourceNotFound", message="Resource does not exist")
        group.history.append((self._clock.seconds + late, present))
        self.effects[target] += 1
        return Answer(204, request_id=f"r-{target}")

    def _read(self, request: Request) -> Answer:
        target = _target(request)
        if self.objects[target].deleted:
            return Answer(404, code="Request_ResourceNotFound")
        user = target.partition("/")[2]
        here = self.holds(target, at=self._clock.seconds - self._chances.lag)
        body: Json = {"value": [{"id": user.upper()}] if here else []}
        return Answer(200, body)


def _late() -> bool:
    """Whether the program that sends now has lost its lease since it last asked."""
    try:
        permit.check()
    except LeaseLost:
        return True
    return False


def _target(request: Request) -> str:
    parts = request.path.split("/")
    if request.method == "GET":
        user = request.query[0][1].split("'")[1]
        return f"{parts[2]}/{user}"
    return f"{parts[2]}/{parts[3]}" if parts[1] == "invitations" else f"{parts[2]}/{parts[4]}"
