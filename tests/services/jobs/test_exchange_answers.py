"""What Exchange's answers mean: looks into its objects, refusals, and warnings that say "it was so"."""

from typing import Any

import pytest

from services import delegates, mailboxes
from services.delegates import Right
from services.jobs.outcome import classify
from services.jobs.sight import seen
from services.operation import Answer, HasMember, HasValue, Look, Request, Service, decode, encode
from state.values import Change, StepClass

REQUEST = Request(Service.EXCHANGE, "POST", "InvokeCommand")


def _value(body: Any, *path: str, form: str = "") -> Any:
    return seen(Look(REQUEST, (HasValue("f", path, form),)), Answer(200, body))["f"]


def _change(field: str, after: Any, tab: str = "mail") -> Change:
    return Change("u-1", "ann@x.example", tab, "m-1", "Orders", field, None, after)


def test_a_path_counts_into_lists() -> None:
    body = {"value": [{"Name": "a"}, {"Name": "b"}]}
    assert _value(body, "value", "1", "Name") == "b"
    assert _value(body, "value", "2", "Name") is None
    assert _value(body, "value", "Name") is None
    assert _value({"value": []}, "value", "0", "Name") is None


def test_a_value_is_read_in_its_form() -> None:
    body = {"value": [{"MaxSendSize": "35 MB (36,700,160 bytes)", "Tip": None}]}
    assert _value(body, "value", "0", "MaxSendSize", form="size") == 36_700_160
    assert _value(body, "value", "0", "Tip", form="markup") is None


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ([{"AccessRights": ["FullAccess"], "Deny": False, "IsInherited": False}], True),
        ([{"AccessRights": ["FullAccess"], "Deny": True, "IsInherited": False}], False),
        ([{"AccessRights": ["FullAccess"], "Deny": False, "IsInherited": True}], False),
        ([{"AccessRights": ["ReadPermission"], "Deny": False, "IsInherited": False}], False),
        ([], False),
    ],
)
def test_full_access_is_an_entry_of_its_own_that_allows(entries: list[Any], found: bool) -> None:
    look = delegates.look(Right.FULL_ACCESS, "m-1", "u-1", "ann@x.example")
    assert seen(look, Answer(200, {"value": entries})) == {"full-access": found}


@pytest.mark.parametrize(
    ("named", "found"),
    [(["x", "U-1"], True), (["Ann@x.example"], True), (["ann"], True), (["bob"], False), ([], False)],
)
def test_those_who_send_on_behalf_are_named_in_many_ways(named: list[str], found: bool) -> None:
    look = delegates.look(Right.ON_BEHALF, "m-1", "u-1", "ann@x.example", "ann")
    body = {"value": [{"GrantSendOnBehalfTo": named}]}
    assert seen(look, Answer(200, body)) == {"send-on-behalf": found}


def test_an_operation_survives_the_journal() -> None:
    (found,) = delegates.operations([_change("full-access", True, "shared-mailboxes")])
    assert decode(encode(found)) == found
    plain = HasMember("member", ("g",))
    assert (plain.keys, plain.path, plain.where) == (("id",), ("value",), ())


@pytest.mark.parametrize(
    ("code", "message", "told"),
    [
        (
            "OutOfScopeException",
            "failed because it's out of the current user's write scope",
            "Active Directory",
        ),
        ("", "… it is not present in the role definition of the current user.", "Exchange role"),
        ("ProxyAddressExistsException", "The proxy address is taken", "has this address already"),
        (
            "",
            "You can't use the domain 'x' because it's not an accepted domain for your organization.",
            "accepted domain",
        ),
        (
            "",
            "The value of property 'A' must be less than or equal to that of property 'B'.",
            "keep their order",
        ),
        ("", "The value of property 'A' exceeds the maximum allowed for user 'x'.", "licence allows"),
        ("InvalidScheduledOofDuration", "", "end after they start"),
        (
            "",
            "User or group \"x\" wasn't found. Please make sure you've typed it correctly.",
            "mail-enabled security",
        ),
        ("ManagementObjectNotFoundException", "The object couldn't be found", "any more"),
    ],
)
def test_refusals(code: str, message: str, told: str) -> None:
    (asked,) = mailboxes.operations([_change("MaxSendSize", 1024)])
    status = 403 if "role definition" in message else 404 if "NotFound" in code else 400
    verdict = classify(asked, Answer(status, code=code, message=message), 1)
    assert verdict.state is StepClass.REFUSED
    assert told in verdict.sentence


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize(
    "warning",
    [
        'The appropriate access control entry is already present on the object "x" for account "y".',
        "Can't remove the access control entry on the object \"x\" because the ACE doesn't exist on the object.",
        "Can't remove the access control entry because the ACE isn't present.",
        "The command completed successfully but no settings of 'x' have been modified.",
    ],
)
def test_warnings_that_say_it_was_so(right: Right, after: bool, warning: str) -> None:
    (asked,) = delegates.operations([_change(right.value, after, "shared-mailboxes")])
    verdict = classify(asked, Answer(200, {"value": []}, warnings=(warning,)), 1)
    foreign = "already present" in warning and (not after or right is Right.ON_BEHALF)
    assert verdict.state is (StepClass.DONE if foreign else StepClass.ALREADY_SO)


def test_an_alias_of_the_primary_address_is_none() -> None:
    (found,) = mailboxes.operations([_change("EmailAddresses", ["a@x.example"])])
    body = {"value": [{"EmailAddresses": ["SMTP:ann@x.example", "smtp:A@x.example"]}]}
    assert found.look is not None
    assert seen(found.look, Answer(200, body)) == found.after
