"""URLs: every value arrives as it was meant, and no token leaves the profile's hosts."""

from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import ForeignHost, InvalidInput
from services.operation import Request, Service
from services.transport.hosts import Hosts, within
from services.transport.urls import absolute, odata_string, relative, search_term, segment

TEXT = st.text(st.characters(codec="utf-8"), min_size=1)


@given(TEXT)
def test_a_segment_stays_one_segment_through_the_client(text: str) -> None:
    url = httpx.URL("http://127.0.0.1/v1.0/users/" + segment(text) + "/manager")
    parts = url.raw_path.decode().split("/")
    assert len(parts) == 5
    assert unquote(parts[3]) == text


@given(TEXT, TEXT)
def test_a_query_value_survives(first: str, second: str) -> None:
    request = Request(Service.GRAPH, path="users", query=(("$filter", first), ("$search", second)))
    query = urlsplit(absolute("http://h/v1.0", request)).query
    assert "$filter=" in query
    assert ":" not in query
    assert parse_qsl(query, keep_blank_values=True) == [("$filter", first), ("$search", second)]


def test_a_guest_is_one_segment() -> None:
    assert segment("o'b_x.com#EXT#@y") == "o%27b_x.com%23EXT%23%40y"
    assert segment("..") == "%2E%2E"
    with pytest.raises(InvalidInput):
        segment("")


def test_terms_cannot_leave_their_quotes() -> None:
    assert odata_string("O'Neil's") == "O''Neil''s"
    assert search_term('a"b\\c') == 'a\\"b\\\\c'


@pytest.mark.parametrize("path", ["groups/g/members/u", "/groups/g/owners/u", "users/u/manager"])
def test_a_membership_is_never_deleted_without_its_ref(path: str) -> None:
    with pytest.raises(ValueError, match="ref"):
        relative(Request(Service.GRAPH, "DELETE", path))
    assert relative(Request(Service.GRAPH, "DELETE", path + "/$ref")).endswith("/$ref")


HOSTS = Hosts(
    "https://graph.microsoft.com/", "https://outlook.office365.com", "https://contoso.sharepoint.com"
)


def test_each_host_has_its_own_scope() -> None:
    assert (
        HOSTS.scope_for("https://graph.microsoft.com/v1.0/users?$top=1")
        == "https://graph.microsoft.com/.default"
    )
    assert HOSTS.scope_for("https://GRAPH.microsoft.com:443/x") == "https://graph.microsoft.com/.default"
    assert (
        HOSTS.scope_for("https://outlook.office365.com/adminapi") == "https://outlook.office365.com/.default"
    )
    assert HOSTS.scope_for("https://contoso.sharepoint.com/s") == "https://contoso.sharepoint.com/.default"
    assert HOSTS.root(Service.GRAPH_BETA) == "https://graph.microsoft.com"


@pytest.mark.parametrize(
    "url",
    [
        "http://graph.microsoft.com/v1.0",
        "https://graph.microsoft.com.evil.example/",
        "https://graph.microsoft.com:444/",
        "https://graph.microsoft.com@evil.example/",
        "https://user:pw@graph.microsoft.com/",
        "https://evil.example\\@graph.microsoft.com/",
        "//graph.microsoft.com/v1.0",
        "/v1.0/users",
        "",
        "https://[::1",
        "ftp://graph.microsoft.com/",
        "https://xn--grph-6na.microsoft.com/",
    ],
)
def test_no_other_host_has_a_scope(url: str) -> None:
    with pytest.raises(ForeignHost):
        HOSTS.scope_for(url)
    assert not within(url, "https://graph.microsoft.com")


@pytest.mark.parametrize("root", ["http://graph.microsoft.com", "https://x/v1.0", "https://a:b@x", "x", ""])
def test_a_root_is_a_secure_host_alone(root: str) -> None:
    with pytest.raises(InvalidInput):
        Hosts(root, "https://outlook.office365.com")
