"""A user's photo as Graph keeps it: whether there is one, and the call that takes it away."""

from services import powershell
from services.operation import Already, HasValue, Json, Look, Operation, Request, Service
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
