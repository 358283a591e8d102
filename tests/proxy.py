"""A company's proxy in small: it tunnels (CONNECT), looks into TLS where it is told to, and keeps a list."""

import asyncio
import ssl
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from services.sandbox.certificate import make


class Proxy:
    """A proxy on this machine. `asked` are the hosts with ports that it was asked for, `given` who asked for them.

    `status` other than 200 refuses everybody. `inside` are hosts in whose TLS it looks, with the port of this
    machine that stands for each (plain HTTP).
    """

    def __init__(self, status: int, inside: Mapping[str, int], folder: Path | None) -> None:
        self.asked: list[str] = []
        self.given: list[str] = []
        self.url = ""
        self.ca_bundle = ""
        self._status = status
        self._inside = inside
        self._context: ssl.SSLContext | None = None
        if folder is not None:
            trusted, served = make(folder, *inside)
            self.ca_bundle = str(trusted)
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(served)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            await self._serve(reader, writer)
        except (OSError, EOFError, ssl.SSLError):
            # whoever asked has gone, or does not trust this proxy
            return
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, _ = head.split(" ", 2)
        assert method == "CONNECT", head
        self.asked.append(target)
        basic = [line.partition("Basic ")[2] for line in head.splitlines() if "Basic " in line]
        self.given += [b64decode(text).decode() for text in basic]
        if self._status != 200:
            writer.write(f"HTTP/1.1 {self._status} No\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            return
        host, _, port = target.rpartition(":")
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()
        if host in self._inside and self._context is not None:
            await writer.start_tls(self._context)
            there = await asyncio.open_connection("127.0.0.1", self._inside[host])
        else:
            there = await asyncio.open_connection(host, int(port))
        await asyncio.gather(_pump(reader, there[1]), _pump(there[0], writer))


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(1 << 16):
            target.write(data)
            await target.drain()
    finally:
        target.close()


@asynccontextmanager
async def proxying(
    status: int = 200, inside: Mapping[str, int] | None = None, folder: Path | None = None
) -> AsyncIterator[Proxy]:
    """A proxy that listens for as long as the block lasts; see `Proxy`."""
    proxy = Proxy(status, inside or {}, folder)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
