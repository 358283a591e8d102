"""The profile file: what it says is taken, and every mistake is one sentence with file, line and key."""

from pathlib import Path

import pytest

from services.errors import InvalidInput
from services.profile import Config
from services.profile_file import choose, load

TENANT = "0f5b7f2e-6f0c-4a0b-9d5e-0123456789ab"
LOCAL = f"""\
[tenants.lab]
tenant_id = "{TENANT}"
sign_in = "static-token"
graph_url = "http://127.0.0.1:4000"
exchange_url = "http://localhost:4001/"
token = "sesame"
"""


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def sentence(folder: Path, text: str, mode: int = 0o600) -> str:
    path = written(folder, text, mode)
    with pytest.raises(InvalidInput) as caught:
        load(path)
    assert "\n" not in caught.value.sentence
    return caught.value.sentence.removeprefix(str(path))


def test_a_static_token_profile_for_loopback_servers(tmp_path: Path) -> None:
    profile = load(written(tmp_path, LOCAL)).tenants["lab"]
    assert (profile.name, profile.tenant_id, profile.sharepoint_url) == ("lab", TENANT, "")
    assert (profile.graph_url, profile.exchange_url) == ("http://127.0.0.1:4000", "http://localhost:4001")
    assert profile.token.reveal() == "sesame"


def test_writing_is_open_for_a_while_where_the_file_says_so(tmp_path: Path) -> None:
    assert load(written(tmp_path, LOCAL)).tenants["lab"].writing_window == ""
    assert load(written(tmp_path, LOCAL + 'writing_window = "2h"\n')).tenants["lab"].writing_window == "2h"
    told = sentence(tmp_path, LOCAL + 'writing_window = "soon"\n')
    assert "tenants.lab.writing_window is 'soon'; it must be how long writing stays open" in told


def test_photos_are_drawn_as_the_file_says(tmp_path: Path) -> None:
    assert load(written(tmp_path, LOCAL)).photo == "auto"
    assert load(written(tmp_path, 'photo = "sixel"\n' + LOCAL)).photo == "sixel"
    assert sentence(tmp_path, 'photo = "gif"\n' + LOCAL) == (
        ', line 1: photo has a wrong value; it must be one of "auto", "kitty", "sixel", "half-cells", "initials".'
    )


def test_the_token_shows_itself_nowhere(tmp_path: Path) -> None:
    config = load(written(tmp_path, LOCAL))
    assert "sesame" not in f"{config!r} {config} {config.tenants['lab'].token}"


def test_the_global_cloud_is_the_default_and_the_certificate_lies_beside_the_file(tmp_path: Path) -> None:
    text = f"""
        bell = false
        [keys]
        apply = "f12"
        [tenants."contoso"]
        tenant_id = "{TENANT.upper()}"
        sign_in = "certificate"
        client_id = "{TENANT}"
        certificate = "rollcall.pem"
        readonly = true
        [tenants.contoso.kinds.service_accounts]
        upn = ["svc-*@contoso.com"]
        attributes = ["extensionAttribute3=service"]
    """
    config = load(written(tmp_path, text, 0o644))
    profile = config.tenants["contoso"]
    assert (profile.graph_url, profile.exchange_url) == (
        "https://graph.microsoft.com",
        "https://outlook.office365.com",
    )
    assert (profile.tenant_id, profile.certificate) == (TENANT, str(tmp_path / "rollcall.pem"))
    assert (profile.readonly, config.bell, config.keys) == (True, False, {"apply": "f12"})
    assert profile.kinds.service_accounts.upn == ("svc-*@contoso.com",)


def test_a_profile_names_functional_roles_and_the_portal(tmp_path: Path) -> None:
    text = f"""{LOCAL}
        portal_app_id = "{TENANT}"
        portal_role = "Help desk"
        [tenants.lab.functional_roles]
        administrative_unit = "Roles"
        prefix = "FR-"
        ids = ["{TENANT}"]
    """
    profile = load(written(tmp_path, text)).tenants["lab"]
    named = profile.functional_roles
    assert (named.administrative_unit, named.prefix, named.ids) == ("Roles", "FR-", (TENANT,))
    assert (profile.portal_app_id, profile.portal_role) == (TENANT, "Help desk")
    assert not load(written(tmp_path, LOCAL)).tenants["lab"].functional_roles


GRAPH = "http://127.0.0.1:4000"
MISTAKES = [
    ("graph_url", "grap_url", 4, "lab.grap_url is no key of this table; did you mean graph_url?"),
    ('"sesame"', "5", 6, "lab.token has a wrong value; it must be a string"),
    ("static-token", "password", 3, 'lab.sign_in has a wrong value; it must be one of "device-code"'),
    ("static-token", "azure-cli", 6, "lab.token is only for"),
    ("static-token", "device-code", 6, "lab.token is only for"),
    (TENANT, "contoso", 2, "lab.tenant_id is 'contoso'; it must be the directory's id"),
    ("tenant_id", "#", 1, "lab has no tenant_id"),
    ("token =", "#", 1, "lab has no token"),
    ("exchange_url", "#", 1, "lab has no exchange_url"),
    (GRAPH, "https://graph.example", 4, "lab.graph_url is 'https://graph.example'; sign_in"),
    (GRAPH, "http://10.0.0.1", 4, "lab.graph_url is 'http://10.0.0.1'; it must be https"),
    (GRAPH, "http://127.0.0.1.evil.example", 4, "lab.graph_url is"),
    (GRAPH, f"{GRAPH}/v1.0", 4, "lab.graph_url is"),
    (GRAPH, f"{GRAPH}?", 4, "lab.graph_url is"),
    (GRAPH, "http://me@127.0.0.1", 4, "lab.graph_url is"),
    (GRAPH, "http://127.0.0.1:99999", 4, "lab.graph_url is"),
    (GRAPH, "ftp://127.0.0.1", 4, "lab.graph_url is"),
    (GRAPH, "\\u001b[31m", 4, "lab.graph_url is '\\x1b[31m'"),
    ("token =", "kinds.service_accounts.x =", 6, "lab.kinds.service_accounts.x is no key of this"),
    (
        "token =",
        'functional_roles.administrativ_unit = "x"\ntoken =',
        6,
        "lab.functional_roles.administrativ_unit is no key of this table; did you mean administrative_unit?",
    ),
    (
        "token =",
        "functional_roles = 5\ntoken =",
        6,
        "lab.functional_roles has a wrong value; it must be a table",
    ),
    ("token =", "functional_roles = {}\ntoken =", 6, "lab.functional_roles names no groups: it needs"),
    (
        "token =",
        'functional_roles.prefix = " FR-"\ntoken =',
        6,
        "lab.functional_roles.prefix is ' FR-'; it must be",
    ),
    (
        "token =",
        'functional_roles.prefix = ["FR"]\ntoken =',
        6,
        "lab.functional_roles.prefix has a wrong value",
    ),
    (
        "token =",
        'functional_roles.ids = ["x"]\ntoken =',
        6,
        "lab.functional_roles.ids holds 'x'; it must be a list",
    ),
    (
        "token =",
        "functional_roles.ids = [5]\ntoken =",
        6,
        "lab.functional_roles.ids has a wrong value; it must be",
    ),
    (
        "token =",
        'portal_app_id = "x"\ntoken =',
        6,
        "lab.portal_app_id is 'x'; it must be the application's id",
    ),
    (
        "token =",
        'portal_role = "Operator"\ntoken =',
        6,
        'lab.portal_role is \'Operator\'; it must be one of "Administrator", "Help desk"',
    ),
    ("[tenants.lab]", '[tenants."a b"]', 1, "a b is no tenant's name"),
]


@pytest.mark.parametrize(("old", "new", "line", "expected"), MISTAKES)
def test_a_mistake_in_a_tenant_is_one_sentence(
    tmp_path: Path, old: str, new: str, line: int, expected: str
) -> None:
    said = sentence(tmp_path, LOCAL.replace(old, new, 1))
    assert said.startswith(f", line {line}: tenants.{expected}")
    assert "sesame" not in said


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("colour = 1", "colour is no key of this table; there are: tenant, ascii"),
        ("tenant = 'lba'", "tenant names no tenant of this file; did you mean lab?"),
        ("ascii = 'yes'", "ascii has a wrong value; it must be true or false"),
        ("keys.apply = 1", "keys has a wrong value; it must be a table of binding ids"),
        ("tenants.x = 1", "tenants has a wrong value; it must be tables"),
        ("[tenants.lab", "this is not TOML"),
    ],
)
def test_a_mistake_outside_the_tenants_is_one_sentence(tmp_path: Path, line: str, expected: str) -> None:
    said = sentence(tmp_path, f"# first\n{line}\n{LOCAL}")
    assert said.startswith(f", line 2: {expected}")
    assert "sesame" not in said


def test_a_file_with_a_token_is_for_its_owner_alone(tmp_path: Path) -> None:
    said = sentence(tmp_path, LOCAL, 0o640)
    assert said == f", line 6: tenants.lab.token can be read by others: chmod 600 {tmp_path}/config.toml."


@pytest.mark.parametrize("attribute", ["extensionAttribute16=x", "department=x", "extensionAttribute1"])
def test_an_attribute_rule_names_an_extension_attribute(tmp_path: Path, attribute: str) -> None:
    text = f"{LOCAL}[tenants.lab.kinds.external_users]\nattributes = ['{attribute}']\n"
    assert sentence(tmp_path, text).startswith(", line 8: tenants.lab.kinds.external_users.attributes holds")


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read: No such file"):
        load(tmp_path / "none.toml")
    with pytest.raises(InvalidInput, match="cannot be read: Is a directory"):
        load(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"tenant = '\xe9'")
    with pytest.raises(InvalidInput, match="is not UTF-8"):
        load(tmp_path / "latin.toml")


def test_which_tenant_is_opened(tmp_path: Path) -> None:
    one = load(written(tmp_path, LOCAL))
    two = load(written(tmp_path, LOCAL + LOCAL.replace("lab", "dev")))
    assert choose(Config()) is None
    assert choose(one, "sandbox") is None
    assert choose(one) is one.tenants["lab"]
    assert choose(two, "dev") is two.tenants["dev"]
    with pytest.raises(InvalidInput, match=r"Several tenants are configured.*lab, dev"):
        choose(two)
    with pytest.raises(InvalidInput, match="There is no tenant 'prod'"):
        choose(one, "prod")


SHOP = f"""\
[tenants.contoso]
tenant_id = "{TENANT}"
client_id = "{TENANT}"
[tenants.contoso.marketplace]
url = "https://shop.contoso.com/licences/"
token = "open sesame"
"""


def test_a_marketplace_has_an_address_and_a_token_of_its_own(tmp_path: Path) -> None:
    profile = load(written(tmp_path, SHOP)).tenants["contoso"]
    assert profile.market.url == "https://shop.contoso.com/licences"
    assert profile.market.token.reveal() == "open sesame"
    assert "sesame" not in f"{profile!r}"
    without = load(written(tmp_path, SHOP[: SHOP.index("[tenants.contoso.marketplace]")])).tenants["contoso"]
    assert not without.market


def test_a_marketplace_on_this_machine_may_take_the_static_token(tmp_path: Path) -> None:
    text = LOCAL + 'marketplace_url = "http://127.0.0.1:4002"\n'
    market = load(written(tmp_path, text)).tenants["lab"].market
    assert (market.url, market.token.reveal()) == ("http://127.0.0.1:4002", "sesame")
    own = LOCAL + '[tenants.lab.marketplace]\nurl = "http://localhost:4002/a"\ntoken = "t"\n'
    market = load(written(tmp_path, own)).tenants["lab"].market
    assert (market.url, market.token.reveal()) == ("http://localhost:4002/a", "t")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("https://shop", "http://shop", "it must be https (plain http is for loopback alone)"),
        ("licences/", "licences?x=1", "it must be a URL such as"),
        ("https://shop", "https://me:secret@shop", "it must be a URL such as"),
        ('token = "open sesame"', "", "has no token: a string"),
        ('url = "https://shop.contoso.com/licences/"', "", "has no url: a URL such as"),
        ('token = "open sesame"', 'token = "t"\ncolour = "red"', "colour is no key of this table"),
        ('[tenants.contoso.marketplace]', 'marketplace_url = "https://a.example"\n[tenants.contoso.marketplace]',
         "stands beside marketplace_url: one of them is enough"),
    ],
)  # fmt: skip
def test_a_wrong_marketplace_is_one_sentence(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert told in sentence(tmp_path, SHOP.replace(old, new))


def test_a_marketplace_token_that_others_can_read_is_refused(tmp_path: Path) -> None:
    told = sentence(tmp_path, SHOP, mode=0o644)
    assert "tenants.contoso.marketplace.token can be read by others: chmod 600" in told


def test_thresholds_and_rules_that_are_off_come_from_the_profile(tmp_path: Path) -> None:
    text = f'{LOCAL}[tenants.lab.risk]\noff = ["unusual-hour"]\nfailures = 9\noldest_ios = "17.2"\n'
    (tmp_path / "config.toml").write_text(text)
    (tmp_path / "config.toml").chmod(0o600)
    risk = load(tmp_path / "config.toml").tenants["lab"].risk
    assert (risk.off, risk.failures, risk.oldest_ios, risk.denials) == (("unusual-hour",), 9, "17.2", 3)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("failure = 9", "failure is no key of this table; did you mean failures?"),
        ("failures = 0", "failures is 0; it must be a whole number above 0."),
        ("failures = 'many'", "failures has a wrong value; it must be a whole number above 0."),
        ("oldest_ios = 'new'", "oldest_ios is 'new'; it must be a version in quotes, such as"),
        ("oldest_ios = 17", "oldest_ios has a wrong value; it must be a version in quotes"),
        (
            "off = ['unusual-hours']",
            "off holds 'unusual-hours', which is no rule; did you mean unusual-hour?",
        ),
        ("off = 'unusual-hour'", "off has a wrong value; it must be a list of ids of rules"),
    ],
)
def test_a_mistake_in_the_thresholds_is_one_sentence(tmp_path: Path, line: str, expected: str) -> None:
    said = sentence(tmp_path, f"{LOCAL}[tenants.lab.risk]\n{line}\n")
    assert said.startswith(f", line 8: tenants.lab.risk.{expected}")


DOMAIN = f"""\
[tenants.contoso]
tenant_id = "{TENANT}"
client_id = "{TENANT}"
[tenants.contoso.active_directory]
server = "ldaps://dc1.corp.contoso.com"
base_dn = "DC=corp,DC=contoso,DC=com"
bind_user = "rollcall@corp.contoso.com"
bind_password = "open sesame"
ca_certs_file = "corp-ca.pem"
"""


def test_a_domain_controller_is_reached_over_tls_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = load(written(tmp_path, DOMAIN)).tenants["contoso"].active_directory
    assert (found.host, found.port, found.secret().reveal()) == ("dc1.corp.contoso.com", 636, "open sesame")
    assert found.ca_certs_file == str(tmp_path / "corp-ca.pem")
    assert "sesame" not in f"{found!r}"
    monkeypatch.setenv("AD_PASSWORD", "from outside")
    text = DOMAIN.replace('bind_password = "open sesame"', 'bind_password_env = "AD_PASSWORD"')
    other = load(written(tmp_path, text, mode=0o644)).tenants["contoso"].active_directory
    assert other.secret().reveal() == "from outside"
    assert not load(written(tmp_path, LOCAL)).tenants["lab"].active_directory


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("ldaps://", "ldap://", "server is 'ldap://dc1.corp.contoso.com'; it must be a URL such as \"ldaps://"),
        ("contoso.com\"\nbase", "contoso.com/DC=x\"\nbase", "it must be a URL such as \"ldaps://"),
        ('base_dn = "DC=corp,DC=contoso,DC=com"', "", "has no base_dn: a distinguished name such as"),
        ("DC=corp,", "corp,", "base_dn is 'corp,DC=contoso,DC=com'; it must be a distinguished name"),
        ('bind_password = "open sesame"', "", "needs either bind_password or bind_password_env"),
        ("ca_certs_file", 'bind_password_env = "X"\nca_certs_file', "needs either bind_password or"),
        ("ca_certs_file", 'server_name = "*"\nca_certs_file', "server_name is '*'; it must be the name in the"),
        ("ca_certs_file", "verify = false\nca_certs_file", "verify is no key of this table"),
    ],
)  # fmt: skip
def test_a_wrong_domain_controller_is_one_sentence(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in DOMAIN
    assert told in sentence(tmp_path, DOMAIN.replace(old, new))


def test_a_bind_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    told = sentence(tmp_path, DOMAIN, mode=0o644)
    assert "tenants.contoso.active_directory.bind_password can be read by others: chmod 600" in told
