"""Charts of figures with their intervals, as PNG.

The rule that must not break: an estimate is never drawn without its interval, and every chart can
be read in black and white: lines differ by their strokes, groups by their names.
"""

import io

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Chart

WIDTH, DPI = 6.4, 110
INK, PALE = "#1b3a57", "#8a8a8a"


def reliability_chart(bands: pd.DataFrame, of_what: str) -> Chart:
    """Estimates against what happened, band by band, with the line on which both agree.

    Parameters
    ----------
    bands : DataFrame
        `mean_probability`, `success_rate`, `low`, `high`, `n`; one row a band.
    of_what : str
        Whose estimates, for the title.
    """
    chart, axes = _drawn(4.4)
    axes.plot([0, 1], [0, 1], color=PALE, linestyle="--", linewidth=1, label="estimate = outcome")
    _with_intervals(
        axes, bands["mean_probability"], bands[["success_rate", "low", "high"]], label="bands"
    )
    for n, mean, high in bands[["n", "mean_probability", "high"]].itertuples(index=False):
        axes.annotate(f"n={n:.0f}", (mean, high), fontsize=7, ha="center")
    axes.set(
        xlim=(0, 1),
        ylim=(0, 1.05),
        xlabel="mean estimate of the band",
        ylabel="share of successes, 95 % interval",
    )
    axes.set_title(f"Reliability: {of_what}", fontsize=10)
    axes.legend(loc="upper left", frameon=False, fontsize=8)
    return chart


def lift_chart(bands: pd.DataFrame, of_what: str) -> Chart:
    """How many times the overall share of successes each band of readiness has.

    Parameters
    ----------
    bands : DataFrame
        `band`, `lift`, `lift_low`, `lift_high`; one row a band.
    of_what : str
    """
    chart, axes = _drawn(3.6)
    axes.axhline(1, color=PALE, linestyle="--", linewidth=1)
    _with_intervals(axes, bands["band"], bands[["lift", "lift_low", "lift_high"]])
    axes.set(
        xticks=bands["band"].tolist(),
        xlabel="band of readiness, the lowest first",
        ylabel="success rate / overall, 95 % interval",
    )
    axes.set_title(f"Lift by band: {of_what}", fontsize=10)
    return chart


def interval_chart(rows: pd.DataFrame, *, line: float, label: str, title: str) -> Chart:
    """One line a group: a value with its interval, beside a line that it is held against.

    Parameters
    ----------
    rows : DataFrame
        `name`, `value`, `low`, `high`; an interval without an end goes to the edge of the chart.
    line : float
        What the values are held against, such as 0.8 of a ratio or 0 of a gap.
    label, title : str
        Of the axis and of the chart.
    """
    chart, axes = _drawn(0.9 + 0.42 * max(len(rows), 1))
    axes.axvline(line, color=PALE, linestyle="--", linewidth=1)
    finite = rows[["value", "low", "high"]].replace([float("inf"), -float("inf")], float("nan"))
    lowest = min(float(finite.min().min()), line) - 0.05
    highest = max(float(finite.max().max()), line) + 0.05
    upwards = rows[["value", "low", "high"]].iloc[::-1].itertuples(index=False)
    for place, (value, low, high) in enumerate(upwards):
        ends = max(low, lowest), min(high, highest)
        axes.plot(ends, [place, place], color=INK, linewidth=1.5)
        axes.plot([value], [place], color=INK, marker="o", markersize=5)
    axes.set(xlim=(lowest, highest), xlabel=label, ylim=(-0.6, len(rows) - 0.4))
    axes.set_title(title, fontsize=10)
    axes.set_yticks(range(len(rows)), rows["name"].iloc[::-1].tolist())
    return chart


def written(chart: Chart) -> bytes:
    """A chart as PNG, the same bytes for the same numbers."""
    kept = io.BytesIO()
    FigureCanvasAgg(chart)
    chart.savefig(kept, format="png", dpi=DPI, metadata={"Software": None})
    return kept.getvalue()


def _drawn(height: float) -> tuple[Chart, Axes]:
    chart = Chart(figsize=(WIDTH, height), layout="constrained")
    axes = chart.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return chart, axes


def _with_intervals(
    axes: Axes, at: pd.Series, rows: pd.DataFrame, label: str | None = None
) -> None:
    value, low, high = (rows[name].to_numpy() for name in rows)
    axes.vlines(at, low, high, color=INK, linewidth=1.5)
    axes.plot(at, value, color=INK, marker="o", markersize=5, linestyle="none", label=label)
