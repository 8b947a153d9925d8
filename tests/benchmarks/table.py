"""One measured line and the table that the bench prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Line:
    """A measurement beside its reference, as texts with their units.

    `ratio` is ours divided by the reference, None where there is none; `bar` says what it must reach; `ok` is None for a
    line that is reported only.
    """

    name: str
    ours: str
    reference: str
    ratio: float | None
    bar: str
    ok: bool | None


def beside(name: str, ours_s: float, reference_s: float) -> Line:
    """Times in seconds, reported only."""
    return Line(name, f"{ours_s:.3f} s", f"{reference_s:.3f} s", ours_s / reference_s, "", None)


def at_most(name: str, ours_s: float, reference_s: float, limit: float, *, binding: bool = True) -> Line:
    """Times in seconds: ours may take `limit` times as long as the reference."""
    ratio = ours_s / reference_s
    ok = ratio <= limit if binding else None
    return Line(name, f"{ours_s:.3f} s", f"{reference_s:.3f} s", ratio, f"≤ {limit:g} ×", ok)


def at_least(name: str, ours: float, reference: float, limit: float) -> Line:
    """Throughputs in bytes a second: ours must reach `limit` of the reference."""
    ratio = ours / reference
    return Line(name, f"{ours / 1e6:.0f} MB/s", f"{reference / 1e6:.0f} MB/s", ratio, f"≥ {limit:g} ×", ratio >= limit)


def within(name: str, ours_bytes: float, limit_bytes: float) -> Line:
    """Bytes with a fixed limit."""
    return Line(
        name, f"+{ours_bytes / 1e6:.0f} MB", "–", None, f"≤ +{limit_bytes / 1e6:.0f} MB", ours_bytes <= limit_bytes
    )


def number_within(name: str, ours: float, limit: float | None, unit: str, *, binding: bool = True) -> Line:
    """A measured number with a fixed limit, or with none: then it is reported only."""
    digits = 3 if unit in ("s", "%") else 1
    bar = "" if limit is None else f"≤ {limit:g} {unit}"
    ok = ours <= limit if limit is not None and binding else None
    return Line(name, f"{ours:.{digits}f} {unit}", "–", None, bar, ok)


def left_out(name: str, reason: str) -> Line:
    """A measurement that could not be made here."""
    return Line(name, "–", "–", None, reason, None)


def show(lines: Sequence[Line], console: Console) -> None:
    """Print the table."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("measured", "ours", "reference", "ratio", "bar", ""):
        table.add_column(heading, justify="left" if heading in ("measured", "bar", "") else "right")
    for line in lines:
        verdict = "" if line.ok is None else ("[green]ok[/]" if line.ok else "[red]MISSED[/]")
        ratio = "–" if line.ratio is None else f"{line.ratio:.2f} ×"
        table.add_row(line.name, line.ours, line.reference, ratio, line.bar, verdict)
    console.print(table)
