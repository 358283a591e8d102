"""Every row of the map's table of refusals (§12), and those of its other sections: the class, and what to do now."""

from typing import Any

import msgspec
import pytest

from services import delegates, mailboxes
from services.delegates import Right
from services.errors import (
    NotFound,
    NotPermitted,
    Rejected,
    RollcallError,
    ServiceDown,
    SignInNeeded,
    Throttled,
)
from services.jobs.outcome import NEVER_TWICE, classify
from services.operation import Answer, Operation, Repeat, Request, Service
from services.transport.failures import of_answer
from state.values import Change, StepClass

ALREADY, REFUSED, WAITING, DONE = StepClass.ALREADY_SO, StepClass.REFUSED, StepClass.WAITING, StepClass.DONE
GRAPH, EXCHANGE, SHAREPOINT = Service.GRAPH, Service.EXCHANGE, Service.SHAREPOINT
BAD, NOT_FOUND, DENIED = "Request_BadRequest", "Request_ResourceNotFound", "Authorization_RequestDenied"


def _call(service: Service, method: str, path: str, **more: Any) -> Operation:
    return Operation(
        title="Change", target="x", request=Request(service, method, path), serial="s", powershell="", **more
    )


ADD = _call(GRAPH, "POST", "/groups/g/members/$ref")
REMOVE = _call(GRAPH, "DELETE", "/groups/g/members/u/$ref")
OWNER = _call(GRAPH, "DELETE", "/groups/g/owners/u/$ref")
ROLE = _call(GRAPH, "POST", "/roleManagement/directory/roleAssignments")
NO_ROLE = _call(GRAPH, "DELETE", "/roleManagement/directory/roleAssignments/a")
APP = _call(GRAPH, "POST", "/servicePrincipals/s/appRoleAssignedTo")
NO_APP = _call(GRAPH, "DELETE", "/servicePrincipals/s/appRoleAssignedTo/a")
PATCH = _call(GRAPH, "PATCH", "/users/u")
LICENCE = _call(GRAPH, "POST", "/users/u/assignLicense")
PHOTO = _call(GRAPH, "DELETE", "/users/u/photo/$value")
MANAGER = _call(GRAPH, "DELETE", "/users/u/manager/$ref")
METHOD = _call(GRAPH, "DELETE", "/users/u/authentication/microsoftAuthenticatorMethods/m")
ADD_PHONE = _call(GRAPH, "POST", "/users/u/authentication/phoneMethods", repeat=Repeat.ONCE)
PHONE = _call(GRAPH, "PATCH", "/users/u/authentication/phoneMethods/p")
NO_PHONE = _call(GRAPH, "DELETE", "/users/u/authentication/phoneMethods/p")
DEVICE = _call(Service.GRAPH_BETA, "POST", "/deviceManagement/managedDevices/d/users/$ref")
CMDLET = _call(EXCHANGE, "POST", "InvokeCommand")
SITE = _call(SHAREPOINT, "POST", "/sites/x/_api/web/associatedmembergroup/users/removebyid(9)")
SITE_ADD = _call(SHAREPOINT, "POST", "/sites/x/_api/web/ensureuser")
INVITE = _call(GRAPH, "POST", "/invitations", repeat=Repeat.ONCE)

PARAMETER = "for the following modified properties: 'members'."
MAIL_ENABLED = "Cannot Update a mail-enabled security groups and or distribution list."
SYNCED = (
    "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects "
    "currently undergoing migration."
)
FOREIGN = (
    "Unable to update the specified properties for objects that have originated within an external service."
)
NO_PREMIUM = "Neither tenant is B2C or tenant doesn't have premium license"
SCOPE = (
    "The operation on mailbox \"x\" failed because it's out of the current user's write scope. The action "
    "'Set-Mailbox', 'HiddenFromAddressListsEnabled', can't be performed on the object because the object is "
    "being synchronized from your on-premises organization."
)
EXCEPTION = "Microsoft.Exchange.Management.Tasks."

Row = tuple[str, Operation, int, str, str, StepClass, str]

TABLE: tuple[Row, ...] = (
    # §12, in its order
    ("add member", ADD, 400, BAD, f"One or more added object references already exist {PARAMETER}", ALREADY, ""),
    ("remove member", REMOVE, 404, NOT_FOUND, "Resource 'u' does not exist", ALREADY, ""),
    ("remove member", REMOVE, 400, BAD, f"One or more removed object references do not exist {PARAMETER}", ALREADY, ""),
    ("role", ROLE, 400, BAD, "A conflicting object with one or more of the specified property values is present in "
     "the directory.", ALREADY, ""),
    ("app role", APP, 400, BAD, "Permission being assigned already exists on the object", ALREADY, ""),
    ("delete role", NO_ROLE, 404, NOT_FOUND, "", ALREADY, ""),
    ("delete app role", NO_APP, 404, NOT_FOUND, "", ALREADY, ""),
    ("delete method", METHOD, 404, "resourceNotFound", "", ALREADY, ""),
    ("second of a type", ADD_PHONE, 400, "badRequest", "A phone method of this type already exists.", REFUSED,
     "change that number instead"),
    ("alternate alone", ADD_PHONE, 400, "badRequest", "alternateMobile requires mobile.", REFUSED,
     "Add the primary mobile first"),
    ("primary that is needed", NO_PHONE, 400, "badRequest", "There is an alternateMobile.", REFUSED,
     "delete the alternate mobile before"),
    ("wrong number", PHONE, 400, "badRequest", "The phoneNumber is malformed.", REFUSED, "Check the country code"),
    ("default method", METHOD, 400, "badRequest", "The default method cannot be deleted.", REFUSED,
     "choose another default"),
    ("default method", NO_PHONE, 400, "badRequest", "The default method cannot be deleted.", REFUSED,
     "choose another default"),
    ("methods of administrators", METHOD, 403, "accessDenied", "Request Authorization failed", REFUSED,
     "Authentication Administrator"),
    ("methods of administrators", ADD_PHONE, 403, DENIED, "Insufficient privileges", REFUSED,
     "Authentication Administrator"),
    ("delete phone", NO_PHONE, 404, "resourceNotFound", "", ALREADY, ""),
    ("remove licence", LICENCE, 400, BAD, "User does not have a corresponding license.", REFUSED, "Refresh the tab"),
    ("EXO add member", CMDLET, 400, "", f"{EXCEPTION}MemberAlreadyExistsException|The recipient x is already a "
     "member.", ALREADY, ""),
    ("EXO remove member", CMDLET, 404, "", f"{EXCEPTION}MemberNotFoundException|x", ALREADY, ""),
    ("EXO folder add", CMDLET, 400, "UserAlreadyExistsInPermissionEntryException", "An existing permission entry was "
     "found for user: Ann.", REFUSED, "Change that entry's rights instead"),
    ("EXO folder remove", CMDLET, 400, "UserNotFoundInPermissionEntryException", "", ALREADY, ""),
    ("SharePoint remove", SITE, 400, "-2146232832, Microsoft.SharePoint.SPException", "Can not find the user with "
     "ID: 9.", ALREADY, ""),
    ("DL via Graph", ADD, 400, BAD, MAIL_ENABLED, REFUSED, "Change it on the Exchange tab"),
    ("DL via Graph", ADD, 403, DENIED, MAIL_ENABLED, REFUSED, "Change it on the Exchange tab"),
    ("synced user", PATCH, 400, BAD, SYNCED, REFUSED, "Active Directory. Change it there"),
    ("Exchange object", PATCH, 400, BAD, FOREIGN, REFUSED, "Change it there"),
    ("last owner", OWNER, 400, BAD, "The group must have at least one owner, hence this owner cannot be removed.",
     REFUSED, "Add another owner first"),
    ("inherited licence", LICENCE, 400, BAD, "User license is inherited from a group membership and it cannot be "
     "removed directly from the user.", REFUSED, "Take the user out of that group"),
    ("rank", PATCH, 403, DENIED, "Insufficient privileges to complete the operation.", REFUSED, "a higher role"),
    ("no premium", ROLE, 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", NO_PREMIUM, REFUSED, "Buy one"),
    ("no premium", ROLE, 403, "", NO_PREMIUM, REFUSED, "Buy one"),
    ("expired", ADD, 401, "InvalidAuthenticationToken", "Access token has expired.", WAITING, "sign-in"),
    ("throttled", ADD, 429, "TooManyRequests", "", WAITING, "slow down"),
    ("throttled", ADD, 429, "activityLimitReached", "", WAITING, "slow down"),
    ("throttled", ADD, 429, "ApplicationThrottled", "", WAITING, "slow down"),
    # §3 and §7
    ("photo delete", PHOTO, 404, "ImageNotFound", "Exception of type 'ImageNotFoundException'.", ALREADY, ""),
    ("photo delete", PHOTO, 404, "ErrorItemNotFound", "", ALREADY, ""),
    ("no manager", MANAGER, 404, NOT_FOUND, "", ALREADY, ""),
    ("no seat", LICENCE, 400, BAD, "Subscription with SKU x does not have any available licenses.", REFUSED,
     "Buy seats"),
    ("plans exclude each other", LICENCE, 400, BAD, "License assignment failed because service plans a and b are "
     "mutually exclusive.", REFUSED, "Take the other licence away"),
    ("no such app role", APP, 400, BAD, "Permission being assigned was not found on application", REFUSED,
     "choose another"),
    ("no Intune", DEVICE, 403, "Forbidden", '{"ErrorCode":"AppLifecycle_2210"}', REFUSED, "no Intune licence. Assign"),
    ("password", PATCH, 400, BAD, "The specified password does not comply with password complexity requirements. "
     "Please provide a different password.", REFUSED, "Choose a longer one"),
    ("not replicated", ADD, 400, BAD, "The source resource object or one of the objects being referenced do not "
     "exist.", REFUSED, "Refresh, then apply again"),
    ("dynamic group", ADD, 400, BAD, "Insufficient to update a dynamic membership group.", REFUSED, "Change the rule"),
    ("gone", ADD, 404, NOT_FOUND, "Resource 'g' does not exist", REFUSED, "Refresh"),
    ("concurrency", LICENCE, 409, "Directory_ConcurrencyViolation", "", WAITING, "Somebody else"),
    ("concurrency", LICENCE, 400, "Directory_ConcurrencyViolation", "", WAITING, "Somebody else"),
    ("dependency", ADD, 424, "FailedDependency", "", WAITING, "waits for"),
    ("locked", ADD, 423, "", "", WAITING, "locked"),
    ("cut off", ADD, 0, "", "", WAITING, "No answer"),
    ("time-out", ADD, 504, "", "", WAITING, "in time"),
    ("gateway", ADD, 502, "", "", WAITING, "not available"),
    ("inside", ADD, 500, "InternalServerError", "", WAITING, "failed inside"),
    ("not offered", ADD, 501, "NotImplemented", "", REFUSED, "does not offer this"),
    ("not offered", INVITE, 501, "", "", REFUSED, "does not offer this"),
    # Exchange, §3.7 and §5.1: whatever the status
    ("write scope", CMDLET, 400, "OutOfScopeException", SCOPE, REFUSED, "Active Directory. Change it there"),
    ("write scope", CMDLET, 500, "", SCOPE, REFUSED, "Active Directory. Change it there"),
    ("RBAC", CMDLET, 403, "", "The cmdlet Set-Mailbox is not present in the role definition of the current user.",
     REFUSED, "Ask for Exchange or Recipient Administrator"),
    ("RBAC", CMDLET, 400, "", "'X' is not present in the role definition of the current user.", REFUSED,
     "Ask for Exchange or Recipient Administrator"),
    ("no mailbox", CMDLET, 404, "", "The operation couldn't be performed because object 'x' couldn't be found on "
     "'y'.", REFUSED, "Refresh, then apply again"),
    ("no mailbox", CMDLET, 500, "", f"{EXCEPTION}ManagementObjectNotFoundException|x", REFUSED, "Refresh"),
    ("address taken", CMDLET, 400, "ProxyAddressExistsException", "", REFUSED, "choose another"),
    ("foreign domain", CMDLET, 400, "", "… because it's not an accepted domain for your organization.", REFUSED,
     "Choose one that does"),
    ("quotas", CMDLET, 400, "", "The value of property 'A' must be less than or equal to that of property 'B'.",
     REFUSED, "Choose a warning below"),
    ("trustee", CMDLET, 400, "", "User or group \"x\" wasn't found. Please make sure you've typed it correctly.",
     REFUSED, "Choose a user or a mail-enabled security group"),
    ("throttled", CMDLET, 503, "ApplicationThrottled", "", WAITING, "slow down"),
    # SharePoint, §6
    ("not in the site", SITE_ADD, 404, "", "The specified user i:0#.f|membership|x could not be found.", REFUSED,
     "after a few minutes"),
    ("not its administrator", SITE_ADD, 403, "-2147024891, System.UnauthorizedAccessException", "Access denied. You "
     "do not have permission to perform this action.", REFUSED, "make you its administrator"),
    ("throttled", SITE, 503, "", "Server too busy", WAITING, "not available"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("what", "asked", "status", "code", "message", "state", "told"),
    TABLE,
    ids=[f"{row[0]}-{row[2]}" for row in TABLE],
)
def test_a_refusal_has_its_class_and_says_what_to_do(
    what: str, asked: Operation, status: int, code: str, message: str, state: StepClass, told: str
) -> None:
    for spelled in (message, message.upper(), f"{message} (reworded around it)"):
        answer = Answer(status, code=code, message=spelled)
        verdict = classify(asked, answer, 1)
        assert verdict.state is state, verdict
        assert told.lower() in verdict.sentence.lower()
        if state is REFUSED:
            # the service's own words, for whoever has to look them up
            assert code in verdict.sentence
            assert spelled in verdict.sentence
        # sent before, the same answer says that it happened
        again = classify(asked, answer, 3).state
        assert again is (DONE if state is ALREADY else state)


def test_an_invalid_usage_location_is_waited_for_and_then_asked_for() -> None:
    answer = Answer(
        400, code=BAD, message="License assignment cannot be done for user with invalid usage location."
    )
    assert classify(LICENCE, answer, 1).state is WAITING
    verdict = classify(LICENCE, answer, 6)
    assert verdict.state is REFUSED
    for words in ("usage location", "Basics tab", "apply again"):
        assert words in verdict.sentence


@pytest.mark.parametrize(
    "warning",
    [
        "WARNING: … because the ACE doesn't exist on the object.",
        "… because the ACE isn't present.",
        "The command completed successfully but no settings of 'x' have been modified.",
    ],
)
@pytest.mark.parametrize("attempt", [1, 2])
def test_a_warning_that_nothing_changed_is_already_so(warning: str, attempt: int) -> None:
    answer = Answer(200, {"value": []}, warnings=("Something else.", warning))
    assert classify(CMDLET, answer, attempt).state is (ALREADY if attempt == 1 else DONE)


def test_a_warning_about_something_else_is_done() -> None:
    assert classify(CMDLET, Answer(200, warnings=("It may take a while.",)), 1).state is DONE


def test_full_access_that_is_there_is_already_so() -> None:
    change = Change(
        "u", "ann@x.example", "shared-mailboxes", "m", "Orders", Right.FULL_ACCESS.value, False, True
    )
    (asked,) = delegates.operations([change])
    warning = 'The appropriate access control entry is already present on the object "x" for account "y".'
    assert classify(asked, Answer(200, warnings=(warning,)), 1).state is ALREADY


def test_a_mailbox_that_was_so_is_already_so() -> None:
    change = Change("u", "ann@x.example", "mail", "", "", "HiddenFromAddressListsEnabled", False, True)
    (asked,) = mailboxes.operations([change])
    warning = "The command completed successfully but no settings of 'Ann' have been modified."
    assert classify(asked, Answer(200, warnings=(warning,)), 1).state is ALREADY


@pytest.mark.parametrize("status", [0, 408, 429, 500, 502, 503, 504])
def test_what_must_not_be_repeated_is_unknown_and_says_to_look(status: int) -> None:
    verdict = classify(INVITE, Answer(status, retry_after=3), 1)
    assert verdict.state is StepClass.UNKNOWN
    assert NEVER_TWICE in verdict.sentence
    assert "Look before you repeat it" in verdict.sentence


@pytest.mark.parametrize(
    ("answer", "counted"),
    [
        (Answer(429), True),
        (Answer(503, code="ApplicationThrottled"), True),
        (Answer(503, retry_after=5), True),
        (Answer(503), False),
        (Answer(504), False),
    ],
)
def test_throttling_is_counted_whatever_its_status(answer: Answer, counted: bool) -> None:
    assert classify(SITE, answer, 1).throttled is counted


READS: tuple[tuple[str, Service, Answer, type[RollcallError], str], ...] = (
    ("no photo", GRAPH, Answer(404, code="ImageNotFound"), NotFound, "refresh"),
    ("never at risk", GRAPH, Answer(404, code="ResourceNotFound"), NotFound, "refresh"),
    ("no OneDrive", GRAPH, Answer(404, code="ResourceNotFound", message="User's mysite not found."), NotFound,
     "mysite"),
    ("no premium", GRAPH, Answer(403, code="Authentication_RequestFromNonPremiumTenantOrB2CTenant",
     message=NO_PREMIUM), NotPermitted, "licence is missing"),
    ("no Intune", GRAPH, Answer(403, code="AppLifecycle_2210"), NotPermitted, "licence is missing"),
    ("role", GRAPH, Answer(403, code=DENIED, message="Insufficient privileges."), NotPermitted, "a role"),
    ("RBAC", EXCHANGE, Answer(403, message="… role definition of the current user."), NotPermitted, "a role"),
    ("SharePoint", SHAREPOINT, Answer(403, message="Access denied."), NotPermitted, "a role"),
    ("expired", GRAPH, Answer(401, code="InvalidAuthenticationToken"), SignInNeeded, "Sign in again"),
    ("throttled", GRAPH, Answer(429, code="TooManyRequests", retry_after=7), Throttled, "try again in"),
    ("down", EXCHANGE, Answer(503), ServiceDown, "try again later"),
    ("not there in this cloud", GRAPH, Answer(501, code="NotImplemented"), ServiceDown, "try again later"),
    ("asked wrongly", GRAPH, Answer(400, code="Request_UnsupportedQuery"), Rejected, "Request_UnsupportedQuery"),
)  # fmt: skip


@pytest.mark.parametrize(("what", "service", "answer", "kind", "told"), READS, ids=[row[0] for row in READS])
def test_a_read_that_is_refused_is_an_error_by_what_can_be_done(
    what: str, service: Service, answer: Answer, kind: type[RollcallError], told: str
) -> None:
    asked = msgspec.structs.replace(answer, request_id="r-1")
    error = of_answer(service, asked, "users/ann@contoso.example")
    assert type(error) is kind
    assert told in error.sentence
    assert "users/ann@contoso.example" in error.sentence or kind is SignInNeeded
    assert error.request_id == "r-1"
    assert error.sentence.endswith((".", "!", "?"))
