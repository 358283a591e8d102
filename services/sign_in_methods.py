"""A user's sign-in methods as operations: phone numbers and Microsoft Authenticator (`api-map.md` §3.19)."""

from collections.abc import Mapping

import msgspec

from services import powershell
from services.errors import NotPermitted
from services.jobs.method_refusals import ROLE
from services.operation import (
    HasMember,
    Json,
    Look,
    MemberValue,
    Operation,
    Repeat,
    Request,
    Service,
)
from services.phone_numbers import shown
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User
from state.values import Change

TYPES: Mapping[str, str] = {
    "mobile": "Primary mobile",
    "alternateMobile": "Alternate mobile",
    "office": "Office",
}
"""phoneType -> what a person calls it, in the order of the page."""

METHOD_IDS: Mapping[str, str] = {
    "mobile": "3179e48a-750b-4051-897c-87b9720928f7",
    "alternateMobile": "b6332ec1-7057-4abe-9331-3d72feddfe41",
    "office": "e37fc753-ff3b-4958-9484-eaa9425c82bc",
}
"""phoneType -> the id that such a number has with every user: by it a look tells what became of an addition."""

_PHONES, _AUTHENTICATORS = "phoneMethods", "microsoftAuthenticatorMethods"
_NUMBER, REGISTERED = "phoneNumber", "registered"


def phones_of(user: str) -> Request:
    """The read of a user's numbers. The service takes no query options here."""
    return Request(Service.GRAPH, path=_path(user, _PHONES))


def authenticators_of(user: str) -> Request:
    """The read of a user's devices with Microsoft Authenticator. The service takes no query options here."""
    return Request(Service.GRAPH, path=_path(user, _AUTHENTICATORS))


async def read(tenant: Tenant, request: Request) -> list[dict[str, Json]]:
    """All methods of one kind. Raises `RollcallError`; what is not permitted says which role it takes."""
    found: list[dict[str, Json]] = []
    try:
        async for page in tenant.pages(request):
            found += page
    except NotPermitted as error:
        raise NotPermitted(
            f"{ROLE} {error.sentence}", request_id=error.request_id, status=error.status, code=error.code
        ) from None
    return found


def added(user: User, kind: str, number: str) -> Operation:
    """Registers a number; never sent twice, but looked for where the answer is lost."""
    one = _addition(user, kind, number)
    return msgspec.structs.replace(one, inverse=_deletion(user, METHOD_IDS[kind], kind, number))


def changed(user: User, method: str, kind: str, before: str, after: str) -> Operation:
    """Puts another number in the place of one."""
    one = _change(user, method, kind, before, after)
    return msgspec.structs.replace(one, inverse=_change(user, method, kind, after, before))


def deleted(user: User, method: str, kind: str, number: str) -> Operation:
    """Takes a number away; the inverse registers it again where its type can be registered at all."""
    one = _deletion(user, method, kind, number)
    known = kind in METHOD_IDS and bool(number)
    return msgspec.structs.replace(one, inverse=_addition(user, kind, number) if known else None)


def authenticator_deleted(change: Change) -> Operation:
    """Takes a device away. Nothing puts it back: only the user registers it anew, on the device itself."""
    path = f"{_path(change.user, _AUTHENTICATORS)}/{segment(change.row)}"
    return Operation(
        title="Unregister app for good",
        target=change.row_name,
        request=Request(Service.GRAPH, "DELETE", path),
        serial=_serial(change.user),
        powershell=powershell.line(
            "Remove-MgUserAuthenticationMicrosoftAuthenticatorMethod",
            {"UserId": change.user, "MicrosoftAuthenticatorAuthenticationMethodId": change.row},
        ),
        before={change.field: change.before},
        after={change.field: change.after},
        look=Look(authenticators_of(change.user), (HasMember(change.field, (change.row,)),)),
        objection="" if not change.after else "A device registers itself: it cannot be added from here.",
        changes=(change.key,),
    )


def _addition(user: User, kind: str, number: str) -> Operation:
    body = {_NUMBER: number, "phoneType": kind}
    return Operation(
        title=f"Add {TYPES[kind].lower()}",
        target=_target(user, number),
        request=Request(Service.GRAPH, "POST", _path(user.id, _PHONES), body=body),
        serial=_serial(user.id),
        powershell=powershell.line(
            "New-MgUserAuthenticationPhoneMethod",
            {"UserId": user.id, "PhoneNumber": number, "PhoneType": kind},
        ),
        before={_NUMBER: None},
        after={_NUMBER: number},
        repeat=Repeat.ONCE,
        look=_look(user, METHOD_IDS[kind]),
    )


def _change(user: User, method: str, kind: str, before: str, after: str) -> Operation:
    # a type that Graph did not tell, or that is new, is not written: the number alone says enough
    typed = {"phoneType": kind} if kind in TYPES else {}
    return Operation(
        title=f"Change {_word(kind)}",
        target=_target(user, after),
        request=Request(
            Service.GRAPH,
            "PATCH",
            f"{_path(user.id, _PHONES)}/{segment(method)}",
            body={_NUMBER: after, **typed},
        ),
        serial=_serial(user.id),
        powershell=powershell.line(
            "Update-MgUserAuthenticationPhoneMethod",
            {
                "UserId": user.id,
                "PhoneAuthenticationMethodId": method,
                "PhoneNumber": after,
                **{name[0].upper() + name[1:]: value for name, value in typed.items()},
            },
        ),
        before={_NUMBER: before},
        after={_NUMBER: after},
        look=_look(user, method),
    )


def _deletion(user: User, method: str, kind: str, number: str) -> Operation:
    return Operation(
        title=f"Delete {_word(kind)}",
        target=_target(user, number),
        request=Request(Service.GRAPH, "DELETE", f"{_path(user.id, _PHONES)}/{segment(method)}"),
        serial=_serial(user.id),
        powershell=powershell.line(
            "Remove-MgUserAuthenticationPhoneMethod",
            {"UserId": user.id, "PhoneAuthenticationMethodId": method},
        ),
        before={_NUMBER: number},
        after={_NUMBER: None},
        look=_look(user, method),
    )


def _look(user: User, method: str) -> Look:
    return Look(phones_of(user.id), (MemberValue(_NUMBER, method, _NUMBER),))


def _word(kind: str) -> str:
    return TYPES.get(kind, f"{kind or 'unknown'} phone").lower()


def _target(user: User, number: str) -> str:
    return f"{shown(number)} of {user.name}"


def _path(user: str, methods: str) -> str:
    return f"/users/{segment(user)}/authentication/{methods}"


def _serial(user: str) -> str:
    return f"authentication:{user}"
