"""Credentials: which azure-identity credential a profile's way to sign in is, and with what settings.

Instance discovery is off: the authorities are those of `services.clouds` or of the profile, and nothing else is
asked about them. Proxies, certificates and timeouts: `services.sign_in_transport`.
"""

import importlib
import logging
import os
import webbrowser
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services import sign_in_transport, token_storage
from services.errors import InvalidInput
from services.identity import AzureToken, Identity, StaticToken
from services.profile import TenantProfile

Prompt = Callable[[str, str, datetime], None]
"""Shows which page to open, which code to enter there ("" for none), until when; called from another thread."""

_BROWSER_SECONDS = 900
_NAMES = {
    "device-code": "DeviceCodeCredential",
    "browser": "InteractiveBrowserCredential",
    "certificate": "CertificateCredential",
    "managed-identity": "ManagedIdentityCredential",
    "azure-cli": "AzureCliCredential",
}
_PERSON = ("device-code", "browser")


def source(profile: TenantProfile, state_dir: Path, prompt: Prompt) -> Identity:
    """The token source for a profile. Nothing is imported or asked before its first use."""
    way = profile.sign_in
    if way == "static-token":
        return StaticToken(profile.token.reveal())
    if way not in _PERSON:
        return AzureToken(lambda: _credential(way, _unattended(profile)), authority=profile.authority)
    record = token_storage.record_file(state_dir, profile.tenant_id)
    return AzureToken(
        lambda: _credential(way, _personal(profile, record, prompt)),
        authority=profile.authority,
        person=True,
        first=f"{profile.graph_url}/.default",
        signed_in=lambda found: _keep(record, found),
    )


def _credential(way: str, settings: dict[str, Any]) -> Any:
    # without a handler its warnings would be written over the screen
    logging.getLogger("azure").addHandler(logging.NullHandler())
    return getattr(importlib.import_module("azure.identity"), _NAMES[way])(**settings)


def _unattended(profile: TenantProfile) -> dict[str, Any]:
    if profile.sign_in == "azure-cli":
        sign_in_transport.must_check(os.environ)
        return {"tenant_id": profile.tenant_id}
    if profile.sign_in == "managed-identity":
        named = {"client_id": profile.client_id} if profile.client_id else {}
        return named | sign_in_transport.of_the_machine(profile.timeout)
    return {**_application(profile), "certificate_path": profile.certificate}


def _personal(profile: TenantProfile, record: Path, prompt: Prompt) -> dict[str, Any]:
    settings = {
        **_application(profile),
        **token_storage.options(profile.sign_in_storage, profile.tenant_id),
        "disable_automatic_authentication": True,
    }
    if profile.sign_in_storage != "memory":
        settings = token_storage.recorded(record, settings)
    if profile.sign_in == "device-code":
        return settings | {"prompt_callback": prompt}
    _show_instead_of_opening(prompt)
    return settings | {
        "redirect_uri": f"http://localhost:{profile.redirect_port}",
        "timeout": _BROWSER_SECONDS,
    }


def _application(profile: TenantProfile) -> dict[str, Any]:
    return {
        "tenant_id": profile.tenant_id,
        "client_id": profile.client_id,
        "authority": profile.authority,
        "disable_instance_discovery": True,
        **sign_in_transport.settings(profile.authority, profile.ca_bundle, profile.timeout),
    }


def _show_instead_of_opening(prompt: Prompt) -> None:
    """Has azure-identity's request for a browser shown: on this host there is none, the operator's is elsewhere."""

    class Shown(webbrowser.BaseBrowser):
        def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
            prompt(url, "", datetime.now(UTC) + timedelta(seconds=_BROWSER_SECONDS))
            return True

    webbrowser.register("rollcall", None, Shown(), preferred=True)


def _keep(path: Path, record: Any) -> None:
    try:
        token_storage.keep(path, record)
    except OSError as error:
        raise InvalidInput(
            f"You are signed in, but {path} cannot be written ({error.strerror}): the next start asks again."
        ) from None
