"""The report: all figures that were measured last, as a table with their targets, and plots of cost against rows.

`figures.jsonl` holds the lines themselves, each with the day and the commit it was measured at; a run of some
benchmarks replaces theirs and leaves the others.
"""

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from math import log10
from pathlib import Path
from typing import Any

import pygal
from pygal.style import CleanStyle

FOLDER = Path(__file__).resolve().parent
FIGURES = FOLDER / "figures.jsonl"
REPORT = FOLDER / "report.md"

_KNOWN = ("benchmark", "day", "commit", "figure", "value", "unit", "baseline", "ratio", "target", "met")
_PLOTS: Mapping[str, tuple[str, ...]] = {
    "load": (
        "security groups, cold: all rows",
        "security groups, warm: all rows",
        "users page, warm: first rows",
        "users page, warm: all rows",
    ),
    "filter": ("security groups: filter key",),
    "move": ("security groups: move", "security groups: switch", "security groups: page down"),
    "memory": (
        "security groups, cold: memory",
        "security groups, warm: memory",
        "memory, cold: peak",
        "memory, warm: peak",
    ),
}
"""By the name of a plot, the figures that it shows against the number of groups, else of users."""


def keep(benchmark: str, lines: Iterable[Mapping[str, Any]]) -> None:
    """Puts what one benchmark printed in the place of what it printed before."""
    at = {"benchmark": benchmark, "day": datetime.now(UTC).date().isoformat(), "commit": _commit()}
    every = [line for line in kept() if line["benchmark"] != benchmark] + [at | dict(line) for line in lines]
    every.sort(key=lambda line: str(line["benchmark"]))
    FIGURES.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in every), "utf-8")


def kept() -> list[dict[str, Any]]:
    """All figures that were measured last."""
    return [json.loads(line) for line in FIGURES.read_text("utf-8").splitlines()] if FIGURES.exists() else []


def write() -> None:
    """Writes the report and its plots anew."""
    figures = kept()
    plots = [name for name, shown in _PLOTS.items() if _plotted(name, shown, figures)]
    missed = sum(figure.get("met") is False for figure in figures)
    aimed = sum("met" in figure for figure in figures)
    parts = [
        "# What Rollcall costs",
        "Written by `python -m benchmarks`; a figure is a median of several runs where nothing else is said. "
        "Ratios are to the baseline of the same run, and travel; milliseconds are of one machine: "
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}.",
        f"**{aimed - missed} of {aimed} targets are met.**",
        *(f"![cost against rows: {name}](plots/{name}.svg)" for name in plots),
    ]
    for benchmark in dict.fromkeys(str(figure["benchmark"]) for figure in figures):
        parts.append(_table(benchmark, [f for f in figures if f["benchmark"] == benchmark]))
    REPORT.write_text("\n\n".join(parts) + "\n", "utf-8")


def _table(benchmark: str, figures: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        f"## {benchmark}",
        "",
        f"Measured on {figures[0]['day']} at {figures[0]['commit']}.",
        "",
        "| what | measured | baseline | ratio | target | met |",
        "|---|---:|---:|---:|---|---|",
    ]
    for figure in figures:
        facts = ", ".join(f"{name} {_told(v)}" for name, v in figure.items() if name not in _KNOWN)
        what = f"{figure['figure']} ({facts})" if facts else str(figure["figure"])
        unit, met = figure["unit"], {True: "yes", False: "**no**", None: ""}[figure.get("met")]
        baseline = f"{_told(figure['baseline'])} {unit}" if "baseline" in figure else ""
        cells = (
            what.replace("|", "/"),
            f"{_told(figure['value'])} {unit}",
            baseline,
            _told(figure.get("ratio", "")),
            str(figure.get("target", "")),
            met,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _plotted(name: str, shown: Sequence[str], figures: Sequence[Mapping[str, Any]]) -> bool:
    """Draws one plot; whether there was anything to draw."""
    found = {what: _points(what, figures) for what in shown}
    if not any(len(points) > 1 for points in found.values()):
        return False
    sizes = sorted({size for points in found.values() for size, _ in points})
    unit = next(str(figure["unit"]) for figure in figures if figure["figure"] in shown)
    chart = pygal.XY(
        title=name,
        x_title="groups, or users, in the tenant",
        y_title=unit,
        width=460,
        height=300,
        style=CleanStyle(),
        include_x_axis=True,
        js=[],  # nothing in the file asks another host for a script
        pretty_print=True,
        x_labels=[{"value": log10(n), "label": f"{n:,}"} for n in sizes],
        legend_at_bottom=True,
        legend_at_bottom_columns=1,
        truncate_legend=-1,
    )
    for what, points in found.items():
        shown_at = [(log10(size), value) for size, value in points]
        chart.add(what.removeprefix("security groups").lstrip(",: "), shown_at)
    target = FOLDER / "plots" / f"{name}.svg"
    target.parent.mkdir(exist_ok=True)
    chart.render_to_file(str(target))
    return True


def _points(what: str, figures: Sequence[Mapping[str, Any]]) -> list[tuple[int, float]]:
    """(groups or users, value); of several sizes of the window, the smallest."""
    found: dict[int, float] = {}
    for figure in figures:
        size = figure.get("groups", figure.get("users"))
        if figure["figure"] == what and size is not None:
            found.setdefault(int(size), float(figure["value"]))
    return sorted(found.items())


def _told(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"


def _commit() -> str:
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "unknown"
