"""Each tenant of the profile file has a colour of its own, in the header and in the list to switch to."""

from services.profile import Config, TenantProfile
from tui.tenants import choices
from tui.widgets.looks import LOOKS


def tenant(name: str, colour: str | None = None) -> TenantProfile:
    """One of the file."""
    return TenantProfile(name=name, tenant_id=name, colour=colour)  # type: ignore[arg-type]


def test_no_two_tenants_share_a_colour_while_there_is_another() -> None:
    names = ["a", "b", "c", "d", "e"]
    config = Config(tenants={name: tenant(name, "green" if name == "c" else None) for name in names})
    found = {each.name: each.look for each in choices(config)}
    assert found.pop("sandbox") == "sandbox"
    assert found["c"] == "tenant-green"
    assert len(set(found.values())) == 5
    assert {f"look--{look}" for look in found.values()} <= LOOKS


def test_where_all_colours_are_taken_they_are_handed_out_anew() -> None:
    config = Config(tenants={str(n): tenant(str(n)) for n in range(8)})
    looks = [each.look for each in choices(config)]
    assert looks[6:8] == looks[:2]
    assert choices(Config())[0].name == "sandbox"
