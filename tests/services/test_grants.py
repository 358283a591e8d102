"""What a token grants decides what is expected to work; what it does not tell is taken for granted."""

from services.gate import refusal
from services.grants import Grants, Registration
from services.permissions import Resource
from services.portal_roles import Access

APP = Registration("c11e47")
READER = frozenset(("User.Read.All", "Group.Read.All", "GroupMember.ReadWrite.All", "User.ReadWrite.All"))
GRANTS = Grants(registration=APP).told(Resource.GRAPH, READER)


def test_nothing_is_missing_of_a_service_whose_token_is_not_known() -> None:
    assert Grants().refuses("basics", "this") == Grants().lacking("risks") == ""
    assert GRANTS.refuses("mail", "changing Mail") == ""
    assert GRANTS.lacking("sharepoint") == "no consent Sites.Read.All"
    nothing = GRANTS.told(Resource.EXCHANGE, frozenset())
    assert nothing.lacking("mail") == "no consent Exchange.Manage"
    assert nothing.told(Resource.EXCHANGE, None) == GRANTS


def test_a_field_may_need_other_permissions_than_its_tab() -> None:
    assert GRANTS.refuses("microsoft-365-groups", "it", ("member",)) == ""
    assert "Group.ReadWrite.All is missing for it." in GRANTS.refuses(
        "microsoft-365-groups", "it", ("owner",)
    )
    assert GRANTS.refuses("basics", "it", ("city", "accountEnabled")) == ""
    refused = GRANTS.refuses("basics", "it", ("city", "employeeLeaveDateTime"))
    assert refused.startswith("The permission User-LifeCycleInfo.ReadWrite.All is missing for it.")


def test_what_is_done_to_a_row_needs_what_its_tab_needs() -> None:
    access = Access(grants=GRANTS.told(Resource.EXCHANGE, frozenset()))
    told = refusal(access, "add-calendar-permission")
    assert "Exchange.Manage is missing for" in told
    assert "(Calendar permissions)" in told
    assert refusal(access, "cancel-license-request") == ""
    assert refusal(access, "") == refusal(access, "something of an older version") == ""


def test_how_to_grant_it_is_told_for_a_person_and_for_an_application() -> None:
    person = GRANTS.refuses("reset-password", "Reset password")
    assert "--api-permissions 56760768-b641-451f-8906-e1b8ab31bca7=Scope" in person
    assert person.endswith("it counts once you sign in again (Ctrl+P, Sign in).")
    alone = Grants(registration=Registration("c11e47", unattended=True)).told(Resource.GRAPH, READER)
    assert "cc117bb9-00cf-4eb8-b580-ea2a878fe8f7=Role && az ad app permission admin-consent" in alone.refuses(
        "reset-password", "it"
    )
    nameless = Grants().told(Resource.GRAPH, READER).refuses("reset-password", "it")
    assert "An administrator grants what is missing; it counts" in nameless
