"""A record's detail window: every field it has, the well-known ones first and by name."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from services.operation import Json
from services.tabs.fields import text_of


def details(record: Mapping[str, Json], labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """(label, text) of everything in the record.

    `labels` names fields by their path ("location/city") in the order of the window; they are there even when
    empty. Fields it does not name follow under their path, where they hold something.
    """
    found = dict(_flat("", record))
    named = [(label, found.pop(path, "")) for path, label in labels.items()]
    return (*named, *((path, text) for path, text in found.items() if text))


def shown_moment(value: Json) -> str:
    """An instant of the directory in the operator's time zone; what is no instant as it is."""
    if str(value).startswith("0001-01-01"):
        return "never"
    try:
        return datetime.fromisoformat(str(value)).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError):
        return text_of(value)


def _flat(path: str, value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not key.startswith("@"):
                yield from _flat(f"{path}/{key}" if path else key, inner)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for number, item in enumerate(value, 1):
            yield from _flat(f"{path}/{number}", item)
    elif path.rpartition("/")[2].endswith("DateTime"):
        yield path, shown_moment(value) if value else ""
    elif isinstance(value, bool):
        yield path, "yes" if value else "no"
    else:
        yield path, text_of(value)
