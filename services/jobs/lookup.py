"""Lookup: completes a request with what is only known when it is sent."""

from collections.abc import Mapping

import msgspec

from services.jobs.sender import Sender
from services.operation import Answer, Json, Lookup, Operation, Request
from services.transport.urls import segment


async def completed(tenant: Sender, operation: Operation) -> Request | Answer:
    """The request as it can be sent; where its object is not there, or cannot be read, the answer to that.

    Raises as `Sender.send`; nothing was written then.
    """
    lookup = operation.lookup
    if lookup is None:
        return operation.request
    answer = await tenant.send(lookup.request, bulk=True)
    if not answer.ok:
        return answer
    value = answer.body.get("value") if isinstance(answer.body, dict) else None
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict) and _fits(item, lookup) and item.get(lookup.key) is not None:
            path = operation.request.path.replace(Lookup.HERE, segment(str(item[lookup.key])))
            return msgspec.structs.replace(operation.request, path=path)
    return Answer(404, code="NotFound", message="Can not find the user or object: it is not there.")


def _fits(item: Mapping[str, Json], lookup: Lookup) -> bool:
    return all(str(item.get(name)).casefold() == value.casefold() for name, value in lookup.where)
