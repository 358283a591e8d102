"""What people call the licences: Graph only knows part numbers. The facts and their source are in the JSON."""

from functools import cache
from importlib.resources import files

import msgspec


class _Table(msgspec.Struct, frozen=True):
    """`date` is the day the published table was taken; `products` are (skuId, part number, name)."""

    source: str
    date: str
    products: tuple[tuple[str, str, str], ...]


def product_name(sku: str, part: str = "") -> str:
    """The published name of a licence by skuId or part number; the part number (or id) where none is known."""
    by_id, by_part = _names()
    return by_id.get(sku.lower()) or by_part.get(part.upper()) or part or sku


@cache
def _names() -> tuple[dict[str, str], dict[str, str]]:
    raw = files("services.tabs").joinpath("product_names.json").read_bytes()
    table = msgspec.json.decode(raw, type=_Table)
    return (
        {sku: name for sku, _, name in table.products},
        {part.upper(): name for _, part, name in table.products},
    )
