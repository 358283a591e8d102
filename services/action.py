"""Action: something done at once: what the operator is asked, and the operations that the answers come to."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias

import msgspec

from services.clouds import lacks
from services.found import Found
from services.operation import Json, Operation
from services.record import Record
from services.secret import Secret
from services.tenant import Tenant
from services.user import User
from state.schedule_values import NewSchedule

Answers: TypeAlias = Mapping[str, Json]
"""What was answered, by the questions' ids."""


class RecipientKind(StrEnum):
    """Who can be found for a question; the value is what the operator reads."""

    USER = "user"
    GUEST = "guest"
    MAIL_SECURITY_GROUP = "group"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a form.

    `kind` is "text", "choice" (one of `choices`), "choices" (any of them: the answer is a list), "flag",
    "password" (the answer is a `Secret`, shown to be copied; `generate` makes another one) or "recipient" (found
    in the directory by typing: the answer is `{"id", "name", "address", "kind"}`, None while nobody was chosen).
    `choices` are (value, label). `about` explains the field in one line.
    `suggest` tells what a typed text may go on to, the whole of it, "" where nothing does; Tab takes it.
    `check` turns what was typed into the answer; it raises `services.errors.InvalidInput` with a sentence.
    `recipients` are the kinds that a recipient may be of; `find` looks for something else than recipients, and
    lists what there is before anything was typed; of a text, which is a path then, it lists the folder that was
    typed so far. `complete` adds to who was chosen what the plan needs to know of them (more texts under keys of
    their own), and raises `RollcallError` for who will not do.
    It is only asked `when` the flag with this id is on, or `unless` that one is.
    """

    id: str
    title: str
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    value: Json = None
    about: str = ""
    check: Callable[[str], Json] | None = None
    suggest: Callable[[str], str] | None = None
    recipients: tuple[RecipientKind, ...] = (RecipientKind.USER,)
    find: "Find | None" = None
    complete: "Complete | None" = None
    generate: Callable[[], Secret] | None = None
    when: str = ""
    unless: str = ""

    def asked(self, answers: Answers) -> bool:
        """Whether it is asked, as things are answered so far."""
        return not (self.when and not answers.get(self.when)) and not (
            self.unless and answers.get(self.unless)
        )


Find: TypeAlias = Callable[[Tenant, str], Awaitable[Found]]
Complete: TypeAlias = Callable[[Tenant, dict[str, Json]], Awaitable[dict[str, Json]]]


class Confirmation(msgspec.Struct, frozen=True):
    """What is asked once more when a form was answered. `objects` is how many things go: of several the number
    has to be typed.
    """

    title: str
    told: tuple[str, ...] = ()
    objects: int = 0


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What a dialog asks. Without questions it only confirms what `told` says.

    `save` is the word on the button; `danger`: the harmless button has the focus. `facts` is what the plan
    needs and the operator is not asked. `confirm` makes of the answers what is asked once more before they count.
    """

    title: str
    questions: tuple[Question, ...] = ()
    told: tuple[str, ...] = ()
    save: str = "Save"
    danger: bool = False
    facts: dict[str, Json] = {}
    confirm: Callable[[Answers], Confirmation] | None = None


ONLY_ON_PREMISES = "the account is only in Active Directory"
"""Why most of what is done in the cloud does not fit a Local user."""

Fits: TypeAlias = Callable[[Tenant, User, Record | None], str]
"""Why the action does not fit this user, or this record, here; "" when it does."""

Ask: TypeAlias = Callable[[Tenant, User, Record | None], Awaitable[Form]]
"""Makes the form, with what it needs from the tenant. Raises `RollcallError`."""

PlanAction: TypeAlias = Callable[[User, Form, Answers], Sequence[Operation]]
"""The operations of these answers, at once and without asking the tenant; shown before they are started.

Raises `InvalidInput` with a sentence while they do not come to anything that can be sent, and another
`RollcallError` where what is in the way may pass.
"""


Secrets: TypeAlias = Callable[[Form, Answers], Mapping[str, Secret]]
"""What the operations of these answers only name (`services.vault`). Raises `InvalidInput` like `PlanAction`."""

MakeSchedule: TypeAlias = Callable[[User, Form, Answers, str], NewSchedule]
"""What is stored to happen later, for the operator named last. Raises `InvalidInput` with a sentence."""


def always(tenant: Tenant, user: User, record: Record | None) -> str:
    """Fits everybody."""
    return ""


def one_record(tenant: Tenant, user: User, record: Record | None) -> str:
    """Fits any record, and needs one."""
    return "" if record is not None else "no row is selected"


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be done to a user, or to a record of one of their tabs; each time it is a process.

    `key` is the key that starts it where it is offered, as Textual names it; several with commas between
    them. An action that does not fit is listed dimmed with its reason. One with `schedule` is not started but
    scheduled: its operations are planned from the same answers when the time has come, and may be others than
    those that its form shows. `secrets` are what its operations must not hold themselves. `local`: it can be done
    to an account that only Active Directory knows.
    """

    id: str
    title: str
    about: str
    ask: Ask
    plan: PlanAction
    fits: Fits = always
    key: str = ""
    schedule: MakeSchedule | None = None
    secrets: Secrets | None = None
    local: bool = False

    def objection(self, tenant: Tenant, user: User, record: Record | None) -> str:
        """Why it cannot be done to this user, or this record, here; "" when it can."""
        if user.local and not self.local:
            return ONLY_ON_PREMISES
        return lacks(tenant.profile.cloud, self.id) or self.fits(tenant, user, record)
