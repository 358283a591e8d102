"""The users page: kinds by rule, filters, and rows."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from services.errors import BadAnswer
from services.group import Group
from services.people_rows import Insight, PeopleFilter, PeopleTab, belongs, kind_text, passes, record
from services.profile import KindRules, Kinds
from services.user import ExtensionAttributes, License, User, of_json

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RULES = Kinds(
    service_accounts=KindRules(
        upn=("svc-*@*", "?bot@x.example"), attributes=("extensionAttribute3=Service",)
    ),
    external_users=KindRules(ou=("OU=Partners,DC=x",)),
)
ANN = User("ann", display_name="Ann", user_principal_name="ann@x.example", account_enabled=True)
GUEST = User("g", user_principal_name="g_y#EXT#@x.example", user_type="Guest")
ROBOT = User("r", user_principal_name="SVC-Backup@X.example", on_premises_sync_enabled=True)
TOLD = User("t", on_premises_extension_attributes=ExtensionAttributes(e3="service"))
PARTNER = User("p", on_premises_distinguished_name="CN=P,ou=partners,dc=X")


@pytest.mark.parametrize(
    ("user", "tabs", "kind"),
    [
        (ANN, {PeopleTab.USERS}, "Cloud user"),
        (GUEST, {PeopleTab.GUESTS}, "Guest"),
        (ROBOT, {PeopleTab.SERVICE}, "Hybrid service account"),
        (TOLD, {PeopleTab.SERVICE}, "Cloud service account"),
        (PARTNER, {PeopleTab.EXTERNAL}, "Cloud external user"),
    ],
)
def test_kinds(user: User, tabs: set[PeopleTab], kind: str) -> None:
    listed = set(PeopleTab) - {PeopleTab.DELETED, PeopleTab.ALL}
    assert {tab for tab in listed if belongs(user, tab, RULES)} == tabs
    assert belongs(user, PeopleTab.ALL, RULES)
    assert kind_text(user, RULES) == kind
    assert kind_text(user, Kinds()).split()[-1] in ("user", "Guest")


def test_filters() -> None:
    long_ago = NOW - timedelta(days=200)
    old = User("old", user_principal_name="old@x.example", last_password_change_date_time=long_ago)
    kept = User(
        "kept",
        user_principal_name="kept@x.example",
        last_password_change_date_time=long_ago,
        password_policies="DisablePasswordExpiration, DisableStrongPassword",
    )
    elsewhere = User("e", user_principal_name="e@y.example", last_password_change_date_time=long_ago)
    blocked = User("b", account_enabled=False, assigned_licenses=(License("s"),))
    users = (ANN, old, kept, elsewhere, blocked)
    known = Insight(
        risks={"ann": "high", "old": "low", "b": "none"},
        mfa_missing=frozenset({"kept"}),
        password_days={"x.example": 90},
    )
    found = {f: {u.id for u in users if passes(u, f, known, NOW)} for f in PeopleFilter}
    assert found == {
        PeopleFilter.BLOCKED: {"b"},
        PeopleFilter.MFA_MISSING: {"kept"},
        PeopleFilter.EXPIRED: {"old"},
        PeopleFilter.LICENSED: {"b"},
        PeopleFilter.UNLICENSED: {"ann", "old", "kept", "e"},
        PeopleFilter.AT_RISK: {"ann", "old"},
        PeopleFilter.HIGH_RISK: {"ann"},
    }
    unknown = (PeopleFilter.MFA_MISSING, PeopleFilter.EXPIRED, PeopleFilter.AT_RISK, PeopleFilter.HIGH_RISK)
    assert not any(passes(u, f, Insight(), NOW) for u in users for f in unknown)


def test_a_row() -> None:
    found = record(ANN, RULES, Insight(risks={"ann": "high"}))
    assert found.cells == ("Ann", "ann@x.example", "Cloud", "allowed", "", "", "high", "")
    assert record(User("x"), RULES, Insight()).cells[:2] == ("x", "x")


def test_a_user_that_cannot_be_read_is_an_error_in_a_sentence() -> None:
    with pytest.raises(BadAnswer, match=r"\.$"):
        of_json({"id": "x", "displayName": 5})
    with pytest.raises(BadAnswer):
        of_json({"displayName": "no id"})


def test_what_is_told_of_an_id_in_capitals_is_told_of_the_user() -> None:
    ann = User("0a0b0c0d-0000-4000-8000-00000000000A", user_principal_name="ann@x.example")
    known = Insight(risks={ann.id.lower(): "high"}, mfa_missing=frozenset({ann.id.lower()}))
    assert passes(ann, PeopleFilter.HIGH_RISK, known, NOW)
    assert passes(ann, PeopleFilter.MFA_MISSING, known, NOW)


def test_ids_are_in_small_letters_whatever_the_service_sends() -> None:
    sent = {"id": "0A0B0C0D-0000-4000-8000-00000000000A", "displayName": "Ann"}
    assert of_json(sent).id == msgspec.convert(sent, Group).id == sent["id"].lower()
