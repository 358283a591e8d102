"""Lookup: completes a request with what is only known when it is sent."""

from collections.abc import Mapping

import msgspec

from services.errors import ForeignHost, RollcallError, SignInNeeded, Unreachable
from services.jobs.sender import Sender
from services.operation import Answer, Json, Lookup, Operation, Request
from services.transport.urls import segment


async def completed(tenant: Sender, operation: Operation) -> Request | Answer:
    """The request as it can be sent; where its object is not there, or cannot be read, the answer to that.

    That answer says of the operation that it was not sent. Raises what stands for every call, as
    `Sender.send` does: `SignInNeeded`, `ForeignHost`, and `Unreachable` where no call leaves this machine.
    """
    lookup = operation.lookup
    if lookup is None:
        return operation.request
    try:
        answer = await tenant.send(lookup.request, bulk=True)
    except (SignInNeeded, ForeignHost):
        raise
    except RollcallError as error:
        if isinstance(error, Unreachable) and not error.sent:
            raise
        return Answer(0, message=error.sentence, request_id=error.request_id, sent=False)
    if not answer.ok:
        return msgspec.structs.replace(answer, sent=False)
    value = answer.body.get("value") if isinstance(answer.body, dict) else None
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict) and _fits(item, lookup) and item.get(lookup.key) is not None:
            path = operation.request.path.replace(Lookup.HERE, segment(str(item[lookup.key])))
            return msgspec.structs.replace(operation.request, path=path)
    return Answer(
        404, code="NotFound", message="Can not find the user or object: it is not there.", sent=False
    )


def _fits(item: Mapping[str, Json], lookup: Lookup) -> bool:
    return all(str(item.get(name)).casefold() == value.casefold() for name, value in lookup.where)
