"""Sign-in transport: how azure-identity reaches the sign-in service: proxies, certificates and timeouts of the profile.

TLS is always checked: nothing in the environment or in the profile switches that off. SSL_CERT_FILE and
REQUESTS_CA_BUNDLE name certificates, which are trusted beside the profile's own.
"""

import importlib
import os
import re
import ssl
from typing import Any

from services.errors import InvalidInput, Unreachable
from services.proxies import proxy_for, refusal

_TIMEOUT = 100.0
_CONNECT = 15.0
_UNCHECKED = "AZURE_CLI_DISABLE_CONNECTION_VERIFICATION"
"""What makes `az` talk to anybody who says that it is the sign-in service."""

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
_NO_PROXY_ANSWER = "Unable to connect to proxy"


def settings(authority: str, ca_bundle: str, timeout: float | None) -> dict[str, Any]:
    """The credential's settings. Raises `InvalidInput` for certificates or a proxy that cannot be used."""
    proxy_for(authority)
    requests = importlib.import_module("requests")
    session = requests.Session()
    session.mount("https://", _adapter(_trusting(ca_bundle)))
    return {"transport": _over(session, timeout)}


def of_the_machine(timeout: float | None) -> dict[str, Any]:
    """For a managed identity: its answer comes from this machine or the one beneath, and from no proxy."""
    requests = importlib.import_module("requests")
    session = requests.Session()
    session.trust_env = False
    return {"transport": _over(session, timeout, use_env_settings=False)}


def must_check(environment: "os._Environ[str] | dict[str, str]") -> None:
    """Raises `InvalidInput` where the Azure CLI would not check whom it talks to."""
    if environment.get(_UNCHECKED):
        raise InvalidInput(
            f"{_UNCHECKED} is set, so that az would sign in without checking certificates: unset it, and have az"
            " trust the proxy's certificate by REQUESTS_CA_BUNDLE."
        )


def unreached(error: BaseException, authority: str) -> Unreachable:
    """Why no answer came from the sign-in service, in words; what the error says is not shown."""
    said = str(error)
    host = authority.removeprefix("https://") or "the sign-in service"
    if "CERTIFICATE_VERIFY_FAILED" in said:
        words = (
            f"The certificate of the sign-in service at {host} is not trusted: where a proxy looks into TLS, name "
            "its authority's certificate as ca_bundle in the profile; else check the clock."
        )
    elif (refused := _TUNNEL.search(said)) or _NO_PROXY_ANSWER in said:
        words = refusal(proxy_for(authority), host, refused[1] if refused else "")
    else:
        words = f"The sign-in service at {host} cannot be reached: check the network and proxy."
    return Unreachable(words, sent=False)


def _over(session: Any, timeout: float | None, **more: Any) -> Any:
    transport = importlib.import_module("azure.core.pipeline.transport")
    seconds = timeout or _TIMEOUT
    return transport.RequestsTransport(
        session=session,
        session_owner=False,
        connection_timeout=min(_CONNECT, seconds),
        read_timeout=seconds,
        **more,
    )


def _trusting(bundle: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:
        if bundle:
            context.load_verify_locations(bundle)
    except (OSError, ssl.SSLError):
        raise InvalidInput(
            f"ca_bundle {bundle} cannot be read as PEM certificates: check the path."
        ) from None
    return context


def _adapter(context: ssl.SSLContext) -> Any:
    adapters = importlib.import_module("requests.adapters")

    class Adapter(adapters.HTTPAdapter):  # type: ignore[misc, name-defined]
        def init_poolmanager(self, *args: Any, **settings: Any) -> None:
            super().init_poolmanager(*args, **settings, ssl_context=context)

        def proxy_manager_for(self, proxy: str, **settings: Any) -> Any:
            return super().proxy_manager_for(proxy, **settings, ssl_context=context)

    return Adapter()
