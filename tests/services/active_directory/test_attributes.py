"""Basics of accounts that Active Directory masters: read and written there, and put back."""

from pathlib import Path

import pytest

from services.directory_attributes import ABSENT, ELSEWHERE, FACT
from services.operation import Operation, decode
from services.plan import Finding
from services.session import Session
from state.values import Change, StepClass
from tests.domain_controller import Domain
from tests.sandbox import Endpoints
from tests.services.active_directory.accounts import hybrid
from tests.services.connected import applied, connected, ended, fields, reviewed

pytestmark = pytest.mark.anyio


async def test_basics_of_a_local_user_are_read_written_and_put_back(session: Session, domain: Domain) -> None:
    guid = domain.add("basil", title="Cook", department="Kitchen", telephoneNumber="+49 30 1", co="Germany")
    user = await session.find_user(guid)
    found = await fields(session, user, "basics")
    assert (found["jobTitle"].value, found["jobTitle"].lock) == ("Cook", "")
    assert (found["businessPhones"].value, found["country"].shown) == (["+49 30 1"], "Germany")
    assert found["userPrincipalName"].lock == found["manager"].lock == ELSEWHERE
    assert found["usageLocation"].lock == ABSENT
    changes = [
        Change(user.id, user.upn, "basics", "", name, name, found[name].value, value, found[name].facts)
        for name, value in (
            ("jobTitle", "Chef (*)"),
            ("department", None),
            ("businessPhones", ["+49 30 2"]),
            ("accountEnabled", False),
        )
    ]
    review = await reviewed(session, changes)
    assert [line.finding for line in review.lines] == [Finding.READY, Finding.READY]
    _, steps = await applied(session, review)
    assert [(step.title, step.state) for step in steps] == [
        ("Set jobTitle, department, businessPhones", StepClass.DONE),
        ("Block sign-in", StepClass.DONE),
    ]
    now = [domain.value(guid, name) for name in ("title", "department", "telephoneNumber")]
    assert now == ["Chef (*)", "", "+49 30 2"]
    assert domain.value(guid, "userAccountControl") == "514"
    operation = decode(steps[0].operation)
    assert isinstance(operation, Operation)
    assert operation.inverse is not None
    await ended(session, await session.start("test", "undo", [operation.inverse], guid))
    now = [domain.value(guid, name) for name in ("title", "department", "telephoneNumber")]
    assert now == ["Cook", "Kitchen", "+49 30 1"]


async def test_basics_of_a_hybrid_user_are_written_where_they_are_mastered(
    session: Session, tenant: Endpoints, domain: Domain, tmp_path: Path
) -> None:
    user, guid = await hybrid(session, domain, "hera")
    try:
        domain.change(guid, "title", "Pilot")
        found = await fields(session, user, "basics")
        assert (found["jobTitle"].value, found["jobTitle"].lock) == ("Pilot", "")
        assert found["jobTitle"].facts == {FACT: guid}
        # what stays writable in the cloud is written there
        assert (found["usageLocation"].facts, found["usageLocation"].lock) == ({}, "")
        assert found["userPrincipalName"].value == user.upn
        assert found["userPrincipalName"].lock
        closed = domain.profile(server=f"ldaps://{domain.host}:1")
        async with connected(tenant, tmp_path / "down", active_directory=closed) as down:
            locked = await fields(down, user, "basics")
            assert "cannot be reached over TLS" in locked["jobTitle"].lock
            assert not locked["usageLocation"].lock
    finally:
        domain.remove(guid)
