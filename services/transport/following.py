"""Following the pages of a list, for services whose pages are decoded as they come."""

from collections.abc import AsyncIterator

import msgspec

from services.operation import Json
from services.transport.answers import Undecodable, decode
from services.transport.call import Call
from services.transport.paging import Trail
from services.transport.transport import LINKS
from services.transport.wire import Wire, bad_answer


async def followed(wire: Wire, call: Call, link: str = "") -> AsyncIterator[list[dict[str, Json]]]:
    """The objects of each page, asked for as they are wanted, from `link` on where one is given.

    Each link is asked with the call's own method, headers and body, on the same host. Raises every
    `RollcallError`.
    """
    if link:
        call = msgspec.structs.replace(call, url=link)
    trail = Trail()
    while True:
        value, link = await wire.read(call, _page)
        yield value
        if not link:
            return
        if objection := trail.objection(link, hash(msgspec.json.encode(value)) if value else 0):
            raise bad_answer(call, objection)
        call = msgspec.structs.replace(call, url=link)


def _page(content: bytes) -> tuple[list[dict[str, Json]], str]:
    body = decode(content)
    value = body.get("value") if isinstance(body, dict) else None
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Undecodable("not a page of objects")
    link = next((body[name] for name in LINKS if body.get(name) is not None), "")
    if not isinstance(link, str):
        raise Undecodable("its link to the next page is no text")
    return value, link
