"""Change photo: a picture from this machine becomes the user's profile photo."""

from collections.abc import Sequence

from services import picture, picture_files, powershell
from services.action import Action, Answers, Form, Question
from services.actions import photo, sign_in
from services.errors import InvalidInput
from services.operation import Operation, Request, Service
from services.picture import Picture
from services.record import Record
from services.tenant import Tenant
from services.user import User

_HAD = "had"


def fits(tenant: Tenant, user: User, record: Record | None) -> str:
    """Everybody who is there, synchronised ones too: photos are kept in the cloud."""
    return sign_in.DELETED if user.deleted else ""


async def ask(tenant: Tenant, user: User, record: Record | None) -> Form:
    """The file; and what becomes of the present photo."""
    now = await photo.present(tenant, user)
    question = Question(
        id="file",
        title="File",
        about="Tab completes the path, Enter lists the folder; ~ is your home folder.",
        check=_read,
        find=picture_files.find,
        suggest=picture.go_on,
    )
    return Form(
        title=f"Change the photo of {user.name}",
        questions=(question,),
        told=(
            "JPG, PNG or GIF under 800 KB. 72 x 72 is recommended; larger is scaled.",
            f"Other services show it after hours. {_PRESENT[now]}",
        ),
        save="Change",
        facts={_HAD: now},
    )


_PRESENT = {
    True: "The present photo is replaced and cannot be put back.",
    False: "There is no photo yet.",
    None: "A present photo cannot be put back.",
}


def _read(typed: str) -> Picture:
    if not typed.strip():
        raise InvalidInput("Type the path of a picture on this machine, or choose one (Enter).")
    return picture.from_file(typed)


def plan(user: User, form: Form, answers: Answers) -> Sequence[Operation]:
    """One call with the picture's own bytes, which the journal keeps until they are sent.

    Sent again it sets the same photo: it may be repeated.
    """
    found = answers.get("file")
    if not isinstance(found, Picture):
        raise InvalidInput("Type the path of a picture on this machine, or choose one (Enter).")
    size = f"{found.width} x {found.height}"
    return [
        Operation(
            title=f"Set photo ({size}, {-(-len(found.content) // 1024)} KB, from {found.kind})",
            target=user.upn,
            request=Request(
                Service.GRAPH,
                "PUT",
                photo.content_path(user),
                headers=(("Content-Type", "image/jpeg"),),
                content=found.content,
            ),
            serial=f"photo:{user.id}",
            powershell=powershell.line("Set-MgUserPhotoContent", {"UserId": user.id, "InFile": "photo.jpg"}),
            before={"photo": None if form.facts.get(_HAD) is False else "another"},
            after={"photo": size},
            inverse=photo.removed(user, size) if form.facts.get(_HAD) is False else None,
        )
    ]


ACTION = Action(
    id="change-photo",
    title="Change photo",
    about="Sets a picture from this machine as the user's photo.",
    ask=ask,
    plan=plan,
    fits=fits,
)
