"""What the sign-in service refused, by its AADSTS code, and which other way to sign in gets past it.

Sources: api-map.md §10.3 and §10.4; the codes' meaning as Microsoft publishes it under "Microsoft Entra
authentication and authorization error codes".
"""

import re

from services.clean import clean

NO_CONSENT = "AADSTS65001"
"""The application lacks a consent: a tab's own matter, never a reason to sign in again and again."""

_CODE = re.compile(r"AADSTS\d{4,7}")
_NO_DEVICE_CODE = (
    'use sign_in = "browser" through a forwarded port, a certificate, or a managed identity, or have this'
    " application and this host's address excluded from the policy"
)
_HEADLESS = (
    "this host cannot prove that it is a managed device: have the application and this host's address excluded"
    " from the policy, or use a certificate or a managed identity"
)
_WORDS: dict[str, str] = {
    "AADSTS53003": f"A Conditional Access policy blocks this way to sign in: {_NO_DEVICE_CODE}.",
    "AADSTS53000": f"Conditional Access asks for a compliant device; {_HEADLESS}.",
    "AADSTS53001": f"Conditional Access asks for a domain-joined device; {_HEADLESS}.",
    "AADSTS50097": f"Conditional Access asks for a known device; {_HEADLESS}.",
    "AADSTS530032": f"The tenant's security policy blocks this way to sign in: {_NO_DEVICE_CODE}.",
    "AADSTS530035": f"Security defaults block this way to sign in: {_NO_DEVICE_CODE}.",
    "AADSTS50076": "Multi-factor authentication is asked for: sign in again and complete it.",
    "AADSTS50079": "Multi-factor authentication has to be set up first, in a browser, at aka.ms/mfasetup.",
    "AADSTS50055": "The password has expired: change it in a browser, then sign in again.",
    "AADSTS50057": "This account is disabled: ask another administrator to enable it.",
    "AADSTS50034": "This account is not known in the tenant: check tenant_id, or sign in with another account.",
    "AADSTS50173": "The sign-in was ended, as by a new password or a revocation: sign in again.",
    "AADSTS50133": "The sign-in was ended by a new password: sign in again.",
    "AADSTS70043": "The sign-in is older than the tenant's sign-in frequency allows: sign in again.",
    "AADSTS70044": "The sign-in was ended by the tenant's session policy: sign in again.",
    "AADSTS700082": "The sign-in has expired because it was not used for long: sign in again.",
    "AADSTS700084": "The sign-in has expired: sign in again.",
    "AADSTS70016": "The code was not entered yet.",
    "AADSTS70018": "The code is not right: start again and enter the code that is shown.",
    "AADSTS70019": "The code has expired: start again.",
    "AADSTS70020": "The code has expired: start again.",
    NO_CONSENT: "A consent is missing: an administrator has to grant it to the application (rollcall doctor).",
    "AADSTS650052": "The tenant lacks the service that was asked for: it has no licence or no consent for it.",
    "AADSTS500011": "The tenant does not know the service that was asked for: check the profile's URLs and cloud.",
    "AADSTS90002": "This tenant is not known here: check tenant_id and cloud in the profile.",
    "AADSTS900023": "This tenant is not known here: check tenant_id and cloud in the profile.",
    "AADSTS700016": "The application is not known in this tenant: check client_id, or register it.",
    "AADSTS7000218": "The application may not sign people in without a secret: allow public client flows in its"
    " registration.",
    "AADSTS700027": "The certificate is not one of this application's: add it to the registration, or check the"
    " file and client_id.",
    "AADSTS7000222": "The application's credential has expired: add a new certificate to the registration.",
    "AADSTS50011": "The redirect address is not registered: add http://localhost to the application's mobile and"
    " desktop platform.",
    "AADSTS50105": "This account is not assigned to the application: ask for the assignment.",
    "AADSTS65004": "The consent was declined: sign in again and accept it, or have an administrator grant it.",
}

FINAL = frozenset(
    {
        NO_CONSENT,
        *("AADSTS53003", "AADSTS53000", "AADSTS53001", "AADSTS50097", "AADSTS530032", "AADSTS530035"),
        *("AADSTS650052", "AADSTS500011", "AADSTS50105", "AADSTS50057", "AADSTS700016"),
    }
)
"""What signing in once more in the same way does not change: it is not asked for then."""


def refusal_code(message: str) -> str:
    """The first AADSTS code in the sign-in service's message, "" where there is none."""
    found = _CODE.search(message)
    return found[0] if found else ""


def refusal(message: str) -> str:
    """One sentence for the sign-in service's message: what it means where the code is known, else its own words."""
    code = refusal_code(message)
    if code in _WORDS:
        return f"{_WORDS[code]} ({code})"
    line = clean(message.strip().splitlines()[0] if message.strip() else "no reason was given", 300)
    return f"Signing in did not work: {line.rstrip('.')}. Sign in again."
