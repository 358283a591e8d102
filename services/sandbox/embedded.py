"""The embedded tenant that every copy of the program on one state directory shares: found, or started.

Three files in the sandbox directory: every client holds `clients.lock` shared for as long as it lives, and
the server waits to have it alone, which is how the last one out (killed or not) stops it. `start.lock` is
held while a client looks for the server or starts it. `endpoint.json` says where the server is.
"""

import fcntl
import http.client
import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from services.errors import ServiceDown
from services.places import private_dir
from services.profile import FunctionalRoles, TenantProfile
from services.sandbox.options import FUNCTIONAL_ROLES, PORTAL_APP_ID
from services.secret import Secret

TOKEN_VARIABLE = "ROLLCALL_SANDBOX_TOKEN"  # noqa: S105 (its name, not its value)
"""How the server is given its token: arguments can be read by every user of the machine."""

SECONDS = 90.0
"""How long a lock, or the server's start, may take before that is an error; a crowded host starts slowly."""

_PACKAGES = Path(__file__).resolve().parents[2]


class Endpoint(msgspec.Struct, frozen=True):
    """What the server said when it accepted connections, and its process id."""

    tenant_id: str
    graph_url: str
    exchange_url: str
    sharepoint_url: str
    marketplace_url: str
    token: str
    pid: int = 0

    def __repr__(self) -> str:
        """Without the token."""
        return f"Endpoint({self.graph_url}, pid={self.pid})"


class EmbeddedTenant:
    """A hold on the shared sandbox. It stays up while anybody has one; a process's end gives its own back."""

    def __init__(self, profile: TenantProfile, hold: int) -> None:
        self.profile = profile
        self._hold = hold

    def close(self) -> None:
        """Gives the hold back; the server stops when it was the last."""
        if self._hold >= 0:
            os.close(self._hold)
            self._hold = -1


def attach(directory: Path) -> EmbeddedTenant:
    """Finds the sandbox that runs on this directory or starts one; blocks (seconds, when it starts).

    Raises `ServiceDown` when it does not start or does not answer, `InvalidInput` for an unusable directory.
    """
    private_dir(directory)
    hold = _lock(directory / "clients.lock", fcntl.LOCK_SH)
    try:
        with _held(_lock(directory / "start.lock", fcntl.LOCK_EX)):
            endpoint = _found(directory) or _started(directory)
    except BaseException:
        os.close(hold)
        raise
    profile = TenantProfile(
        name="sandbox",
        tenant_id=endpoint.tenant_id,
        graph_url=endpoint.graph_url,
        exchange_url=endpoint.exchange_url,
        sharepoint_url=endpoint.sharepoint_url,
        marketplace_url=endpoint.marketplace_url,
        sign_in="static-token",
        token=Secret(endpoint.token),
        functional_roles=FunctionalRoles(administrative_unit=FUNCTIONAL_ROLES),
        portal_app_id=PORTAL_APP_ID,
    )
    return EmbeddedTenant(profile, hold)


def _lock(path: Path, kind: int) -> int:
    """An open descriptor that holds the lock. Raises `ServiceDown` when nobody lets go of it in time."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        got = threading.Event()

        def wait() -> None:
            fcntl.flock(descriptor, kind)
            got.set()

        # flock knows no timeout; a daemon thread, so that the program can still end while it waits
        threading.Thread(target=wait, daemon=True).start()
        if not got.wait(SECONDS):
            raise ServiceDown(
                f"{path} is held by a program that does not let go of it: end that program and try again."
            ) from None
    return descriptor


@contextmanager
def _held(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)


def _found(directory: Path) -> Endpoint | None:
    """The endpoint of the server that runs; None when none does."""
    try:
        endpoint = msgspec.json.decode((directory / "endpoint.json").read_bytes(), type=Endpoint)
        os.kill(endpoint.pid, 0)
        answers = _answers(endpoint)
    except TimeoutError:
        raise ServiceDown(
            f"The sandbox (process {endpoint.pid}) does not answer: end that process and try again."
        ) from None
    except (OSError, http.client.HTTPException, msgspec.DecodeError):
        return None
    return endpoint if answers else None


def _answers(endpoint: Endpoint) -> bool:
    """Whether it is our tenant that answers there: another program may have taken the port."""
    address = urlsplit(endpoint.graph_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=SECONDS)
    try:
        headers = {"Authorization": f"Bearer {endpoint.token}"}
        connection.request("GET", "/v1.0/organization", headers=headers)
        answer = connection.getresponse()
        body = answer.read(1_000_000)
        return answer.status == 200 and endpoint.tenant_id.encode() in body
    finally:
        connection.close()


def _started(directory: Path) -> Endpoint:
    """Starts the server and writes its endpoint down."""
    command = [sys.executable, "-m", "services.sandbox.command"]
    command += ["--data", str((directory / "tenant.db").absolute())]
    command += ["--until-unlocked", str((directory / "clients.lock").absolute())]
    log = directory / "server.log"
    with _held(descriptor := os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)):
        server = subprocess.Popen(  # noqa: S603 (our own module)
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=descriptor,
            # -m puts this folder, not the operator's, in front of the import path
            cwd=_PACKAGES,
            env=os.environ | {TOKEN_VARIABLE: secrets.token_urlsafe(32)},
            # the terminal's Ctrl+C and hang-up are for the program, which decides what happens
            start_new_session=True,
            umask=0o077,
        )
    # reaps it whenever it ends: it may outlive this program, or end before it
    threading.Thread(target=server.wait, daemon=True).start()
    line = _first_line(server)
    try:
        endpoint = msgspec.convert(json.loads(line) | {"pid": server.pid}, Endpoint)
    except ValueError:
        last = log.read_text(errors="replace").strip().rpartition("\n")[2]
        raise ServiceDown(
            f"The sandbox did not start: {last or f'it said nothing, or nothing in {SECONDS:.0f} s'} ({log})."
        ) from None
    _write(directory / "endpoint.json", msgspec.json.encode(endpoint))
    return endpoint


def _first_line(server: "subprocess.Popen[bytes]") -> bytes:
    assert server.stdout is not None  # noqa: S101 (it was asked for)
    timer = threading.Timer(SECONDS, server.kill)
    timer.start()
    with server.stdout as stdout:
        line = stdout.readline()
    timer.cancel()
    return line


def _write(path: Path, data: bytes) -> None:
    """Replaces the file (0600) in one step, so that nobody ever reads half of it."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    fresh.replace(path)
