"""The sandbox's sign-in methods: who has which, the rules of the service, and that they last."""

from pathlib import Path

import httpx
import pytest

from tests.sandbox import Endpoints, running_sandbox
from tests.services.sandbox.calls import ADELE, get, refused
from tests.services.sandbox.conftest import client

MOBILE = "3179e48a-750b-4051-897c-87b9720928f7"
ALTERNATE = "b6332ec1-7057-4abe-9331-3d72feddfe41"
ALEX, LEE = "alexw@contoso.example", "leeg@contoso.example"


def phones(who: str = ADELE) -> str:
    """Where a user's numbers are."""
    return f"/users/{who}/authentication/phoneMethods"


def devices(who: str = ADELE) -> str:
    """Where a user's devices are."""
    return f"/users/{who}/authentication/microsoftAuthenticatorMethods"


def number(kind: str, digits: str = "+49 15112345678") -> dict[str, str]:
    """The body that registers one."""
    return {"phoneNumber": digits, "phoneType": kind}


def test_many_have_something_and_some_have_nothing(read: httpx.Client) -> None:
    assert [p["phoneType"] for p in get(read, phones())["value"]] == ["mobile"]
    assert len(get(read, devices())["value"]) == 3
    assert [p["phoneType"] for p in get(read, phones(ALEX))["value"]] == ["office"]
    assert get(read, phones(LEE))["value"] == get(read, devices(LEE))["value"] == []
    report = get(read, "/reports/authenticationMethods/userRegistrationDetails", {"$top": "999"})["value"]
    for person in report[10:]:
        held = {p["phoneType"] for p in get(read, phones(person["id"]))["value"]}
        assert ("mobile" in held) == ("mobilePhone" in person["methodsRegistered"]), person
        there = bool(get(read, devices(person["id"]))["value"])
        assert there == ("microsoftAuthenticatorPush" in person["methodsRegistered"]), person


def test_one_of_each_type_and_the_alternate_only_beside_a_primary(graph: httpx.Client) -> None:
    refused(graph.post(phones(LEE), json=number("alternateMobile")), 400, "badRequest", "requires")
    assert graph.post(phones(LEE), json=number("mobile")).json()["id"] == MOBILE
    refused(graph.post(phones(LEE), json=number("mobile")), 400, "badRequest", "already exists")
    assert graph.post(phones(LEE), json=number("alternateMobile", "+1 2065550100x12")).status_code == 201
    refused(graph.delete(f"{phones(LEE)}/{MOBILE}"), 400, "badRequest", "alternateMobile")
    assert graph.delete(f"{phones(LEE)}/{ALTERNATE}").status_code == 204
    assert graph.delete(f"{phones(LEE)}/{MOBILE}").status_code == 204
    refused(graph.delete(f"{phones(LEE)}/{MOBILE}"), 404, "resourceNotFound")
    assert get(graph, phones(LEE))["value"] == []


def test_a_default_method_goes_last(graph: httpx.Client) -> None:
    refused(graph.delete(f"{phones()}/{MOBILE}"), 400, "badRequest", "default")
    for device in get(graph, devices())["value"]:
        assert graph.delete(f"{devices()}/{device['id']}").status_code == 204
    assert graph.delete(f"{phones()}/{MOBILE}").status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        number("office", "+4915112345678"),
        number("office", "015112345678"),
        number("fax"),
        {"phoneNumber": "+49 15112345678"},
        {"phoneType": "office"},
        number("office") | {"smsSignInState": "ready"},
        number("office") | {"colour": "red"},
    ],
)
def test_a_body_that_is_not_right_is_refused(graph: httpx.Client, body: dict[str, str]) -> None:
    refused(graph.post(phones(), json=body), 400, "badRequest")
    assert len(get(graph, phones())["value"]) == 1


def test_options_types_and_unknown_people_are_refused(graph: httpx.Client) -> None:
    refused(graph.get(phones(), params={"$select": "id"}), 400, "BadRequest")
    refused(graph.get(devices(), params={"$top": "5"}), 400, "BadRequest")
    refused(
        graph.patch(f"{phones()}/{MOBILE}", json=number("office")), 400, "badRequest", "cannot be changed"
    )
    refused(graph.get(phones("nobody@contoso.example")), 404, "Request_ResourceNotFound")
    refused(graph.delete(f"{devices()}/nothing"), 404, "resourceNotFound")
    assert graph.patch(f"{phones()}/{MOBILE}", json=number("mobile")).status_code == 200
    assert get(graph, phones())["value"][0]["phoneNumber"] == "+49 15112345678"


def test_what_was_changed_lasts(tmp_path: Path) -> None:
    def names(tenant: Endpoints) -> list[str]:
        with client(tenant) as graph:
            return [each["id"] for each in get(graph, devices())["value"]]

    with running_sandbox(data=tmp_path / "tenant") as tenant, client(tenant) as graph:
        first, *rest = names(tenant)
        graph.delete(f"{devices()}/{first}")
    with running_sandbox(data=tmp_path / "tenant") as tenant:
        assert names(tenant) == rest
