"""Who belongs where: about a dozen groups a user, nested groups, owners, managers."""

from random import Random

from services.sandbox.options import Options
from services.sandbox.store import FIRST_SEQ, MANAGER, MEMBER, OWNER, Store

_GROUP = FIRST_SEQ["group"]
_ADELE = 1
_ADELES_GROUPS = (0, 2, 4, 5, 7, 8, 9, 11)
_OWNERS = ((7, 2), (7, 3), (13, 1), (0, 2))
"""(number of the group, place of the user) of the well-known groups."""


def fill(store: Store, options: Options) -> None:
    """Writes the links; the well-known ones first."""
    random = Random(options.seed + 2)  # noqa: S311 - a fixture, nothing secret
    links: set[tuple[int, int, int]] = set()
    _well_known(links, options)
    unified = _places(store, "unified=1")
    people = [row[0] for row in store.db.execute("SELECT seq FROM objects WHERE type='user' AND deleted=0")]
    _memberships(links, options, random, people)
    if people:
        for seq in unified:
            if seq - _GROUP > 14:
                links.update((OWNER, seq, random.choice(people)) for _ in range(1 + seq % 2))
    _nesting(links, _places(store, "security=1 AND mailed=0 AND dynamic=0 AND assignable IS NULL"), random)
    for seq in people[10:]:
        links.add((MANAGER, people[max(0, (seq // 12) % len(people))], seq))
    store.db.executemany("INSERT OR IGNORE INTO links VALUES (?,?,?)", sorted(links))


def _places(store: Store, where: str) -> list[int]:
    return [row[0] for row in store.db.execute(f"SELECT seq FROM objects WHERE type='group' AND {where}")]  # noqa: S608


def _well_known(links: set[tuple[int, int, int]], options: Options) -> None:
    for number in _ADELES_GROUPS:
        if number < options.groups:
            links.add((MEMBER, _GROUP + number, _ADELE))
    if options.groups > 3:
        links.add((MEMBER, _GROUP + 3, _GROUP + 2))
    for number, person in _OWNERS:
        if number < options.groups and person <= options.users:
            links.add((OWNER, _GROUP + number, person))
    if options.users >= 3:
        links.add((MANAGER, 3, _ADELE))


def _memberships(
    links: set[tuple[int, int, int]], options: Options, random: Random, people: list[int]
) -> None:
    fixed = min(15, options.groups)
    span = options.groups - fixed
    for seq in people:
        if seq == _ADELE:
            continue
        for _ in range(10 + seq % 6 if span >= 30 else min(span, 3)):
            number = fixed + int(random.random() ** 1.6 * span)
            links.add((MEMBER, _GROUP + number, seq))
        if options.groups > 9 and seq % 3 == 0:
            links.add((MEMBER, _GROUP + 9, seq))


def _nesting(links: set[tuple[int, int, int]], groups: list[int], random: Random) -> None:
    """A tenth of the security groups sit in an earlier one, so that no circle can come about."""
    later = [seq for seq in groups if seq - _GROUP > 14]
    for place, seq in enumerate(later):
        if place and random.random() < 0.1:
            links.add((MEMBER, later[random.randrange(place)], seq))
