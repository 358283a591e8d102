"""What is told of a request: everything that is sent, and nothing that must stay secret."""

from services.operation import Request, Service
from services.telling import HIDDEN, told, without_secrets
from services.transport.exchange import cmdlet


def test_a_graph_request_is_told_in_full() -> None:
    request = Request(Service.GRAPH, "PATCH", "/users/u", query=(("$select", "id"),), body={"city": None})
    assert list(told(request)) == [
        ("Request", "Graph PATCH /users/u"),
        ("Query", "$select=id"),
        ("Body", '{"city":null}'),
    ]


def test_a_cmdlet_is_told_with_its_parameters() -> None:
    request = cmdlet("Set-Mailbox", {"Identity": "ann", "HiddenFromAddressListsEnabled": True})
    assert list(told(request)) == [
        ("Cmdlet", "Set-Mailbox"),
        ("Parameter", "-Identity ann"),
        ("Parameter", "-HiddenFromAddressListsEnabled true"),
    ]


def test_a_password_is_never_told() -> None:
    body = {"passwordProfile": {"password": "sesame", "forceChangePasswordNextSignIn": True}}
    text = str(list(told(Request(Service.GRAPH, "PATCH", "/users/u", body=body))))
    assert "sesame" not in text
    assert HIDDEN in text
    assert "forceChangePasswordNextSignIn" in text
    assert "sesame" not in str(list(told(cmdlet("Set-X", {"NewPassword": "sesame"}))))
    assert without_secrets({"keyCredentials": [{"key": "sesame"}], "newPassword": None}) == {
        "keyCredentials": HIDDEN,
        "newPassword": None,
    }
