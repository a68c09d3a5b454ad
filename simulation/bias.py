"""Bias: five regressions on the truth, one for each bias knob, that find it at its set size.

The rule that must not break: each regression is the equation that its knob is turned in, with the
truth as controls, so that it finds that knob alone: nothing is left for it to mistake for bias.

No audit of a real agency can do this: it has no truth to hold constant. What an audit finds is
compared with what is found here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import binom, norm
from scipy.stats import t as student

from simulation.knobs import Knobs
from simulation.measurement import LED
from simulation.panels import FINAL_NOISE
from simulation.regression import (
    Found,
    about_mean,
    conditional_logit,
    least_squares,
    logistic,
    poisson,
)
from simulation.rows import Row, row
from simulation.sampler import Sample, sample

BIASES: Final = (
    "panel_bias",
    "rating_bias",
    "coverage_bias",
    "unequal_opportunity",
    "hidden_panel_bias",
)
#: Statements that a turned knob is found at its size: one for each.
TURNED_FOUND: Final = 5
#: Statements that nothing is found: five without bias, four beside each knob that is turned.
NOTHING_FOUND: Final = 25
_NORMAL_95: Final = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Estimate:
    """One bias as it is found: what is taken off women, on the knob's own scale.

    Attributes
    ----------
    knob : str
    value, error : float
        For women, and its standard error.
    size : float
        What the knob is set to.
    origin_value, origin_error, origin_size : float
        The same for people of minority origin.
    """

    knob: str
    value: float
    error: float
    size: float
    origin_value: float
    origin_error: float
    origin_size: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval for women."""
        return self.value - _NORMAL_95 * self.error, self.value + _NORMAL_95 * self.error

    @property
    def covers(self) -> bool:
        """Whether the interval holds the set size."""
        low, high = self.interval
        return low <= self.size <= high


def estimates(drawn: Sample, knobs: Knobs) -> list[Estimate]:
    """All five biases as they are found in one sample.

    Parameters
    ----------
    drawn : Sample
    knobs : Knobs
        What it was drawn with.

    Returns
    -------
    list of Estimate
        In the order of `BIASES`.
    """
    past = drawn.records
    groups = np.column_stack([drawn.woman, drawn.minority_origin]).astype(np.float64)
    past_groups = np.column_stack([past["woman"], past["minority_origin"]]).astype(np.float64)
    met = drawn.is_interviewed
    found = (
        open_panel_bias(drawn.mean_score[met], drawn.heard[met], groups[met], drawn.vacancy[met]),
        rating_bias(
            past["results_before_rounding"], past["performance"], past["leniency"], past_groups
        ),
        coverage_bias(past["is_assessed"], past["unit_quality"], past["post_class"], past_groups),
        unequal_opportunity(past["courses"], past["performance"], past_groups),
        hidden_panel_bias(
            drawn.is_appointed[met],
            drawn.documents[met],
            drawn.mean_score[met],
            drawn.same_school[met],
            groups[met],
            drawn.vacancy[met],
        ),
    )
    return [
        Estimate(
            knob=knob,
            value=float(value[0]),
            error=float(error[0]),
            size=float(getattr(knobs, knob)),
            origin_value=float(value[1]),
            origin_error=float(error[1]),
            origin_size=float(getattr(knobs, knob)) * knobs.origin_bias,
        )
        for knob, (value, error) in zip(BIASES, found, strict=True)
    ]


def check(
    seeds: int = 50,
    vacancies: int = 500,
    size: float = 0.4,
    *,
    pool: int = 12,
    stock: int = 5000,
    knobs: Knobs | None = None,
) -> list[Row]:
    """Whether each bias is found at its set size, alone, and none where there is none.

    Six settings (no bias, then each knob alone at `size`), each over `seeds` samples of its own.

    Parameters
    ----------
    seeds : int
        Samples of each setting.
    vacancies, pool, stock : int
        Of each sample, see `sampler.sample`.
    knobs : Knobs, optional
        Whatever else is turned; the default has no bias.

    Returns
    -------
    list of rows
        `bias.{setting}.{knob}`: mean estimate, and an interval around it that has to hold the set
        size for the knob that is turned, and 0 for the others. The intervals are as wide as makes
        all five statements of the first kind, and all 25 of the second, false together once in 20
        checks (Bonferroni, Student's t).
        `bias.{knob}.coverage`: share of 95 % intervals that hold the set size, 0.88 at least.
        `bias.none.{knob}.rejected`: share of 95 % intervals without 0 though there is no bias, in
        the binomial band of 5 % (99 %, as there are five).
    """
    base = knobs or Knobs()
    rows: list[Row] = []
    for place, setting in enumerate(("none", *BIASES)):
        turned = base if setting == "none" else base.changed(**{setting: size})
        drawn = (
            sample(turned, 10_000 * place + seed, vacancies, pool, stock) for seed in range(seeds)
        )
        rows += setting_rows(setting, [estimates(one, turned) for one in drawn])
    return rows


def setting_rows(setting: str, found: Sequence[Sequence[Estimate]]) -> list[Row]:
    """Rows of one setting: what `check` says of it.

    Parameters
    ----------
    setting : str
        "none", or the knob that is turned.
    found : sequence over seeds of what `estimates` gives
    """
    rows: list[Row] = []
    nothing = float(student.ppf(1 - 0.025 / NOTHING_FOUND, len(found) - 1))
    turned = float(student.ppf(1 - 0.025 / TURNED_FOUND, len(found) - 1))
    for of_knob in zip(*found, strict=True):
        knob, size = of_knob[0].knob, of_knob[0].size
        values = np.array([one.value for one in of_knob])
        covered = float(np.mean([one.covers for one in of_knob]))
        mean = float(values.mean())
        away = float(values.std(ddof=1) / np.sqrt(len(values)))
        away *= turned if knob == setting else nothing
        interval = mean - away, mean + away
        name = f"bias.{setting}.{knob}"
        rows.append(row(name, mean, interval, unit="knob", bound=f"holds {size:g}"))
        if knob == setting:
            rows.append(row(f"bias.{knob}.coverage", covered, unit="share", bound=">= 0.88"))
        if setting == "none":
            low, high = binom.interval(0.99, len(values), 0.05) / np.array(len(values))
            band = f"{low:g} to {high:g}"
            rows.append(row(f"{name}.rejected", 1 - covered, unit="share", bound=band))
    return rows


def open_panel_bias(
    mean_score: np.ndarray, heard: np.ndarray, groups: np.ndarray, vacancy: np.ndarray
) -> Found:
    """What panels take off in the open: mean scores, given what was heard and the panel.

    Least squares with a constant for each vacancy, which takes up the leniency of its assessors;
    errors clustered by vacancy.

    Parameters
    ----------
    mean_score, heard : float64, shape (m,)
        Of those interviewed, see `panels.Panel`.
    groups : float64, shape (m, g)
        Membership, 1 or 0.
    vacancy : int, shape (m,)

    Returns
    -------
    value, error : float64, shape (g,)
        In points of the score, positive if taken off.

    Examples
    --------
    Two panels, the second kinder by 1; the woman of each is scored half a point below what was
    heard of her:

    >>> heard, woman = np.array([0.0, 1.0, 2.0, 0.0, 1.0, 5.0]), np.array([0.0, 1, 0, 1, 0, 0])
    >>> score = heard - 0.5 * woman + np.array([0, 0, 0, 1, 1, 1])
    >>> value, error = open_panel_bias(score, heard, woman[:, None], np.array([0, 0, 0, 1, 1, 1]))
    >>> value.round(6).tolist()
    [0.5]
    """
    design = about_mean(np.column_stack([heard, groups]), vacancy)
    coefficients, errors = least_squares(design, about_mean(mean_score, vacancy), vacancy)
    return -coefficients[1:], errors[1:]


def rating_bias(
    before_rounding: np.ndarray, performance: np.ndarray, leniency: np.ndarray, groups: np.ndarray
) -> Found:
    """What appraisers take off: ratings before they are rounded, given performance and leniency.

    Least squares, one row a person and year. After rounding nearly all are "Baik", and neither the
    size nor the equation of the bias is left.

    Parameters
    ----------
    before_rounding, performance, leniency : float64, shape (n,)
    groups : float64, shape (n, g)

    Returns
    -------
    value, error : float64, shape (g,)
        In standard deviations of a rating.

    Examples
    --------
    >>> did, kind, woman = np.array([0., 1, 2, 0, 1]), np.array([0., 1, 0, 2, 0]), np.eye(5)[1]
    >>> value, _ = rating_bias(0.6 * did + 0.5 * kind - 0.3 * woman, did, kind, woman[:, None])
    >>> value.round(6).tolist()
    [0.3]
    """
    n = len(performance)
    design = np.column_stack([np.ones(n), performance, leniency, groups])
    coefficients, errors = least_squares(design, before_rounding, np.arange(n))
    return -coefficients[3:], errors[3:]


def coverage_bias(
    is_assessed: np.ndarray, unit_quality: np.ndarray, post_class: np.ndarray, groups: np.ndarray
) -> Found:
    """What is taken off the chance of being assessed, given the unit and the class.

    Logistic regression with all that the odds are made of, so that the odds of groups are compared
    where they are alike (odds ratios do not average over what is left out).

    Parameters
    ----------
    is_assessed : bool, shape (n,)
    unit_quality : float64, shape (n,)
    post_class : int, shape (n,)
    groups : float64, shape (n, g)

    Returns
    -------
    value, error : float64, shape (g,)
        In log odds.
    """
    led = np.isin(post_class, LED).astype(np.float64)
    design = np.column_stack([np.ones(len(led)), led, unit_quality, groups])
    coefficients, errors = logistic(design, is_assessed.astype(np.float64))
    return -coefficients[3:], errors[3:]


def unequal_opportunity(courses: np.ndarray, performance: np.ndarray, groups: np.ndarray) -> Found:
    """What is taken off the rate of training, given present performance.

    Poisson regression; performance beyond three standard deviations counts as three, as it does in
    `measurement`.

    Parameters
    ----------
    courses : int, shape (n,)
        Of the year that `performance` belongs to.
    performance : float64, shape (n,)
    groups : float64, shape (n, g)

    Returns
    -------
    value, error : float64, shape (g,)
        In log rate.

    Examples
    --------
    Four courses a man and two a woman:

    >>> man = np.array([1.0, 1.0, 0.0, 0.0])
    >>> counts, did = np.array([4, 4, 2, 2]), np.array([1.0, -1.0, 1.0, -1.0])
    >>> value, _ = unequal_opportunity(counts, did, 1 - man[:, None])
    >>> float(np.exp(value[0]).round(6))
    2.0
    """
    design = np.column_stack([np.ones(len(performance)), np.clip(performance, -3, 3), groups])
    coefficients, errors = poisson(design, courses.astype(np.float64))
    return -coefficients[2:], errors[2:]


def hidden_panel_bias(
    is_chosen: np.ndarray,
    documents: np.ndarray,
    mean_score: np.ndarray,
    same_school: np.ndarray,
    groups: np.ndarray,
    vacancy: np.ndarray,
) -> Found:
    """What is taken off after the interviews: who is chosen, given what the standing is made of.

    Conditional logit among those interviewed, with the bias reduction of Firth (1993), since a
    choice says little and there are few vacancies. The noise of the choice is Gumbel of scale
    `FINAL_NOISE`, so that the coefficients are those of the standing over that scale; they are
    given on the standing's own.

    Parameters
    ----------
    is_chosen : bool, shape (m,)
        One a vacancy.
    documents, mean_score, same_school : shape (m,)
        See `panels.Panel`.
    groups : float64, shape (m, g)
    vacancy : int, shape (m,)

    Returns
    -------
    value, error : float64, shape (g,)
        In points of the standing.
    """
    design = np.column_stack([documents, mean_score, same_school, groups])
    coefficients, errors = conditional_logit(design, is_chosen, vacancy)
    return -FINAL_NOISE * coefficients[3:], FINAL_NOISE * errors[3:]
