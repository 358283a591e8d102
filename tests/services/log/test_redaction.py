"""Redaction: by type, by the secrets that live, and by what secrets look like; and what is no secret stays."""

import gc
import logging
from pathlib import Path

import pytest

from services.log.events import about, tell
from services.log.recent import Recent
from services.log.recording import listening
from services.log.redaction import MASK, plain, redacted
from services.secret import Secret
from tests.services.log.reading import lines_of, logging_to

PASSWORD = "corr3ct h0rse/battery+staple"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiIxMjM0NTYifQ.c2lnbmF0dXJl"


def test_a_secret_is_masked_by_its_type_wherever_it_stands(tmp_path: Path) -> None:
    held = Secret("sesame-of-the-profile")
    with logging_to(tmp_path / "log"):
        tell("one", token=held, several=[held, "x"], inner={"any": held, "client_secret": "in the clear"})
        tell("two", body={"displayName": held}, raw=b"bytes are a body", thing=object())
    text = (tmp_path / "log").read_text()
    assert "sesame" not in text
    one, two = lines_of(tmp_path / "log")
    assert one["token"] == MASK
    assert one["several"] == [MASK, "x"]
    assert one["inner"] == {"any": MASK, "client_secret": MASK}
    assert (two["raw"], two["thing"]) == ("<bytes>", "<object>")


def test_a_living_secret_is_masked_in_any_text_also_as_a_url_spells_it() -> None:
    held = Secret(PASSWORD)
    assert redacted(f"it is {PASSWORD}!") == f"it is {MASK}!"
    assert redacted("x=corr3ct%20h0rse%2Fbattery%2Bstaple") == f"x={MASK}"
    twin = Secret(PASSWORD)
    del held
    gc.collect()
    assert redacted(PASSWORD) == MASK
    del twin
    gc.collect()
    assert redacted(PASSWORD) == PASSWORD


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {JWT}",
        f"bearer {JWT}",
        f"got {JWT} back",
        '{"access_token": "hunter2hunter2"}',
        "{'refresh_token': 'hunter2hunter2', 'a': 1}",
        "password=hunter2hunter2&grant_type=x",
        "password: hunter2hunter2",
        'Password = "hunter2hunter2 \\" hunter2hunter2"',
        "client_secret=hunter2hunter2",
        "https://login.example/token?code=hunter2hunter2&state=1",
        "http://anna:hunter2hunter2@proxy.example:3128/",
        "Proxy-Authorization: Basic aHVudGVyMmh1bnRlcjI=",
        "Cookie: hunter2hunter2",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2hunter2\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nhunter2hunter2",
        "M.C5" + "aHVudGVyMmh1bnRlcjI" * 10,
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    found = redacted(text)
    assert MASK in found
    assert not any(part in found for part in ("hunter2", "aHVudGVy", "c2lnbmF0dXJl", "eyJ"))


@pytest.mark.parametrize(
    "text",
    [
        "/v1.0/users/adelev@contoso.example/memberOf",
        "4f1c8e4e-7d2a-4d5b-9a51-0e6b8f3a5c11",
        "DeviceCodeCredential.get_token failed: AADSTS50076",
        "password reset of 3 users",
        "contoso.sharepoint.com,4f1c8e4e-7d2a-4d5b-9a51-0e6b8f3a5c11,4f1c8e4e-7d2a-4d5b-9a51-0e6b8f3a5c11",
    ],
)
def test_what_an_administrator_needs_stays(text: str) -> None:
    assert redacted(text) == text


def test_a_long_text_is_cut() -> None:
    assert len(str(plain("ab " * 5000))) < 2100


def test_a_library_is_heard_from_warning_on_and_redacted(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    held = Secret("sesame-of-the-profile")
    with logging_to(tmp_path / "log"):
        logging.getLogger("httpx").info("GET https://graph.example/")
        hpack = logging.getLogger("hpack.hpack")
        hpack.setLevel(logging.DEBUG)
        hpack.debug("Adding (b'authorization', b'Bearer x')")
        logging.getLogger("azure.identity").warning("failed with %s and %s", held.reveal(), JWT)
        logging.getLogger("msgraph").error("no %d", "number")
        try:
            raise ValueError(f"{held.reveal()} of Adele Vance")
        except ValueError:
            logging.getLogger("textual").exception("it broke")
    text = (tmp_path / "log").read_text()
    assert "sesame" not in text
    assert "Adele" not in text
    azure, graph, textual = lines_of(tmp_path / "log")
    assert (azure["event"], azure["logger"], azure["level"]) == ("library", "azure.identity", "warning")
    assert azure["message"] == f"failed with {MASK} and {MASK}"
    assert graph["message"] == "no %d"
    assert textual["message"] == "it broke"
    assert textual["trace"][0] == "ValueError"
    assert "test_redaction.py:" in textual["trace"][1]
    assert capfd.readouterr() == ("", "")


def test_without_a_file_nothing_reaches_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    recent = Recent()
    with listening(recent):
        logging.getLogger("azure.identity").warning("in its own words")
        tell("call", status=200, service="Graph", path="/v1.0/users/adelev@contoso.example")
    assert capfd.readouterr() == ("", "")
    azure, call = recent.lines()
    assert azure.endswith("warning library azure.identity")
    assert call.endswith("info call service=Graph status=200")


def test_what_a_task_is_about_stands_in_its_lines(tmp_path: Path) -> None:
    with logging_to(tmp_path / "log"):
        with about(process=7):
            with about(step=3):
                tell("call", status=204)
            tell("process-ended")
        tell("call", status=None, code="")
    step, process, call = lines_of(tmp_path / "log")
    assert (step["process"], step["step"], step["status"]) == (7, 3, 204)
    assert (process["process"], "step" in process) == (7, False)
    assert not {"process", "status", "code"} & set(call)
    assert step["time"].endswith("Z")
