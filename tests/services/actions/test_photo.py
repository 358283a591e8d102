"""A photo is set, replaced and removed: its own bytes arrive, also after a cut connection."""

import io
from pathlib import Path

import httpx
import pytest
from PIL import Image

from services.action import Action, Form
from services.actions import change_photo, remove_photo
from services.actions.photo import face
from services.clean import LIMIT
from services.errors import InvalidInput
from services.operation import Operation, decode, encode
from services.picture import Picture, from_file
from services.session import Session
from state.values import Step, StepClass
from tests.recorder import recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.acting import carried_out, done
from tests.services.connected import ADELE, connected

pytestmark = pytest.mark.anyio


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A picture."""
    path = tmp_path / "adele.gif"
    Image.linear_gradient("L").resize((900, 600)).save(path, "GIF")
    return path


async def photo(tenant: Endpoints) -> tuple[int, bytes]:
    """What the tenant shows of Adele."""
    headers = {"Authorization": f"Bearer {tenant.token}"}
    async with httpx.AsyncClient(headers=headers) as client:
        answer = await client.get(f"{tenant.graph_url}/v1.0/users/{ADELE}/photo/$value")
    return answer.status_code, answer.content


async def did(session: Session, action: Action, file: Path | None = None) -> tuple[Operation, Step]:
    """Does it to Adele."""
    user = await session.find_user(ADELE)
    form = await action.ask(session.tenant, user, None)
    answers = {}
    if file is not None:
        (question,) = form.questions
        assert question.check is not None
        answers = {"file": question.check(str(file))}
    (operation,), _, (step,) = await done(session, user, action, form, answers)
    return operation, step


async def test_set_replaced_removed(tmp_path: Path, file: Path) -> None:
    with running_sandbox() as tenant, recording(tenant) as wire:
        async with connected(wire.endpoints, tmp_path / "state") as session:
            assert (await photo(tenant))[0] == 404
            with pytest.raises(InvalidInput, match="has no photo"):
                await did(session, remove_photo.ACTION)
            operation, step = await did(session, change_photo.ACTION, file)
            assert (step.state, step.title[:20]) == (StepClass.DONE, "Set photo (648 x 432")
            sent = from_file(str(file)).content
            assert await photo(tenant) == (200, sent)
            assert operation.inverse is not None
            again, _ = await did(session, change_photo.ACTION, file)
            assert again.inverse is None
            _, gone = await did(session, remove_photo.ACTION)
            assert gone.state is StepClass.DONE
            assert (await photo(tenant))[0] == 404
            user = await session.find_user(ADELE)
            _, (again_gone,) = await carried_out(
                session, user, remove_photo.ACTION.plan(user, await _form(session), {})
            )
            assert again_gone.state is StepClass.ALREADY_SO
        puts = [one for one in wire.check() if one.method == "PUT"]
        assert [(one.path.split("/")[-2:], one.body) for one in puts] == [(["photo", "$value"], sent)] * 2


async def test_the_face_for_the_header_is_small_and_square(tmp_path: Path, file: Path) -> None:
    with running_sandbox() as tenant, recording(tenant) as wire:
        async with connected(wire.endpoints, tmp_path / "state") as session:
            user = await session.find_user(ADELE)
            assert await face(session.tenant, user) is None
            await did(session, change_photo.ACTION, file)
            found = await face(session.tenant, user)
        asked = [said for said in wire.check() if said.path.endswith("/photos/96x96/$value")]
    assert [said.status for said in asked] == [404, 200]
    _square(found)


async def test_a_photo_that_is_not_kept_in_this_size_is_scaled(tmp_path: Path, file: Path) -> None:
    with running_sandbox(faults=("error-item:status=404,path=photos/96x96",)) as tenant:
        async with connected(tenant, tmp_path / "state") as session:
            # more bytes than a text of a directory may have characters
            Image.effect_noise((700, 500), 120).save(file, "PNG")
            operation, _ = await did(session, change_photo.ACTION, file)
            assert len(operation.request.content) > LIMIT
            _square(await face(session.tenant, await session.find_user(ADELE)))


def _square(found: Picture | None) -> None:
    assert found is not None
    with Image.open(io.BytesIO(found.content)) as image:
        assert (image.format, image.size) == ("JPEG", (96, 96))


@pytest.mark.parametrize("fault", ["error-item:status=403,path=photos", ""])
async def test_a_photo_that_is_refused_or_damaged_is_none(tmp_path: Path, fault: str) -> None:
    with running_sandbox(faults=(fault,) if fault else ()) as tenant:
        headers = {"Authorization": f"Bearer {tenant.token}", "Content-Type": "image/jpeg"}
        async with httpx.AsyncClient(base_url=tenant.graph_url, headers=headers) as client:
            put = await client.put(f"/v1.0/users/{ADELE}/photo/$value", content=b"\xff\xd8\xff and no more")
        assert put.status_code == 200
        async with connected(tenant, tmp_path / "state") as session:
            assert await face(session.tenant, await session.find_user(ADELE)) is None


async def _form(session: Session) -> Form:
    return await change_photo.ACTION.ask(session.tenant, await session.find_user(ADELE), None)


async def test_the_same_bytes_go_again_when_the_answer_is_lost(tmp_path: Path, file: Path) -> None:
    with running_sandbox(faults=("drop:when=after,method=PUT,path=photo,first=1",)) as tenant:
        async with connected(tenant, tmp_path / "state") as session:
            operation, step = await did(session, change_photo.ACTION, file)
        assert (step.state, step.attempts) == (StepClass.DONE, 2)
        assert (await photo(tenant))[1] == operation.request.content


async def test_the_journal_holds_the_picture_itself(tmp_path: Path, file: Path) -> None:
    with running_sandbox() as tenant:
        async with connected(tenant, tmp_path / "state") as session:
            operation, step = await did(session, change_photo.ACTION, file)
    assert decode(encode(operation)) == operation
    assert isinstance(stored := decode(step.operation), Operation)
    assert stored.request.content == from_file(str(file)).content
    assert len(step.operation) < 150_000


async def test_nothing_is_planned_without_a_picture(tmp_path: Path) -> None:
    with running_sandbox() as tenant:
        async with connected(tenant, tmp_path) as session:
            user = await session.find_user(ADELE)
            form = await _form(session)
            for answers in ({}, {"file": None}):
                with pytest.raises(InvalidInput, match="path of a picture"):
                    change_photo.ACTION.plan(user, form, answers)
            assert change_photo.ACTION.fits(session.tenant, user, None) == ""
            megan = await session.find_user("meganb@contoso.example")
            assert change_photo.ACTION.fits(session.tenant, megan, None) == ""
