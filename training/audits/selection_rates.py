"""The audit of selection rates: who stands first, whom panels chose, how far estimates are off.

The rule that must not break: the same rows of a backtest give the same figures; what the record
does not say is counted as not recorded, and an attribute of which nothing can be compared says so.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pandas as pd

from features.errors import AuditError
from features.storage import current_snapshot
from features.tables.record import Record
from training.audits.calibration_by_group import GroupCalibration, calibration_by_group
from training.audits.disparity import SHOWN, Disparity, GroupRate, disparity, require_pools
from training.audits.groups import ATTRIBUTES, BANDS, groups
from training.backtest_rows import BacktestRows, latest
from training.figures import Figure, figure

#: The orders that are compared and how many stand first in each: a panel chooses one.
ORDERS: Final = {"readiness": SHOWN, "panel": 1}


@dataclass(frozen=True)
class Rates:
    """How the groups fare in one order.

    Parameters
    ----------
    order : str
        One of `ORDERS`.
    shown : int
        How many stand among the first.
    n_vacancies : int
        Vacancies that are counted.
    n_people : int
        Different people among the first of any of them.
    found : Disparity or None
        None where fewer than two groups can be compared.
    """

    order: str
    shown: int
    n_vacancies: int
    n_people: int
    found: Disparity | None

    @property
    def verdict(self) -> str:
        """*below 0.8*, *cannot tell* or *at or above 0.8*, of the group that fares worst."""
        return "cannot tell" if self.found is None else self.found.impact_ratio.verdict


@dataclass(frozen=True)
class AttributeAudit:
    """What was found by one attribute.

    Parameters
    ----------
    attribute : str
    pool : mapping of str to int
        Candidates of each group.
    n_not_recorded : int
        Candidates of whom the record does not hold the attribute.
    rates : tuple of Rates
        In the order of `ORDERS`.
    calibration : tuple of GroupCalibration
    n_decisions_not_recorded : int
    """

    attribute: str
    pool: dict[str, int]
    n_not_recorded: int
    rates: tuple[Rates, ...]
    calibration: tuple[GroupCalibration, ...]
    n_decisions_not_recorded: int

    @property
    def is_recorded(self) -> bool:
        """Whether anybody in the pools has the attribute on record."""
        return bool(self.pool)

    def figures(self) -> Iterator[Figure]:
        """All numbers, named ``audit.ATTRIBUTE.…``."""
        at = f"audit.{self.attribute}"
        yield figure(f"{at}.pool.not_recorded", self.n_not_recorded, unit="candidates")
        total = sum(self.pool.values())
        for name, n in self.pool.items():
            yield figure(f"{at}.pool.{slug(name)}.n", n, unit="candidates")
            yield figure(f"{at}.pool.{slug(name)}.share", n / total)
        for rates in self.rates:
            yield from _rate_figures(at, rates)
        yield figure(
            f"{at}.calibration.not_recorded", self.n_decisions_not_recorded, unit="decisions"
        )
        for one in self.calibration:
            of = f"{at}.calibration.{slug(one.group)}"
            yield figure(f"{of}.n", one.n, unit="decisions")
            yield figure(f"{of}.n_failures", one.n_failures, unit="decisions")
            yield figure(f"{of}.mean_probability", one.mean_probability)
            yield figure(f"{of}.success_rate", one.success_rate)
            yield figure(f"{of}.gap", one.gap, (one.low, one.high))


@dataclass(frozen=True)
class SelectionAudit:
    """The audit of one backtest.

    Parameters
    ----------
    rows : BacktestRows
    attributes : tuple of AttributeAudit
    """

    rows: BacktestRows
    attributes: tuple[AttributeAudit, ...]

    @property
    def figures(self) -> list[Figure]:
        """All numbers of the audit."""
        vacancies = figure("audit.n_vacancies", self.rows.made_of.n_vacancies, unit="vacancies")
        return [vacancies, *(row for one in self.attributes for row in one.figures())]


def latest_audit(home: Path) -> SelectionAudit:
    """The audit of the latest backtest of the snapshot in force.

    Raises
    ------
    SnapshotError
        If there is no snapshot.
    AuditError
        If there is no backtest of it, or its rows were changed.
    """
    snapshot = current_snapshot(home)
    return selection_audit(latest(home, snapshot.digest), snapshot.record())


def selection_audit(rows: BacktestRows, record: Record) -> SelectionAudit:
    """Hold the rows of a backtest against the groups of their people.

    Parameters
    ----------
    rows : BacktestRows
    record : Record
        The record that it was made of.
    """
    of_candidates = groups(record, rows.candidates)
    of_decisions = groups(record, rows.decisions.rename(columns={"day": "on"}))
    found = [
        _audited(
            name,
            rows.candidates.assign(group=of_candidates[name]),
            rows.decisions.assign(group=of_decisions[name]),
        )
        for name in ATTRIBUTES
    ]
    return SelectionAudit(rows, tuple(found))


def slug(group: str) -> str:
    """A group as part of the name of a figure.

    >>> slug("55 and over")
    '55_and_over'
    """
    return re.sub(r"\W+", "_", group.lower()).strip("_")


def _audited(attribute: str, candidates: pd.DataFrame, decisions: pd.DataFrame) -> AttributeAudit:
    counts = candidates["group"].value_counts()
    calibrated = calibration_by_group(decisions) if len(decisions) else []
    return AttributeAudit(
        attribute=attribute,
        pool={str(name): int(counts[name]) for name in sorted(counts.index, key=_place)},
        n_not_recorded=int(candidates["group"].isna().sum()),
        rates=tuple(_rates(order, candidates) for order in ORDERS),
        calibration=tuple(sorted(calibrated, key=lambda one: _place(one.group))),
        n_decisions_not_recorded=int(decisions["group"].isna().sum()),
    )


def _place(group: str) -> tuple[int, str]:
    """Bands from the youngest on, other groups by name."""
    return (BANDS.index(group) if group in BANDS else -1, group)


def _rates(order: str, candidates: pd.DataFrame) -> Rates:
    """Rates in one order; a vacancy of whose pool the panel chose nobody has no panel's order."""
    rows = candidates.rename(columns={"vacancy_id": "vacancy"})
    require_pools(rows)
    if order == "panel":
        chosen = rows.groupby("vacancy")["is_appointed"].transform("any")
        rows = rows[chosen].assign(score=rows["is_appointed"].astype(float))
        rows = rows.assign(place=2 - rows["is_appointed"].astype(int))
    first = rows.loc[rows["place"] <= ORDERS[order], "person_id"]
    try:
        found = disparity(rows, shown=ORDERS[order])
    except AuditError:
        # Fewer than two groups, or nobody among the first: counted, and not judged.
        found = None
    n_vacancies, n_people = int(rows["vacancy"].nunique()), int(first.nunique())
    return Rates(order, ORDERS[order], n_vacancies, n_people, found)


def _rate_figures(at: str, rates: Rates) -> Iterator[Figure]:
    of = f"{at}.{rates.order}"
    yield figure(f"{of}.n_vacancies", rates.n_vacancies, unit="vacancies")
    yield figure(f"{of}.n_people_among_first{rates.shown}", rates.n_people, unit="people")
    if rates.found is None:
        yield figure(f"{of}.impact_ratio{rates.shown}", None)
        return
    worst = rates.found.impact_ratio
    yield _ratio(f"{of}.impact_ratio{rates.shown}", worst)
    for one in sorted(rates.found.groups, key=lambda one: one.group):
        yield figure(f"{of}.{slug(one.group)}.rate{rates.shown}", one.rate)
        yield _ratio(f"{of}.{slug(one.group)}.ratio{rates.shown}", one)
    for name, n in rates.found.left_out.items():
        yield figure(f"{of}.{slug(name)}.left_out", n, unit="candidates")


def _ratio(name: str, one: GroupRate) -> Figure:
    """A ratio with its interval; an end that is nowhere is left out."""
    row = figure(name, one.ratio, (one.low, one.high))
    return row if math.isfinite(one.high) else replace(row, high=None)
