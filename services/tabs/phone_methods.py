"""Phone: the numbers by which a user signs in, each added, changed and deleted at once."""

from collections.abc import AsyncIterator, Mapping

import msgspec

from services import phone_numbers, sign_in_methods
from services.action import Action, Answers, Form, Question, one_record
from services.columns import Column
from services.errors import InvalidInput
from services.operation import Json, Operation
from services.phone_numbers import Number
from services.record import Record, facts_of
from services.sign_in_methods import TYPES
from services.tabs.details import details
from services.tabs.fields import text_of
from services.tabs.tab import Page, RecordTab
from services.tenant import Tenant
from services.user import User

_LABELS = {
    "phoneType": "Type", "phoneNumber": "Number as stored", "smsSignInState": "Sign-in by SMS",
    "createdDateTime": "Registered", "id": "Method id",
}  # fmt: skip
_SMS = {
    "notSupported": "not supported", "notAllowedByPolicy": "not allowed by the policy", "notEnabled": "off",
    "phoneNumberNotUnique": "somebody else has this number", "ready": "on", "notConfigured": "not configured",
}  # fmt: skip
_NEEDS_PRIMARY = "Alternate mobile is not offered: it needs a primary mobile first."
_HELD_BY_ALTERNATE = "the alternate mobile needs it: delete that first, or change this number"


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """The numbers, live, in the order of their types. Raises `RollcallError`."""
    yield Page(await _numbers(tenant, user), replace=True)


async def _numbers(tenant: Tenant, user: User) -> list[Record]:
    found = await sign_in_methods.read(tenant, sign_in_methods.phones_of(user.id))
    order = list(TYPES)
    found.sort(key=lambda m: order.index(_kind(m)) if _kind(m) in order else len(order))
    alternate = any(_kind(method) == "alternateMobile" for method in found)
    return [_record(method, alternate) for method in found if method.get("id")]


def _kind(method: Mapping[str, Json]) -> str:
    return text_of(method.get("phoneType"))


def _record(method: Mapping[str, Json], alternate: bool) -> Record:
    kind, number = _kind(method), text_of(method.get("phoneNumber"))
    title, shown = TYPES.get(kind, kind or "(unknown)"), phone_numbers.shown(number)
    state = text_of(method.get("smsSignInState"))
    region = phone_numbers.region(number)
    facts = {
        "id": str(method["id"]),
        "kind": kind,
        "number": number,
        "needed": "yes" if kind == "mobile" and alternate else "",
    }
    pairs = (("Number", shown), ("Region", region), *details(method, _LABELS))
    return Record(facts["id"], (title, shown, region, _SMS.get(state, state)), pairs, facts, title)


# Actions.


def _deletable(tenant: Tenant, user: User, record: Record | None) -> str:
    needed = record is not None and record.facts["needed"]
    return one_record(tenant, user, record) or (_HELD_BY_ALTERNATE if needed else "")


def _country(user: User) -> str:
    """The usage location where it is one; else there is no country to guess."""
    code = (user.usage_location or "").upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""


def _asked(user: User, value: str = "") -> Question:
    """The number; it is read as one of the user's country where it has no code of its own."""
    country = _country(user)
    where = (
        f"Without country code: a number of {country}." if country else "Begin with the country code: +49."
    )

    def check(typed: str) -> Json:
        return phone_numbers.read(typed, country).sent

    return Question(
        id="number",
        title="Number",
        value=value,
        about=f"{where} An office number may end in x123.",
        check=check,
    )


def _number(user: User, answers: Answers, kind: str) -> Number:
    number = phone_numbers.read(str(answers["number"]), _country(user))
    if number.extension and kind != "office":
        raise InvalidInput("Only an office number has an extension: a mobile is called and texted itself.")
    return number


async def _ask_add(tenant: Tenant, user: User, record: Record | None) -> Form:
    held = [number.facts["kind"] for number in await _numbers(tenant, user)]
    free = [kind for kind in TYPES if kind not in held and (kind != "alternateMobile" or "mobile" in held)]
    if not free:
        raise InvalidInput(f"{user.name} has a number of each type: change or delete one of them.")
    barred = [_NEEDS_PRIMARY] if "mobile" not in held else []
    return Form(
        title="Add phone authentication",
        questions=(
            _asked(user),
            Question(
                id="type",
                title="Phone type",
                kind="choice",
                choices=tuple((kind, TYPES[kind]) for kind in free),
                value=free[0],
                about="One number of each type. Left and Right change it, Enter lists them.",
            ),
        ),
        told=(f"For {user.name}  {user.upn}", "It counts for sign-in as soon as it is saved.", *barred),
    )


def _plan_add(user: User, form: Form, answers: Answers) -> list[Operation]:
    kind = str(answers["type"])
    number = _number(user, answers, kind)
    return [_told(sign_in_methods.added(user, kind, number.sent), user, number)]


async def _ask_change(tenant: Tenant, user: User, record: Record | None) -> Form:
    facts = facts_of(record)
    return Form(
        title=f"Change {TYPES.get(facts['kind'], facts['kind'])}",
        questions=(_asked(user, phone_numbers.shown(facts["number"])),),
        told=(f"Of {user.name}  {user.upn}. The type of a number stays.",),
        facts=dict(facts),
    )


def _plan_change(user: User, form: Form, answers: Answers) -> list[Operation]:
    facts = form.facts
    number = _number(user, answers, facts["kind"])
    if number.sent == facts["number"]:
        raise InvalidInput("Type another number: this is the one that is registered.")
    one = sign_in_methods.changed(user, facts["id"], facts["kind"], facts["number"], number.sent)
    return [_told(one, user, number)]


async def _ask_delete(tenant: Tenant, user: User, record: Record | None) -> Form:
    facts = facts_of(record)
    name = TYPES.get(facts["kind"], facts["kind"] or "Phone")
    return Form(
        title=f"Delete {name.lower()}?",
        told=(
            f"{phone_numbers.shown(facts['number'])} of {user.name}  {user.upn}",
            "The user cannot sign in with it any more. The number can be added again.",
        ),
        save="Delete",
        danger=True,
        facts=dict(facts),
    )


def _plan_delete(user: User, form: Form, answers: Answers) -> list[Operation]:
    facts = form.facts
    return [sign_in_methods.deleted(user, facts["id"], facts["kind"], facts["number"])]


def _told(operation: Operation, user: User, number: Number) -> Operation:
    """The operation with its number as the operator is to check it: with the region."""
    return msgspec.structs.replace(operation, target=f"{number.told} of {user.name}")


TAB = RecordTab(
    id="phone-methods",
    title="Phone",
    about="The numbers by which the user signs in: one primary mobile, one alternate mobile, one office number.",
    columns=(
        Column("type", "Type", width=18),
        Column("number", "Number", least=20),
        Column("region", "Region", least=12),
        Column("sms", "Sign-in by SMS", width=26, wide=True),
    ),
    load=load,
    empty="No number is registered for sign-in",
    actions=(
        Action(
            id="add-phone-method",
            title="Add",
            about="Registers a number by which the user can sign in.",
            ask=_ask_add,
            plan=_plan_add,
            key="insert,plus",
        ),
        Action(
            id="change-phone-method",
            title="Change",
            about="Puts another number in the place of this one.",
            ask=_ask_change,
            plan=_plan_change,
            fits=one_record,
            key="enter,E",
        ),
        Action(
            id="delete-phone-method",
            title="Delete",
            about="Takes the number away from the user's sign-in.",
            ask=_ask_delete,
            plan=_plan_delete,
            fits=_deletable,
            key="delete,minus",
        ),
    ),
)
