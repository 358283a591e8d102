"""What a tab is: its name, when it is visible, how it loads, and what each change becomes."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias

import msgspec

from services.action import ONLY_ON_PREMISES, Action
from services.clouds import lacks
from services.columns import Column
from services.operation import Json, Operation
from services.record import Record
from services.summary import Summary
from services.tenant import Tenant
from services.user import User
from state.values import Change


class Toggle(msgspec.Struct, frozen=True):
    """One switch that every row of a toggle tab has. `counted` leads to how many are on, in the tab's title."""

    id: str
    title: str
    counted: str = "on in"


NOT_KNOWN = "not known yet; F5 asks again"
"""Why a switch whose state no service has told cannot be flipped."""
_NONE: Mapping[str, str] = {}
"""The facts of most rows: a hundred thousand of them share it."""


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row of a toggle tab.

    `cells` follow the tab's columns, `on` its toggles (None: not known yet). `locks` follow the toggles:
    "" where it may be flipped, else the sentence that says why not (an empty tuple: all may be).
    """

    key: str
    name: str
    cells: tuple[str, ...]
    on: tuple[bool | None, ...]
    locks: tuple[str, ...] = ()
    facts: Mapping[str, str] = msgspec.field(default_factory=lambda: _NONE)

    def lock(self, toggle: int) -> str:
        """Why this toggle cannot be flipped; "" when it can."""
        return self.locks[toggle] if self.locks else ""


class Property(msgspec.Struct, frozen=True):
    """One field of a properties tab.

    `kind` is "text", "choice", "date", "flag", "list" (comma-separated), "person" (a user's id, shown by
    name), "markup" (HTML, shown and typed as plain text of several lines) or "fixed" (never editable).
    `choices` are (value, label). `check` turns what was typed into the value to write; it raises
    `services.errors.InvalidInput` with a sentence. `learn` asks the tenant what the plan must know of a value
    before it is staged, and gives it as facts of the change; it raises `RollcallError` where the value will
    not do.
    """

    id: str
    title: str
    section: str
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    check: Callable[[str], Json] | None = None
    learn: Callable[[Tenant, Json], Awaitable[dict[str, str]]] | None = None


class FieldValue(msgspec.Struct, frozen=True):
    """What one property holds. `shown` is how a person reads it; `lock` says why it cannot be edited.

    `check` takes the place of the property's own where what may be typed depends on the tenant.
    """

    id: str
    value: Json
    shown: str
    lock: str = ""
    facts: dict[str, str] = {}
    check: Callable[[str], Json] | None = None


class Page(msgspec.Struct, frozen=True):
    """Rows or records as they arrive. `replace`: these are all so far, not further ones.

    `note` says where they come from ("as of 2 min ago, refreshing"), `total` how many there will be.
    `partial`: a state on the way to what was asked for, so that who reads page by page reads on. `summary`
    is what the whole list comes to, as far as it is known; None leaves what was said before.
    """

    rows: Sequence[Row] | Sequence[Record]
    replace: bool = False
    note: str = ""
    total: int | None = None
    partial: bool = False
    summary: Summary | None = None


class Ground(StrEnum):
    """What several tabs stand on: where one of them learns that it is missing, it is missing for all of them."""

    MAILBOX = "mailbox"
    PREMIUM = "premium"
    """Entra ID P1 or P2."""


Visible: TypeAlias = Callable[[User], str]
"""Why the tab is hidden for this user; "" when it is shown."""

Plan: TypeAlias = Callable[[Sequence[Change]], list[Operation]]
"""The staged changes of one user on one tab become operations, in order."""


Available: TypeAlias = Callable[[Tenant], str]
"""Why the tab is hidden in this tenant, whoever the user is; "" when it is shown."""


def everywhere(tenant: Tenant) -> str:
    """Shown in every tenant."""
    return ""


def always(user: User) -> str:
    """Shown for every user."""
    return ""


def present(user: User) -> str:
    """Hidden for who is in the recycle bin: the services answer for nobody there."""
    return "the user is deleted" if user.deleted else ""


def needs_exchange(user: User) -> str:
    """Hidden without an Exchange licence (`api-map.md` §3.4)."""
    return present(user) or ("" if user.has_exchange else "no Exchange licence")


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A page that a row's name or an action leads to: `tabs` of `subject`, under a title.

    `subject` is the account whose page it is: a mailbox's own account, or the same user as on the page
    before, for what lies behind one of their rows. `kind` says in the header what the subject is; "" where it
    is a user like any other. The tabs' changes are planned by the registered tab of the same id. `row` is the
    one that was opened, where it was on a tab of switches. `read` asks for the subject anew, where it is not
    for the directory to tell.
    """

    title: str
    subject: User
    tabs: "tuple[Tab, ...]"
    kind: str = ""
    row: Row | None = None
    read: Callable[[Tenant], Awaitable[User]] | None = None


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the same user that must go along with a switch, and before it: on this tab or on another.

    Where there are `choices` (value, label) the operator is asked for one of them, under the title `ask`; else
    it is `value`. A cell that is staged already, or was written a moment ago, needs nothing more.
    """

    tab: str
    field: str
    title: str
    row: str = ""
    before: Json = None
    value: Json = None
    ask: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    facts: dict[str, str] = {}


Room: TypeAlias = Callable[[Row], int | None]
"""For how many more users the row can be switched on; None where that is not limited."""

Needs: TypeAlias = Callable[[Row, int, bool], Sequence[Need]]
"""What must go along when this switch of the row is set so."""


class ToggleTab(msgspec.Struct, frozen=True, kw_only=True):
    """A table of rows with one or more switches each.

    `resolve` finds toggles that are still None, for the given rows only (the ones on screen). `off_needs`
    names the fact without which a row cannot be switched off (the id of what is to be removed). `needs`
    tells what must be settled before a switch, `room` for how many more users there is room, `opens` the
    page that a row's name leads to, where there is such a thing. `actions` are done to the row under the
    cursor at once, as on a list to read. `empty` is said of a table without rows that is not the tenant's
    but the user's.
    """

    id: str
    title: str
    about: str
    toggles: tuple[Toggle, ...]
    columns: tuple[Column, ...]
    load: Callable[[Tenant, User], AsyncIterator[Page]]
    plan: Plan
    resolve: Callable[[Tenant, User, Sequence[Row]], Awaitable[list[Row]]] | None = None
    visible: Visible = present
    available: Available = everywhere
    ground: Ground | None = None
    off_needs: str = ""
    needs: Needs | None = None
    room: Room | None = None
    opens: Callable[[User, Row], Opening] | None = None
    actions: tuple[Action, ...] = ()
    export: bool = False
    empty: str = ""


class PropertyTab(msgspec.Struct, frozen=True, kw_only=True):
    """A form of named values. `local`: it is also of accounts that only Active Directory knows."""

    id: str
    title: str
    about: str
    properties: tuple[Property, ...]
    load: Callable[[Tenant, User], Awaitable[list[FieldValue]]]
    plan: Plan
    visible: Visible = present
    available: Available = everywhere
    ground: Ground | None = None
    local: bool = False


class Facet(msgspec.Struct, frozen=True):
    """One thing by which a list can be narrowed; `options` are (value, label), the first one holds at first."""

    id: str
    title: str
    options: tuple[tuple[str, str], ...]


Chosen: TypeAlias = Mapping[str, str]
"""The value of each facet by its id; one that is missing has its first."""

Load: TypeAlias = Callable[[Tenant, User], AsyncIterator[Page]]
"""Reads a list, page by page as it is asked for more."""


class RecordTab(msgspec.Struct, frozen=True, kw_only=True):
    """A list to read, newest first; what can be done to its records are its `actions`.

    `opens` tells the page that a record leads to, where that is more than its details. `facets` are what the
    operator may narrow the list by, `narrow` makes the load for what was chosen; `empty` is said of a list
    that holds nothing.
    """

    id: str
    title: str
    about: str
    columns: tuple[Column, ...]
    load: Load
    facets: tuple[Facet, ...] = ()
    narrow: Callable[[Chosen], Load] | None = None
    empty: str = "Nothing was recorded"
    actions: tuple[Action, ...] = ()
    opens: Callable[[User, Record], Opening] | None = None
    visible: Visible = present
    available: Available = everywhere
    ground: Ground | None = None
    export: bool = False


Tab: TypeAlias = ToggleTab | PropertyTab | RecordTab


def hidden(tab: Tab, tenant: Tenant, user: User) -> str:
    """Why the tab is hidden for this operator and user in this tenant; "" when it is shown."""
    if user.local and not (isinstance(tab, PropertyTab) and tab.local):
        return ONLY_ON_PREMISES
    profile = tenant.profile
    return (
        tenant.access.hides(tab.id)
        or lacks(profile.cloud, tab.id)
        or tab.available(tenant)
        or tab.visible(user)
    )


UNTOLD = "Switched on a moment ago: the tenant does not show it yet, so it cannot be taken away yet"


def as_written(tab: ToggleTab, row: Row, number: int, on: bool) -> Row:
    """The row with a switch as it was written a moment ago, whatever the tenant still shows.

    What is on without the fact that switching it off needs is locked until the tenant tells that fact.
    """
    if row.on[number] is on:
        return row
    locks = list(row.locks or ("",) * len(row.on))
    if on and tab.off_needs and tab.off_needs not in row.facts:
        locks[number] = locks[number] or UNTOLD
    states = (*row.on[:number], on, *row.on[number + 1 :])
    return msgspec.structs.replace(row, on=states, locks=tuple(locks) if any(locks) else ())
