"""What people call licences and service plans: Graph only knows part numbers. The JSON files hold facts and source."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import msgspec


class _Table(msgspec.Struct, frozen=True):
    """`date` is the day the published table was taken; `products` and `plans` are (id, part number, name)."""

    source: str
    date: str
    products: tuple[tuple[str, str, str], ...] = ()
    plans: tuple[tuple[str, str, str], ...] = ()


def product_name(sku: str, part: str = "") -> str:
    """The published name of a licence by skuId or part number; the part number (or id) where none is known."""
    by_id, by_part = _names("product_names.json")
    return by_id.get(sku.lower()) or by_part.get(part.upper()) or part or sku


def plan_name(plan: str, part: str = "") -> str:
    """The published name of a service plan by servicePlanId or part; the part (or id) where none is known."""
    by_id, by_part = _names("service_plan_names.json")
    return by_id.get(plan.lower()) or by_part.get(part.upper()) or part or plan


def plan_names(plans: Iterable[str]) -> list[str]:
    """The names of service plans by their ids, in order."""
    return sorted((plan_name(plan) for plan in plans), key=str.casefold)


@cache
def _names(file: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    raw = files("services").joinpath(file).read_bytes()
    table = msgspec.json.decode(raw, type=_Table)
    rows = table.products or table.plans
    return {identity: name for identity, _, name in rows}, {part.upper(): name for _, part, name in rows}
