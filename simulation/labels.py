"""Labels: how far the rules that call an appointment a success agree with what it really was.

The rule that must not break: the truth is the latent one; a rule sees only what a file shows.

Rules:

- `default`: in post at 24 months or promoted after nine, no adverse exit, and the unit's result not
  below expectation.
- `in_post`: in post at 24 months or promoted after nine, whatever else; what a mapping can say of
  almost any agency.
- `rating_mean`: `default`, and rated at least as the mean of the unit and year. Nearly everybody is
  "Baik" and so a little below a mean that a few "Sangat Baik" raise: the rule fails most people.
- `rating_floor`: `default`, and rated "Baik" or better.

Where nobody was rated, and where a unit has no result, that part of a rule is not asked.
"""

from typing import TYPE_CHECKING, Final

import numpy as np

from simulation import chance
from simulation.rows import RESAMPLES, Row, middle_95, row

if TYPE_CHECKING:
    import pandas as pd

RULES: Final = ("default", "in_post", "rating_mean", "rating_floor")
#: Predicates are counted from 1, the best.
BAIK: Final = 2
_NORMAL_95: Final = 1.959963984540054


def labels_of(frame: "pd.DataFrame") -> dict[str, np.ndarray]:
    """What each rule calls appointments.

    Parameters
    ----------
    frame : DataFrame
        One row an appointment, with `in_post_24`, `promoted_after_9`, `adverse_exit`, `unit_below`,
        `rating_z` and `rating_predicate`; missing (NaN) is not known.

    Returns
    -------
    dict of bool arrays, shape (n,)
        By `RULES`.

    Examples
    --------
    Somebody who is still there, did nothing wrong, and was rated "Baik" a little below the mean:

    >>> import pandas as pd
    >>> one = pd.DataFrame({"in_post_24": [1], "promoted_after_9": [0], "adverse_exit": [0],
    ...                     "unit_below": [0], "rating_z": [-0.3], "rating_predicate": [2]})
    >>> {rule: bool(label[0]) for rule, label in labels_of(one).items()}
    {'default': True, 'in_post': True, 'rating_mean': False, 'rating_floor': True}
    """
    in_post = _is_true(frame, "in_post_24") | _is_true(frame, "promoted_after_9")
    default = in_post & ~_is_true(frame, "adverse_exit") & ~_is_true(frame, "unit_below")
    below_mean = _numbers(frame, "rating_z") < 0
    below_baik = _numbers(frame, "rating_predicate") > BAIK
    return {
        "default": default,
        "in_post": in_post,
        "rating_mean": default & ~below_mean,
        "rating_floor": default & ~below_baik,
    }


def label_report(frame: "pd.DataFrame", seed: int = 0) -> list[Row]:
    """How far each rule agrees with the truth, overall and for women and men.

    Parameters
    ----------
    frame : DataFrame
        As in `labels_of`, with `is_success` (latent truth), `woman` and `is_censored`. Rows that
        are censored have no label by any rule and are left out.
    seed : int
        Of the resamples that the intervals of kappa come from.

    Returns
    -------
    list of rows
        Of each rule `labels.{rule}.agreement` (share whose label is the truth), `failure_share`
        (share called a failure), `kappa` (Cohen's, 0 for agreement by chance alone),
        `baik_failed` (share called a failure of those rated "Baik"), `agreement.women` and
        `agreement.men`; then `labels.failure_share`, the truth's own, and `labels.censored`. Shares
        have Wilson intervals, kappa one by resampling appointments; a share of nobody is None.
    """
    censored = _is_true(frame, "is_censored")
    kept = frame[~censored]
    truth = _is_true(kept, "is_success")
    woman = _is_true(kept, "woman")
    baik = _numbers(kept, "rating_predicate") == BAIK
    rows: list[Row] = []
    for rule, label in labels_of(kept).items():
        right = label == truth
        rows += [
            share_row(f"labels.{rule}.agreement", right),
            share_row(f"labels.{rule}.failure_share", ~label),
            _kappa_row(f"labels.{rule}.kappa", label, truth, seed),
            share_row(f"labels.{rule}.baik_failed", ~label[baik]),
            share_row(f"labels.{rule}.agreement.women", right[woman]),
            share_row(f"labels.{rule}.agreement.men", right[~woman]),
        ]
    rows.append(share_row("labels.failure_share", ~truth))
    rows.append(share_row("labels.censored", censored))
    if "unit_known" in frame:
        rows.append(share_row("labels.unit_result_known", _is_true(kept, "unit_known")))
    return rows


def share_row(name: str, holds: np.ndarray) -> Row:
    """A share with its Wilson interval, which stays inside 0 and 1 and is no point at either.

    Examples
    --------
    >>> found = share_row("agreement", np.array([True, True, True, True]))
    >>> found["value"], round(found["low"], 3), found["high"]
    (1.0, 0.51, 1.0)
    """
    n = len(holds)
    if n == 0:
        return row(name, float("nan"), unit="share")
    share, z = float(holds.mean()), _NORMAL_95
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    width = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    # Rounding may put an end a hair inside a share of 0 or 1.
    interval = min(share, max(0.0, middle - width)), max(share, min(1.0, middle + width))
    return row(name, share, interval, unit="share")


def kappa(cells: np.ndarray) -> np.ndarray:
    """Cohen's kappa of two-by-two tables.

    Parameters
    ----------
    cells : float64, shape (..., 4)
        Label and truth: neither, truth alone, label alone, both.

    Returns
    -------
    float64, shape (...)
        NaN where label and truth are each one thing only.

    Examples
    --------
    Agreement 0.8 where 0.5 would agree by chance:

    >>> kappa(np.array([40.0, 10.0, 10.0, 40.0])).round(6).tolist()
    0.6
    """
    share = cells / np.maximum(cells.sum(axis=-1, keepdims=True), 1)
    label, truth = share[..., 2] + share[..., 3], share[..., 1] + share[..., 3]
    agreed = share[..., 0] + share[..., 3]
    by_chance = label * truth + (1 - label) * (1 - truth)
    varies = by_chance < 1
    return np.where(varies, (agreed - by_chance) / np.where(varies, 1 - by_chance, 1.0), np.nan)


def _kappa_row(name: str, label: np.ndarray, truth: np.ndarray, seed: int) -> Row:
    cells = np.bincount(2 * label + truth, minlength=4).astype(np.float64)
    value = float(kappa(cells))
    if np.isnan(value):
        return row(name, value, unit="kappa")
    # Drawing appointments again is drawing the four cells again.
    rng = chance.stream(seed, "kappa")
    drawn = kappa(rng.multinomial(len(label), cells / cells.sum(), size=RESAMPLES).astype(float))
    return row(name, value, middle_95(drawn[~np.isnan(drawn)]), unit="kappa")


def _numbers(frame: "pd.DataFrame", name: str) -> np.ndarray:
    return frame[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _is_true(frame: "pd.DataFrame", name: str) -> np.ndarray:
    return _numbers(frame, name) == 1
