"""LDAP operations on Active Directory as plain data, with every value in a filter escaped."""

import base64
from collections.abc import Mapping, Sequence
from uuid import UUID

from services.operation import Json, Request, Service

SEARCH, MODIFY = "SEARCH", "MODIFY"
"""What stands for the method."""

REPLACE, SET, CLEAR = "replace", "set", "clear"
"""The parts of what a modification holds: values that take the place of others; bits to set and to clear."""

BASE, SUBTREE = "BASE", "SUBTREE"
"""How deep is searched, as LDAP's own filters in a URL name it."""

EVERY = "(objectClass=*)"

PASSWORD = "unicodePwd"  # noqa: S105 - an attribute's name


def search(base: str, filter_text: str, attributes: Sequence[str], *, scope: str = SUBTREE) -> Request:
    """The objects below `base` that meet the filter, each as `{"id": objectGUID, "dn": …, attribute: value}`."""
    query = (("scope", scope), ("filter", filter_text), ("attributes", ",".join(attributes)))
    return Request(Service.ACTIVE_DIRECTORY, SEARCH, base, query)


def read(guid: str, attributes: Sequence[str]) -> Request:
    """One object by its objectGUID; the answer's list holds it alone."""
    return search(named(guid), EVERY, attributes, scope=BASE)


def modify(
    guid: str,
    *,
    replace: Mapping[str, Json] | None = None,
    set_bits: Mapping[str, int] | None = None,
    clear_bits: Mapping[str, int] | None = None,
) -> Request:
    """Writes attributes of one object, in one operation: all of it happens, or nothing.

    A value that is None takes the attribute away. Bits are set and cleared in the value that the object has at
    that moment; where that changes nothing the answer is 409 with `attributeOrValueExists`.
    """
    parts = {REPLACE: replace, SET: set_bits, CLEAR: clear_bits}
    body = {name: dict(part) for name, part in parts.items() if part}
    return Request(Service.ACTIVE_DIRECTORY, MODIFY, named(guid), body=body)


def named(guid: str) -> str:
    """The name of an object by its objectGUID, which stays when it is renamed or moved.

    ([MS-ADTS] 3.1.1.3.1.2.4, alternative forms of DNs.) Raises `ValueError` for what is no GUID.
    """
    return f"<GUID={UUID(guid)}>"


def equal(attribute: str, value: str) -> str:
    """A filter for a text that somebody typed or a directory holds."""
    # imported when the first filter is made: a tenant without a domain controller needs none of it
    from ldap3.utils.conv import escape_filter_chars

    return f"({attribute}={escape_filter_chars(value)})"


def equal_guid(attribute: str, value: UUID) -> str:
    """A filter for a GUID, which Active Directory keeps with its first three parts in little-endian order."""
    from ldap3.utils.conv import escape_bytes

    return f"({attribute}={escape_bytes(value.bytes_le)})"


def any_of(filters: Sequence[str]) -> str:
    """A filter that one of these is enough for."""
    return f"(|{''.join(filters)})"


def all_of(filters: Sequence[str]) -> str:
    """A filter that needs them all."""
    return f"(&{''.join(filters)})"


def immutable_id(guid: str) -> str:
    """The onPremisesImmutableId that Entra Connect gives an object by its GUID: base64 of its sixteen bytes."""
    return base64.b64encode(UUID(guid).bytes_le).decode()


def guid_of(immutable: str) -> UUID | None:
    """The GUID in an onPremisesImmutableId; None where the tenant's anchor is something else."""
    try:
        content = base64.b64decode(immutable, validate=True)
    except ValueError:
        return None
    return UUID(bytes_le=content) if len(content) == 16 else None
