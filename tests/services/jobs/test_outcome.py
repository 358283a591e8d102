"""Every row of the table of answers, once-only rules, and what a look tells."""

import pytest

from services.errors import Unreachable
from services.jobs.outcome import FOUND_SO, as_wanted, classify, cut_off
from services.jobs.sight import seen
from services.operation import (
    Already,
    Answer,
    HasMember,
    HasValue,
    Json,
    Look,
    Operation,
    Repeat,
    Request,
    Service,
)
from state.values import StepClass

ALREADY, REFUSED, WAITING, DONE = StepClass.ALREADY_SO, StepClass.REFUSED, StepClass.WAITING, StepClass.DONE
UNKNOWN = StepClass.UNKNOWN
GRAPH, EXCHANGE, SHAREPOINT = Service.GRAPH, Service.EXCHANGE, Service.SHAREPOINT


def operation(
    service: Service = GRAPH, method: str = "POST", path: str = "/groups/g/members/$ref", **more: Json
) -> Operation:
    """An operation whose request is this."""
    return Operation(
        title="Add", target="x", request=Request(service, method, path), serial="g", powershell="", **more
    )


ADD = operation()
REMOVE = operation(method="DELETE", path="/groups/g/members/u/$ref")
ROLE = operation(path="/roleManagement/directory/roleAssignments")
CMDLET = operation(EXCHANGE, "POST", "InvokeCommand")
PATCH = operation(method="PATCH", path="/users/u")
SITE = operation(SHAREPOINT, "POST", "/sites/x/_api/web/sitegroups(3)/users/removeById(9)")
MAIL_ENABLED = "Cannot Update a mail-enabled security groups and or distribution list."
NOT_THERE = "removed object references do not exist for the following modified properties: 'members'."

TABLE: list[tuple[Operation, int, str, str, StepClass, str]] = [
    (
        ADD,
        400,
        "Request_BadRequest",
        "One or more added object references already exist for ...",
        ALREADY,
        "",
    ),
    (REMOVE, 404, "Request_ResourceNotFound", "Resource 'u' does not exist", ALREADY, ""),
    (REMOVE, 400, "Request_BadRequest", f"One or more {NOT_THERE}", ALREADY, ""),
    (
        ROLE,
        400,
        "Request_BadRequest",
        "A conflicting object with one or more of the specified ...",
        ALREADY,
        "",
    ),
    (
        PATCH,
        400,
        "Request_BadRequest",
        "A conflicting object with one or more of the ...",
        REFUSED,
        "conflicting",
    ),
    (ADD, 400, "", "Permission being assigned already exists on the object", ALREADY, ""),
    (ADD, 400, "", "User does not have a corresponding license.", REFUSED, "Refresh the tab"),
    (ADD, 400, "", "Subscription with SKU x does not have any available licenses.", REFUSED, "No seat"),
    (ADD, 400, "", "… because service plans A and B are mutually exclusive.", REFUSED, "exclude each other"),
    (CMDLET, 400, "MemberAlreadyExistsException", "", ALREADY, ""),
    (CMDLET, 404, "MemberNotFoundException", "", ALREADY, ""),
    (CMDLET, 400, "UserAlreadyExistsInPermissionEntryException", "", REFUSED, "already has an entry"),
    (CMDLET, 404, "UserNotFoundInPermissionEntryException", "", ALREADY, ""),
    (SITE, 400, "", "Can not find the user with ID: 9", ALREADY, ""),
    (
        SITE,
        404,
        "-2146232832, Microsoft.SharePoint.SPException",
        "Der Benutzer wurde nicht gefunden.",
        ALREADY,
        "",
    ),
    (
        SITE,
        404,
        "-2147024894, System.IO.FileNotFoundException",
        "Datei nicht gefunden.",
        REFUSED,
        "meanwhile",
    ),
    (CMDLET, 400, "", "The group Dynamics 365 cannot be changed.", REFUSED, "Exchange refused it."),
    (
        ADD,
        400,
        "",
        MAIL_ENABLED,
        REFUSED,
        "Exchange",
    ),
    (
        ADD,
        403,
        "",
        MAIL_ENABLED,
        REFUSED,
        "Exchange",
    ),
    (
        PATCH,
        400,
        "",
        "Unable to update the specified properties for on-premises mastered Directory Sync objects or "
        "objects currently undergoing migration.",
        REFUSED,
        "Active Directory",
    ),
    (
        PATCH,
        400,
        "",
        "Unable to update … for objects that have originated within an external service.",
        REFUSED,
        "Another service",
    ),
    (
        REMOVE,
        400,
        "",
        "The group must have at least one owner, hence this owner cannot be removed.",
        REFUSED,
        "Add another owner",
    ),
    (
        ADD,
        400,
        "",
        "License assignment cannot be done for user with invalid usage location.",
        REFUSED,
        "usage location",
    ),
    (
        ADD,
        400,
        "",
        "User license is inherited from a group membership and it cannot be removed directly from the user.",
        REFUSED,
        "group",
    ),
    (
        ADD,
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete ...",
        REFUSED,
        "higher role",
    ),
    (ADD, 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "", REFUSED, "premium"),
    (ADD, 403, "", "Neither tenant is B2C or tenant doesn't have premium license", REFUSED, "premium"),
    (ADD, 401, "InvalidAuthenticationToken", "", WAITING, "sign-in"),
    (ADD, 429, "TooManyRequests", "", WAITING, "slow down"),
    (ADD, 429, "activityLimitReached", "", WAITING, "slow down"),
    (ADD, 503, "ApplicationThrottled", "", WAITING, "slow down"),
    (ADD, 503, "", "", WAITING, "not available"),
    (ADD, 504, "", "", WAITING, "in time"),
    (ADD, 500, "InternalServerError", "", WAITING, "failed inside"),
    (ADD, 0, "", "", WAITING, "No answer"),
    (
        ADD,
        0,
        "BadAnswer",
        "The answer was empty.",
        WAITING,
        "cannot be used. (BadAnswer: The answer was empty.",
    ),
    (ADD, 404, "Request_ResourceNotFound", "", REFUSED, "deleted meanwhile"),
    (ADD, 400, "Request_BadRequest", "A dynamic membership group cannot be written", REFUSED, "rule"),
    (ADD, 418, "Teapot", "Short and stout", REFUSED, "Teapot: Short and stout"),
    (ADD, 302, "", "", StepClass.FAILED, "302"),
    (ADD, 204, "", "", DONE, ""),
]


@pytest.mark.parametrize(("asked", "status", "code", "message", "state", "told"), TABLE)
def test_the_table_of_answers(
    asked: Operation, status: int, code: str, message: str, state: StepClass, told: str
) -> None:
    for spelled in (message, message.upper()):
        verdict = classify(asked, Answer(status, code=code, message=spelled), 1)
        assert verdict.state is state
        assert told.lower() in verdict.sentence.lower()


@pytest.mark.parametrize(
    "warning",
    [
        "… because the ACE doesn't exist on the object.",
        "… the ACE isn't present.",
        "The command completed successfully but no settings of 'x' have been modified.",
    ],
)
def test_exchange_says_already_so_in_a_warning(warning: str) -> None:
    assert classify(CMDLET, Answer(200, warnings=(warning,)), 1).state is ALREADY


def test_what_exchange_warns_of_beside_what_it_did_is_told() -> None:
    slow = "Micro delay applied. Actual delayed: 20919 msecs, Enforced: True"
    warned = Answer(200, {"value": []}, warnings=(slow, "It takes up to 60 minutes\nto show."))
    verdict = classify(CMDLET, warned, 1)
    assert (verdict.state, verdict.sentence) == (DONE, "Exchange warns: It takes up to 60 minutes to show.")
    assert classify(CMDLET, Answer(200, warnings=(slow,)), 1).sentence == ""


def test_already_so_after_a_lost_answer_is_done_and_says_why() -> None:
    verdict = classify(REMOVE, Answer(404), 2)
    assert (verdict.state, verdict.sentence) == (DONE, FOUND_SO)


def test_an_operation_may_bring_its_own_already_so() -> None:
    own = operation(already=(Already(409, "same alias"),))
    assert classify(own, Answer(409, message="The Same Alias is there"), 1).state is ALREADY
    assert classify(own, Answer(409, message="something else"), 1).state is REFUSED


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer(429), UNKNOWN),
        (Answer(429, code="NotSent"), UNKNOWN),
        (Answer(429, code="NotSent", sent=False), WAITING),
        (Answer(503, sent=False), WAITING),
        (Answer(0, sent=False), WAITING),
        (Answer(401), WAITING),
        (Answer(424), WAITING),
        (Answer(503), UNKNOWN),
        (Answer(504), UNKNOWN),
        (Answer(500), UNKNOWN),
        (Answer(0), UNKNOWN),
        (Answer(201), DONE),
        (Answer(400), REFUSED),
    ],
)
def test_a_once_only_call_goes_again_only_when_it_was_not_processed(answer: Answer, state: StepClass) -> None:
    invite = operation(path="/invitations", repeat=Repeat.ONCE)
    assert classify(invite, answer, 1).state is state


@pytest.mark.parametrize(
    ("answer", "doubtful"),
    [
        *((Answer(status), True) for status in (0, 408, 429, 500, 502, 503, 504)),
        (Answer(400, code="TooManyRequests"), True),
        *((Answer(status, sent=False), False) for status in (0, 429, 503)),
        *((Answer(status), False) for status in (401, 423, 424)),
        (Answer(409, code="Directory_ConcurrencyViolation"), False),
    ],
)
def test_what_may_have_happened_is_doubtful(answer: Answer, doubtful: bool) -> None:
    verdict = classify(ADD, answer, 1)
    assert (verdict.state, verdict.doubtful) == (WAITING, doubtful)


@pytest.mark.parametrize(
    ("repeat", "sent", "state", "doubtful"),
    [
        (Repeat.SET, True, WAITING, True),
        (Repeat.SET, False, WAITING, False),
        (Repeat.ONCE, True, UNKNOWN, False),
        (Repeat.ONCE, False, WAITING, False),
    ],
)
def test_a_cut_call_waits_when_it_may_be_repeated_or_never_left(
    repeat: Repeat, sent: bool, state: StepClass, doubtful: bool
) -> None:
    verdict = cut_off(operation(repeat=repeat), Unreachable("The connection was cut.", sent=sent))
    assert (verdict.state, verdict.doubtful) == (state, doubtful)


MEMBER = Look(Request(GRAPH, path="/groups/g/members"), (HasMember("member", ("ABC",), ("id", "mail")),))
VALUE = Look(Request(GRAPH, path="/users/u"), (HasValue("city", ("address", "city")),))


@pytest.mark.parametrize(
    ("look", "answer", "found"),
    [
        (MEMBER, Answer(200, {"value": [{"id": "abc"}]}), {"member": True}),
        (MEMBER, Answer(200, {"value": [{"mail": "aBc"}]}), {"member": True}),
        (MEMBER, Answer(200, {"value": [{"id": "x"}, 7]}), {"member": False}),
        (MEMBER, Answer(200, {"value": [], "@odata.nextLink": "…"}), {}),
        (MEMBER, Answer(200, {"value": [{"id": "abc"}], "@odata.nextLink": "…"}), {"member": True}),
        (MEMBER, Answer(404), {"member": False}),
        (MEMBER, Answer(503), {}),
        (VALUE, Answer(200, {"address": {"city": "Oslo"}}), {"city": "Oslo"}),
        (VALUE, Answer(200, {"address": None}), {"city": None}),
        (VALUE, Answer(404), {}),
    ],
)
def test_what_a_look_tells(look: Look, answer: Answer, found: dict[str, Json]) -> None:
    assert seen(look, answer) == found


@pytest.mark.parametrize(
    ("after", "found", "so"),
    [
        ({"city": "Oslo"}, {"city": "Oslo"}, True),
        ({"city": "Oslo"}, {"city": "Bergen"}, False),
        ({"city": None}, {"city": ""}, True),
        ({"city": []}, {"city": None}, True),
        ({"city": True}, {"city": 1}, False),
        ({"city": "Oslo"}, {}, None),
    ],
)
def test_whether_it_is_as_wanted(after: dict[str, Json], found: dict[str, Json], so: bool | None) -> None:
    assert as_wanted(operation(after=after, look=VALUE), found) is so
