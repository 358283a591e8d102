"""Which typed error an answer or a broken connection is, in one sentence the operator can act on."""

import httpx

from services.errors import (
    BadAnswer,
    NotFound,
    NotPermitted,
    Rejected,
    RollcallError,
    ServiceDown,
    SignInNeeded,
    Throttled,
    Unreachable,
)
from services.operation import Answer, Service
from services.proxies import proxy_for, refusal

_NAMES = {
    Service.GRAPH: "Microsoft Graph",
    Service.GRAPH_BETA: "Microsoft Graph (beta)",
    Service.EXCHANGE: "Exchange Online",
    Service.SHAREPOINT: "SharePoint Online",
    Service.MARKETPLACE: "The marketplace",
    Service.ACTIVE_DIRECTORY: "Active Directory",
}

# Failures that surely come before the request leaves this machine. Not LocalProtocolError: over HTTP/2 httpcore
# calls frames so, too, that it reads after the request is out and cannot take.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


def of_answer(service: Service, answer: Answer, what: str) -> RollcallError:
    """The error for an answer that is not a success. `what` names the object: `users/ann@contoso.com`."""
    name = _NAMES[service]
    said = _said(answer)
    status = answer.status
    if status == 429:
        wait = answer.retry_after or 0.0
        sentence = f"{name} is throttling requests for {what}: try again in a few minutes."
        return Throttled(sentence, retry_after=wait, request_id=answer.request_id)
    kind: type[RollcallError] = Rejected
    sentence = f"{name} refused {what}{said}"
    if status == 0 or 200 <= status < 400:
        kind, sentence = BadAnswer, f"{name} sent an answer for {what} that cannot be used{said}"
    elif status == 401:
        kind, sentence = SignInNeeded, f"{name} does not accept this sign-in (any more){said} Sign in again."
    elif status == 403:
        kind = NotPermitted
        sentence = (
            f"{name} does not let you read or change {what}: a role, a consent or a licence is missing{said}"
        )
    elif status == 404:
        kind, sentence = NotFound, f"{name} does not know {what} (any more): refresh, then look again{said}"
    elif status >= 500:
        kind, sentence = ServiceDown, f"{name} failed at {what} (status {status}): try again later{said}"
    return kind(sentence, request_id=answer.request_id, status=status, code=answer.code)


def of_connection(service: Service, error: Exception, url: str) -> Unreachable:
    """The error for a connection to a URL's host that failed, with whether the request may have left."""
    host = httpx.URL(url).netloc.decode()
    proxy = proxy_for(url)
    sent = not isinstance(error, _NOT_SENT)
    name = _NAMES[service]
    if isinstance(error, httpx.ConnectError) and "certificate" in str(error).lower():
        return Unreachable(
            f"The certificate of {name} at {host} is not trusted: where a proxy looks into TLS, name its"
            " authority's certificate as ca_bundle in the profile; else check the clock.",
            sent=False,
        )
    if isinstance(error, httpx.ProxyError):
        return Unreachable(
            refusal(proxy, host, str(error)[:3] if str(error)[:3].isdigit() else ""), sent=False
        )
    if proxy and isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        return Unreachable(refusal(proxy, host, ""), sent=False)
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        return Unreachable(
            f"{name} cannot be reached at {host}: check the network, the name and the proxy.", sent=False
        )
    if isinstance(error, (TimeoutError, httpx.TimeoutException)):
        return Unreachable(f"{name} at {host} did not answer in time.", sent=sent)
    return Unreachable(
        f"The connection to {name} at {host} was cut before the answer was complete.", sent=sent
    )


def _said(answer: Answer) -> str:
    """What the service itself said, as the end of a sentence."""
    words = ": ".join(part for part in (answer.code, answer.message) if part)
    if not words:
        return "."
    return f" — {words}" + ("" if words.endswith((".", "!", "?")) else ".")
