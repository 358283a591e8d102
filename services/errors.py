"""Errors by what the operator can do about them; each carries one sentence and the service's request-id."""

NOT_OFFERED = 501
"""How a cloud answers that does not have what is asked for (`api-map.md` §10.5)."""


class RollcallError(Exception):
    """Anything the operator can meet. `sentence` says what happened, to what, and what to do now."""

    def __init__(self, sentence: str, *, request_id: str = "", status: int = 0, code: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.request_id = request_id
        self.status = status
        self.code = code


class InvalidInput(RollcallError):
    """What was typed or configured cannot be used: fix it."""


class SignInNeeded(RollcallError):
    """The session is over or was never there: sign in again."""


class NotPermitted(RollcallError):
    """The service refuses this operator or this tenant: a role, a consent or a licence is missing."""


class NotFound(RollcallError):
    """The object does not exist (any more)."""


class Rejected(RollcallError):
    """The service understood and refused: the value or the object's kind is wrong."""


class Throttled(RollcallError):
    """The service asked to wait, again and again: try later."""

    def __init__(self, sentence: str, *, retry_after: float = 0.0, request_id: str = "") -> None:
        super().__init__(sentence, request_id=request_id, status=429)
        self.retry_after = retry_after


class ServiceDown(RollcallError):
    """The service answered with its own failure: try later."""


class Unreachable(RollcallError):
    """No answer came: the network, the name or the certificate.

    `sent` tells whether the request may have left this machine; False means that it surely did not, so that
    even a call that must happen only once may be made again.
    """

    def __init__(self, sentence: str, *, sent: bool = True) -> None:
        super().__init__(sentence)
        self.sent = sent


class BadAnswer(RollcallError):
    """An answer came that is not what the service publishes; nothing of it was used."""


class ForeignHost(RollcallError):
    """A link or redirect led outside the profile's hosts; no token was sent there."""
