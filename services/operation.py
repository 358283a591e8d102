"""Operation: one call to one service as plain data that can be shown, stored, batched, repeated, reversed."""

from enum import StrEnum
from typing import Any, ClassVar, TypeAlias

import msgspec

Json: TypeAlias = Any
"""A decoded JSON value."""

FOR_GOOD = "cannot be undone"
"""What is said of an operation without an inverse."""


class Service(StrEnum):
    """The service that answers a request; each has its own host, token and throttling regime."""

    GRAPH = "graph"
    GRAPH_BETA = "graph-beta"
    EXCHANGE = "exchange"
    SHAREPOINT = "sharepoint"
    MARKETPLACE = "marketplace"
    ACTIVE_DIRECTORY = "active-directory"

    @property
    def label(self) -> str:
        """What a sentence calls it; both versions of Graph are one service to whoever reads it."""
        return _LABELS[self]

    @property
    def http(self) -> bool:
        """Whether the status of its answers is one of HTTP's own, and not what stands for a result of LDAP."""
        return self is not Service.ACTIVE_DIRECTORY


_LABELS = {
    Service.GRAPH: "Graph",
    Service.GRAPH_BETA: "Graph",
    Service.EXCHANGE: "Exchange",
    Service.SHAREPOINT: "SharePoint",
    Service.MARKETPLACE: "Marketplace",
    Service.ACTIVE_DIRECTORY: "Active Directory",
}


class Repeat(StrEnum):
    """Whether a call may be sent again when nobody knows if it happened."""

    SET = "set"
    """Add, remove, set: a second sending changes nothing more."""
    ONCE = "once"
    """Password, invitation, phone: never repeated by the program."""


class Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """One HTTP request, without host and token.

    `path` follows the service's root (Graph: after `/v1.0`) with its segments already percent-encoded;
    `query` and `headers` hold plain, unencoded values. An Exchange request has the path `InvokeCommand`
    and the `CmdletInput` envelope as its body (`services.transport.exchange.cmdlet` builds it). `content` is
    a body that is no JSON: it is sent as it is, with the Content-Type among `headers`, and never in a batch;
    only Graph takes one here. To Active Directory goes no HTTP but an LDAP operation in the same form, which
    `services.ldap` builds.
    """

    service: Service
    method: str = "GET"
    path: str = ""
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: Json = None
    content: bytes = b""


class Answer(msgspec.Struct, frozen=True):
    """What a service said to one request, whole or as one item of a batch.

    `code` and `message` are the error's own words ("" on success), `warnings` Exchange's
    `@adminapi.warnings`, `retry_after` seconds (None where the service named none). `location` is where a 202
    says that its end can be read: path and query below the service's own root, "" where it names no such place.
    A result of LDAP has the status that HTTP has for the same, and its own name as `code`.
    `sent` is False for an answer that the program gave itself because the request surely never left: no
    service's words can make it so.
    """

    status: int
    body: Json = None
    code: str = ""
    message: str = ""
    request_id: str = ""
    retry_after: float | None = None
    warnings: tuple[str, ...] = ()
    location: str = ""
    sent: bool = True

    @property
    def ok(self) -> bool:
        """True for 2xx."""
        return 200 <= self.status < 300


class HasMember(msgspec.Struct, frozen=True, tag="member", omit_defaults=True):
    """Reads a field as: does the list at `path` hold an object with this id (or one of these)?

    The list's items may be plain texts, and what stands under a key may be a list of them. Only objects
    count whose properties have the values in `where` (name, value) and none of those in `unless`. `turned`:
    does it hold none?
    """

    field: str
    ids: tuple[str, ...]
    keys: tuple[str, ...] = ("id",)
    path: tuple[str, ...] = ("value",)
    where: tuple[tuple[str, str], ...] = ()
    unless: tuple[tuple[str, str], ...] = ()
    turned: bool = False


class MemberValue(msgspec.Struct, frozen=True, tag="member value", omit_defaults=True):
    """Reads a field as the property `name` of the object with this id in the list at `path`.

    None where the list does not hold the object.
    """

    field: str
    id: str
    name: str
    path: tuple[str, ...] = ("value",)


class PlansOff(msgspec.Struct, frozen=True, tag="plans off", omit_defaults=True):
    """Reads a field as the names of the service plans that are off in a licence of a user, in order.

    Those in `apart` (ids) are left out; None where the user does not hold the licence.
    """

    field: str
    sku: str
    apart: tuple[str, ...] = ()


class HasValue(msgspec.Struct, frozen=True, tag="value", omit_defaults=True):
    """Reads a field as the value at `path` in the answer's body; a missing key is None.

    A number in the path counts into a list. What stands under the key `id` is read in small letters. `form`
    names how the value is read before it is compared (`services.exchange_values.Form`). `called` are texts that
    the service may use for the first of them: what reads like one of them, or ends in it after a "/", is read as
    the first.
    """

    field: str
    path: tuple[str, ...]
    form: str = ""
    called: tuple[str, ...] = ()


class HasNames(msgspec.Struct, frozen=True, tag="names", omit_defaults=True):
    """Reads a field as the list at `path`, each entry as what `known` calls it (lower case -> address), sorted.

    For services that take one name of an object and answer with another; an unknown entry stays as it is.
    """

    field: str
    path: tuple[str, ...]
    known: dict[str, str] = {}


class Look(msgspec.Struct, frozen=True, omit_defaults=True):
    """How to see in the tenant what an operation's fields are now: one read, shared by equal requests.

    `gone` are parts of a refusal that say that there is nothing to read: its fields are empty then.
    """

    request: Request
    finds: tuple[HasMember | MemberValue | PlansOff | HasValue | HasNames, ...]
    gone: tuple[str, ...] = ()


class Already(msgspec.Struct, frozen=True):
    """An answer that means "it was so before": a status and a stable part of code or message.

    The status 0 stands for any: Exchange says the same thing with different ones.
    """

    status: int
    contains: str = ""


class Instead(msgspec.Struct, frozen=True):
    """What does the same where the service says that the operation's own request does not fit (any more).

    `contains` are stable parts of that answer; one of them is enough.
    """

    contains: tuple[str, ...]
    request: Request


class Lookup(msgspec.Struct, frozen=True):
    """What a request needs that nobody knows before it is sent: an id that the service gave a moment ago.

    Read just before: the first object in the list under `value` whose properties have the values in `where`
    (name, value; compared without regard to case). Its `key` stands for `HERE` in the request's path. Where
    there is no such object there is nothing to act upon: that counts as the answer 404.
    """

    HERE: ClassVar[str] = "{}"

    request: Request
    where: tuple[tuple[str, str], ...]
    key: str = "id"


class Operation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One write, complete: enough to send, show, look for, classify and reverse it days later.

    `before` and `after` hold the fields it changes: a change's field or, where one call carries out the same
    field of several rows, a name for each row in the order of `changes`; behind them what the call writes
    besides and leaves as it was. `serial` names the object that the
    service locks: two operations with the same serial are never in flight together and keep their order.
    `inverse` is the request that puts `before` back, None where nothing can. `instead` is sent at once when the
    answer to the request asks for it; only what may be repeated has one. `lookup` completes the request when it
    is sent. `later`: a 202 only promises it; it is done when what the answer's `location` names says so. `doubt` is
    what the operator reads when nobody knows whether it happened. `objection` is a sentence that says why it
    must not be sent as it is: a plan with one cannot be applied. `tells` names the fields of the answer that the
    operator reads in the step's result, such as the number that the service gave. `part` is the id of the tab or
    action that it is of, by which a portal role grants it. `user` is the id of the user whose page a change of a plan
    came from, as one process may be about several; "" where the process says it.
    """

    title: str
    target: str
    request: Request
    serial: str
    powershell: str
    before: dict[str, Json] = {}
    after: dict[str, Json] = {}
    repeat: Repeat = Repeat.SET
    look: Look | None = None
    already: tuple[Already, ...] = ()
    inverse: "Operation | None" = None
    instead: Instead | None = None
    lookup: Lookup | None = None
    later: bool = False
    doubt: str = ""
    objection: str = ""
    tells: tuple[str, ...] = ()
    part: str = ""
    user: str = ""
    changes: tuple[str, ...] = ()
    """Keys of the pending changes that this operation carries out."""
    cells: tuple[str, ...] = ()
    """The same of what an action writes, where nothing was staged."""

    @property
    def writes(self) -> tuple[str, ...]:
        """Keys of the cells that it writes."""
        return self.changes or self.cells

    def wanted(self, key: str) -> Json:
        """What becomes of the cell with this key, one of `writes`."""
        field = key.rpartition("\x1f")[2]
        if field in self.after or len(self.after) < len(self.writes):
            return self.after.get(field)
        return list(self.after.values())[self.writes.index(key)]


ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Operation)


def encode(operation: Operation) -> bytes:
    """The operation as it is stored in the journal."""
    return ENCODER.encode(operation)


def decode(stored: bytes) -> Operation:
    """The operation that `encode` stored. Raises `msgspec.ValidationError` for foreign bytes."""
    return _DECODER.decode(stored)
