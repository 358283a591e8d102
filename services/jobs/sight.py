"""Sight: what the answer to a look tells of the fields that operations want to be so."""

from collections.abc import Iterator

from services.exchange_values import called, listed, read
from services.jobs.refusals import said
from services.operation import Answer, HasMember, HasNames, HasValue, Json, Look, MemberValue, PlansOff
from services.product_names import plan_names


class Sight:
    """One answer, for all the looks that share it: a list of members is read once, however many are looked for."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self._body: dict[str, Json] = answer.body if isinstance(answer.body, dict) else {}
        self._words: dict[tuple[object, ...], set[str]] = {}

    def tells(self, look: Look) -> dict[str, Json]:
        """What the answer tells, by field; a field that it does not tell is left out.

        Ids are compared without regard to case. An unfinished page tells only of the members that are on it;
        an object that is gone (404) has no members, and no values either.
        """
        found: dict[str, Json] = {}
        answer, body = self.answer, self._body
        gone = any(said(answer, text) for text in look.gone)
        whole = gone or answer.status == 404 or (answer.ok and "@odata.nextLink" not in body)
        for find in look.finds:
            match find:
                case HasMember(field=field):
                    here = answer.ok and self._has(find)
                    if here or whole:
                        found[field] = here is not find.turned
                case MemberValue(field=field):
                    held = _member(find, body)
                    if held or whole:
                        found[field] = held.get(find.name) if held else None
                case PlansOff(field=field):
                    if answer.ok:
                        found[field] = _plans_off(find, body)
                case HasValue(field=field, path=path):
                    if answer.ok or gone:
                        found[field] = _called(find, read(find.form, _value(body, path)))
                case HasNames(field=field, path=path):
                    if answer.ok:
                        found[field] = called(_at(body, path), find.known)
        return found

    def _has(self, find: HasMember) -> bool:
        asked = (find.path, find.keys, find.where, find.unless)
        if asked not in self._words:
            held = _at(self._body, find.path)
            # Exchange may write a list that holds a single text as that text
            members = held if isinstance(held, list) else [held] if isinstance(held, str) else []
            self._words[asked] = {word.lower() for member in members for word in _words(member, find)}
        return any(wanted.lower() in self._words[asked] for wanted in find.ids)


def seen(look: Look, answer: Answer) -> dict[str, Json]:
    """What an answer that nobody shares tells to this look (`Sight.tells`)."""
    return Sight(answer).tells(look)


def _member(find: MemberValue, body: dict[str, Json]) -> dict[str, Json] | None:
    """The object with the id that is looked for; None where it is not in this answer."""
    members = _at(body, find.path)
    return next(
        (
            each
            for each in (members if isinstance(members, list) else ())
            if isinstance(each, dict) and str(each.get("id")).lower() == find.id.lower()
        ),
        None,
    )


def _plans_off(find: PlansOff, body: dict[str, Json]) -> Json:
    """The names of the plans that are off in this licence; None where it is not held."""
    for held in body.get("assignedLicenses") or ():
        if isinstance(held, dict) and str(held.get("skuId")).lower() == find.sku.lower():
            ids = {str(plan).lower() for plan in held.get("disabledPlans") or ()}
            return plan_names(ids - {plan.lower() for plan in find.apart})
    return None


def _called(find: HasValue, value: Json) -> Json:
    names = {name.casefold() for name in find.called}
    if isinstance(value, str) and {value.casefold(), value.rpartition("/")[2].casefold()} & names:
        return find.called[0]
    return value


def _words(member: Json, find: HasMember) -> Iterator[str]:
    """What one item of a list answers to."""
    if not isinstance(member, dict):
        yield from (str(member), str(member).rpartition("/")[2])
    elif _all_so(member, find.where) and not any(_all_so(member, (pair,)) for pair in find.unless):
        for key in find.keys:
            held = member.get(key)
            yield from (map(str, held) if isinstance(held, list) else (str(held), *listed(held)))


def _all_so(member: dict[str, Json], pairs: tuple[tuple[str, str], ...]) -> bool:
    return all(str(member.get(name)).lower() == value.lower() for name, value in pairs)


def _value(body: Json, path: tuple[str, ...]) -> Json:
    held = _at(body, path)
    # one service writes an object's id in capitals that another writes in small letters
    return held.lower() if path[-1] == "id" and isinstance(held, str) else held


def _at(body: Json, path: tuple[str, ...]) -> Json:
    for key in path:
        if isinstance(body, list):
            body = body[int(key)] if key.isdecimal() and int(key) < len(body) else None
        else:
            body = body.get(key) if isinstance(body, dict) else None
    return body
