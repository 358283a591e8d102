"""What Graph says when it does not reset a password (`api-map.md` §3.19), with what can be done.

These stand before `services.jobs.method_refusals`, whose rows are about every sign-in method.
"""

from services.jobs.refusals import Meaning
from state.values import StepClass

_RESET = "/resetPassword"


def _refused(sentence: str, *statuses: int, text: str, path: str = "") -> Meaning:
    return Meaning(StepClass.REFUSED, sentence, statuses, text, (), path)


PASSWORD_REFUSALS = (
    _refused(
        "The password is on a list of passwords that are easily guessed, the tenant's or Microsoft's. Choose"
        " another.",
        400,
        text="banned password",
    ),
    _refused(
        "A password cannot be reset here on one's own account. Change your own at your account's page, or ask"
        " another administrator.",
        400,
        403,
        text="own account",
        path=_RESET,
    ),
    _refused(
        "The password does not meet the tenant's rules. Choose a longer one of more kinds of characters, without"
        " the user's name.",
        400,
        text="password complexity requirements",
    ),
    _refused(
        "Active Directory did not take the password, so the old one stays. Read what it says, then reset it again.",
        400,
        text="operationFailed",
        path=_RESET,
    ),
)
