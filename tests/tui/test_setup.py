"""Setup, sign-out and the doctor's consents: by flags, without a screen, against the tenant's sign-in service."""

import json
import ssl
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.profile_file import load
from services.token_storage import record_file
from tests.sandbox import Endpoints, running_sandbox
from tui.cli import main

TENANT = "8b7c2f5e-1d4a-4b0c-9c39-6a1f0d2e3b4c"
CLIENT = "0e5f6a52-9d0c-4c0e-8a4e-0a4b7f6f1c11"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """A tenant with its sign-in service."""
    with running_sandbox(users=5, groups=5, sign_in=tmp_path_factory.mktemp("tls")) as endpoints:
        yield endpoints


def test_a_tenant_is_added_and_what_stood_in_the_file_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config.toml"
    file.write_text("# ours\nbell = false\n")
    flags = ["setup", "--config", str(file), "--tenant-id", TENANT, "--client-id", CLIENT]
    assert main([*flags, "--name", "contoso", "--sign-in", "device-code", "--cloud", "gcc-high"]) == 0
    assert "rollcall doctor --tenant contoso" in capsys.readouterr().out
    found = load(file)
    assert file.read_text().startswith("# ours\n")
    assert found.bell is False
    assert found.tenants["contoso"].graph_url == "https://graph.microsoft.us"
    assert found.tenants["contoso"].authority == "https://login.microsoftonline.us"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    before = file.read_bytes()
    for name, wrong, words in (
        ("contoso", [], "already has a tenant"),
        ("second", ["--sharepoint-url", "ftp://x"], "sharepoint_url"),
        ("no name!", [], "no tenant's name"),
    ):
        assert main([*flags, "--name", name, "--sign-in", "browser", *wrong]) == 2
        assert words in capsys.readouterr().err
        assert file.read_bytes() == before
    assert main(["setup", "--config", str(file), "--name", "x", "--tenant-id", TENANT]) == 2
    assert "--sign-in is missing" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_the_app_is_printed_and_nothing_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "config.toml"
    assert main(["setup", "--config", str(file), "--print-app"]) == 0
    assert json.loads(capsys.readouterr().out)["displayName"] == "Rollcall"
    assert not file.exists()


def test_the_doctor_tells_what_the_consents_are_enough_for(
    lab: Endpoints, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = ssl.create_default_context(cafile=lab.ca_bundle)
    granted = "User.Read.All Group.Read.All Exchange.Manage"
    person = httpx.Client(verify=trusted, trust_env=False)
    assert person.post(f"{lab.authority}/control/consents", content=granted).is_success
    file = tmp_path / "config.toml"
    file.write_text(
        f'[tenants.lab]\ntenant_id = "{lab.tenant_id}"\nclient_id = "{CLIENT}"\nsign_in = "device-code"\n'
        f'graph_url = "{lab.graph_url}"\nexchange_url = "{lab.exchange_url}"\n'
        f'authority = "{lab.authority}"\nca_bundle = "{lab.ca_bundle}"\nsign_in_storage = "file"\n'
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    state = tmp_path / "state"
    where = ["--config", str(file), "--state", str(state)]
    main(["doctor", *where])
    assert "nobody is here to sign in" in capsys.readouterr().out

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    entered = threading.Event()
    original = print

    def read(*words: object, **options: object) -> None:
        text = " ".join(map(str, words))
        if "enter the code" in text:
            page, code = text.split("open ")[1].split()[0], text.split("code ")[1].split(",")[0]
            assert person.post(page, data={"code": code}).is_success
            entered.set()
        original(*words, **options)  # type: ignore[call-overload]

    monkeypatch.setattr("builtins.print", read)
    main(["doctor", *where])
    said = capsys.readouterr().out
    assert entered.is_set()
    lines = {" ".join(line.split()) for line in said.splitlines()}
    assert "note tab Security groups reader only: GroupMember.ReadWrite.All" in lines
    assert "ok portal role portal roles are not in use" in lines
    assert any(line.startswith("ok directory roles ") and "could not" not in line for line in lines)
    assert "note tab Sign-ins missing: AuditLog.Read.All" in lines
    assert "ok tab Mail have" in lines
    assert any(f"az ad app permission admin-consent --id {CLIENT}" in line for line in lines)

    assert record_file(state, lab.tenant_id).exists()
    assert main(["sign-out", *where]) == 0
    assert "lab: removed the account" in capsys.readouterr().out
    assert not record_file(state, lab.tenant_id).exists()
    assert main(["sign-out", *where, "--tenant", "nobody"]) == 2
