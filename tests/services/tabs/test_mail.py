"""Mail: what is read, what may be typed, which cmdlets the changes become, and what the mailbox holds then."""

from typing import Any

import pytest

from services.errors import InvalidInput, NotFound
from services.plan import Finding
from services.session import Session
from services.tabs import mail
from services.tabs.fields import SYNCED
from services.tabs.mailbox_fields import NO_MAILBOX
from state.values import Change, ProcessStatus, StepClass
from tests import contracts
from tests.services.connected import ADELE, applied, back, fields, put, reviewed

pytestmark = pytest.mark.anyio

CHECKS = {p.id: p.check for p in mail.PROPERTIES}
HASH = "#Exchange.GenericHashTable"


def _put(field: str, before: Any, after: Any) -> Change:
    return Change("u-1", "ann@x.example", "mail", "", field, field, before, after)


def test_a_flag_that_the_tenant_decided_cannot_be_put_back_to_that() -> None:
    (alone,) = mail.plan([_put("SmtpClientAuthenticationDisabled", None, True)])
    given = {"Identity": "u-1", "SmtpClientAuthenticationDisabled": True}
    assert alone.request.body["CmdletInput"] == {"CmdletName": "Set-CASMailbox", "Parameters": given}
    assert alone.inverse is None
    (both,) = mail.plan(
        [_put("SmtpClientAuthenticationDisabled", None, True), _put("PopEnabled", True, False)]
    )
    assert both.inverse is not None
    assert both.inverse.request.body["CmdletInput"]["Parameters"] == {"Identity": "u-1", "PopEnabled": True}


async def test_what_the_tenant_decides_is_shown_as_that(session: Session) -> None:
    found = await fields(session, await session.find_user(ADELE), "mail")
    smtp = found["SmtpClientAuthenticationDisabled"]
    assert (smtp.value, smtp.shown, smtp.lock) == (None, "as the tenant says", "")
    assert found["OutlookMobileEnabled"].shown == "yes"


def test_one_cmdlet_for_the_mailbox_and_one_for_its_protocols() -> None:
    box, protocols = mail.plan([
        _put("ImapEnabled", True, False),
        _put("EmailAddresses", ["a@x.example", "b@x.example"], ["b@x.example", "c@x.example"]),
        _put("MaxSendSize", 36_700_160, 1_288_490_188),
        _put("MailTip", None, "<html><body>Slow &amp; steady</body></html>"),
        _put("PopEnabled", True, False),
    ])  # fmt: skip
    for operation, name, parameters in (
        (box, "Set-Mailbox", {
            "Identity": "u-1",
            "EmailAddresses": {"@odata.type": HASH, "add": ["smtp:c@x.example"], "remove": ["smtp:a@x.example"]},
            "MaxSendSize": "1288490188B",
            "MailTip": "<html><body>Slow &amp; steady</body></html>",
        }),
        (protocols, "Set-CASMailbox", {"Identity": "u-1", "ImapEnabled": False, "PopEnabled": False}),
    ):  # fmt: skip
        given = operation.request.body["CmdletInput"]
        assert given == {"CmdletName": name, "Parameters": parameters}
        contracts.validate_cmdlet(name, parameters)
        assert operation.serial == "mailbox:u-1"
    assert box.powershell == (
        "Set-Mailbox -Identity 'u-1' -EmailAddresses @{'Add' = @('smtp:c@x.example'); "
        "'Remove' = @('smtp:a@x.example')} -MaxSendSize '1288490188B' "
        "-MailTip '<html><body>Slow &amp; steady</body></html>'"
    )
    assert protocols.powershell == "Set-CASMailbox -Identity 'u-1' -ImapEnabled $false -PopEnabled $false"
    assert box.after == {
        "EmailAddresses": ["b@x.example", "c@x.example"], "MaxSendSize": 1_288_490_188, "MailTip": "Slow & steady",
    }  # fmt: skip
    assert box.inverse is not None
    undone = box.inverse.request.body["CmdletInput"]["Parameters"]
    assert undone["EmailAddresses"] == {
        "@odata.type": HASH, "add": ["smtp:a@x.example"], "remove": ["smtp:c@x.example"],
    }  # fmt: skip
    assert (undone["MaxSendSize"], undone["MailTip"]) == ("35MB", None)


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        ("MaxSendSize", "35 MB", 35 << 20),
        ("MaxSendSize", "150mb", 150 << 20),
        ("MaxReceiveSize", "1.5 KB (1,537 bytes)", 1537),
        ("EmailAddresses", "B@x.example, a@x.example", ["a@x.example", "b@x.example"]),
        ("EmailAddresses", "", []),
        ("MailTip", "a < b", "<html><body>a &lt; b</body></html>"),
        ("MailTip", " ", None),
    ],
)
def test_what_may_be_typed(field: str, typed: str, value: Any) -> None:
    check = CHECKS[field]
    assert check is not None
    assert check(typed) == value


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("MaxSendSize", "151 MB"),
        ("MaxSendSize", "much"),
        ("EmailAddresses", "nobody"),
        ("EmailAddresses", "a@x.example, A@x.example"),
        ("EmailAddresses", "SIP:a@x.example"),
        ("MailTip", "x" * 176),
    ],
)
def test_what_may_not_be_typed(field: str, typed: str) -> None:
    check = CHECKS[field]
    assert check is not None
    with pytest.raises(InvalidInput):
        check(typed)


async def test_the_fields_of_a_mailbox(session: Session) -> None:
    found = await fields(session, await session.find_user(ADELE), "mail")
    assert found["PrimarySmtpAddress"].shown == ADELE
    assert found["PrimarySmtpAddress"].lock
    assert (found["MaxSendSize"].value, found["MaxSendSize"].shown) == (36_700_160, "35 MB")
    assert (found["OWAEnabled"].value, found["OWAEnabled"].shown) == (True, "yes")
    assert found["EmailAddresses"].value == []
    synced = await fields(session, await session.find_user("meganb@contoso.example"), "mail")
    assert [f for f, v in synced.items() if v.lock == SYNCED] == [
        "EmailAddresses", "HiddenFromAddressListsEnabled", "MailTip",
    ]  # fmt: skip


async def test_hidden_without_a_licence_and_a_sentence_without_a_mailbox(session: Session) -> None:
    user = await session.find_user("leeg@contoso.example")
    assert mail.TAB.visible(user)
    with pytest.raises(NotFound, match="no mailbox") as caught:
        await fields(session, user, "mail")
    assert caught.value.sentence == NO_MAILBOX


async def test_changes_reach_the_mailbox_and_back(session: Session) -> None:
    user = await session.find_user("alexw@contoso.example")
    before = await fields(session, user, "mail")
    wanted: dict[str, Any] = {
        "EmailAddresses": ["wilber@contoso.example"],
        "HiddenFromAddressListsEnabled": True,
        "MailTip": "<html><body>Away &amp; slow</body></html>",
        "MaxSendSize": 20 << 20,
        "LitigationHoldEnabled": True,
        "ImapEnabled": False,
        "OWAEnabled": False,
    }
    changes = [put(user, "mail", field, before[field].value, after) for field, after in wanted.items()]
    found = await reviewed(session, changes)
    assert [line.finding for line in found.lines] == [Finding.READY] * 2
    process, steps = await applied(session, found)
    assert process.status is ProcessStatus.SUCCEEDED
    assert [s.state for s in steps] == [StepClass.DONE] * 2
    now = await fields(session, user, "mail")
    assert {f: now[f].value for f in wanted if f != "MailTip"} == {
        f: v for f, v in wanted.items() if f != "MailTip"
    }
    assert (now["MailTip"].shown, now["MaxSendSize"].shown) == ("Away & slow", "20 MB")
    again = await reviewed(session, changes)
    assert [line.finding for line in again.lines] == [Finding.ALREADY_SO] * 2
    _, steps = await applied(session, again)
    assert [s.state for s in steps] == [StepClass.ALREADY_SO] * 2
    undone = [c for c in back(changes) if c.field != "MailTip"]
    assert (await applied(session, await reviewed(session, undone)))[0].status is ProcessStatus.SUCCEEDED
    assert (await fields(session, user, "mail"))["EmailAddresses"].value == before["EmailAddresses"].value


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("x@elsewhere.example", "accepted domain"),
        ("admin@contoso.example", "has this address already"),
    ],
)
async def test_an_alias_that_exchange_refuses(session: Session, address: str, text: str) -> None:
    user = await session.find_user("isaiahl@contoso.example")
    found = await reviewed(session, [put(user, "mail", "EmailAddresses", [], [address])])
    _, (step,) = await applied(session, found)
    assert step.state is StepClass.REFUSED
    assert text in step.sentence
