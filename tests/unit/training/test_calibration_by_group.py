import numpy as np
import pandas as pd
import pytest

from features.errors import AuditError
from training.audits.calibration_by_group import GroupCalibration, calibration_by_group


def appointments(n: int, flattered: float, seed: int = 3) -> pd.DataFrame:
    """Appointments of two groups; the estimates of one are off by so much."""
    draw = np.random.default_rng(seed)
    truth = draw.uniform(0.5, 0.8, n)
    rows = pd.DataFrame(
        {
            "group": draw.choice(["man", "woman"], n),
            "success": (draw.random(n) < truth).astype(int),
            "day": draw.integers(0, 60, n).astype(str),
        }
    )
    return rows.assign(probability=truth + flattered * (rows["group"] == "man"))


def test_numbers_are_those_counted_by_hand():
    rows = appointments(500, 0.1)
    for one in calibration_by_group(rows):
        part = rows[rows["group"] == one.group]
        assert (one.n, one.n_failures) == (len(part), (part["success"] == 0).sum())
        assert one.mean_probability == pytest.approx(part["probability"].mean())
        assert one.success_rate == pytest.approx(part["success"].mean())
        assert one.gap == pytest.approx(one.mean_probability - one.success_rate)
        assert one.low < one.gap < one.high


@pytest.mark.parametrize(
    ("flattered", "verdict"),
    [(0.15, "estimates too high"), (-0.2, "estimates too low"), (0.0, "cannot tell")],
)
def test_a_group_that_is_flattered_is_told_and_the_other_is_not(flattered: float, verdict: str):
    man, woman = calibration_by_group(appointments(2000, flattered))
    assert (man.group, man.verdict) == ("man", verdict)
    assert (woman.group, woman.verdict) == ("woman", "cannot tell")


def test_days_are_drawn_whole():
    rows = appointments(300, 0.0)
    alone = rows.assign(day=[str(n) for n in range(300)])
    of_days = calibration_by_group(pd.concat([alone] * 4, ignore_index=True))
    apart = calibration_by_group(
        pd.concat([alone.assign(day=f"{k}-" + alone["day"]) for k in range(4)], ignore_index=True)
    )
    for one, other in zip(of_days, apart, strict=True):
        assert one.high - one.low == pytest.approx(2 * (other.high - other.low), rel=0.15)


def test_a_gap_that_touches_nought_is_not_called_one():
    assert GroupCalibration("a", 90, 30, 20, 0.7, 0.6, 0.1, 0.0, 0.2).verdict == "cannot tell"


@pytest.mark.parametrize(("days", "says"), [(9, "cannot tell"), (10, "estimates too high")])
def test_of_few_days_nothing_is_told(days: int, says: str):
    assert GroupCalibration("a", 90, 30, days, 0.7, 0.5, 0.2, 0.1, 0.3).verdict == says


def test_who_is_of_no_group_is_in_none():
    rows = appointments(200, 0.0)
    rows.loc[:19, "group"] = None
    assert sum(one.n for one in calibration_by_group(rows)) == 180


@pytest.mark.parametrize("column", ["success", "probability"])
def test_an_appointment_without_outcome_or_estimate_is_refused(column: str):
    rows = appointments(50, 0.0)
    rows.loc[3, column] = np.nan
    with pytest.raises(AuditError, match="no outcome or no estimate"):
        calibration_by_group(rows)


def test_of_a_group_in_which_hardly_anybody_failed_nothing_is_told():
    # Each resample of successes alone lies above the estimate; nine failures may have been missed.
    rows = appointments(60, 0.0).assign(group="man", success=1, probability=0.95)
    (one,) = calibration_by_group(rows)
    assert (one.n_failures, one.verdict) == (0, "cannot tell")
    assert one.high < 0
