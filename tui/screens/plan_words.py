"""PlanWords: a line of a plan in words: what changes from what to what, and all that is known about it."""

from collections.abc import Sequence

from services.exchange_values import Form, shown_size
from services.mailboxes import FORMS
from services.operation import FOR_GOOD, Json
from services.plan import Line
from services.sameness import same
from services.tabs.registry import BY_ID
from services.tabs.tab import Property, PropertyTab, Toggle, ToggleTab
from services.telling import told
from tui.staging import shown


def title_of(line: Line, field: str) -> str:
    """What the page calls a field or switch of this line."""
    tab = BY_ID[line.changes[0].tab] if line.changes else None
    specs: Sequence[Property | Toggle] = ()
    if isinstance(tab, PropertyTab):
        specs = tab.properties
    elif isinstance(tab, ToggleTab):
        specs = tab.toggles
    return next((spec.title for spec in specs if spec.id == field), field)


def worded(field: str, value: Json) -> str:
    """A value of this field in words: Exchange's sizes are bytes here, which nobody can review."""
    return shown_size(value) if FORMS.get(field) is Form.SIZE and value else shown(value)


def arrows(line: Line) -> list[str]:
    """Before and after of each field that changes."""
    operation = line.operation
    # what is written besides and stays as it is would only hide what changes
    moved = {f: v for f, v in operation.after.items() if not same(v, operation.before.get(f))}
    return [
        f"{f'{title_of(line, field)}: ' if len(moved) > 1 else ''}"
        f"{_words(line, field, 'was') or worded(field, operation.before.get(field))} → "
        f"{_words(line, field, 'shown') or worded(field, value)}"
        for field, value in moved.items()
    ]


def _words(line: Line, field: str, fact: str) -> str:
    """The value as the page showed it: bytes, codes and ids are nothing that a person can review."""
    changes = [change for change in line.changes if change.field == field]
    if len(changes) != 1 or isinstance(changes[0].after, bool):
        return ""
    return " ".join(changes[0].facts.get(fact, "").split())


def details(line: Line) -> list[tuple[str, str]]:
    """Label and text of all that is known about a line of any plan."""
    operation = line.operation
    pairs = [("Operation", operation.title), ("Target", operation.target)]
    for change in line.changes[:1]:
        pairs += [
            ("User", f"{change.facts.get('name', '')} {change.user_name}"),
            ("Tab", BY_ID[change.tab].title),
        ]
    pairs += [("Before → after", arrow) for arrow in arrows(line)]
    pairs.append(("Tenant now", line.finding.value))
    pairs += [
        (f"{title_of(line, field)} is now", worded(field, value)) for field, value in line.current.items()
    ]
    if line.reason:
        pairs.append(("Not checked", line.reason))
    pairs.append(("Undo", "can be undone" if operation.inverse else FOR_GOOD))
    pairs.append(("PowerShell", operation.powershell))
    return [*pairs, *told(operation.request)]
