"""Setup: asks what a tenant's profile needs, explains each way to sign in, and writes it; or prints the app."""

import argparse
import json
import sys
from pathlib import Path
from typing import get_args

from services.app_registration import registration
from services.clouds import CLOUDS
from services.errors import InvalidInput
from services.places import default_config
from services.profile import SignIn
from services.profile_writing import add_tenant
from services.token_storage import TokenStorage

_WAYS = {
    "device-code": "You open a page in a browser on any machine and enter a code. For people; the usual way.",
    "browser": "A browser on your machine, through ssh -L 8400:localhost:8400. Where policies block the code.",
    "certificate": "The application signs in by itself with a certificate. For workers; the audit shows the app.",
    "managed-identity": "The Azure machine's own identity. For workers on Azure; no secret anywhere.",
    "azure-cli": "What az login left behind. Its application has few permissions; rollcall doctor shows which.",
}
_APPLICATION = ("device-code", "browser", "certificate")
FLAGS = ("tenant_id", "cloud", "sign_in", "client_id", "certificate", "sharepoint_url", "sign_in_storage")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The flags of `rollcall setup`: what is not given is asked for, where a person is there to answer."""
    parser.add_argument("--name", help="what the tenant is called here, such as contoso")
    parser.add_argument("--tenant-id", help="the directory's id")
    parser.add_argument("--cloud", choices=list(CLOUDS), help="the national cloud (default: global)")
    ways = [way for way in get_args(SignIn) if way in _WAYS]
    parser.add_argument("--sign-in", choices=ways, help="how to sign in")
    parser.add_argument("--client-id", help="the application's id")
    parser.add_argument("--certificate", metavar="PATH", help="a PEM file with certificate and private key")
    parser.add_argument("--sharepoint-url", metavar="URL", help="such as https://contoso.sharepoint.com")
    parser.add_argument(
        "--sign-in-storage", choices=get_args(TokenStorage), help="where a sign-in is kept (default: memory)"
    )
    parser.add_argument(
        "--readonly", dest="only_read", action="store_true", help="change nothing in this tenant"
    )
    parser.add_argument(
        "--print-app", action="store_true", help="print the app registration to create, and write nothing"
    )


def set_up(arguments: argparse.Namespace) -> int:
    """Writes the profile, or prints the app. Raises `InvalidInput` for what cannot be used."""
    way = arguments.sign_in or ""
    if arguments.print_app:
        unattended = way in ("certificate", "managed-identity")
        print(json.dumps(registration(unattended=unattended, readonly=arguments.only_read), indent=2))
        return 0
    asking = sys.stdin.isatty() and sys.stdout.isatty()
    name = arguments.name or _asked("Name of the tenant here, such as contoso", asking, "--name")
    facts: dict[str, str | bool] = {
        "tenant_id": arguments.tenant_id or _asked("Directory (tenant) id", asking, "--tenant-id")
    }
    if not way:
        way = _way(asking)
    facts["sign_in"] = way
    if way in _APPLICATION:
        facts["client_id"] = arguments.client_id or _asked("Application (client) id", asking, "--client-id")
    elif arguments.client_id:
        facts["client_id"] = arguments.client_id
    if way == "certificate":
        facts["certificate"] = arguments.certificate or _asked("PEM file", asking, "--certificate")
    for key in ("cloud", "sharepoint_url", "sign_in_storage"):
        if value := getattr(arguments, key):
            facts[key] = value
    if arguments.only_read:
        facts["readonly"] = True
    path: Path = arguments.config or default_config()
    add_tenant(path, name, facts)
    print(f"Written to {path}. Check it: rollcall doctor --tenant {name}")
    return 0


def _way(asking: bool) -> str:
    if asking:
        for number, (way, words) in enumerate(_WAYS.items(), start=1):
            print(f" {number}  {way:<17} {words}")
    answer = _asked("How to sign in (1 to 5)", asking, "--sign-in")
    ways = dict(enumerate(_WAYS, start=1))
    if answer in _WAYS:
        return answer
    if answer.isdecimal() and int(answer) in ways:
        return ways[int(answer)]
    raise InvalidInput(f"{answer!r} is no way to sign in: 1 to {len(ways)}, or one of {', '.join(_WAYS)}.")


def _asked(question: str, asking: bool, flag: str) -> str:
    """The person's answer. Raises `InvalidInput` where nobody is there to give one, or none was given."""
    if not asking:
        raise InvalidInput(f"{flag} is missing; nobody is here to be asked.")
    try:
        answer = input(f"{question}: ").strip()
    except EOFError:
        answer = ""
    if not answer:
        raise InvalidInput(f"{flag} is needed; nothing was written.")
    return answer
