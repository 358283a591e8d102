"""A user's photo as Graph keeps it: whether there is one, how it looks, and the call that takes it away."""

import asyncio
from base64 import b64decode

from services import picture, powershell
from services.errors import InvalidInput
from services.operation import Already, HasValue, Json, Look, Operation, Request, Service
from services.picture import Picture
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User

_NONE = ("ImageNotFound", "ErrorItemNotFound")
"""How the service says that there is no photo (`api-map.md` §3.2)."""


def content_path(user: User) -> str:
    """Where the photo's own bytes are."""
    return f"/users/{segment(user.id)}/photo/$value"


async def present(tenant: Tenant, user: User) -> bool | None:
    """Whether there is a photo; None where that cannot be told. Never raises."""
    (answer,) = await tenant.ask([_facts(user)])
    return True if answer.ok else False if answer.status == 404 else None


FACE = 96
"""The side of a `face`, in pixels: one of the sizes that the service hands out."""


async def face(tenant: Tenant, user: User) -> Picture | None:
    """The photo, small and square; None where there is none, or none that could be read. Never raises."""
    small = Request(Service.GRAPH, path=f"/users/{segment(user.id)}/photos/{FACE}x{FACE}/$value")
    # in a batch, which this is, what is no JSON comes in base64
    answer, facts = await tenant.ask([small, _facts(user)])
    if answer.status == 404 and facts.ok:
        # there is one, but not in this size
        (answer,) = await tenant.ask([Request(Service.GRAPH, path=content_path(user))])
    if not answer.ok or not isinstance(answer.body, str):
        return None
    try:
        return await asyncio.to_thread(_face, b64decode(answer.body, validate=True))
    except (ValueError, InvalidInput):
        return None


def _face(content: bytes) -> Picture:
    return picture.middle(picture.of_bytes(content), FACE)


def removed(user: User, before: Json) -> Operation:
    """Takes the photo away; nothing puts it back."""
    return Operation(
        title="Remove photo",
        target=user.upn,
        request=Request(Service.GRAPH, "DELETE", content_path(user)),
        serial=f"photo:{user.id}",
        powershell=powershell.line("Remove-MgUserPhoto", {"UserId": user.id}),
        before={"photo": before},
        after={"photo": None},
        look=Look(_facts(user), (HasValue("photo", ("id",)),), gone=_NONE),
        already=(Already(404),),
    )


def _facts(user: User) -> Request:
    return Request(Service.GRAPH, path=f"/users/{segment(user.id)}/photo")
