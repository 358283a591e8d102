"""DomainController: where a tenant's Active Directory answers, and who the program is there."""

import os
import re
from urllib.parse import urlsplit

import msgspec

from services.secret import Secret

PORT = 636
"""LDAP over TLS; 3269, the global catalogue's, takes no writes."""

_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_RDN = r"\s*[A-Za-z][A-Za-z0-9-]*=(\\.|[^,=\\])+"
_DN = re.compile(f"{_RDN}(,{_RDN})*")
_ENV = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class DomainController(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `[tenants.NAME.active_directory]` of the profile says; without a `server` there is none.

    `server` is a URL of LDAP over TLS (`ldaps://dc1.corp.contoso.com`), `base_dn` where users are looked for,
    `bind_user` a user principal name, DOMAIN\\name or distinguished name. Its password stands in
    `bind_password`, or in the environment variable that `bind_password_env` names. `ca_certs_file` is the
    absolute path of a PEM file with the authorities that are trusted ("": the machine's own), `server_name`
    the name in the certificate where that is not the URL's.
    """

    server: str = ""
    base_dn: str = ""
    bind_user: str = ""
    bind_password: Secret = Secret()
    bind_password_env: str = ""
    ca_certs_file: str = ""
    server_name: str = ""

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self.server)

    @property
    def host(self) -> str:
        """The host that is connected to."""
        return urlsplit(self.server).hostname or ""

    @property
    def port(self) -> int:
        """Its port."""
        return urlsplit(self.server).port or PORT

    def secret(self) -> Secret:
        """The bind user's password; empty where the environment variable is not set."""
        if self.bind_password_env:
            return Secret(os.environ.get(self.bind_password_env, ""))
        return self.bind_password


WORDS = {
    "active_directory": "a table [tenants.NAME.active_directory]",
    "server": 'a URL such as "ldaps://dc1.corp.contoso.com": Active Directory is reached over TLS alone',
    "base_dn": 'a distinguished name such as "DC=corp,DC=contoso,DC=com"',
    "bind_user": 'a user such as "rollcall@corp.contoso.com", as a string',
    "bind_password": "a string",
    "bind_password_env": 'the name of an environment variable, such as "ROLLCALL_AD_PASSWORD"',
    "ca_certs_file": "the path of a PEM file with certificates, as a string",
    "server_name": 'the name in the certificate, such as "dc1.corp.contoso.com"',
}
"""What each key must be."""


def wrong(found: DomainController) -> tuple[str, str]:
    """The first key that is missing or wrong, and the end of a sentence about it; ("", "") where all is well.

    The key is "" where the table itself lacks something.
    """
    for key in ("server", "base_dn", "bind_user"):
        if not getattr(found, key):
            return "", f"has no {key}: {WORDS[key]}"
    if bool(found.bind_password) == bool(found.bind_password_env):
        return "", "needs either bind_password or bind_password_env"
    checks = {
        "server": _is_server(found.server),
        "base_dn": bool(_DN.fullmatch(found.base_dn)),
        "bind_password": "a string",
        "bind_password_env": not found.bind_password_env or bool(_ENV.fullmatch(found.bind_password_env)),
        "server_name": not found.server_name or bool(_NAME.fullmatch(found.server_name)),
    }
    key = next((key for key, right in checks.items() if not right), "")
    return (key, f"is {getattr(found, key)!r}; it must be {WORDS[key]}") if key else ("", "")


def _is_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    named = parts.username is None and parts.path in ("", "/") and not parts.query and not parts.fragment
    return parts.scheme == "ldaps" and bool(_HOST.fullmatch(host)) and named and port != 0
