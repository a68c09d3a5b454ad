"""Calibration by group: whether estimates mean the same for everybody.

The rule that must not break: only appointments with a known outcome are counted, which panels
chose; what is said is said of them, and a gap that chance could have made is not called one.
"""

from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from features.errors import AuditError
from training.evaluate import mean_with_interval

Verdict = Literal["estimates too low", "cannot tell", "estimates too high"]

#: With fewer failures, or successes, drawing the same ones again does not tell how many there might
#: have been.
FEWEST_OF_EACH: Final = 10

#: Events below this tell nothing of how much events differ (Cameron and Miller 2015).
FEWEST_DAYS = 10


@dataclass(frozen=True)
class GroupCalibration:
    """Estimates and outcomes of a group.

    Attributes
    ----------
    group : str
    n, n_failures : int
        Appointments with a known outcome.
    n_days : int
        Days of decision; of fewer than ten nothing is told, since those of a day are one event.
    mean_probability, success_rate : float
    gap : float
        The mean estimate less the share of successes.
    low, high : float
        95 % percentile interval of the gap, whole days of decision drawn.
    """

    group: str
    n: int
    n_failures: int
    n_days: int
    mean_probability: float
    success_rate: float
    gap: float
    low: float
    high: float

    @property
    def verdict(self) -> Verdict:
        """On which side of the outcomes the estimates lie, if that can be told."""
        if min(self.n_failures, self.n - self.n_failures) < FEWEST_OF_EACH:
            return "cannot tell"
        if self.n_days < FEWEST_DAYS:
            return "cannot tell"
        if self.low > 0:
            return "estimates too high"
        return "estimates too low" if self.high < 0 else "cannot tell"


def calibration_by_group(rows: pd.DataFrame) -> list[GroupCalibration]:
    """Estimates against outcomes, group by group.

    Parameters
    ----------
    rows : DataFrame, one row an appointment
        `group`, `probability`, `success` (0 or 1) and `day` of the decision; one without a group is
        in none.

    Returns
    -------
    list of GroupCalibration
        By name of the group.

    Raises
    ------
    AuditError
        If an appointment has no known outcome, or no estimate.

    Examples
    --------
    >>> rows = pd.DataFrame({"group": ["a", "a"], "probability": [0.6, 0.8], "success": [1, 0],
    ...                      "day": ["2020-01-01", "2020-02-01"]})
    >>> (one,) = calibration_by_group(rows)
    >>> round(one.gap, 3), one.verdict
    (0.2, 'cannot tell')
    """
    if rows[["probability", "success"]].isna().any().any():
        raise AuditError(
            "an appointment has no outcome or no estimate",
            where="calibration by group",
            expected="matured labels only, each with its estimate",
        )
    found = []
    for name, part in rows.groupby("group"):
        gap, (low, high) = mean_with_interval(
            (part["probability"] - part["success"]).reset_index(drop=True),
            part["day"].reset_index(drop=True),
        )
        n_failures = int((part["success"] == 0).sum())
        means = float(part["probability"].mean()), float(part["success"].mean())
        found.append(
            GroupCalibration(
                str(name), len(part), n_failures, part["day"].nunique(), *means, gap, low, high
            )
        )
    return found
