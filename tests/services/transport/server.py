"""A server that says what a test scripts, byte by byte: a framework's cannot cut or lie about a length."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec


class Said(msgspec.Struct, frozen=True):
    """One scripted answer. `length` lies about the body's; `cut` closes the connection instead."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = {}
    length: int | None = None
    cut: bool = False
    hang: bool = False

    def encoded(self) -> bytes:
        """The whole answer as it goes over the wire."""
        raw = self.body if isinstance(self.body, bytes) else b"" if self.body is None else _json(self.body)
        headers = {"Content-Type": "application/json", "request-id": "r-1", **self.headers}
        headers["Content-Length"] = str(len(raw) if self.length is None else self.length)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.status} Said\r\n{lines}\r\n".encode() + raw


class Asked(msgspec.Struct, frozen=True):
    """One request as it came; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: Any


class Server:
    """What was asked so far, and where."""

    def __init__(self, script: list[Said]) -> None:
        self.root = ""
        self.asked: list[Asked] = []
        self.script = script

    def say(self, *answers: Said) -> None:
        """Replaces what is said from now on; the last answer is said again and again."""
        self.script[:] = answers

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept alive until a script or the client ends it."""
        try:
            while (asked := await _read(reader)) is not None:
                self.asked.append(asked)
                said = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                if said.hang:
                    await reader.read()
                if said.cut or said.hang:
                    return
                writer.write(said.encoded())
                await writer.drain()
                if said.length is not None:
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def serving(*script: Said) -> AsyncIterator[Server]:
    """A server on a free loopback port, gone at the end of the block."""
    server = Server(list(script) or [Said()])
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.root = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    first = await reader.readline()
    if not first:
        return None
    method, target, _ = first.decode().split(" ", 2)
    headers = {}
    while line := (await reader.readline()).decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, target, headers, json.loads(raw) if raw else None)


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
