"""A profile that asks why gets nothing started without an answer, and the answer is stored with the process."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services import undo
from services.actions.schedule_sign_in_block import ACTION as BLOCK
from services.errors import InvalidInput
from services.jobs.scheduler import process_of
from services.proposal import carry_out, review_of
from services.reason import LONGEST, reason_of
from state.filters import ProcessFilter
from state.values import ProcessStatus
from tests.sandbox import running_sandbox
from tests.services.connected import ADELE, connected, ended, put, reviewed
from tests.services.schedules import scheduled

ASKED = "Ticket number"


@pytest.mark.parametrize(
    ("asked", "text", "reason", "refusal"),
    [
        ("", "", "", ""),
        (ASKED, "  INC-1 ", "INC-1", ""),
        (ASKED, "é" * LONGEST, "é" * LONGEST, ""),
        (ASKED, " ", "", "Nothing is started without it: Ticket number."),
        (ASKED, "x" * (LONGEST + 1), "", "Ticket number is one line of at most 200 characters."),
        (ASKED, "INC\x1b[31m", "", "Ticket number is one line of at most 200 characters."),
        ("", "a\nb", "", "A reason is one line of at most 200 characters."),
    ],
)
def test_a_reason_is_one_line(asked: str, text: str, reason: str, refusal: str) -> None:
    if not refusal:
        assert reason_of(asked, text) == reason
        return
    with pytest.raises(InvalidInput) as told:
        reason_of(asked, text)
    assert told.value.sentence == refusal


@pytest.mark.anyio
async def test_nothing_is_started_without_the_reason_that_the_profile_asks_for(tmp_path: Path) -> None:
    with running_sandbox() as tenant:
        async with connected(tenant, tmp_path, ask_reason=ASKED) as session:
            user = await session.find_user(ADELE)
            found = await reviewed(session, [put(user, "basics", "city", None, "Ely")])
            with pytest.raises(InvalidInput, match=f"without it: {ASKED}"):
                await session.apply(found, "test")
            assert len(await session.pending.all()) == 1
            assert await session.processes.recent(9) == []
            process, _ = await ended(session, await session.apply(found, "test", " INC-1 "))
            assert (process.status, process.reason) == (ProcessStatus.SUCCEEDED, "INC-1")
            back = await undo.propose(session, process.id)
            chosen = review_of([item.line for item in back.items if item.offered])
            with pytest.raises(InvalidInput, match="without it"):
                await carry_out(session, back, chosen)
            undone, _ = await ended(session, await carry_out(session, back, chosen, "INC-2"))
            assert [each.reason for each in await session.processes.recent(9)] == ["INC-2", "INC-1"]
            assert [each.id for each in await session.processes.recent(9, where=ProcessFilter("inc-2"))] == [
                undone.id
            ]
            later = datetime.now(UTC) + timedelta(days=9)
            with pytest.raises(InvalidInput, match="without it"):
                await scheduled(session, BLOCK, user, {}, later)
            number, _ = await scheduled(session, BLOCK, user, {}, later, "INC-3")
            assert process_of(await session.schedules.get(number)).reason == "INC-3"
