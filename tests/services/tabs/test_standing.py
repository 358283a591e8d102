"""Which tabs are listed in which order, and what an error of one says about it and about others."""

import msgspec
import pytest

from services.actions.registry import BY_ID as ACTIONS
from services.clouds import CLOUDS
from services.errors import NotFound, NotPermitted, Rejected, RollcallError, ServiceDown, SignInNeeded
from services.session import Session
from services.tabs.registry import BY_ID, TABS
from services.tabs.standing import NOT_PREMIUM, Barred, Standing
from tests.services.connected import ADELE

IN_ORDER = (
    "Basics", "Risks", "Functional roles", "Mail", "Mailbox permissions", "Mailbox storage",
    "Forwarding and replies", "Calendar permissions", "Distribution groups", "Security groups",
    "Directory roles", "Shared mailboxes", "Equipment mailboxes", "Room mailboxes", "Microsoft 365 Groups",
    "Mail-enabled security groups", "Application groups", "Azure applications", "Devices",
    "Portal access roles", "SharePoint", "Extension Attributes", "Sign-ins", "OneDrive", "Audit Logs",
    "Licenses", "License changes",
)  # fmt: skip
"""The personal information page's tabs, as the page has them."""

DENIED = NotPermitted(
    "Microsoft Graph does not let you — Authorization_RequestDenied: Insufficient privileges.", status=403
)
METHODS = NotPermitted(
    "Microsoft Graph does not let you — accessDenied: Request Authorization failed.", status=403
)
PREMIUM = NotPermitted("Neither tenant is B2C or tenant doesn't have premium license.", code=NOT_PREMIUM)
CONSENT = SignInNeeded("Signing in did not work: AADSTS65001: nobody has consented. Sign in again.")
NO_SERVICE = Barred("the cloud has no such service; Enter tries again", hides=False)


def test_the_page_has_its_27_tabs_in_order() -> None:
    assert tuple(tab.title for tab in TABS) == IN_ORDER


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("tab", "error", "barred", "others"),
    [
        ("mail", NotFound("no mailbox"), Barred("no mailbox"), ("calendar-permissions", "mailbox-storage")),
        (
            "mail",
            Rejected("… object 'x' couldn't be found on 'y'."),
            Barred("no mailbox"),
            ("mailbox-storage",),
        ),
        ("basics", NotFound("no such user"), None, ()),
        ("sign-ins", PREMIUM, Barred("no Entra ID P1 or P2"), ()),
        ("audit-logs", PREMIUM, Barred("no Entra ID P1 or P2"), ()),
        ("devices", DENIED, Barred("a consent or a role is missing; Enter tries again", hides=False), ()),
        (
            "devices",
            METHODS,
            Barred("a consent or a role is missing; Enter tries again", hides=False),
            (),
        ),
        ("devices", NotPermitted("no Intune"), Barred("not permitted; Enter tries again", hides=False), ()),
        ("mail", CONSENT, Barred("a consent is missing; Enter tries again", hides=False), ()),
        ("devices", ServiceDown("failed", status=501), NO_SERVICE, ()),
        (
            "devices",
            Rejected("BadRequest: Resource not found for the segment 'x'.", status=400),
            NO_SERVICE,
            (),
        ),
        ("mail", SignInNeeded("The session is over."), None, ()),
        ("mail", ServiceDown("Try later."), None, ()),
        ("mail", Rejected("Wrong."), None, ()),
        ("mail", ValueError("no error of a service"), None, ()),
    ],
)
async def test_what_an_error_says_about_tabs(
    session: Session, tab: str, error: Exception, barred: Barred | None, others: tuple[str, ...]
) -> None:
    user = await session.find_user(ADELE)
    standing = Standing(session.barred)
    standing.learn(BY_ID[tab], error)
    found = {
        each.tab.id: each.barred
        for each in standing.listed(TABS, session.tenant, user)
        if not each.tab.available(session.tenant) and each.barred
    }
    assert found.pop(tab, None) == barred
    if others:
        assert set(others) <= set(found)
        assert set(found.values()) == {barred}
    else:
        assert not found
    standing.learn(BY_ID[tab], None)
    assert standing.barred(BY_ID[tab], session.tenant, user) is None
    standing.learn(BY_ID[tab], error)
    standing.forget()
    assert not [each for each in standing.listed([BY_ID[tab]], session.tenant, user) if each.barred]


@pytest.mark.anyio
@pytest.mark.parametrize(("error", "shared"), [(PREMIUM, True), (CONSENT, True), (DENIED, False)])
async def test_what_is_the_tenants_holds_for_every_page(
    session: Session, error: RollcallError, shared: bool
) -> None:
    user = await session.find_user(ADELE)
    Standing(session.barred).learn(BY_ID["sign-ins"], error)
    other = Standing(session.barred).barred(BY_ID["sign-ins"], session.tenant, user)
    assert (other is not None) is shared


@pytest.mark.anyio
async def test_a_service_that_the_cloud_or_the_profile_lacks_is_a_reason(session: Session) -> None:
    user = await session.find_user(ADELE)
    own = session.tenant.profile
    try:
        for cloud, reason in (
            ("china", "the cloud china has no such service"),
            ("gcc-high", ""),
            ("dod", ""),
        ):
            session.tenant.profile = msgspec.structs.replace(own, cloud=cloud, sharepoint_url="")
            tabs = {each.tab.id: each for each in Standing({}).listed(BY_ID.values(), session.tenant, user)}
            for methods in ("phone-methods", "microsoft-authenticators"):
                assert (tabs[methods].reason, tabs[methods].shown) == (reason, not reason)
            assert ACTIONS["manage-mfa-methods"].objection(session.tenant, user, None) == reason
            assert ACTIONS["reset-password"].objection(session.tenant, user, None) == ""
            assert tabs["sharepoint"].reason == "no sharepoint_url in the tenant's profile"
            assert tabs["risks"].reason == ""
    finally:
        session.tenant.profile = own


def test_what_a_cloud_lacks_is_a_tab_or_an_action() -> None:
    assert {part for cloud in CLOUDS.values() for part in cloud.missing} <= {*BY_ID, *ACTIONS}
