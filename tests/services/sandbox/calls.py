"""What every test of the sandbox says over the wire."""

from typing import Any

import httpx

from tests import contracts
from tests.sandbox import Endpoints

ADVANCED = {"ConsistencyLevel": "eventual"}
ADELE = "adelev@contoso.example"


def get(
    client: httpx.Client, path: str, query: dict[str, str] | None = None, **headers: str
) -> dict[str, Any]:
    """A successful GET whose answer keeps the contract."""
    answer = client.get(path, params=query or {}, headers=ADVANCED | headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    contracts.validate_answer("GET", path, 200, found)
    return found


def refused(answer: httpx.Response, status: int, code: str, text: str = "") -> None:
    """The answer is this refusal, in the published shape."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["code"] == code
    assert text.lower() in error["message"].lower()
    assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}


def group(client: httpx.Client, name: str) -> str:
    """The id of a well-known group."""
    return str(get(client, "/groups", {"$filter": f"displayName eq '{name}'"})["value"][0]["id"])


def user(client: httpx.Client, upn: str = ADELE) -> str:
    """The id of a user."""
    return str(get(client, f"/users/{upn}", {"$select": "id"})["id"])


def reference(identity: str) -> dict[str, str]:
    """The body of a $ref call."""
    return {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{identity}"}


def member_names(client: httpx.Client, upn: str = ADELE) -> set[str]:
    """Names of the groups that a user is a direct member of."""
    found = get(client, f"/users/{upn}/memberOf", {"$select": "displayName", "$top": "999"})
    return {item["displayName"] for item in found["value"]}


def cmdlet(endpoints: Endpoints, client: httpx.Client, name: str, **parameters: Any) -> httpx.Response:
    """One InvokeCommand."""
    address = f"{endpoints.exchange_url}/adminapi/beta/{endpoints.tenant_id}/InvokeCommand"
    return client.post(address, json={"CmdletInput": {"CmdletName": name, "Parameters": parameters}})


def exception(answer: httpx.Response) -> str:
    """The .NET class in an Exchange error."""
    return (
        str(answer.json()["error"]["innererror"]["internalException"]["message"])
        .split("|")[1]
        .rsplit(".", 1)[-1]
    )
