"""What Graph says when it refuses to change a user's sign-in methods (`api-map.md` §3.19), with what can be done.

These stand before `services.jobs.refusals`, whose rows are about any object.
"""

from services.jobs.refusals import Meaning
from state.values import StepClass

_ALL, _PHONES = "/authentication/", "/authentication/phoneMethods"

ROLE = (
    "Sign-in methods need the role Authentication Administrator; for users who are administrators themselves,"
    " Privileged Authentication Administrator."
)

_REQUIRED = (
    "An alternate mobile needs a primary mobile. Add the primary mobile first, and delete the alternate mobile"
    " before the primary one."
)


def _refused(
    sentence: str, status: int, text: str = "", path: str = _PHONES, methods: tuple[str, ...] = ()
) -> Meaning:
    return Meaning(StepClass.REFUSED, sentence, (status,), text, methods, path)


METHOD_REFUSALS = (
    _refused(
        "It is the user's default method while there are others. Let the user choose another default, or delete"
        " the others first; then delete it again.",
        400,
        "default",
        _ALL,
        ("DELETE",),
    ),
    _refused(
        "The user has a number of this type already. Refresh the tab and change that number instead.",
        400,
        "already",
        methods=("POST",),
    ),
    _refused(_REQUIRED, 400, "alternate", methods=("POST", "DELETE")),
    _refused(
        "Graph does not take this number. Check the country code and the digits, then save it again.",
        400,
        "number",
        methods=("POST", "PATCH"),
    ),
    _refused(ROLE, 403, path=_ALL),
)
