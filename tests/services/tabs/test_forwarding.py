"""Forwarding and replies: one place to forward to, replies between two times, HTML that stays as it was."""

from typing import Any

import msgspec
import pytest

from services import exchange_names, mailboxes
from services.errors import InvalidInput
from services.jobs.outcome import as_wanted
from services.jobs.sight import seen
from services.operation import Answer
from services.session import Session
from services.tabs import forwarding
from services.tabs.tab import FieldValue
from services.user import User
from state.values import Change, ProcessStatus, StepClass
from tests import contracts
from tests.services.connected import ADELE, applied, back, fields, put, reviewed

pytestmark = pytest.mark.anyio

TAB = "forwarding-and-replies"
CHECKS = {p.id: p.check for p in forwarding.PROPERTIES}
HTML = "<html> <body> <p>Away until <b>Monday</b>.</p> <p>Ask Info&nbsp;&amp; Co.</p> </body> </html>"


def _put(field: str, before: Any, after: Any, **now: Any) -> Change:
    facts = {f"now:{name}": str(value) for name, value in now.items()}
    return Change("u-1", "ann@x.example", TAB, "", field, field, before, after, facts)


def _edit(user: User, before: FieldValue, after: Any) -> Change:
    return msgspec.structs.replace(put(user, TAB, before.id, before.value, after), facts=before.facts)


def _parameters(change: Change, *more: Change) -> dict[str, Any]:
    (found,) = forwarding.plan([change, *more])
    given = found.request.body["CmdletInput"]
    contracts.validate_cmdlet(given["CmdletName"], given["Parameters"])
    parameters: dict[str, Any] = given["Parameters"]
    return parameters


def test_forwarding_to_one_place_clears_the_other() -> None:
    change = _put("ForwardingAddress", None, "u-2", ForwardingSmtpAddress="ann@home.example")
    (found,) = forwarding.plan([change])
    assert found.request.body["CmdletInput"]["Parameters"] == {
        "Identity": "u-1", "ForwardingAddress": "u-2", "ForwardingSmtpAddress": None,
    }  # fmt: skip
    assert found.before == {"ForwardingAddress": None, "ForwardingSmtpAddress": "ann@home.example"}
    assert found.changes == (change.key,)
    assert found.inverse is not None
    assert found.inverse.request.body["CmdletInput"]["Parameters"] == {
        "Identity": "u-1", "ForwardingAddress": None, "ForwardingSmtpAddress": "ann@home.example",
    }  # fmt: skip
    assert "ForwardingSmtpAddress" not in _parameters(_put("ForwardingAddress", "u-2", None))
    assert found.title == "Set ForwardingAddress, Forward to an address"


@pytest.mark.parametrize(
    ("field", "other"),
    [("ForwardingAddress", "ForwardingSmtpAddress"), ("ForwardingSmtpAddress", "ForwardingAddress")],
)
def test_the_other_place_is_cleared_even_where_it_was_empty(field: str, other: str) -> None:
    (found,) = forwarding.plan([_put(field, None, "u-2@x.example")])
    assert found.request.body["CmdletInput"]["Parameters"] == {
        "Identity": "u-1", field: "u-2@x.example", other: None,
    }  # fmt: skip
    assert found.title == f"Set {field}"


def test_what_active_directory_masters_is_not_cleared() -> None:
    change = _put("ForwardingSmtpAddress", None, "ann@home.example")
    facts = {mailboxes.ON_PREMISES: "yes"}
    assert "ForwardingAddress" not in _parameters(msgspec.structs.replace(change, facts=facts))
    facts["now:ForwardingAddress"] = "Boss"
    (found,) = forwarding.plan([msgspec.structs.replace(change, facts=facts)])
    assert found.objection.startswith("A mailbox forwards to one place")


def test_two_places_at_once_are_refused_before_they_are_sent() -> None:
    both = [_put("ForwardingAddress", None, "u-2"), _put("ForwardingSmtpAddress", None, "ann@home.example")]
    (found,) = forwarding.plan(both)
    assert found.objection.startswith("A mailbox forwards to one place")
    changed = [both[0], _put("ForwardingSmtpAddress", "ann@home.example", None)]
    assert forwarding.plan(changed)[0].objection == ""
    keep = _put("DeliverToMailboxAndForward", False, True, ForwardingAddress="B", ForwardingSmtpAddress="c@d")
    assert forwarding.plan([keep])[0].objection == ""


@pytest.mark.parametrize("told", ["u-2", "U-2", "Ben Ray", "x.example/Hosted/ben ray", "ben@x.example"])
def test_a_colleague_is_known_by_every_name_that_exchange_may_use(told: str) -> None:
    change = _put("ForwardingAddress", None, "u-2")
    names = ("u-2", "Ben Ray", "ben@x.example")
    facts = exchange_names.facts({name.lower(): "ben@x.example" for name in names})
    named = msgspec.structs.replace(change, facts=facts)
    (found,) = forwarding.plan([named])
    assert found.look is not None
    answer = Answer(200, {"value": [{"ForwardingAddress": told, "ForwardingSmtpAddress": None}]})
    assert as_wanted(found, seen(found.look, answer)) is True
    other = Answer(200, {"value": [{"ForwardingAddress": "Ben Raymond", "ForwardingSmtpAddress": None}]})
    assert as_wanted(found, seen(found.look, other)) is False


def test_a_colleague_is_told_by_name_there_and_back() -> None:
    change = _put("ForwardingAddress", "u-1", "u-2")
    named = msgspec.structs.replace(change, facts={"shown": "Ben Ray", "was": "Ann Lee"})
    (found,) = forwarding.plan([named, _put("DeliverToMailboxAndForward", False, True)])
    assert found.title == "Set ForwardingAddress (Ben Ray), DeliverToMailboxAndForward"
    assert found.inverse is not None
    assert found.inverse.title == "Set ForwardingAddress (Ann Lee), DeliverToMailboxAndForward"


def test_html_that_shows_the_same_is_sent_as_it_was() -> None:
    typed = "<html><body>Away until Monday. Ask Info &amp; Co.</body></html>"
    assert _parameters(_put("InternalMessage", HTML, typed))["InternalMessage"] == HTML
    other = "<html><body>Back.</body></html>"
    assert _parameters(_put("InternalMessage", HTML, other))["InternalMessage"] == other
    assert _parameters(_put("InternalMessage", HTML, None))["InternalMessage"] is None


def test_a_text_that_was_cut_when_read_has_no_way_back() -> None:
    (found,) = forwarding.plan([_put("InternalMessage", "x" * 10_000, "<p>y</p>")])
    assert found.inverse is None


@pytest.mark.parametrize(
    ("start", "end", "fine"),
    [
        ("2026-01-15T09:00:00Z", "2026-01-16T09:00:00Z", True),
        ("2026-01-15T09:00:00Z", "2026-01-15T09:00:00", False),
        ("2026-01-16T09:00:00Z", "2026-01-15T09:00:00Z", False),
        ("2026-01-16T09:00:00Z", None, False),
    ],
)
def test_scheduled_replies_end_after_they_start(start: str, end: str | None, fine: bool) -> None:
    change = _put("AutoReplyState", "Disabled", "Scheduled", StartTime=start)
    (found,) = forwarding.plan([change, _put("EndTime", "2026-01-01T00:00:00Z", end)])
    assert bool(found.objection) is not fine
    never = _put("AutoReplyState", "Disabled", "Scheduled", StartTime="", EndTime="")
    assert forwarding.plan([never])[0].objection.startswith("Scheduled replies need a start")
    off = forwarding.plan([_put("EndTime", None, end, AutoReplyState="Disabled", StartTime=start)])
    assert off[0].objection == ""


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        ("StartTime", "2026-12-31 18:00", "2026-12-31T18:00:00Z"),
        ("StartTime", "2026-12-31 18:00 +02:00", "2026-12-31T16:00:00Z"),
        ("EndTime", "2026-12-31", "2026-12-31T00:00:00Z"),
        ("ForwardingSmtpAddress", "", None),
        ("ExternalMessage", "one\ntwo", "<html><body>one<br>two</body></html>"),
    ],
)
def test_what_may_be_typed(field: str, typed: str, value: Any) -> None:
    check = CHECKS[field]
    assert check is not None
    assert check(typed) == value


@pytest.mark.parametrize(
    ("field", "typed"),
    [("StartTime", "tomorrow"), ("ForwardingSmtpAddress", "a@b, c@d"), ("ForwardingSmtpAddress", "home")],
)
def test_what_may_not_be_typed(field: str, typed: str) -> None:
    check = CHECKS[field]
    assert check is not None
    with pytest.raises(InvalidInput):
        check(typed)


async def test_replies_reach_the_mailbox(session: Session) -> None:
    user = await session.find_user(ADELE)
    before = await fields(session, user, TAB)
    assert before["AutoReplyState"].shown == "Off"
    wanted = {
        "AutoReplyState": "Scheduled",
        "StartTime": "2026-12-24T12:00:00Z",
        "EndTime": "2027-01-02T08:00:00Z",
        "InternalMessage": "<html><body>Back on<br>Monday &amp; happy</body></html>",
        "ExternalAudience": "Known",
    }
    changes = [_edit(user, before[field], after) for field, after in wanted.items()]
    process, (step,) = await applied(session, await reviewed(session, changes))
    assert (process.status, step.state) == (ProcessStatus.SUCCEEDED, StepClass.DONE)
    now = await fields(session, user, TAB)
    assert {field: now[field].value for field in wanted} == wanted
    assert now["InternalMessage"].shown == "Back on\nMonday & happy"
    assert (now["StartTime"].shown, now["ExternalAudience"].shown) == ("2026-12-24 12:00", "Contacts outside")
    _, (step,) = await applied(session, await reviewed(session, changes))
    assert step.state is StepClass.ALREADY_SO
    process, _ = await applied(session, await reviewed(session, back(changes)))
    assert process.status is ProcessStatus.SUCCEEDED


async def test_forwarding_reaches_the_mailbox(session: Session) -> None:
    user = await session.find_user("alexw@contoso.example")
    adele = await session.find_user(ADELE)
    before = await fields(session, user, TAB)
    outside = [_edit(user, before["ForwardingSmtpAddress"], "alex@home.example")]
    await applied(session, await reviewed(session, outside))
    before = await fields(session, user, TAB)
    assert before["ForwardingSmtpAddress"].value == "alex@home.example"
    inside = [
        _edit(user, before["ForwardingAddress"], adele.id),
        _edit(user, before["DeliverToMailboxAndForward"], True),
    ]
    process, _ = await applied(session, await reviewed(session, inside))
    assert process.status is ProcessStatus.SUCCEEDED
    now = await fields(session, user, TAB)
    assert (now["ForwardingAddress"].value, now["ForwardingAddress"].shown) == (adele.id, "Adele Vance")
    assert (now["ForwardingSmtpAddress"].value, now["DeliverToMailboxAndForward"].shown) == (None, "yes")


async def test_a_synchronised_mailbox_forwards_where_active_directory_says(session: Session) -> None:
    user = await session.find_user("meganb@contoso.example")
    found = await fields(session, user, TAB)
    assert {f for f, v in found.items() if v.lock} == {"ForwardingAddress", "DeliverToMailboxAndForward"}
    change = put(user, TAB, "DeliverToMailboxAndForward", False, True)
    _, (step,) = await applied(session, await reviewed(session, [change]))
    assert step.state is StepClass.REFUSED
    assert "Active Directory" in step.sentence
