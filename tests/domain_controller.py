"""A real Active Directory for the tests: Samba's domain controller on a loopback address of its own.

    samba-tool domain provision … && samba -i

One serves all test processes of a run: it is provisioned by the first that asks for it (about 6 s), and stopped
when the last one has ended; who comes after that starts another. Every part of a test makes its own users in it.
"""

import fcntl
import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import ldap3
import msgspec
from ldap3.utils.dn import escape_rdn

from services.domain_controller import DomainController
from services.secret import Secret

BASE = "DC=corp,DC=contoso,DC=test"
PASSWORD = "Blue-Harbour-27"
_READY = 60.0
_TURN = 0.05


class Domain(msgspec.Struct, frozen=True):
    """The domain that runs, and what an administrator at its console does and sees."""

    host: str
    name: str
    ca: str
    administrator: str

    def profile(self, **facts: Any) -> DomainController:
        """What a tenant's profile says of it; `facts` take the place of what would let one in."""
        fields = {
            "server": f"ldaps://{self.host}",
            "base_dn": BASE,
            "bind_user": "Administrator@corp.contoso.test",
            "bind_password": Secret(self.administrator),
            "ca_certs_file": self.ca,
            "server_name": self.name,
        }
        return DomainController(**{**fields, **facts})

    def add(self, logon: str, *, cn: str = "", **attributes: Any) -> str:
        """Makes an enabled user with `PASSWORD`, and gives its objectGUID."""
        name = f"CN={escape_rdn(cn or logon)},CN=Users,{BASE}"
        found = {
            "sAMAccountName": logon,
            "userPrincipalName": f"{logon}@corp.contoso.test",
            "unicodePwd": f'"{PASSWORD}"'.encode("utf-16-le"),
            "userAccountControl": 512,
        }
        with self._console() as console:
            kinds = ["top", "person", "organizationalPerson", "user"]
            assert console.add(name, kinds, found | attributes), console.result
            console.search(name, "(objectClass=*)", ldap3.BASE, attributes=["objectGUID"])
            return str(UUID(bytes_le=console.response[0]["raw_attributes"]["objectGUID"][0]))

    def change(self, guid: str, attribute: str, *values: Any) -> None:
        """Replaces the values of an attribute."""
        with self._console() as console:
            replaced = {attribute: [(ldap3.MODIFY_REPLACE, list(values))]}
            assert console.modify(f"<GUID={guid}>", replaced), console.result

    def count_wrong_passwords(self) -> None:
        """Has accounts locked after many of them: without that none is counted."""
        with self._console() as console:
            assert console.modify(BASE, {"lockoutThreshold": [(ldap3.MODIFY_REPLACE, [100])]}), console.result

    def remove(self, guid: str) -> None:
        """Deletes an object."""
        with self._console() as console:
            assert console.delete(f"<GUID={guid}>"), console.result

    def value(self, guid: str, attribute: str) -> str:
        """The first value of an attribute; "" where there is none."""
        with self._console() as console:
            console.search(f"<GUID={guid}>", "(objectClass=*)", ldap3.BASE, attributes=[attribute])
            values = console.response[0]["raw_attributes"].get(attribute) or [b""]
            return str(values[0].decode())

    def lets_in(self, logon: str, password: str) -> bool:
        """Whether this user may sign in to the domain with this password."""
        return bool(self._connection(f"{logon}@corp.contoso.test", password).bind())

    @contextmanager
    def _console(self) -> Iterator[Any]:
        with self._connection("Administrator@corp.contoso.test", self.administrator) as found:
            yield found

    def _connection(self, user: str, password: str) -> Any:
        tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=self.ca, valid_names=[self.name])
        server = ldap3.Server(self.host, port=636, use_ssl=True, tls=tls, get_info=ldap3.NONE)
        return ldap3.Connection(server, user, password, receive_timeout=20)


def missing() -> str:
    """Why there can be none here; "" where there can."""
    absent = [name for name in ("samba", "samba-tool") if shutil.which(name) is None]
    if absent:
        return f"{' and '.join(absent)} not installed (apt-get install samba samba-ad-provision winbind)"
    return "" if os.geteuid() == 0 else "a domain controller listens on port 636, which only root may do"


@contextmanager
def running_domain(folder: Path) -> Iterator[Domain]:
    """The domain of this run, whose processes share the folder. Raises RuntimeError where it does not start."""
    folder.mkdir(exist_ok=True)
    with (folder / "users").open("a") as users:
        with (folder / "starting").open("a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_SH)
            known = folder / "domain.json"
            process = None if known.exists() else _started(folder, known)
        try:
            yield msgspec.json.decode(known.read_bytes(), type=Domain)
        finally:
            if process is not None:
                # who started it waits for the others
                fcntl.flock(users, fcntl.LOCK_EX)
                # who comes later starts another
                known.unlink()
                process.terminate()
                process.wait(timeout=60)
                shutil.rmtree(folder / "dc", ignore_errors=True)


def _started(folder: Path, known: Path) -> subprocess.Popen[bytes]:
    place, administrator = folder / "dc", f"Aa1-{secrets.token_urlsafe(16)}"
    provision = ["samba-tool", "domain", "provision", "--realm=CORP.CONTOSO.TEST", "--domain=CORP"]
    provision += ["--server-role=dc", "--dns-backend=NONE", f"--adminpass={administrator}", "--host-name=dc1"]
    provision += [f"--targetdir={place}", "--option=interfaces=lo", "--option=bind interfaces only=yes"]
    done = subprocess.run(provision, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"samba-tool does not provision a domain:\n{done.stdout}{done.stderr}")
    host = f"127.{secrets.randbelow(100) + 100}.{secrets.randbelow(250) + 1}.{secrets.randbelow(250) + 1}"
    serve = ["samba", "-s", str(place / "etc" / "smb.conf"), "-i", "--no-process-group", "--debug-stdout"]
    serve += ["-M", "single", "--option=server services=ldap", f"--option=interfaces={host}/8"]
    serve += ["--option=bind interfaces only=yes", f"--option=pid directory={place}"]
    serve += [f"--option=ncalrpc dir={place / 'ncalrpc'}", f"--option=log file={place / 'log'}"]
    with (folder / "samba.log").open("wb") as log:
        process = subprocess.Popen(serve, stdout=log, stderr=log, stdin=subprocess.PIPE)
    ca = place / "private" / "tls" / "ca.pem"
    until = time.monotonic() + _READY
    while not (ca.exists() and _listens(host)):
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            raise RuntimeError(f"samba does not listen on {host}:\n{(folder / 'samba.log').read_text()}")
        time.sleep(_TURN)
    domain = Domain(host, "dc1.corp.contoso.test", str(ca), administrator)
    domain.count_wrong_passwords()
    known.write_text(json.dumps(msgspec.structs.asdict(domain)))
    return process


def _listens(host: str) -> bool:
    try:
        with socket.create_connection((host, 636), timeout=1):
            return True
    except OSError:
        return False
