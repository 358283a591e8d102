"""Remove photo: the user's initials are shown again."""

from collections.abc import Sequence

from services.action import Action, Answers, Form
from services.actions import change_photo, photo
from services.errors import InvalidInput
from services.operation import Operation
from services.record import Record
from services.tenant import Tenant
from services.user import User


async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    """Only confirms. Raises `InvalidInput` where there is no photo."""
    if await photo.present(tenant, user) is False:
        raise InvalidInput(f"{user.name} has no photo: there is nothing to remove.")
    return Form(
        title=f"Remove the photo of {user.name}?",
        told=("Other services go on showing it for hours. It cannot be put back from here.",),
        save="Remove",
        danger=True,
    )


def plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    """One call."""
    return [photo.removed(user, "a photo")]


ACTION = Action(
    id="remove-photo",
    title="Remove photo",
    about="Takes the user's photo away.",
    ask=ask,
    plan=plan,
    fits=change_photo.fits,
)
