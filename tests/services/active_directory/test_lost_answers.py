"""Answers of a domain controller that are lost on the way: a password goes once, what may be repeated is found."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services import active_directory
from services.actions.reset_password import CHANGE, CUSTOM, TYPED
from services.secret import Secret
from state.values import StepClass
from tests.domain_controller import Domain
from tests.sandbox import Endpoints
from tests.services.active_directory.accounts import OTHER, RESET
from tests.services.connected import connected, ended

pytestmark = pytest.mark.anyio


class Line:
    """The way to the domain controller; `cut` loses the answer to what is sent next, though that arrives."""

    def __init__(self, host: str) -> None:
        self._host = host
        self.cut = False
        self.port = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Line"]:
        """Listens on a port of its own."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self
            server.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._host, 636)
        doomed = False

        async def up() -> None:
            nonlocal doomed
            while data := await reader.read(65536):
                doomed = doomed or self.cut
                back.write(data)

        sending = asyncio.create_task(up())
        while data := await there.read(65536):
            if doomed:
                # it was answered, so it was carried out
                self.cut = False
                break
            writer.write(data)
        sending.cancel()
        writer.close()
        back.close()


async def test_a_lost_answer_to_a_password_is_never_sent_again_and_told_so(
    tenant: Endpoints, domain: Domain, tmp_path: Path
) -> None:
    guid = domain.add("liv")
    async with Line(domain.host).open() as line:
        profile = domain.profile(server=f"ldaps://127.0.0.1:{line.port}")
        async with connected(tenant, tmp_path, active_directory=profile) as session:
            user = await session.find_user(guid)
            form = await RESET.ask(session.tenant, user, None)
            answers = {CUSTOM: True, TYPED: Secret(OTHER), CHANGE: False}
            assert RESET.secrets is not None
            line.cut = True
            number = await session.start(
                "reset", "test", RESET.plan(user, form, answers), guid, RESET.secrets(form, answers)
            )
            _, steps = await ended(session, number)
            assert (steps[0].state, steps[0].attempts) == (StepClass.UNKNOWN, 1)
            assert active_directory.DOUBT in steps[0].sentence
            assert domain.lets_in("liv", OTHER), "it happened all the same"
            # what may be sent again is looked for before, and found
            operation = active_directory.password_expired(
                user, await active_directory.account(session.tenant, user)
            )
            line.cut = True
            _, steps = await ended(session, await session.start("test", "test", [operation], guid))
            assert (steps[0].state, steps[0].attempts) == (StepClass.DONE, 1)
            assert domain.value(guid, "pwdLastSet") == "0"
