"""The names of a mailbox: which aliases and addresses it may have."""

import re

from services.sandbox import mailboxes as held
from services.sandbox.answers import Json
from services.sandbox.cmdlets.binding import changed_list
from services.sandbox.cmdlets.registry import CmdletError
from services.sandbox.mailboxes import Mailbox
from services.sandbox.organization import verified_domains
from services.sandbox.store import Store


def alias(store: Store, found: Mailbox, value: Json) -> str:
    """An alias that nobody else has. Raises CmdletError."""
    text = str(value or "")
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", text):
        raise wrong("Alias", value, "It has characters that an alias cannot have.")
    if any(
        other.id != found.id and other.facts.get("mailNickname") == text for other in held.find(store, text)
    ):
        raise CmdletError(
            400,
            "Microsoft.Exchange.Management.RecipientTasks.WLCDRecipientAliasExistsException",
            f'The alias "{text}" is already being used by another recipient.',
        )
    return text


def addresses(store: Store, found: Mailbox, value: Json) -> list[str]:
    """The proxy addresses after a change. Raises CmdletError."""
    before = [str(a) for a in found.facts.get("proxyAddresses") or []]
    after = changed_list(before, value)
    primary = [a for a in after if a.startswith("SMTP:")]
    if len(primary) != 1:
        raise CmdletError(
            400,
            "Microsoft.Exchange.Data.DataValidationException",
            "The proxy addresses must contain exactly one primary SMTP address.",
        )
    for text in set(after) - set(before):
        prefix, _, address = text.rpartition(":")
        if prefix.casefold() not in ("", "smtp"):
            raise wrong("EmailAddresses", text, "Only SMTP addresses are served by this tenant.")
        smtp_address(address)
        if address.rpartition("@")[2].lower() not in verified_domains(store):
            raise CmdletError(
                400,
                "Microsoft.Exchange.Management.Tasks.NotAcceptedDomainException",
                f"You can't use the domain '{address.rpartition('@')[2]}' because it's not an accepted domain for "
                "your organization.",
            )
        _refuse_taken(store, found, address)
    return [text if ":" in text else f"smtp:{text}" for text in after]


def _refuse_taken(store: Store, found: Mailbox, address: str) -> None:
    row = store.db.execute(
        "SELECT id, name FROM objects WHERE mail=? AND deleted=0", (address.casefold(),)
    ).fetchone()
    others = [(row[0], row[1])] if row else []
    sql = (
        "SELECT id, name FROM objects JOIN docs USING (seq) WHERE deleted=0 AND type='user' "
        "AND instr(lower(CAST(doc AS TEXT)), ?)"
    )
    needle = f'"smtp:{address.lower()}"'
    others += [(r[0], r[1]) for r in store.db.execute(sql, (needle,))]
    for other in held.resources(store):
        taken = {a.rpartition(":")[2].casefold() for a in other.facts["proxyAddresses"]}
        others += [(other.id, other.name)] if address.casefold() in taken else []
    for identity, name in others:
        if identity != found.id:
            raise CmdletError(
                400,
                "Microsoft.Exchange.Management.RecipientTasks.ProxyAddressExistsException",
                f'The proxy address "smtp:{address}" is already being used by the proxy addresses or '
                f'LegacyExchangeDN of "{name}". Please choose another proxy address.',
            )


def smtp_address(text: str) -> str:
    """An SMTP address without prefix. Raises CmdletError."""
    address = text[5:] if text[:5].casefold() == "smtp:" else text
    if not re.fullmatch(r"[^@\s,;:<>]{1,64}@[A-Za-z0-9.-]{1,255}", address):
        raise wrong("address", text, "It is no valid SMTP address.")
    return address


def wrong(name: str, value: Json, why: str) -> CmdletError:
    """What Exchange says to a value that no parameter of this kind takes."""
    return CmdletError(
        400,
        "System.Management.Automation.ParameterBindingException",
        f"Cannot process argument transformation on parameter '{name}'. Cannot convert value \"{value}\". {why}",
    )
