"""Competency features: what was measured of a person, how well it is known, and their potential.

Every feature here reads `AsOf`, never a table. A competency that nobody measured is missing: it is
not the average, and it is not nought. One that was measured is an estimate with a spread, because
an old test and a test of another method say less.

Notes
-----
Empirical Bayes for one competency: measurements ``x_j`` with variance ``s_j^2`` and a population of
mean ``mu`` and variance ``tau^2`` give the estimate ``(sum x_j/s_j^2 + mu/tau^2) /
(sum 1/s_j^2 + 1/tau^2)`` and the variance ``1 / (sum 1/s_j^2 + 1/tau^2)`` (Morris 1983). The
variance of a measurement depends on its method and grows with its age.
"""

from typing import Any

import ibis
from ibis import _

from features.asof import DAYS_PER_YEAR, AsOf, days_between, in_years
from features.exact import MICRO, MILLI, mean_of, micro, milli, number_of, ratio, within
from features.moments import FEWEST, moments, with_mean_and_variance

KEYS = ("no", "as_of")
#: The nine of the national dictionary, and digital literacy.
BEHAVIOURAL = (
    "integritas",
    "kerja_sama",
    "komunikasi",
    "orientasi_pada_hasil",
    "pelayanan_publik",
    "pengembangan_diri_dan_orang_lain",
    "mengelola_perubahan",
    "pengambilan_keputusan",
    "perekat_bangsa",
)
GENERAL = (*BEHAVIOURAL, "literasi_digital")
ASPECTS = (
    "intelektual",
    "interpersonal",
    "kesadaran_diri",
    "berpikir_kritis_strategis",
    "menyelesaikan_masalah",
    "kecerdasan_emosional",
    "belajar_cepat",
    "motivasi_komitmen",
)
#: Variance of a fresh measurement, in squared levels, by method.
VARIANCE = {"assessment_centre": 0.25, "cact": 0.36, "self_report": 1.0}
#: What a year of age adds to it.
VARIANCE_A_YEAR = 0.05
#: The lowest and the highest level that can be measured.
SCALE = (0.0, 5.0)
#: Standard scores beyond say no more than this one.
FURTHEST = 5.0


def competency(asof: AsOf) -> ibis.Table:
    """All competency and potential features of the people of the spine.

    Returns
    -------
    ibis.Table, one row a person (`no`) and `as_of` of the spine
        The features that the catalogue lists for this room.
    """
    levels = [f"level_{name}" for name in BEHAVIOURAL]
    scores = [f"potential_{aspect}" for aspect in ASPECTS]
    made_of = {"level_mean": levels, "potential_mean": scores}
    rows = asof.beside(_of_levels(asof), _of_potential(asof), made_of=made_of)
    return rows.mutate(
        level_mean=mean_of([_[name] for name in levels]),
        potential_mean=mean_of([_[name] for name in scores]),
    )


def estimates(asof: AsOf) -> ibis.Table:
    """What each person's level of each competency is held to be.

    Returns
    -------
    ibis.Table, one row a person (`no`), `as_of` and competency (`code`, see `codes`) measured
        `level`, the estimate; `variance` of it; `newest_on`, the day of the last measurement;
        `came_on`, the day on which the newest was recorded; `by_centre`, whether an assessment
        centre measured it, 0 or 1.
    """
    return asof.shared("competency_estimates", lambda: _estimates(asof))


def _estimates(asof: AsOf) -> ibis.Table:
    rows = asof.known_of_people("assessment")
    rows = rows.filter(rows.assessed_on <= rows.as_of).join(codes(asof), "competency")
    rows = rows.mutate(weight=_weight(rows.method, days_between(rows.assessed_on, rows.as_of)))
    seen = rows.group_by(*KEYS, "code").agg(
        weights=_.weight.sum(),
        weighted=(_.weight * milli(rows.level)).sum(),
        newest_on=_.assessed_on.max(),
        came_on=_.recorded_on.max(),
        by_centre=(_.method == "assessment_centre").any().cast("int8"),
    )
    seen = seen.left_join(_population(asof), ["as_of", "code"]).drop("as_of_right", "code_right")
    prior = seen.prior_weight.fill_null(0.0)
    weight = seen.weights / float(MICRO) + prior
    level = seen.weighted / float(MICRO) / float(MILLI) + prior * seen.prior_level.fill_null(0.0)
    return seen.select(
        *KEYS,
        "code",
        "newest_on",
        "came_on",
        "by_centre",
        # A weighted mean lies among its levels, and fractions put it beyond by their last digit.
        level=within(level / weight, *SCALE),
        variance=1.0 / weight,
    )


def codes(asof: AsOf) -> ibis.Table:
    """A number for each competency, by which rows are grouped and joined sooner than by a name.

    Those of `GENERAL` have their place in it, from 0; all others a number beyond, whichever.
    """
    measured = asof.timeless_names("assessment", "competency")
    asked = asof.timeless_names("post_requirement", "competency")
    names = measured.union(asked, distinct=True)
    place = number_of(names.competency, {name: n for n, name in enumerate(GENERAL)})
    other = ibis.row_number().over(order_by="competency") + len(GENERAL)
    return asof.shared(
        "competency_codes",
        lambda: names.mutate(code=ibis.coalesce(place.cast("int64"), other).cast("int32")),
    )


def _weight(method: Any, days: Any) -> Any:
    """How much a measurement counts, in millionths: one over its variance."""
    fresh = number_of(method, VARIANCE)
    # A fraction from the start: DuckDB reckons whole days times a constant in slow decimals.
    return micro(1.0 / (fresh + days.cast("float64") * (VARIANCE_A_YEAR / DAYS_PER_YEAR)))


def _population(asof: AsOf) -> ibis.Table:
    """Mean and precision of each competency over everybody measured, where enough were."""
    rows = asof.learnt("assessment", "assessed_on")
    rows = rows.mutate(amount=milli(rows.level)).join(codes(asof), "competency")
    known = with_mean_and_variance(
        moments(asof, "competency_daily", rows, ("code",)).filter(_.n >= FEWEST)
    )
    # What people differ by is what is left of the spread when that of measuring is taken off.
    noise = VARIANCE["assessment_centre"] * MILLI * MILLI
    least = noise / 4
    between: Any = ibis.greatest(known.variance - noise, least)
    return known.select(
        "as_of",
        "code",
        prior_level=known["mean"] / float(MILLI),
        prior_weight=float(MILLI * MILLI) / between,
    )


def _of_levels(asof: AsOf) -> ibis.Table:
    rows = estimates(asof)
    is_general = rows.code < len(GENERAL)
    levels = {f"level_{n}": rows.level.max(where=rows.code == i) for i, n in enumerate(GENERAL)}
    behavioural = rows.code < len(BEHAVIOURAL)
    newest_on = rows.newest_on.max()
    return rows.group_by(*KEYS).agg(
        **levels,
        level_lowest=rows.level.min(where=behavioural),
        level_uncertainty=ratio(
            micro(rows.variance.sqrt()).sum(where=behavioural), behavioural.sum()
        )
        / float(MICRO),
        n_competencies_measured=is_general.sum(),
        share_measured_at_centre=ratio(rows.by_centre.sum(), rows.by_centre.count()),
        years_since_assessment=in_years(days_between(newest_on, rows.as_of.max())),
    )


def newest_scores(asof: AsOf) -> ibis.Table:
    """The newest score of each aspect of potential of each person, `newest_on` and `came_on`.

    An aspect is its place in `ASPECTS`; all that are not in it have none, and are one to features.
    """
    return asof.shared("potential_newest", lambda: _newest_scores(asof))


def _newest_scores(asof: AsOf) -> ibis.Table:
    rows = asof.known_of_people("potential")
    rows = rows.filter(rows.assessed_on <= rows.as_of).mutate(place=_place(rows.aspect))
    return rows.group_by(*KEYS, "place").agg(
        # One score a person, aspect and day, by the key of the table: no ties.
        score=rows.score.argmax(rows.assessed_on),
        newest_on=rows.assessed_on.max(),
        came_on=rows.recorded_on.max(),
    )


def _of_potential(asof: AsOf) -> ibis.Table:
    """The newest score of each aspect, in standard deviations from everybody scored."""
    newest = newest_scores(asof)
    everybody = asof.learnt("potential", "assessed_on")
    everybody = everybody.mutate(amount=milli(everybody.score), place=_place(everybody.aspect))
    lay = with_mean_and_variance(
        moments(asof, "potential_daily", everybody, ("place",)).filter(_.n >= FEWEST)
    )
    rows = newest.left_join(lay, ["as_of", "place"])
    spread = rows.variance.sqrt().nullif(0.0)
    rows = rows.mutate(
        standing=within((milli(rows.score) - rows["mean"]) / spread, -FURTHEST, FURTHEST)
    )
    scores = {
        f"potential_{name}": _.standing.max(where=_.place == n) for n, name in enumerate(ASPECTS)
    }
    newest_on = rows.newest_on.max()
    return rows.group_by(*KEYS).agg(
        **scores,
        years_since_potential=in_years(days_between(newest_on, rows.as_of.max())),
    )


def _place(aspect: Any) -> Any:
    """The place of an aspect in `ASPECTS`, by which rows are grouped sooner than by its name."""
    return number_of(aspect, {name: n for n, name in enumerate(ASPECTS)}).cast("int32")
