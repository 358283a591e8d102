"""From the bytes a service sent to an `Answer`: decoded, cleaned, and with the error's own words found."""

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote

import msgspec

from services.clean import clean, clean_json
from services.operation import Answer, Json, Service
from services.transport.suspects import is_clean

BAD_ANSWER = "BadAnswer"
"""Code of an answer that cannot be used: its status is 0, because nobody knows what it meant."""

LONGEST_RETRY_AFTER = 86_400.0
_SENTENCE = 400
_CONTEXT = "AcrsValidationFailed"
"""How the codes end of what PIM refuses for the sign-in alone."""

_NO_ENTRY = "UnauthorizedAccessException"
_EXCEPTION = re.compile(r"(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*Exception)\b")


class Undecodable(ValueError):
    """The bytes are not the JSON that the service publishes."""


class Reply(msgspec.Struct, frozen=True):
    """One HTTP answer, whole; header names are in lower case."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def request_id(self) -> str:
        """The id the service gave this request, "" when it gave none."""
        return clean(self.headers.get("request-id") or self.headers.get("sprequestguid", ""), 100)


def decode(content: bytes) -> Json:
    """The decoded, cleaned JSON value. Raises `Undecodable`."""
    try:
        return clean_json(_loads(content))
    except (ValueError, RecursionError):
        raise Undecodable("not JSON, or nested too deeply") from None


def cleaned(content: bytes) -> bytes:
    """The same JSON as bytes, with every text in it cleaned; unchanged where nothing is suspect.

    Raises `Undecodable` when it had to be decoded for that and could not be.
    """
    if not content.strip():
        raise Undecodable("empty")
    return content if is_clean(content) else msgspec.json.encode(decode(content))


def answer(service: Service, reply: Reply, now: datetime, *, method: str = "GET") -> Answer:
    """What the service said. A success that cannot be read becomes status 0 with the code `BadAnswer`.

    An unreadable refusal (a gateway's HTML page) keeps its status, with the page's title as its message.
    """
    wait = retry_after(reply.headers.get("retry-after"), now)
    if reply.status == 0:
        return Answer(0, code=BAD_ANSWER, message="The answer was too large, or its encoding is broken.")
    if not reply.content.strip():
        if reply.status == 200 and method == "GET":
            return Answer(0, code=BAD_ANSWER, message="The answer was empty.", request_id=reply.request_id)
        return Answer(reply.status, request_id=reply.request_id, retry_after=wait)
    try:
        body = decode(reply.content)
    except Undecodable:
        if 200 <= reply.status < 300:
            said = "The answer was not the JSON it should be."
            return Answer(0, code=BAD_ANSWER, message=said, request_id=reply.request_id)
        said = _page_title(reply.content)
        return Answer(reply.status, message=said, request_id=reply.request_id, retry_after=wait)
    return of_body(service, reply.status, body, request_id=reply.request_id, wait=wait)


def of_body(
    service: Service, status: int, body: Json, *, request_id: str = "", wait: float | None = None
) -> Answer:
    """What a decoded, cleaned body says, of a whole answer or of an item of a batch."""
    warnings = body.get("@adminapi.warnings") if isinstance(body, dict) else None
    texts = tuple(w for w in (warnings if isinstance(warnings, list) else [warnings]) if isinstance(w, str))
    code = message = ""
    if not 200 <= status < 300:
        code, message, inner_id = exchange_error(body) if service is Service.EXCHANGE else _error(body)
        request_id = request_id or inner_id
    if service is Service.SHAREPOINT and status == 401 and _NO_ENTRY in code:
        # the token is good: this one site does not let the operator in
        status = 403
    return Answer(status, body, code, message, request_id, wait, texts)


def retry_after(value: Json, now: datetime) -> float | None:
    """Seconds of a Retry-After header: whole, fractional, or a date; None where none makes sense."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        try:
            seconds = (parsedate_to_datetime(str(value)) - now).total_seconds()
        except (ValueError, TypeError):
            return None
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def claims_of(headers: Mapping[str, Json]) -> str:
    """The claims of a continuous-access challenge in `WWW-Authenticate`, "" when there is none."""
    for name, value in headers.items():
        if (
            name.lower() == "www-authenticate"
            and isinstance(value, str)
            and value.lower().startswith("bearer")
        ):
            found = re.search(r'claims="([^"]+)"', value)
            return found[1] if found else ""
    return ""


def claims_told(answer: Answer) -> str:
    """The claims that PIM wants of the sign-in before it carries out what it refused; "" where it wants none.

    It answers 400, not 401, and writes them into its message, encoded as for an address.
    """
    if answer.ok or not answer.code.endswith(_CONTEXT):
        return ""
    found = re.search(r"claims=([^&\s]+)", answer.message)
    return unquote(found[1]) if found else ""


def _loads(content: bytes) -> Json:
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(content)
    except (ValueError, msgspec.MsgspecError):
        # lone surrogates and stray bytes in one name must not cost the whole page
        return json.loads(content.decode(errors="replace"), parse_constant=_no_constant)


def _no_constant(name: str) -> Json:
    raise ValueError(name)


def _error(body: Json) -> tuple[str, str, str]:
    """Code, message and request-id of a Graph or SharePoint error, in each of the shapes they come in."""
    if not isinstance(body, dict):
        return "", "", ""
    error = body.get("error", body.get("odata.error"))
    if isinstance(error, str):
        return error[:100], _text(body.get("error_description"))[:_SENTENCE], ""
    if not isinstance(error, dict):
        return "", _text(body.get("error_description"))[:_SENTENCE], ""
    said = error.get("message")
    message = _text(said.get("value")) if isinstance(said, dict) else _text(said)
    inner = error.get("innerError", error.get("innererror"))
    inner_id = _text(inner.get("request-id")) if isinstance(inner, dict) else ""
    return _text(error.get("code"))[:100], message[:_SENTENCE], inner_id[:100]


def exchange_error(body: Json) -> tuple[str, str, str]:
    """As `_error`, but the code is the class name of the exception and the message the most telling one."""
    code, message, request_id = _error(body)
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return code, message, request_id
    messages, types = _nested(error)
    messages.append(message)
    for text in (*messages, *types):
        if found := _EXCEPTION.search(text):
            code = found[1]
            break
    best = next((text for text in messages if text), "")
    return code[:100], best.rpartition("|")[2].strip()[:_SENTENCE], request_id


def _nested(error: dict[str, Json]) -> tuple[list[str], list[str]]:
    """The messages and the exception types that Exchange hides inside an error, most telling first."""
    details = error.get("details")
    items = details if isinstance(details, list) else [details]
    messages = [_text(item.get("message")) for item in items if isinstance(item, dict)]
    inner = error.get("innererror", error.get("innerError"))
    if not isinstance(inner, dict):
        return messages, []
    internal = inner.get("internalException", inner.get("internalexception"))
    if not isinstance(internal, dict):
        return messages, [_text(inner.get("type"))]
    return [*messages, _text(internal.get("message"))], [
        _text(internal.get("type")),
        _text(inner.get("type")),
    ]


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _page_title(content: bytes) -> str:
    found = re.search(rb"<title[^>]*>([^<]{1,200})", content[:20_000], re.IGNORECASE)
    return clean(" ".join(found[1].decode(errors="replace").split())) if found else ""
