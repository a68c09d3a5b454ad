"""The rules of labels against the truth, on frames that can be checked by eye."""

import numpy as np
import pandas as pd
import pytest

from simulation.labels import kappa, label_report, labels_of

COLUMNS = (
    "is_success", "in_post_24", "promoted_after_9", "adverse_exit", "unit_below", "rating_z",
    "rating_predicate", "woman", "minority_origin", "class", "is_censored",
)  # fmt: skip
NO = float("nan")


@pytest.fixture
def frame() -> pd.DataFrame:
    """Eight appointments that have a label, and two that have none yet."""
    return pd.DataFrame(
        [
            # there promoted adverse below z predicate
            (1, 1, 0, 0, 0, 1.2, 1, 1, 0, "administrator", 0),  # rightly a success by every rule
            (1, 1, 0, 0, 0, -0.3, 2, 1, 0, "administrator", 0),  # "Baik", so below the mean
            (1, 1, 0, 0, 0, -0.3, 2, 0, 0, "administrator", 0),  # the same of a man
            (1, 0, 1, 0, 0, NO, NO, 0, 1, "administrator", 0),  # promoted away, never rated
            (0, 0, 0, 1, 0, -0.3, 2, 0, 0, "jpt_pratama", 0),  # removed
            (0, 1, 0, 0, 1, -0.3, 2, 0, 0, "jpt_pratama", 0),  # sits in a unit that does badly
            (0, 1, 0, 0, 0, -4.0, 4, 1, 0, "jpt_pratama", 0),  # rated "Kurang"
            (0, 1, 0, 0, NO, 0.2, 2, 0, 0, "jpt_pratama", 0),  # nobody noticed
            (1, 0, 0, 0, 0, 1.0, 1, 1, 0, "jpt_pratama", 1),
            (0, 0, 0, 0, 0, 1.0, 1, 0, 0, "jpt_pratama", 1),
        ],
        columns=list(COLUMNS),
    )


def values(frame: pd.DataFrame) -> dict[str, float]:
    return {row["name"]: row["value"] for row in label_report(frame)}


def test_each_rule_calls_each_appointment_as_it_says(frame):
    found = labels_of(frame[frame["is_censored"] == 0])
    assert {rule: "".join("01"[int(one)] for one in label) for rule, label in found.items()} == {
        "default": "11110011",
        "in_post": "11110111",
        "rating_mean": "10010001",
        "rating_floor": "11110001",
    }


def test_agreement_and_failures_by_hand(frame):
    found = values(frame)
    assert found["labels.default.agreement"] == 6 / 8
    assert found["labels.in_post.agreement"] == 5 / 8
    assert found["labels.rating_mean.agreement"] == 5 / 8
    assert found["labels.rating_floor.agreement"] == 7 / 8
    assert found["labels.default.failure_share"] == 2 / 8
    assert found["labels.rating_mean.failure_share"] == 5 / 8
    assert found["labels.failure_share"] == 4 / 8
    assert found["labels.censored"] == 2 / 10
    # Two of the three women, four of the five men.
    assert found["labels.default.agreement.women"] == pytest.approx(2 / 3)
    assert found["labels.default.agreement.men"] == 4 / 5
    # Truth and label each half and three quarters: half agrees by chance, half of the rest is left.
    assert found["labels.default.kappa"] == pytest.approx((6 / 8 - 1 / 2) / (1 - 1 / 2))
    # Of five "Baik" one was removed and one sits in a bad unit; the mean fails two more.
    assert found["labels.default.baik_failed"] == 2 / 5
    assert found["labels.rating_mean.baik_failed"] == 4 / 5
    assert found["labels.rating_floor.baik_failed"] == 2 / 5


def test_intervals_hold_their_values(frame):
    for row in label_report(pd.concat([frame] * 20)):
        assert row["low"] <= row["value"] <= row["high"], row
        assert row["high"] - row["low"] < 0.35
    assert label_report(frame, seed=1) == label_report(frame, seed=1)


def test_what_cannot_be_said_is_none(frame):
    men = values(frame[frame["woman"] == 0])
    assert men["labels.default.agreement.women"] is None
    everybody = frame[(frame["is_censored"] == 0) & (frame["is_success"] == 1)]
    assert values(everybody.assign(rating_z=1.0))["labels.rating_mean.kappa"] is None


def test_columns_of_any_kind_are_read(frame):
    """As exports are read: whole numbers with gaps, and truth values."""
    typed = frame.astype({"unit_below": "Int64", "rating_predicate": "Int64", "woman": bool})
    assert values(typed) == values(frame)


def test_rating_thresholds_at_the_atom_of_baik():
    """88 % are "Baik": a threshold at the mean fails them, one below the atom does not."""
    n = 1000
    predicate = np.repeat([1, 2, 3], [112, 885, 3])
    score = np.where(predicate == 1, 3.0, np.where(predicate == 2, 2.0, 1.0))
    frame = pd.DataFrame(
        {
            "is_success": np.ones(n),
            "in_post_24": np.ones(n),
            "promoted_after_9": np.zeros(n),
            "adverse_exit": np.zeros(n),
            "unit_below": np.zeros(n),
            "rating_z": (score - score.mean()) / score.std(),
            "rating_predicate": predicate,
            "woman": np.arange(n) % 2,
            "is_censored": np.zeros(n),
        }
    )
    found = values(frame)
    assert found["labels.rating_mean.failure_share"] == 0.888
    assert found["labels.rating_mean.baik_failed"] == 1.0
    assert found["labels.rating_floor.failure_share"] == 0.003


def test_kappa_is_nought_by_chance_and_one_in_full():
    assert kappa(np.array([10.0, 10.0, 10.0, 10.0])) == 0
    assert kappa(np.array([10.0, 0.0, 0.0, 30.0])) == 1
    assert kappa(np.array([0.0, 10.0, 10.0, 0.0])) == -1
    assert np.isnan(kappa(np.array([0.0, 0.0, 0.0, 5.0])))
