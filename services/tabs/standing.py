"""Standing: which tabs of one subject are listed, shown or closed, after what loading them has taught."""

from collections.abc import Collection, Iterable, Mapping

import msgspec

from services.errors import NOT_OFFERED, NotFound, NotPermitted, RollcallError, SignInNeeded
from services.tabs.tab import Ground, Tab, hidden
from services.tenant import Tenant
from services.user import User

NOT_PREMIUM = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
"""What Graph says where the tenant has no Entra ID P1 or P2 (`api-map.md` §12)."""

NOT_CONSENTED = "AADSTS65001"
_GONE = ("couldn't be found", "ManagementObjectNotFoundException")
"""What Exchange says of a mailbox that is not there, whatever the status (`api-map.md` §3.7)."""

_DENIED = ("Authorization_RequestDenied", "Insufficient privileges", "Request Authorization failed")

_NO_SEGMENT = "Resource not found for the segment"
"""What Graph says of a path that this cloud's version of it does not have."""

_MISSING = {
    Ground.MAILBOX: "no mailbox",
    Ground.PREMIUM: "no Entra ID P1 or P2",
}


class Barred(msgspec.Struct, frozen=True):
    """Why a tab shows nothing. What `hides` it cannot be chosen before F5; else choosing it tries again."""

    reason: str
    hides: bool = True


class Listed(msgspec.Struct, frozen=True):
    """One tab of a page, with why it is not for this subject, operator or tenant; `barred` None where it is."""

    tab: Tab
    barred: Barred | None = None

    @property
    def shown(self) -> bool:
        """Whether it can be gone to."""
        return self.barred is None or not self.barred.hides

    @property
    def reason(self) -> str:
        """Why not; "" where there is no reason."""
        return self.barred.reason if self.barred is not None else ""


class Standing:
    """What was learned on one page. `of_tenant` is what holds for every page of the tenant; it is shared."""

    def __init__(self, of_tenant: dict[str, Barred]) -> None:
        self._of_tenant = of_tenant
        self._own: dict[str, Barred] = {}
        self._seen: set[str] = set()
        """Tabs that were loaded: whatever a token said, they can be shown."""

    def learn(self, tab: Tab, error: Exception | None) -> None:
        """Takes in how a tab's load ended. What says nothing about the tab itself changes nothing."""
        if error is None:
            self._seen.add(tab.id)
            for known in (self._own, self._of_tenant):
                for key in _keys(tab):
                    known.pop(key, None)
        elif isinstance(error, RollcallError):
            self._seen.discard(tab.id)
            self._own |= _of_subject(tab, error)
            self._of_tenant |= _of_all(tab, error)

    def forget(self) -> None:
        """The next load of each tab is to tell anew."""
        self._own.clear()
        self._seen.clear()
        self._of_tenant.clear()

    def barred(self, tab: Tab, tenant: Tenant, user: User) -> Barred | None:
        """Why this tab shows nothing here; None where nothing speaks against it."""
        if reason := hidden(tab, tenant, user):
            return Barred(reason)
        known: Mapping[str, Barred] = {**self._of_tenant, **self._own}
        learnt = next((known[key] for key in _keys(tab) if key in known), None)
        if tab.id in self._seen or (learnt is not None and learnt.hides):
            return learnt
        lacking = tenant.access.grants.lacking(tab.id)
        return Barred(f"{lacking}; Enter tries", hides=False) if lacking else learnt

    def listed(self, tabs: Iterable[Tab], tenant: Tenant, user: User) -> list[Listed]:
        """All of these tabs, in their order."""
        return [Listed(tab, self.barred(tab, tenant, user)) for tab in tabs]


def _keys(tab: Tab) -> Collection[str]:
    return (tab.ground, tab.id) if tab.ground else (tab.id,)


def _of_subject(tab: Tab, error: RollcallError) -> dict[str, Barred]:
    if tab.ground is Ground.MAILBOX and (isinstance(error, NotFound) or _says(error, _GONE)):
        return {Ground.MAILBOX: Barred(_MISSING[Ground.MAILBOX])}
    if isinstance(error, NotPermitted) and NOT_PREMIUM not in _words(error):
        what = "a consent or a role is missing" if _says(error, _DENIED) else "not permitted"
        return {tab.id: Barred(f"{what}; Enter tries again", hides=False)}
    return {}


def _of_all(tab: Tab, error: RollcallError) -> dict[str, Barred]:
    if isinstance(error, NotPermitted) and NOT_PREMIUM in _words(error):
        key = tab.ground if tab.ground is Ground.PREMIUM else tab.id
        return {key: Barred(_MISSING[Ground.PREMIUM])}
    if error.status == NOT_OFFERED or _says(error, (_NO_SEGMENT,)):
        return {tab.id: Barred("the cloud has no such service; Enter tries again", hides=False)}
    if isinstance(error, SignInNeeded | NotPermitted) and NOT_CONSENTED in _words(error):
        return {tab.id: Barred("a consent is missing; Enter tries again", hides=False)}
    return {}


def _says(error: RollcallError, any_of: Iterable[str]) -> bool:
    return any(text in _words(error) for text in any_of)


def _words(error: RollcallError) -> str:
    return f"{error.code} {error.sentence}"
