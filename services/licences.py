"""A user's licences as one operation: everything that is to come and to go in a single call."""

from collections.abc import Sequence

import msgspec

from services import powershell
from services.operation import Already, HasMember, Json, Look, Operation, Request, Service
from services.transport.urls import segment
from state.values import Change

DISABLED = "disabledPlans"
"""The fact of a row that holds the ids of the service plans switched off in it, with commas between them."""

_GONE = Already(400, "User does not have a corresponding license")


def assignment(changes: Sequence[Change]) -> Operation:
    """The one `assignLicense` for these changes of one user (`api-map.md` §3.18): all of them, or none.

    `changes` hold a skuId as their row. A licence that comes (back) has the service plans off that its facts
    name. `before` and `after` are keyed by the licences' names, in the order of the changes.
    """
    back = [msgspec.structs.replace(c, before=c.after, after=c.before) for c in changes]
    return msgspec.structs.replace(
        _one_way(changes), inverse=_one_way(back), changes=tuple(c.key for c in changes)
    )


def _one_way(changes: Sequence[Change]) -> Operation:
    user = changes[0].user
    come = [c for c in changes if c.after]
    go = [c for c in changes if not c.after]
    body: dict[str, list[Json]] = {
        "addLicenses": [_added(c) for c in come],
        "removeLicenses": [c.row for c in go],
    }
    shell = {
        "UserId": user,
        "AddLicenses": [
            {k[:1].upper() + k[1:]: v for k, v in added.items()} for added in body["addLicenses"]
        ],
        "RemoveLicenses": body["removeLicenses"],
    }
    names = _names(changes)
    verbs = " and ".join(verb for verb, some in (("Assign", come), ("Remove", go)) if some)
    return Operation(
        title=f"{verbs.capitalize()} {'licence' if len(changes) == 1 else 'licences'}",
        target=", ".join(names),
        request=Request(Service.GRAPH, "POST", f"/users/{segment(user)}/assignLicense", body=body),
        serial=f"user:{user}",
        powershell=powershell.line("Set-MgUserLicense", shell),
        before=dict(zip(names, (c.before for c in changes), strict=True)),
        after=dict(zip(names, (c.after for c in changes), strict=True)),
        look=_look(user, dict(zip(names, (c.row for c in changes), strict=True))),
        # only where it is the whole call: beside others the refusal means that nothing was done
        already=(_GONE,) if len(changes) == 1 and go else (),
    )


def _added(change: Change) -> dict[str, Json]:
    off = change.facts.get(DISABLED, "")
    return {"skuId": change.row, "disabledPlans": off.split(",") if off else []}


def _names(changes: Sequence[Change]) -> list[str]:
    """What each licence is called; by id as well where two have the same name."""
    names = [c.row_name or c.row for c in changes]
    return [
        f"{name} ({c.row})" if names.count(name) > 1 else name for name, c in zip(names, changes, strict=True)
    ]


def _look(user: str, skus: dict[str, str]) -> Look:
    request = Request(Service.GRAPH, path=f"/users/{segment(user)}", query=(("$select", "assignedLicenses"),))
    return Look(
        request,
        tuple(HasMember(name, (sku,), ("skuId",), path=("assignedLicenses",)) for name, sku in skus.items()),
    )
