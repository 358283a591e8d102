"""Which properties each entity publishes, and fast projections of stored documents onto a $select."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any

import msgspec

from services.sandbox.answers import Refusal

ENTITIES: dict[str, dict[str, str]] = msgspec.json.decode(
    files("services.sandbox").joinpath("entities.json").read_bytes()
)
"""Entity -> property -> "string", "datetime", "boolean", "integer", "array" or "object"."""

USER_DEFAULT = [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
]
PROFILE_STORE = frozenset(
    [
        "aboutMe",
        "birthday",
        "hireDate",
        "interests",
        "mySite",
        "pastProjects",
        "preferredName",
        "responsibilities",
        "schools",
        "skills",
        "mailboxSettings",
    ]
)
"""User properties that live outside the directory: only on a single user, only in a PATCH of their own."""

_ONLY_WHEN_SELECTED = frozenset({
    "accessType", "allowExternalSenders", "autoSubscribeNewMembers", "hideFromAddressLists",
    "hideFromOutlookClients", "isArchived", "isFavorite", "isSubscribedByMail", "unseenConversationsCount",
    "unseenCount", "unseenMessagesCount", "hasMembersWithLicenseErrors", "welcomeMessageEnabled",
})  # fmt: skip
_NEVER = b'"0001-01-01T00:00:00Z"'
_NEVER_NULL = frozenset({("user", "hireDate"), ("user", "birthday")})
"""Dates of the profile store, which knows no null."""

_NULLABLE_LISTS = frozenset({("directoryAudit", "additionalDetails")})

DEFAULTS: dict[str, tuple[str, ...]] = {
    name: tuple(p for p in properties if p not in _ONLY_WHEN_SELECTED)
    for name, properties in ENTITIES.items()
} | {"user": tuple(USER_DEFAULT)}

Projection = Callable[[bytes], msgspec.Struct]


def known(entity: str, names: Iterable[str]) -> None:
    """Refuses the first name that is no property of the entity ("" stands for any directory object)."""
    for name in names:
        kinds = (entity,) if entity else ("group", "user", "directoryRole", "administrativeUnit")
        if not any(name in ENTITIES[kind] for kind in kinds):
            where = f"microsoft.graph.{entity or 'directoryObject'}"
            raise Refusal(400, "BadRequest", f"Could not find a property named '{name}' on type '{where}'.")


def projection(entity: str, select: tuple[str, ...], tagged: bool) -> Projection:
    """A function from a stored document to a value that encodes the selected properties, absent ones as null.

    `tagged` puts `@odata.type` first, as lists of mixed kinds have it.
    """
    return _decoders(entity, select, tagged)[0]


def project(
    entity: str, select: tuple[str, ...], tagged: bool, documents: list[bytes]
) -> list[msgspec.Struct]:
    """Many documents of one kind at once: a page costs one call."""
    return _decoders(entity, select, tagged)[1](b"[" + b",".join(documents) + b"]")


@lru_cache(512)
def _decoders(
    entity: str, select: tuple[str, ...], tagged: bool
) -> tuple[Projection, Callable[[bytes], list[msgspec.Struct]]]:
    properties = ENTITIES[entity]
    names = [n for n in dict.fromkeys(select) if n in properties]
    fields: list[Any] = []
    for name in names:
        is_list = properties[name] == "array" and (entity, name) not in _NULLABLE_LISTS
        absent = _NEVER if (entity, name) in _NEVER_NULL else b"[]" if is_list else b"null"
        fields.append((name, msgspec.Raw, msgspec.Raw(absent)))
    options: dict[str, Any] = (
        {"tag_field": "@odata.type", "tag": f"#microsoft.graph.{entity}"} if tagged else {}
    )
    shape = msgspec.defstruct(f"{entity}Row", fields, **options)
    page: Any = list[shape]  # type: ignore[valid-type]
    return msgspec.json.Decoder(shape).decode, msgspec.json.Decoder(page).decode


def whole(
    entity: str, document: bytes, select: tuple[str, ...] | None, tagged: bool = False
) -> dict[str, Any]:
    """One document as a dict of its selected (or default) properties."""
    row = projection(entity, select or DEFAULTS[entity], tagged)(document)
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(row))
    return decoded
