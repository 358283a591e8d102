"""Manage MFA methods over the wire: every call lawful, and the tenant as it should be after each way."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.actions import manage_mfa
from services.actions.registry import ACTIONS
from services.clean import clean
from services.errors import InvalidInput, NotPermitted
from services.jobs.looked import FOUND_AFTER_CUT
from services.operation import Repeat
from services.plan import Finding
from services.record import Record
from services.session import Session
from services.tabs import authenticators, phone_methods
from services.tabs.registry import BY_ID
from services.user import User
from state.values import ProcessStatus, StepClass
from tests.recorder import Recorder, recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.acting import action_of, asked, backwards, carried_out, done
from tests.services.connected import ADELE, applied, connected, ended, flip, records, reviewed, rows

pytestmark = pytest.mark.anyio

PHONE, DEVICES = phone_methods.TAB.id, authenticators.TAB.id
ALEX, LEE = "alexw@contoso.example", "leeg@contoso.example"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """One tenant; each test has a user of its own, or puts back what it changed."""
    with running_sandbox() as found:
        yield found


@pytest.fixture
def wire(tenant: Endpoints) -> Iterator[Recorder]:
    """What goes over the wire to it."""
    with recording(tenant) as found:
        yield found


@pytest.fixture
async def session(wire: Recorder, tmp_path: Path) -> AsyncIterator[Session]:
    """A session with it."""
    async with connected(wire.endpoints, tmp_path) as found:
        yield found


async def numbers(session: Session, user: User) -> list[tuple[str, str]]:
    """Type and number of each row."""
    return [(r.cells[0], r.cells[1]) for r in await records(session, user, PHONE)]


async def add(session: Session, user: User, number: str, kind: str) -> Any:
    """Adds a number as the form would."""
    action, form, answers = await asked(session, user, PHONE, "Add")
    (question,) = (q for q in form.questions if q.id == "number")
    assert question.check is not None
    assert kind in dict(form.questions[1].choices)
    return await done(session, user, action, form, answers | {"number": question.check(number), "type": kind})


async def test_the_action_opens_a_page_of_the_same_user(session: Session) -> None:
    assert manage_mfa.ACTION in ACTIONS
    user = await session.find_user(ADELE)
    assert manage_mfa.ACTION.fits(session.tenant, user, None) == ""
    found = manage_mfa.ACTION.opens(user)
    assert found.subject == user
    assert [tab.title for tab in found.tabs] == ["Phone", "Microsoft authenticators"]
    assert all(BY_ID[tab.id] is tab for tab in found.tabs)
    assert found.read is not None
    assert (await found.read(session.tenant)).id == user.id


async def test_a_number_of_each_type_is_added_changed_and_deleted_and_back(
    session: Session, wire: Recorder
) -> None:
    user = msgspec.structs.replace(await session.find_user(LEE), usage_location="DE")
    assert await numbers(session, user) == []
    _, form, _ = await asked(session, user, PHONE, "Add")
    assert [kind for kind, _ in form.questions[1].choices] == ["mobile", "office"]
    assert "needs a primary mobile first" in form.told[-1]

    operations, process, _ = await add(session, user, "01512 3456789", "mobile")
    assert process.status is ProcessStatus.SUCCEEDED
    (operation,) = operations
    assert operation.repeat is Repeat.ONCE
    assert operation.target == "+49 1512 3456789 (Germany) of Lee Gu"
    assert operation.request.body == {"phoneNumber": "+49 15123456789", "phoneType": "mobile"}
    await add(session, user, "+44 7400 123456", "alternateMobile")
    await add(session, user, "030 1234567 ext 89", "office")
    assert await numbers(session, user) == [
        ("Primary mobile", "+49 1512 3456789"),
        ("Alternate mobile", "+44 7400 123456"),
        ("Office", "+49 30 1234567 ext. 89"),
    ]
    with pytest.raises(InvalidInput, match="a number of each type"):
        await action_of(PHONE, "Add").ask(session.tenant, user, None)

    primary, alternate, office = await records(session, user, PHONE)
    delete = action_of(PHONE, "Delete")
    assert "delete that first" in delete.fits(session.tenant, user, primary)
    action, form, answers = await asked(session, user, PHONE, "Change", primary)
    with pytest.raises(InvalidInput, match="the one that is registered"):
        action.plan(user, form, answers)
    change, _, steps = await done(session, user, action, form, answers | {"number": "+49 1512 9999999"})
    assert [s.state for s in steps] == [StepClass.DONE]
    assert (await numbers(session, user))[0] == ("Primary mobile", "+49 1512 9999999")
    await carried_out(session, user, backwards(change))
    assert (await numbers(session, user))[0] == ("Primary mobile", "+49 1512 3456789")

    gone = []
    for record in (office, alternate):
        action, form, answers = await asked(session, user, PHONE, "Delete", record)
        gone += (await done(session, user, action, form, answers))[0]
    assert [name for name, _ in await numbers(session, user)] == ["Primary mobile"]
    assert all(o.inverse is not None and o.inverse.repeat is Repeat.ONCE for o in gone)
    await carried_out(session, user, backwards(gone))
    assert [name for name, _ in await numbers(session, user)] == [
        "Primary mobile",
        "Alternate mobile",
        "Office",
    ]
    wire.check()


async def test_only_an_office_number_has_an_extension(session: Session) -> None:
    user = await session.find_user(ALEX)
    action, form, _ = await asked(session, user, PHONE, "Add")
    with pytest.raises(InvalidInput, match="Only an office number"):
        action.plan(user, form, {"number": "+1 4255550100x12", "type": "mobile"})


async def test_without_a_usage_location_a_country_code_is_asked_for(session: Session) -> None:
    user = await session.find_user("joniw@contoso.example")
    assert user.usage_location is None
    _, form, _ = await asked(session, user, PHONE, "Add")
    check = form.questions[0].check
    assert check is not None
    with pytest.raises(InvalidInput, match="Begin with the country code"):
        check("0151 12345678")


async def test_what_the_service_refuses_is_told_in_words(session: Session, wire: Recorder) -> None:
    user = await session.find_user(ADELE)
    (primary,) = await records(session, user, PHONE)
    action, form, answers = await asked(session, user, PHONE, "Delete", primary)
    _, process, (step,) = await done(session, user, action, form, answers)
    assert process.status is not ProcessStatus.SUCCEEDED
    assert step.state is StepClass.REFUSED
    assert "choose another default" in step.sentence

    action, form, answers = await asked(session, user, PHONE, "Add")
    plan = action.plan(user, form, {"number": "+1 4255550100", "type": "mobile"})
    _, (step,) = await carried_out(session, user, plan)
    assert step.state is StepClass.REFUSED
    assert "a number of this type already" in step.sentence
    wire.check()


async def test_devices_are_deleted_when_what_is_staged_is_applied(session: Session, wire: Recorder) -> None:
    user = await session.find_user(ADELE)
    held = await rows(session, user, DEVICES)
    assert len(held) == 3
    assert all(row.on == (True,) and row.cells[1] for row in held.values())
    names = sorted(held)[:2]
    found = await reviewed(session, [flip(user, DEVICES, held[name]) for name in names])
    assert {line.finding for line in found.lines} == {Finding.READY}
    assert all(line.operation.inverse is None and "for good" in line.operation.title for line in found.lines)
    assert all(f"/{segment}" in "".join(line.operation.request.path for line in found.lines)
               for segment in (held[name].key for name in names))  # fmt: skip
    assert len(await rows(session, user, DEVICES)) == 3
    process, steps = await applied(session, found)
    assert (process.status, process.counts) == (ProcessStatus.SUCCEEDED, {StepClass.DONE: 2}), steps
    assert set(await rows(session, user, DEVICES)) == set(held) - set(names)
    # somebody else deletes it meanwhile
    again = await reviewed(session, [flip(user, DEVICES, held[names[0]])])
    assert again.lines[0].finding is Finding.ALREADY_SO
    _, steps = await applied(session, again)
    assert [step.state for step in steps] == [StepClass.ALREADY_SO]
    wire.check()


async def test_a_device_cannot_be_put_back(session: Session) -> None:
    user = await session.find_user(ADELE)
    row = next(iter((await rows(session, user, DEVICES)).values()))
    back = msgspec.structs.replace(flip(user, DEVICES, row), before=False, after=True)
    (operation,) = authenticators.plan([back])
    with pytest.raises(InvalidInput, match="cannot be added"):
        await session.start("x", "x", [operation], user.id)


async def test_missing_and_unknown_values_do_not_break_a_tab(session: Session) -> None:
    bare = phone_methods._record({"id": "x"}, False)
    assert bare.cells == ("(unknown)", "", "", "")
    odd = phone_methods._record(
        {"id": "x", "phoneType": "satellite", "phoneNumber": "[/x", "smsSignInState": "new"}, True
    )
    assert odd.cells == ("satellite", "[/x", "", "new")
    user = await session.find_user(ADELE)
    assert phone_methods._deletable(session.tenant, user, odd) == ""
    action = action_of(PHONE, "Delete")
    form = await action.ask(session.tenant, user, odd)
    (operation,) = action.plan(user, form, {})
    assert operation.inverse is None
    assert operation.request.path.endswith("/phoneMethods/x")
    action = action_of(PHONE, "Change")
    form = await action.ask(session.tenant, user, bare)
    (operation,) = action.plan(user, form, {"number": "+49 15123456789"})
    assert operation.request.body == {"phoneNumber": "+49 15123456789"}
    row = authenticators._row({"id": "y"})
    assert (row.name, row.cells, row.on) == ("(no name)", ("(no name)", "", "", ""), (True,))


async def test_a_number_is_not_sent_twice_when_the_answer_is_lost(tmp_path: Path) -> None:
    faults = ("drop:path=phonemethods,method=POST,when=after",)
    with running_sandbox(faults=faults) as alone:
        async with connected(alone, tmp_path) as session:
            user = await session.find_user(ALEX)
            _, process, (step,) = await add(session, user, "+49 1512 3456789", "mobile")
            assert (step.state, step.sentence, step.attempts) == (StepClass.DONE, FOUND_AFTER_CUT, 1)
            assert process.status is ProcessStatus.SUCCEEDED
            assert ("Primary mobile", "+49 1512 3456789") in await numbers(session, user)


async def test_without_the_role_the_tab_says_which_one_it_takes(tmp_path: Path) -> None:
    faults = ("error:status=403,path=authentication/",)
    with running_sandbox(faults=faults) as alone:
        async with connected(alone, tmp_path) as session:
            user = await session.find_user(ADELE)
            for load in (phone_methods.TAB.load, authenticators.TAB.load):
                with pytest.raises(NotPermitted, match="Authentication Administrator"):
                    await anext(load(session.tenant, user))


async def test_hostile_names_of_devices_stay_text(tmp_path: Path) -> None:
    with running_sandbox(hostile=True) as alone, recording(alone) as wire:
        async with connected(wire.endpoints, tmp_path) as session:
            user = await session.find_user(ADELE)
            pages = [page async for page in authenticators.TAB.load(session.tenant, user)]
            held = [row for page in pages for row in page.rows if not isinstance(row, Record)]
            assert len(held) > 20
            for row in held:
                assert clean(row.name) == row.name
                assert min(row.name, default="?") >= " "
            review = await reviewed(session, [flip(user, DEVICES, row) for row in held[:5]])
            number = await session.apply(review, "test")
            process, _ = await ended(session, number)
            assert process.counts == {StepClass.DONE: 5}
        wire.check()
