"""Column: one text column of a table."""

import msgspec


class Column(msgspec.Struct, frozen=True):
    """One text column: `width` fixes it, else a share above `least`. `wide`: only from 120 columns."""

    id: str
    title: str
    least: int = 8
    width: int | None = None
    wide: bool = False
