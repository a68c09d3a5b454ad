"""Figures: every number that the project promises, as rows that a reader can check.

The rule that must not break: a figure with a bound says whether it holds; a missed bound is a
failed command.
"""

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from features.errors import SuksesiError

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True)
class Figure:
    """One number: dotted id, value, interval, unit, bound and whether the bound holds.

    Examples
    --------
    >>> figure("speed.p50", 12.5, unit="ms", bound="<= 30").ok
    True
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    bound: str | None = None
    ok: bool | None = None


def figure(
    name: str,
    value: float | None,
    interval: tuple[float, float] | None = None,
    *,
    unit: str = "",
    bound: str | None = None,
) -> Figure:
    """A figure, its bound checked.

    Parameters
    ----------
    bound : str, optional
        Such as ``">= 0.25"`` or ``"0.88 to 0.92"``. The bound of a difference (``…_over_…``)
        speaks of the low end of its interval, any other of the value.
    """
    low, high = interval if interval else (None, None)
    bounded = low if "_over_" in name and low is not None else value
    return Figure(name, value, low, high, unit, bound, _holds(bounded, bound))


def with_bounds(figures: Sequence[Figure], bounds: Mapping[str, str]) -> list[Figure]:
    """The figures, those that a bound is promised for checked against it.

    Raises
    ------
    SuksesiError
        If a bound names a figure that does not exist.
    """
    absent = set(bounds) - {row.name for row in figures}
    if absent:
        raise SuksesiError(
            f"bounds are promised for figures that do not exist: {', '.join(sorted(absent))}",
            where="backtest.bounds of the mapping",
        )
    return [_bounded(row, bounds.get(row.name)) for row in figures]


def _bounded(row: Figure, bound: str | None) -> Figure:
    if bound is None:
        return row
    interval = None if row.low is None or row.high is None else (row.low, row.high)
    return figure(row.name, row.value, interval, unit=row.unit, bound=bound)


def _holds(number: float | None, bound: str | None) -> bool | None:
    if bound is None or number is None:
        return None
    if " to " in bound:
        least, most = bound.split(" to ")
        return float(least) <= number <= float(most)
    sign, limit = bound.split()
    return bool(_COMPARISONS[sign](number, float(limit)))


def all_hold(figures: Sequence[Figure]) -> bool:
    """Whether no bound is missed."""
    return all(row.ok is not False for row in figures)


def as_json(figures: Sequence[Figure]) -> str:
    """The figures as a JSON list of rows, one a line."""
    rows = ",\n".join(json.dumps(asdict(row), ensure_ascii=False) for row in figures)
    return f"[\n{rows}\n]\n"


def write(figures: Sequence[Figure], home: Path, topic: str) -> Path:
    """Write the figures of a topic under the home and return the file."""
    return write_text(as_json(figures), home, topic)


def write_text(text: str, home: Path, topic: str) -> Path:
    """Write JSON text beside the figures and return the file."""
    folder = home / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{topic}.json"
    path.write_text(text, encoding="utf-8")
    return path
