"""One figure as one JSON line, with the baseline that was measured in the same call and the target beside it."""

import json
from collections.abc import Callable, Mapping
from operator import ge, le

_HOLDS: Mapping[str, Callable[[float, float], bool]] = {"≤": le, "≥": ge}


def emit(
    figure: str, value: float, unit: str, *, baseline: float | None = None, target: str = "", **facts: object
) -> None:
    """Prints the line; `ratio` is value to baseline, both in `unit`.

    `target` says what is to be reached, of the value or of the ratio: "value ≤ 50", "ratio ≤ 1.2".
    """
    line: dict[str, object] = {"figure": figure, "value": round(value, 3), "unit": unit}
    if baseline is not None:
        line |= {"baseline": round(baseline, 3), "ratio": round(value / baseline, 3)}
    if target:
        which, sign, limit = target.split()
        measured = value if which == "value" else value / (baseline or 0)
        line |= {"target": target, "met": _HOLDS[sign](measured, float(limit))}
    print(json.dumps(line | facts, ensure_ascii=False), flush=True)
