"""What PIM answers to the activation of a role: its refusals, and the states of a request that is not granted yet.

Sources: learn.microsoft.com, "privileged-role-common-errors" for codes and rules, and Graph's reference of
unifiedRoleAssignmentScheduleRequest for the states.
"""

from services.jobs.refusals import Meaning
from services.operation import Answer, Operation
from state.values import StepClass

_PATH = "roleAssignmentScheduleRequests"


def _refused(text: str, sentence: str) -> Meaning:
    return Meaning(StepClass.REFUSED, sentence, (400, 403), text, ("POST",), _PATH)


ROLE_REFUSALS = (
    _refused(
        "EligibilityRule", "You are not eligible for this role (any more). Ask who administers PIM for it."
    ),
    _refused(
        "ExpirationRule",
        "The role's policy does not let it be active for so long. Choose a shorter duration.",
    ),
    _refused("JustificationRule", "The role's policy wants a justification. Say why, and activate it again."),
    _refused("TicketingRule", "The role's policy wants a ticket. Name its number, and activate it again."),
    _refused(
        "MfaRule",
        "The role's policy wants a sign-in by several factors. Sign in that way (Ctrl+P, Sign in), then activate it "
        "again.",
    ),
    _refused(
        "AcrsValidationFailed",
        "The role's policy wants a stronger sign-in than this one. Sign in again (Ctrl+P, Sign in), then activate it "
        "again.",
    ),
    _refused(
        "ActiveDurationTooShort",
        "PIM lets no role be active for less than five minutes: choose a longer time, or undo it later.",
    ),
    _refused(
        "PendingRoleAssignmentRequest",
        "A request for this role waits already. It becomes active when somebody approves it.",
    ),
    _refused(
        "AadPremiumLicenseRequired",
        "The tenant has no PIM: it needs Microsoft Entra ID P2 or ID Governance. Ask for the role itself.",
    ),
)

_WAITS = ("pendingapproval", "pendingadmindecision")
_ENDED = ("denied", "failed", "canceled", "revoked")


def requested(operation: Operation, answer: Answer) -> tuple[StepClass, str] | None:
    """What a success means that is no grant yet, or none at all; None for a grant, and for every other call."""
    if not answer.ok or not operation.request.path.endswith(_PATH) or not isinstance(answer.body, dict):
        return None
    state = str(answer.body.get("status") or "")
    if state.casefold() in _WAITS:
        return StepClass.UNKNOWN, (
            "The request was taken on and waits for approval: the role is not active before somebody approves it."
        )
    if state.casefold() in _ENDED:
        return StepClass.REFUSED, f"PIM took the request and did not grant it (status {state})."
    return None
