"""Calls and answers as plain values: a request and an item of a batch are handled by the same code."""

import random
from datetime import UTC, datetime
from typing import Any, TypeAlias

import msgspec

Json: TypeAlias = Any

ENCODE = msgspec.json.Encoder().encode
DECODE = msgspec.json.Decoder().decode
JSON_TYPE = (
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
)
_IDS = random.Random()  # noqa: S311 - identifies requests, protects nothing


class Call(msgspec.Struct):
    """One request: decoded path segments after the version, plain query, lower-case headers, raw body.

    `root` is the address of the version that was called, such as `http://127.0.0.1:40123/v1.0`, `context` the
    authentication context that the sign-in has met, "" for none.
    """

    method: str
    segments: tuple[str, ...]
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    root: str
    context: str = ""

    def json(self) -> Json:
        """The decoded JSON body. Raises Refusal 400 for anything else."""
        if not self.headers.get("content-type", "").lower().startswith("application/json"):
            raise Refusal(
                400,
                "RequestBodyRead",
                "A supported MIME type could not be found that matches the content type.",
            )
        try:
            value = DECODE(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Refusal(400, "BadRequest", "Unable to read JSON request payload.") from None
        if not isinstance(value, dict):
            raise Refusal(400, "BadRequest", "Unable to read JSON request payload: an object is expected.")
        return value


class Reply(msgspec.Struct):
    """One answer. `body` is encoded JSON (or text where `content_type` says so), b"" for none."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = JSON_TYPE


class Refusal(Exception):
    """The service says no: becomes an answer with the published error body."""

    def __init__(
        self, status: int, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


def ok(value: Json, status: int = 200) -> Reply:
    """An answer with a JSON body."""
    return Reply(status, ENCODE(value))


NO_CONTENT = Reply(204)


def not_found(key: str) -> Refusal:
    """What the directory says about an object that is not there."""
    return Refusal(
        404,
        "Request_ResourceNotFound",
        f"Resource '{key}' does not exist or one of its queried reference-property objects are not present.",
    )


def bad_request(message: str, code: str = "Request_BadRequest") -> Refusal:
    """A 400 of the directory."""
    return Refusal(400, code, message)


def unsupported(message: str) -> Refusal:
    """A 400 for a query that the directory does not serve."""
    return Refusal(400, "Request_UnsupportedQuery", message)


def error_reply(refusal: Refusal, request_id: str, client_request_id: str) -> Reply:
    """The refusal as the published error body."""
    error = {
        "code": refusal.code,
        "message": refusal.message,
        "innerError": {
            "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": client_request_id,
        },
    }
    return Reply(refusal.status, ENCODE({"error": error}), refusal.headers)


def new_id() -> str:
    """A fresh id for a request or a record; identifies, decides nothing."""
    bits = f"{_IDS.getrandbits(128):032x}"
    return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}"


def now_iso() -> str:
    """This moment as Graph writes it, microseconds included so that records keep their order."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
