"""LdapConnection: one bound connection to the domain controller, over TLS, used by one thread at a time."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import ldap3
from ldap3.core.exceptions import (
    LDAPException,
    LDAPInvalidDnError,
    LDAPInvalidFilterError,
    LDAPSSLConfigurationError,
)
from pyasn1.error import PyAsn1Error

from services.clean import clean
from services.domain_controller import DomainController
from services.errors import InvalidInput, RollcallError, SignInNeeded, Unreachable
from services.secret import Secret
from services.transport.ldap_answers import Result, entry

CONNECT_TIMEOUT = 10
RECEIVE_TIMEOUT = 20
"""Whole seconds for a connection, and between two pieces of an answer."""

PAGE = 500
"""Entries of one page; a domain controller gives 1,000 at most (MaxPageSize)."""

_PAGED = "1.2.840.113556.1.4.319"
_DOWN = (51, 52)
_GARBLED = (LDAPException, PyAsn1Error, OSError, ValueError, TypeError, LookupError, AttributeError)
"""What ldap3 raises while it reads an answer: its own errors, and Python's where the bytes are no LDAP."""


class LdapConnection:
    """Opened and bound at once; raises `RollcallError`.

    What fails while it is opened was surely not sent; what fails later may have been carried out.
    """

    def __init__(self, controller: DomainController, password: Secret) -> None:
        self._controller = controller
        self._turn = threading.Lock()
        self._connection = self._opened(password)
        self.used_at = time.monotonic()

    def search(self, base: str, filter_text: str, attributes: Sequence[str], scope: str) -> Iterator[Result]:
        """The pages of what is found; the last one says how it ended."""
        cookie: bytes | None = None
        while True:
            ask = partial(
                self._connection.search,
                base,
                filter_text,
                search_scope=scope,
                attributes=list(attributes),
                paged_size=None if scope == ldap3.BASE else PAGE,
                paged_cookie=cookie,
            )
            result, response = self._exchange(ask)
            yield _result(result, response)
            controls = result.get("controls") or {}
            cookie = ((controls.get(_PAGED) or {}).get("value") or {}).get("cookie")
            if result["result"] != 0 or not cookie:
                return

    def modify(self, dn: str, changes: Mapping[str, Sequence[bytes]]) -> Result:
        """Replaces the values of these attributes, in one operation."""
        written = {name: [(ldap3.MODIFY_REPLACE, list(values))] for name, values in changes.items()}
        result, _ = self._exchange(partial(self._connection.modify, dn, written))
        return _result(result, [])

    def close(self) -> None:
        """Says good-bye, after what is under way; a connection that is broken already is no error."""
        try:
            with self._turn:
                self._connection.unbind()
        except (LDAPException, OSError):
            return

    def _opened(self, password: Secret) -> Any:
        controller = self._controller
        if not password:
            raise SignInNeeded(
                f"Active Directory was not asked: the environment variable {controller.bind_password_env} is not"
                " set. Set it to the bind user's password, then start Rollcall again."
            )
        try:
            tls = ldap3.Tls(
                validate=ssl.CERT_REQUIRED,
                ca_certs_file=controller.ca_certs_file or None,
                valid_names=[controller.server_name] if controller.server_name else None,
                sni=controller.server_name or controller.host,
            )
            # a server of its own: it keeps the address that one connection uses
            server = ldap3.Server(
                controller.host,
                port=controller.port,
                use_ssl=True,
                tls=tls,
                get_info=ldap3.NONE,
                connect_timeout=CONNECT_TIMEOUT,
            )
            connection = ldap3.Connection(
                server,
                user=controller.bind_user,
                password=password.reveal(),
                auto_referrals=False,
                receive_timeout=RECEIVE_TIMEOUT,
            )
            connection.bind()
        except LDAPSSLConfigurationError:
            raise InvalidInput(
                f"Active Directory was not asked: {controller.ca_certs_file} is no file that can be read. Put the"
                " authorities' certificates there, or correct ca_certs_file in the profile."
            ) from None
        except _GARBLED as error:
            raise _unopened(controller, error) from None
        if connection.result["result"] != 0:
            refusal = _unbound(controller, connection.result)
            connection.unbind()
            raise refusal
        return connection

    def _exchange(self, work: Callable[[], object]) -> tuple[dict[str, Any], list[Any]]:
        try:
            with self._turn:
                work()
        except (LDAPInvalidDnError, LDAPInvalidFilterError) as error:
            raise InvalidInput(f"Active Directory was not asked: {clean(str(error), 200)}.") from None
        except _GARBLED as error:
            raise _cut(self._controller, error) from None
        self.used_at = time.monotonic()
        return self._connection.result, self._connection.response or []


def _result(said: Mapping[str, Any], response: Sequence[Mapping[str, Any]]) -> Result:
    entries = [entry(one["dn"], one["raw_attributes"]) for one in response if one["type"] == "searchResEntry"]
    return Result(said["result"], said["description"], said["message"] or "", tuple(entries))


def _unopened(controller: DomainController, error: Exception) -> Unreachable:
    """Before anything was bound, so that nothing can have happened."""
    said = str(error)
    where = f"{controller.host}:{controller.port}"
    if "certificate" in said.lower():
        return Unreachable(
            f"The certificate of the domain controller {where} is not trusted, or not for that name: check"
            " ca_certs_file and server_name in the profile. Nothing was sent.",
            sent=False,
        )
    return Unreachable(
        f"The domain controller {where} cannot be reached over TLS: check the network, the name and the port"
        " (LDAP goes through no proxy). Nothing was sent.",
        sent=False,
    )


def _unbound(controller: DomainController, said: Mapping[str, Any]) -> RollcallError:
    words = clean(f"{said['description']}: {said['message']}".strip().rstrip(":"), 200)
    if said["result"] in _DOWN:
        return Unreachable(
            f"The domain controller {controller.host} is busy: try again later ({words}).", sent=False
        )
    return SignInNeeded(
        f"Active Directory does not let {controller.bind_user} in ({words}). Correct bind_user or its password in"
        " the profile, then start Rollcall again.",
        status=401,
        code=said["description"],
    )


def _cut(controller: DomainController, error: Exception) -> Unreachable:
    said = str(error).lower()
    if "timed out" in said or "temporarily unavailable" in said:
        return Unreachable(f"The domain controller {controller.host} did not answer in time.")
    return Unreachable(
        f"The connection to the domain controller {controller.host} was cut before the answer was complete."
    )
