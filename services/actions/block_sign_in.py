"""Block sign-in: the user is out at once; groups, functional roles and licences go too where that is wanted."""

from collections.abc import Mapping, Sequence
from functools import partial

from services import active_directory, licences, members
from services.action import Action, Answers, Confirmation, Form, Question
from services.actions import sign_in
from services.actions.holdings import Holdings, Licence, Stay, holdings
from services.active_directory import ACCOUNT
from services.group import Group
from services.licences import DISABLED
from services.members import KIND
from services.operation import Json, Operation
from services.record import Record
from services.tenant import Tenant
from services.user import User
from state.values import Change

GROUPS, ROLES, LICENCES = "groups", "roles", "licences"
"""The questions, and the facts with what each would take away."""

STAYS = "stays"
"""The fact with a line for each thing that cannot be removed, for the log of a process."""

DATES = "dates"
"""The fact with what is set of the two dates, which go with the sign-in."""

_WORDS: Mapping[str, tuple[str, str]] = {
    GROUPS: ("group", "groups"),
    ROLES: ("functional role", "functional roles"),
    LICENCES: ("licence", "licences"),
}

_GONE = "With the sign-in the user loses"

_MOST_TOLD = 5


def fits(tenant: Tenant, user: User, record: Record | None) -> str:
    """Who can sign in; not who is deleted, nor who is mastered where it cannot be reached."""
    if user.deleted:
        return sign_in.DELETED
    if active_directory.on_premises(user) and (reason := active_directory.unreachable(tenant)):
        return reason
    return "the sign-in is blocked already" if user.account_enabled is False else ""


async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    """What may be taken away besides, as it is in the tenant now. Raises `RollcallError`."""
    facts: dict[str, Json] = {}
    if active_directory.on_premises(user):
        facts[ACCOUNT] = active_directory.as_fact(await active_directory.account(tenant, user))
    # what the cloud knows nothing of holds nothing there
    held = Holdings((), (), (), {}, ()) if user.local else await holdings(tenant, user)
    facts |= {
        GROUPS: [_of_group(group) for group in held.groups or ()],
        ROLES: [_of_group(group) for group in held.roles or ()],
        LICENCES: [_of_licence(each) for each in held.licences or ()],
        DATES: {} if user.synced else dict(held.dates),
        STAYS: [f"Stays: {stay.name}: {stay.reason}" for stay in held.stays],
    }
    title = f"Block the sign-in of {user.name}?"
    return Form(
        title=title,
        questions=() if user.local else questions(held),
        told=(*_told(user, held.dates), *_stays(held.stays)),
        save="Block",
        danger=True,
        facts=facts,
        # without a question the form is the confirmation itself
        confirm=None if user.local else partial(confirmation, title, _GONE, facts),
    )


def questions(held: Holdings) -> tuple[Question, ...]:
    """One flag for each kind of thing that may go and can be read."""
    counted = (
        (GROUPS, "Remove from groups", held.groups),
        (ROLES, "Remove functional roles", held.roles),
        (LICENCES, "Remove licences", held.licences),
    )
    return tuple(
        Question(id=name, title=title, kind="flag", value=False, about=_listed([each.name for each in found]))
        for name, title, found in counted
        if found is not None
    )


def plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    """The block first, then the sessions, the dates, and what was ticked."""
    facts = form.facts
    operations = sign_in.switched(user, facts, False)
    if not user.local:
        operations.append(sign_in.revoked(user))
    operations += sign_in.cleared(user, facts.get(DATES) or {})
    for what in (GROUPS, ROLES):
        operations += sign_in.unstaged([_leave(user, group) for group in _going(what, facts, answers)])
    if taken := [_taken(user, licence) for licence in _going(LICENCES, facts, answers)]:
        operations += sign_in.unstaged([licences.assignment(taken)])
    return operations


def _going(what: str, facts: Mapping[str, Json], answers: Answers) -> list[Mapping[str, Json]]:
    """What the answers take away of one kind; a licence that groups hand out, too, goes only with all of them."""
    found = list(facts.get(what) or ()) if answers.get(what) else []
    if what != LICENCES:
        return found
    left = {group["id"] for name in (GROUPS, ROLES) for group in _going(name, facts, answers)}
    return [licence for licence in found if left.issuperset(licence["givers"])]


def confirmation(title: str, told: str, facts: Mapping[str, Json], answers: Answers) -> Confirmation:
    """What is asked once more: how much of what goes with the sign-in."""
    counts = {name: len(_going(name, facts, answers)) for name in _WORDS}
    going = [f"{count} {_WORDS[name][count != 1]}" for name, count in counts.items() if count]
    what = f"{', '.join(going[:-1])} and {going[-1]}" if len(going) > 1 else "".join(going)
    more = f"{told} {what}." if what else "Groups, functional roles and licences stay."
    return Confirmation(title, (more,), sum(counts.values()))


def in_words(answers: Answers) -> str:
    """What goes besides the sign-in, for a list."""
    gone = [several for name, (_, several) in _WORDS.items() if answers.get(name)]
    return f"and removes {', '.join(gone)}" if gone else ""


def _told(user: User, dates: Mapping[str, Json]) -> tuple[str, ...]:
    if user.local:
        return (
            f"{user.upn} cannot log on to the domain any more. Groups stay; tickets that were given last to their end.",
        )
    if not user.synced:
        return (
            f"{user.upn} cannot sign in any more; sessions are revoked, Start date and End date cleared.",
        )
    told = f"{user.upn} is disabled in Active Directory, and cloud sessions are revoked. {active_directory.LATER}"
    stay = [f"{sign_in.DATES[field]} stays: Active Directory masters it." for field in dates]
    return (told, *stay)


def _of_group(group: Group) -> dict[str, Json]:
    return {"id": group.id, "name": group.name, "kind": group.kind.value}


def _of_licence(licence: Licence) -> dict[str, Json]:
    facts = {DISABLED: ",".join(licence.off)}
    return {"id": licence.sku, "name": licence.name, "facts": facts, "givers": sorted(licence.givers)}


def _leave(user: User, group: Mapping[str, Json]) -> Operation:
    facts = {KIND: str(group["kind"])}
    return members.by_kind(
        Change(user.id, user.upn, "groups", group["id"], group["name"], "member", True, False, facts)
    )


def _taken(user: User, licence: Mapping[str, Json]) -> Change:
    return Change(
        user.id,
        user.upn,
        "licenses",
        licence["id"],
        licence["name"],
        "assigned",
        True,
        False,
        licence["facts"],
    )


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "none that could be removed"
    return f"{len(names)}: {', '.join(names)}"


def _stays(stays: Sequence[Stay]) -> list[str]:
    """What is not removable, in as many words as a dialog can bear."""
    if not stays:
        return []
    named = [f"{stay.name} ({stay.why})" for stay in stays[:_MOST_TOLD]]
    more = len(stays) - _MOST_TOLD
    return [f"Stays: {', '.join(named)}" + (f" and {more} more" if more > 0 else "")]


ACTION = Action(
    id="block-sign-in",
    title="Block sign-in",
    about="Ends the user's sign-in and sessions; may remove groups, functional roles and licences.",
    ask=ask,
    plan=plan,
    fits=fits,
    local=True,
)
