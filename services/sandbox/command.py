"""The command that serves the sandbox tenant: options, the JSON line, a clean end."""

import argparse
import asyncio
import fcntl
import json
import os
import signal
import socket
import sqlite3
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from services.sandbox import certificate
from services.sandbox.faults import GRAMMAR
from services.sandbox.options import OPERATOR_ROLES, Options
from services.sandbox.server import Tenant

Transports = dict[tuple[str, int], asyncio.Transport]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The flags of `rollcall sandbox`; `options_of` reads what they parsed."""
    parser.add_argument("--port", type=_size(65_535), default=0, help="port on 127.0.0.1 (0: a free one)")
    parser.add_argument("--users", type=_size(200_000), default=2000, help="users to create (up to 200,000)")
    parser.add_argument(
        "--groups", type=_size(100_000), default=5000, help="groups to create (up to 100,000)"
    )
    parser.add_argument("--seed", type=int, default=1, help="decides names, kinds and memberships")
    parser.add_argument("--epoch", default="", help="ISO date that the seeded history counts back from")
    parser.add_argument(
        "--operator-role",
        choices=(*OPERATOR_ROLES, "none"),
        default="Administrator",
        help="the operator's role in the application Rollcall",
    )
    parser.add_argument(
        "--eligible-only",
        action="store_true",
        help="the operator holds no directory role, but may activate some (PIM), and needs them",
    )
    parser.add_argument("--latency-ms", type=float, default=0.0, help="wait before every answer")
    parser.add_argument("--fault", action="append", default=[], metavar="SPEC", help="see below; repeatable")
    parser.add_argument("--hostile", action="store_true", help="names that attack terminals and queries")
    parser.add_argument("--quotas", action="store_true", help="the published quotas apply")
    parser.add_argument(
        "--quota-scale", type=float, default=1.0, help="the quotas' time runs this many times faster"
    )
    parser.add_argument("--data", type=Path, help="file that keeps the tenant (created when missing)")
    parser.add_argument("--ephemeral", action="store_true", help="keep nothing")
    parser.add_argument("--token", default="", help="bearer token to expect (default: a random one)")
    parser.add_argument(
        "--sign-in", type=Path, metavar="DIR", help="serve sign-in too, over https; DIR gets its certificates"
    )
    parser.add_argument(
        "--until-unlocked", type=Path, metavar="FILE", help="stop when nobody holds FILE's lock"
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"Faults\n{GRAMMAR.replace('%', '%%')}"


def _size(limit: int) -> Any:
    def read(text: str) -> int:
        value = int(text)
        if not 0 <= value <= limit:
            raise argparse.ArgumentTypeError(f"between 0 and {limit}")
        return value

    read.__name__ = "number"
    return read


def options_of(parsed: argparse.Namespace) -> Options:
    """The parsed flags as Options."""
    return Options(
        port=parsed.port,
        users=parsed.users,
        groups=parsed.groups,
        seed=parsed.seed,
        latency_ms=parsed.latency_ms,
        faults=tuple(parsed.fault),
        hostile=parsed.hostile,
        quotas=parsed.quotas,
        quota_scale=parsed.quota_scale,
        ephemeral=parsed.ephemeral,
        data=parsed.data,
        token=parsed.token or os.environ.get("ROLLCALL_SANDBOX_TOKEN", ""),
        epoch=parsed.epoch,
        operator_role="" if parsed.operator_role == "none" else parsed.operator_role,
        eligible_only=parsed.eligible_only,
        until_unlocked=parsed.until_unlocked,
        sign_in=parsed.sign_in,
    )


def run(options: Options) -> int:
    """Serves until SIGTERM, SIGINT or the lock's release; the exit code."""
    try:
        sock = _listen(options.port)
        tenant = Tenant(options)
    except (OSError, ValueError, sqlite3.Error) as problem:
        print(f"The sandbox cannot start: {problem}", file=sys.stderr)
        return 2
    if tenant.kept:
        print(
            f"{options.data} already holds a tenant: its size, seed, names and roles stay.", file=sys.stderr
        )
    asyncio.run(_serve(options, tenant, sock))
    tenant.store.db.close()
    return 0


def _listen(port: int) -> socket.socket:
    """A socket whose connections send at once: asyncio sets TCP_NODELAY where the protocol is named."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.bind(("127.0.0.1", port))
    sock.listen(512)
    return sock


class _Server(uvicorn.Server):
    """Serves one socket and tells when it does; leaves signals to the command."""

    def __init__(self, app: ASGIApp, sock: socket.socket, **settings: Any) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=2,
                **settings,
            )
        )
        self.sock = sock
        self.listens = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The command has its own handlers."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


def _protocol(transports: Transports) -> type[H11Protocol]:
    """HTTP that knows its transport by the client's address, so that a fault can cut it."""

    class Protocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            transports[transport.get_extra_info("peername")] = transport
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            transports.pop(self.transport.get_extra_info("peername"), None)
            super().connection_lost(exc)

    return Protocol


async def _serve(options: Options, tenant: Tenant, sock: socket.socket) -> None:
    transports: Transports = {}

    def cut(client: tuple[str, int], flush: bool) -> None:
        transport = transports.get(client)
        if transport is not None:
            (transport.close if flush else transport.abort)()

    tenant.cut = cut
    servers = [_Server(tenant.app, sock, http=_protocol(transports))]
    line = _line(sock, tenant)
    if tenant.sign_in is not None and options.sign_in is not None:
        trusted, served = certificate.make(options.sign_in)
        secure = _listen(0)
        servers.append(_Server(tenant.sign_in, secure, ssl_certfile=served))
        line |= {"authority": f"https://127.0.0.1:{secure.getsockname()[1]}", "ca_bundle": str(trusted)}
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if options.until_unlocked:
        _watch(options.until_unlocked, loop, stop)
    serving = [asyncio.create_task(server.serve([server.sock])) for server in servers]
    for server in servers:
        await server.listens.wait()
    print(json.dumps(line), flush=True)
    await stop.wait()
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*serving)


def _line(sock: socket.socket, tenant: Tenant) -> dict[str, str]:
    """What the command says when it listens."""
    root = f"http://127.0.0.1:{sock.getsockname()[1]}"
    names = ("graph_url", "exchange_url", "sharepoint_url", "marketplace_url")
    return {"tenant_id": tenant.tenant_id, **dict.fromkeys(names, root), "token": tenant.token}


def _watch(path: Path, loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Waits in a thread for the file's lock, which clients share; holds it until the process ends."""
    held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def wait() -> None:
        fcntl.flock(held, fcntl.LOCK_EX)
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait, daemon=True, name="until-unlocked").start()


def main(argv: Sequence[str] | None = None) -> int:
    """`python -m services.sandbox.command`."""
    parser = argparse.ArgumentParser(prog="rollcall sandbox", description="Serve the embedded tenant alone.")
    add_options(parser)
    return run(options_of(parser.parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
