"""The answers that have a meaning of their own (`api-map.md` §12), each with what an administrator can do.

Matched on status, error code and a stable part of the message, without regard to case; the first row wins.
Rows for "already so" stand before refusals.
"""

import msgspec

from services.operation import Answer, Operation
from services.transport.answers import BAD_ANSWER
from state.values import StepClass


class Meaning(msgspec.Struct, frozen=True):
    """One row: which answers it matches, what they mean, and the sentence shown.

    Empty `statuses`, `methods`, `path` and `text` match everything. `text` is looked for in the code, the
    message and the warnings. `again`: nothing was settled, the call may be made again; `tries` is to how
    many sendings that applies, 0 for any number.
    """

    state: StepClass
    sentence: str = ""
    statuses: tuple[int, ...] = ()
    text: str = ""
    methods: tuple[str, ...] = ()
    path: str = ""
    again: bool = False
    tries: int = 0

    def matches(self, operation: Operation, answer: Answer) -> bool:
        """Whether this row is about this answer."""
        request = operation.request
        return (
            (not self.statuses or answer.status in self.statuses)
            and (not self.methods or request.method in self.methods)
            and self.path.lower() in request.path.lower()
            and said(answer, self.text)
        )


def said(answer: Answer, text: str) -> bool:
    """Whether the text stands in the answer's code, message or warnings, without regard to case."""
    wanted = text.lower()
    return any(wanted in part.lower() for part in (answer.code, answer.message, *answer.warnings))


def _already(*statuses: int, text: str = "", methods: tuple[str, ...] = (), path: str = "") -> Meaning:
    return Meaning(StepClass.ALREADY_SO, "", statuses, text, methods, path)


def _refused(sentence: str, *statuses: int, text: str = "", path: str = "") -> Meaning:
    return Meaning(StepClass.REFUSED, sentence, statuses, text, (), path)


SLOW_DOWN = "The service asked to slow down."

ALREADY = (
    _already(400, text="added object references already exist"),
    _already(400, text="removed object references do not exist"),
    _already(400, 409, text="A conflicting object with one or more", path="roleManagement"),
    _already(400, text="Permission being assigned already exists on the object"),
    _already(404, methods=("DELETE",)),
    _already(400, 409, text="RoleAssignmentExists", path="roleManagement"),
    _already(text="MemberAlreadyExistsException"),
    _already(text="MemberNotFoundException"),
    _already(text="UserNotFoundInPermissionEntryException"),
    _already(text="no existing permission entry found for user"),
    _already(text="the ACE doesn't exist on the object"),
    _already(text="ACE isn't present"),
    _already(text="The command completed successfully but no settings of"),
    _already(text="Can not find the user", path="_api"),
    # the same in the language of the site; a site that is gone says so with another class
    _already(404, text="Microsoft.SharePoint.SPException", path="/users/removebyid("),
)

REFUSALS = (
    _refused(
        "This list is kept in Exchange: Graph may not change it. Change it on the Exchange tab of its kind.",
        400,
        403,
        text="Cannot Update a mail-enabled security groups and or distribution list",
    ),
    _refused(
        "The user or group is synchronised from Active Directory. Change it there.",
        400,
        text="on-premises mastered Directory Sync objects",
    ),
    _refused(
        "Another service (Exchange or Active Directory) masters the object. Change it there: on the Exchange tabs "
        "here, or in Active Directory.",
        400,
        text="originated within an external service",
    ),
    _refused(
        "The group would have no owner left. Add another owner first.",
        400,
        text="must have at least one owner",
    ),
    _refused(
        "The user has no valid usage location. Set it on the Basics tab, or wait until a new one has reached every "
        "part of the directory, then apply again.",
        400,
        text="invalid usage location",
    ),
    _refused(
        "One of the licences to take away is not there any more, so nothing was changed. Refresh the tab and "
        "apply the rest again.",
        400,
        text="User does not have a corresponding license",
    ),
    _refused(
        "No seat is free any more. Buy seats or take one from somebody else, then apply again.",
        400,
        text="does not have any available licenses",
    ),
    _refused(
        "A service plan that stays on needs one that would be off. Switch both off, or both on.",
        400,
        text="depends on the service plan",
    ),
    _refused(
        "Two of the user's licences hold services that exclude each other. Take the other licence away too.",
        400,
        text="mutually exclusive",
    ),
    _refused(
        "The licence comes from a group. Take the user out of that group instead.",
        400,
        text="license is inherited from a group membership",
    ),
    _refused(
        "The application does not declare this role (any more). Load the tab again and choose another.",
        400,
        text="Permission being assigned was not found",
    ),
    _refused(
        "This folder already has an entry for the user. Change that entry's rights instead of adding one.",
        text="UserAlreadyExistsInPermissionEntryException",
    ),
    _refused(
        "The entries for everybody and for people outside are part of the folder: set them to None instead.",
        text="CannotRemoveSpecialUserException",
    ),
    _refused(
        "Exchange knows no recipient of this address. Choose a user, guest or mail-enabled security group.",
        text="InvalidExternalUserIdException",
    ),
    _refused(
        "The tenant has no premium licence (Entra ID P1 or P2), which this needs. Buy one, or do without.",
        403,
        text="Authentication_RequestFromNonPremiumTenantOrB2CTenant",
    ),
    _refused(
        "The tenant has no premium licence (Entra ID P1 or P2), which this needs. Buy one, or do without.",
        403,
        text="doesn't have premium license",
    ),
    _refused(
        "Your role does not allow it. It needs a higher role: for users who are administrators themselves, "
        "one of equal or higher rank.",
        403,
        text="Authorization_RequestDenied",
    ),
    _refused(
        "Your role does not allow it. Ask for the role or the consent that this needs.",
        403,
        text="Insufficient privileges",
    ),
    _refused(
        "The mailbox is synchronised from Active Directory. Change it there.",
        text="out of the current user's write scope",
    ),
    _refused(
        "Your Exchange role does not allow it. Ask for Exchange or Recipient Administrator.",
        text="role definition of the current user",
    ),
    _refused(
        "Another mailbox or group has this address already. Take it away there, or choose another.",
        text="ProxyAddressExistsException",
    ),
    _refused(
        "The address does not end in an accepted domain of the tenant. Choose one that does.",
        text="not an accepted domain",
    ),
    _refused(
        "The quotas do not keep their order. Choose a warning below stop sending, and that below stop sending and "
        "receiving.",
        400,
        text="must be less than or equal to that of property",
    ),
    _refused(
        "The quota is above what the mailbox's licence allows. Choose a smaller one or a larger licence.",
        400,
        text="exceeds the maximum allowed for user",
    ),
    _refused(
        "Scheduled replies must end after they start. Change one of the times.",
        400,
        text="InvalidScheduledOofDuration",
    ),
    _refused(
        "Exchange knows no such recipient. Choose a user or a mail-enabled security group for this right.",
        text="Please make sure you've typed it correctly",
    ),
    _refused(
        "Exchange does not know this object (any more): the mailbox, group or folder was deleted, or was made a "
        "moment ago. Refresh, then apply again.",
        text="ManagementObjectNotFoundException",
    ),
    _refused(
        "Exchange does not know this object (any more): the mailbox, group or folder was deleted, or was made a "
        "moment ago. Refresh, then apply again.",
        text="The operation couldn't be performed because object",
    ),
    _refused(
        "One of the two is not in the directory (any more), or was made a moment ago. Refresh, then apply again.",
        400,
        404,
        text="one of the objects being referenced do not exist",
    ),
    _refused(
        "The user has no Intune licence. Assign one on the Licenses tab, then apply again.",
        text="AppLifecycle_2210",
    ),
    _refused(
        "The members of this group come from its rule. Change the rule instead.",
        400,
        403,
        text="dynamic",
        # whatever else is called dynamic, such as a group that Exchange names in its own refusals, has no rule
        path="/groups/",
    ),
    _refused(
        "SharePoint does not find this user in the directory. Somebody made a moment ago is known there after a "
        "few minutes.",
        text="The specified user",
        path="_api",
    ),
    _refused(
        "SharePoint does not let you change this site. One of its owners can make you its administrator.",
        403,
        path="_api",
    ),
    _refused(
        "Nothing with that id is there any more: it was deleted meanwhile. Refresh to see what is there.", 404
    ),
    _refused(
        "Your role or the program's consent does not allow it. Ask for the role or the consent that this needs.",
        403,
    ),
    # final, unlike its neighbours of 500 and up: what a service does not have it does not have a minute later
    _refused("The service does not offer this in your cloud or tenant. Make the change elsewhere.", 501),
)

UNSETTLED = (
    Meaning(
        StepClass.WAITING,
        "The service did not accept the sign-in.",
        (401,),
        again=True,
    ),
    *(
        Meaning(StepClass.WAITING, SLOW_DOWN, (), code, again=True)
        for code in ("TooManyRequests", "activityLimitReached", "ApplicationThrottled")
    ),
    Meaning(StepClass.WAITING, SLOW_DOWN, (429,), again=True),
    Meaning(
        StepClass.WAITING,
        "Somebody else was changing the same object.",
        (400, 409),
        "Directory_ConcurrencyViolation",
        again=True,
    ),
    Meaning(
        # a location that was written a moment ago has not reached every replica (`api-map.md` §3.18, §7.4)
        StepClass.WAITING,
        "The usage location has not reached every part of the directory yet.",
        (400,),
        "invalid usage location",
        path="/assignLicense",
        again=True,
        tries=6,
    ),
    Meaning(
        StepClass.WAITING, "Somebody else was changing the same site.", (409,), "Save Conflict", again=True
    ),
    Meaning(StepClass.WAITING, "The object was locked by another call.", (423,), again=True),
    Meaning(StepClass.WAITING, "A call that this one waits for had failed.", (424,), again=True),
    Meaning(StepClass.WAITING, "The service did not answer in time.", (408, 504), again=True),
    Meaning(StepClass.WAITING, "The service was not available.", (502, 503), again=True),
    Meaning(StepClass.WAITING, "An answer came that cannot be used.", (0,), BAD_ANSWER, again=True),
    Meaning(StepClass.WAITING, "No answer came.", (0,), again=True),
)
