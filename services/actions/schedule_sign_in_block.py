"""Schedule sign-in block: the same as Block sign-in, at a time to come; it can be changed until then."""

from functools import partial

import msgspec

from services.action import Action, Answers, Form
from services.actions import block_sign_in, when
from services.record import Record
from services.tenant import Tenant
from services.user import User
from state.schedule_values import NewSchedule

ID = "schedule-sign-in-block"

_GOES = "With the sign-in goes what the user has then; now that is"


async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    """When, and what goes besides; what the user has by then is what goes. Raises `RollcallError`."""
    form = await block_sign_in.ask(tenant, user, record)
    now = tenant.clock.now()
    title = f"Schedule a sign-in block for {user.name}"
    return msgspec.structs.replace(
        form,
        title=title,
        questions=(*when.questions(now), *form.questions),
        told=(f"What {user.name} has then is what goes; below is how it is now.",),
        save="Schedule",
        danger=False,
        facts=form.facts | when.facts(now),
        confirm=partial(block_sign_in.confirmation, f"{title}?", _GOES, form.facts),
    )


def schedule(user: User, form: Form, answers: Answers, operator: str) -> NewSchedule:
    """The block, at its instant."""
    at, zone, local = when.moment(form, answers)
    return NewSchedule(
        kind=ID,
        action=block_sign_in.ACTION.id,
        title="Block sign-in",
        user=user.id,
        user_name=user.name,
        operator=operator,
        at=at,
        zone=zone,
        local=local,
        answers=dict(answers),
        about=block_sign_in.in_words(answers),
        tag="Sign-in block",
    )


ACTION = Action(
    id=ID,
    title="Schedule sign-in block",
    about="Blocks the sign-in at a date and time, with what Block sign-in may remove.",
    ask=ask,
    plan=block_sign_in.plan,
    fits=block_sign_in.fits,
    schedule=schedule,
    local=True,
)
