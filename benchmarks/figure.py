"""One figure as one JSON line, with the baseline that was measured in the same call beside it."""

import json


def emit(figure: str, value: float, unit: str, *, baseline: float | None = None, **facts: object) -> None:
    """Prints the line; `ratio` is value to baseline, both in `unit`."""
    line: dict[str, object] = {"figure": figure, "value": round(value, 3), "unit": unit}
    if baseline is not None:
        line |= {"baseline": round(baseline, 3), "ratio": round(value / baseline, 3)}
    print(json.dumps(line | facts, ensure_ascii=False), flush=True)
