"""What a domain controller says when it does not carry something out, with what can be done.

Matched like `services.jobs.refusals`, on the names of LDAP's result codes (RFC 4511, appendix A) and on the
Windows error that Active Directory puts before its message ([MS-ERREF] 2.2).
"""

from services.jobs.refusals import Meaning
from state.values import StepClass


def _refused(sentence: str, text: str) -> Meaning:
    return Meaning(StepClass.REFUSED, sentence, (), text, ("MODIFY",))


DIRECTORY_REFUSALS = (
    _refused(
        "The password does not meet the domain's rules on length, kinds of characters, age or history. Nothing was"
        " changed; choose another.",
        "0000052D",
    ),
    _refused(
        "The bind user may not do this to the account. Give it that right in Active Directory (for a password:"
        " Reset password), or do it there.",
        "insufficientAccessRights",
    ),
    _refused(
        "Active Directory does not know this account (any more). Refresh to see who is there.", "noSuchObject"
    ),
    _refused(
        "The domain controller asks for a connection that is better secured. Check its LDAP policies.",
        "strongerAuthRequired",
    ),
    _refused(
        "The domain controller takes this over an encrypted connection alone. Check its certificate and policies.",
        "confidentialityRequired",
    ),
    _refused(
        "Another domain holds this account. Name a domain controller of that domain in the profile.",
        "referral",
    ),
    _refused(
        "The value does not fit the attribute: too long, or of the wrong kind. Correct it, then apply again.",
        "constraintViolation",
    ),
    _refused("The domain controller will not do this. Read what it says.", "unwillingToPerform"),
)
