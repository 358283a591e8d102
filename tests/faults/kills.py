"""Real kills: a program is forked, dies by SIGKILL at a failpoint, is started again until all is done, and judged."""

import asyncio
import os
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Coroutine
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import msgspec

from tests.faults.judging import Ended, judged, work_of
from tests.faults.mortal import Work, live
from tests.sandbox import Endpoints, running_sandbox

FAULTS = (
    "throttle-item:path=/members,rate=0.03,retry_after=1",
    "applied-429:path=/members,rate=0.03,retry_after=1",
    "applied-504:path=/members,rate=0.03",
    "error-item:path=/members,status=503,rate=0.03",
    "drop:path=$batch,rate=0.02,when=before",
    "drop:path=$batch,rate=0.02,when=after",
    "applied-504:path=/invitations,rate=0.1",
    "drop:path=/invitations,rate=0.05,when=after",
)
_SLOW_IMPORTS = (
    "msgraph.graph_request_adapter",
    "msgraph_core",
    "kiota_abstractions.request_information",
    "kiota_http.middleware.options",
    "kiota_abstractions.native_response_handler",
)
_LIVES = 200
T = TypeVar("T")


class Killed(msgspec.Struct):
    """What came of some kills. `wrong` has a line for each thing that was, beginning with its seed."""

    kills: int = 0
    works: int = 0
    classes: Counter[str] = msgspec.field(default_factory=Counter)
    wrong: list[str] = []

    def add(self, other: "Killed") -> None:
        """Takes another part in."""
        self.kills += other.kills
        self.works += other.works
        self.classes += other.classes
        self.wrong += other.wrong


def killed(kills: int, seed: int) -> Killed:
    """At least so many kills: of works that begin with this seed and go on with the next.

    It forks: nothing else may run in this process meanwhile, neither a thread nor an event loop.
    """
    for name in _SLOW_IMPORTS:
        import_module(name)
    found = Killed()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_sandbox(users=600, groups=200, seed=1, faults=FAULTS) as tenant,
    ):
        while found.kills < kills:
            number = seed + found.works
            found.works += 1
            deaths, ended = _worked(tenant, Path(folder) / str(number), number)
            found.kills += deaths
            found.classes.update(ended.classes)
            found.wrong += [f"seed {number}: {line}" for line in ended.wrong]
    return found


def _worked(tenant: Endpoints, folder: Path, seed: int) -> tuple[int, Ended]:
    """How often the program died over one work, and how that ended."""
    folder.mkdir()
    try:
        work = _told(folder, Work, partial(work_of, tenant, folder, seed, time.time()))
        for life in range(_LIVES):
            status = _forked(partial(live, tenant, work, life), folder / "trouble")
            if status == 0:
                return life, _told(folder, Ended, partial(judged, tenant, work))
            if status != -signal.SIGKILL:
                return life, Ended([f"life {life} ended with {status}: {(folder / 'trouble').read_text()}"])
    except ChildProcessError as error:
        return 0, Ended([str(error)])
    return _LIVES, Ended([f"it was not done after {_LIVES} lives"])


def _told(folder: Path, kind: type[T], ask: Callable[[], Coroutine[None, None, T]]) -> T:
    """What a coroutine returns in a process of its own. Raises ChildProcessError."""
    path, trouble = folder / "told", folder / "trouble"

    async def tell() -> None:
        path.write_bytes(msgspec.json.encode(await ask()))

    if _forked(tell, trouble):
        raise ChildProcessError(trouble.read_text())
    return msgspec.json.decode(path.read_bytes(), type=kind)


def _forked(run: Callable[[], Coroutine[None, None, None]], trouble: Path) -> int:
    """Runs a coroutine in a child, and returns how that ended: 0, 1 with its `trouble`, or minus a signal."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        asyncio.run(run())
        status = 0
    except BaseException:
        trouble.write_text(traceback.format_exc())
    finally:
        # past everything the parent has open
        os._exit(status)
