"""The vault: what is stored only names a secret, what is sent has it, and what comes back never shows it."""

import msgspec
import pytest

from services.errors import Rejected
from services.operation import Answer, Operation, Request, Service, encode
from services.secret import Secret, revealed
from services.vault import SecretGone, Vault, named, names

TEXT = 'Qr7#&"<k/ 9Zt'
BODY = {"passwordProfile": {"force": True, "password": named("n1")}, "list": [1, named("n2")]}
REQUEST = Request(Service.GRAPH, "PATCH", "/users/1", body=BODY)


def vault() -> Vault:
    """One with both secrets."""
    found = Vault()
    found.put({"n1": Secret(TEXT), "n2": Secret("second-Secret2")})
    return found


def test_a_request_is_filled_for_the_wire_alone() -> None:
    assert names(BODY) == ("n1", "n2")
    kept = vault()
    filled = kept.filled(REQUEST)
    assert TEXT not in repr(filled)
    sent = msgspec.json.decode(msgspec.json.encode(filled.body, enc_hook=revealed))
    assert sent == {"passwordProfile": {"force": True, "password": TEXT}, "list": [1, "second-Secret2"]}
    assert REQUEST.body["passwordProfile"]["password"] == {"$secret": "n1"}
    plain = Request(Service.GRAPH, path="/me")
    assert kept.filled(plain) is plain


def test_neither_repr_nor_the_journal_shows_it() -> None:
    kept = vault()
    operation = Operation("Reset", "a", REQUEST, "user:1", "Update-MgUser")
    for text in (repr(operation), encode(operation).decode(), repr(kept.filled(REQUEST)), repr(vars(kept))):
        assert TEXT not in text
        assert "second-Secret2" not in text
    with pytest.raises(TypeError):
        encode(msgspec.structs.replace(operation, request=kept.filled(REQUEST)))


def test_what_was_forgotten_is_not_sent() -> None:
    kept = vault()
    assert not kept.lacks(REQUEST)
    kept.forget(["n2", "never there"])
    assert kept.lacks(REQUEST)
    with pytest.raises(SecretGone, match="only in the memory"):
        kept.filled(REQUEST)


@pytest.mark.parametrize(
    "echo",
    [
        TEXT,
        TEXT.upper(),
        msgspec.json.encode(TEXT).decode(),
        "Qr7#&amp;&quot;&lt;k/ 9Zt",
        'Qr7#&amp;"&lt;k/ 9Zt',
        "Qr7%23%26%22%3Ck%2F%209Zt",
    ],
)
def test_an_answer_that_repeats_it_is_masked(echo: str) -> None:
    said = f"The value '{echo}' was refused"
    answer = Answer(400, {"error": [{echo: echo}]}, said, said, warnings=(said,), location=f"/v1.0/{echo}")
    shown = repr(vault().redacted(answer))
    assert echo not in shown
    assert shown.count("***") == 6


def test_a_sentence_that_was_cut_off_in_the_middle_of_it_is_masked_too() -> None:
    kept = vault()
    for length in range(4, len(TEXT)):
        assert kept.hidden(f"refused: {TEXT[:length]}") == "refused: ***"
    error = Rejected(f"Graph refused {TEXT}.", code=TEXT)
    kept.redact_error(error)
    assert (error.sentence, str(error), error.code) == ("Graph refused ***.", "Graph refused ***.", "***")


def test_without_secrets_nothing_is_looked_through() -> None:
    answer = Answer(200, {"a": TEXT})
    assert Vault().redacted(answer) is answer
    kept = vault()
    kept.forget(["n1", "n2"])
    assert kept.redacted(answer) is answer
