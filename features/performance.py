"""Performance features: ratings as they stand, and against unit, year, appraiser and unit result.

Every feature here reads `AsOf`, never a table. Ratings crowd at the top, and one unit's *good* is
another's *very good*: beside the rating on file there is always one measured against those of the
same unit and year, and one with the leniency of the appraiser taken off.

Notes
-----
For unit ``u`` and year ``t``: mean ``(n*r_ut + k*r_t) / (n + k)``, variance likewise, ``k`` = 10,
so that a small unit is judged by the whole agency's year. An appraiser's leniency is what their
ratings lie above the mean of the year, shrunk by ``n / (n + 5)``.
"""

import ibis
from ibis import _

from features.asof import AsOf, days_between, in_years
from features.exact import MICRO, micro, n_different, number_of, ratio, within
from features.moments import moments, with_mean_and_variance

KEYS = ("no", "as_of")
POINTS = {"very_poor": 1, "poor": 2, "needs_improvement": 3, "good": 4, "very_good": 5}
AGAINST_EXPECTATION = {"below": -1, "meets": 0, "above": 1}
BEST = 5
#: Ratings of so many of the last rated years, the newest included.
RECENT_YEARS = 3
TREND_YEARS = 5
SHRUNK_BY_YEAR = 10.0
SHRUNK_LENIENCY = 5.0
FURTHEST = 5.0


def performance(asof: AsOf) -> ibis.Table:
    """All performance features of the people of the spine.

    Returns
    -------
    ibis.Table, one row a person (`no`) and `as_of` of the spine
        The features that the catalogue lists for this room.
    """
    rated = asof.shared("ratings_of_people", lambda: _ratings(asof))
    years = n_different(rated, KEYS, "year", "n_years_rated")
    return asof.beside(_of_ratings(rated), years, _against_units(asof, rated))


def _everybody(asof: AsOf) -> ibis.Table:
    return asof.shared("appraisals_in_units", lambda: _in_units(asof))


def _in_units(asof: AsOf) -> ibis.Table:
    """Appraisals of everybody with the unit that the person was in, as the record knew it then.

    The unit is that of the last post begun by the day of the appraisal and known by the day on
    which the appraisal was; so it stays the same on every later date.
    """
    rows = asof.learnt("appraisal", "appraised_on")
    seats = rows.select("person_id", "appraisal_id", "appraised_on", "seen_on")
    seats = seats.join(asof.starts, "person_id")
    seats = seats.filter(
        seats.start_on <= seats.appraised_on, seats.start_recorded_on <= seats.seen_on
    )
    # The sequence breaks ties of one day.
    place = days_between(ibis.date(1900, 1, 1), seats.start_on) * 1_000_000_000 + seats.sequence
    # Two versions of a corrected appraisal were seen on different days.
    version = ["appraisal_id", "seen_on"]
    units = seats.group_by(*version).agg(unit_no=seats.unit_no.argmax(place))
    expectation = {
        name: number_of(rows[name], AGAINST_EXPECTATION) for name in ("results", "behaviour")
    }
    rows = asof.with_person_numbers(rows).select(
        "no",
        "appraisal_id",
        "year",
        "appraised_on",
        "appraiser_id",
        "seen_on",
        "gone_on",
        amount=number_of(rows.predicate, POINTS).cast("int64"),
        **expectation,
    )
    return rows.left_join(units, version).drop(*[f"{key}_right" for key in version])


def _ratings(asof: AsOf) -> ibis.Table:
    """Ratings of the people of the spine, newest first (`nth` from 0), as known by their dates."""
    rows = asof.spine.select(*KEYS).join(_everybody(asof), "no")
    is_gone = (rows.gone_on <= rows.as_of).fill_null(False)
    rows = rows.filter(rows.seen_on <= rows.as_of, ~is_gone)
    order = [ibis.desc("year"), ibis.desc("appraised_on"), ibis.desc("appraisal_id")]
    nth = ibis.row_number().over(group_by=list(KEYS), order_by=order)
    newest = ibis.window(group_by=list(KEYS))
    rows = rows.mutate(nth=nth, newest_year=rows.year.max().over(newest))
    rows = rows.select(
        *KEYS,
        "year",
        "unit_no",
        "appraised_on",
        "appraiser_id",
        "results",
        "behaviour",
        "nth",
        age=rows.newest_year - rows.year,
        points=rows.amount,
    )
    return rows.filter(rows.age < TREND_YEARS)


def _of_ratings(rated: ibis.Table) -> ibis.Table:
    recent, first = rated.age < RECENT_YEARS, rated.nth == 0
    n, t, r = rated.count(), -rated.age, rated.points
    slope = ratio(n * (t * r).sum() - t.sum() * r.sum(), n * (t * t).sum() - t.sum() * t.sum())
    means = {
        f"{name}_mean": ratio(rated[name].sum(where=recent), rated[name].count(where=recent))
        for name in ("results", "behaviour")
    }
    return rated.group_by(*KEYS).agg(
        rating_latest=r.max(where=first),
        rating_mean=ratio(r.sum(where=recent), r.count(where=recent)),
        share_very_good=ratio((r == BEST).sum(), n),
        rating_trend=slope,
        behaviour_latest=rated.behaviour.max(where=first),
        results_latest=rated.results.max(where=first),
        years_since_rating=in_years(days_between(rated.appraised_on.max(), rated.as_of.max())),
        **means,
    )


def _against_units(asof: AsOf, rated: ibis.Table) -> ibis.Table:
    """Recent ratings against unit, year and appraiser."""
    everybody = _everybody(asof)
    of_year = with_mean_and_variance(moments(asof, "year_daily", everybody, ("year",)))
    of_year = of_year.select("as_of", "year", year_mean=_["mean"], year_variance=_.variance)
    of_unit = moments(asof, "unit_year_daily", everybody, ("unit_no", "year"))
    by_unit = _shrunk(of_unit.join(of_year, ["as_of", "year"]))
    lenient = _leniency(
        moments(asof, "appraiser_daily", everybody, ("appraiser_id", "year")), of_year
    )

    rows = rated.filter(rated.age < RECENT_YEARS).left_join(of_year, ["as_of", "year"])
    rows = rows.drop("as_of_right", "year_right")
    rows = rows.left_join(by_unit, ["as_of", "unit_no", "year"])
    rows = rows.drop("as_of_right", "unit_no_right", "year_right")
    rows = rows.left_join(lenient, ["as_of", "appraiser_id"]).drop(
        "as_of_right", "appraiser_id_right"
    )
    results = _unit_results(asof)
    rows = rows.left_join(results, ["as_of", "unit_no", "year"])
    mean = rows.unit_mean.coalesce(rows.year_mean)
    spread = rows.unit_variance.coalesce(rows.year_variance).sqrt().nullif(0.0)
    year_spread = rows.year_variance.sqrt().nullif(0.0)
    adjusted = rows.points - rows.year_mean - rows.leniency.fill_null(0.0)
    rows = rows.mutate(
        standing=micro(within((rows.points - mean) / spread, -FURTHEST, FURTHEST)),
        adjusted=micro(within(adjusted / year_spread, -FURTHEST, FURTHEST)),
        beyond_unit=rows.points - rows.unit_points,
    )
    whole = float(MICRO)
    return rows.group_by(*KEYS).agg(
        rating_in_unit=ratio(_.standing.sum(), _.standing.count()) / whole,
        rating_adjusted=ratio(_.adjusted.sum(), _.adjusted.count()) / whole,
        appraiser_leniency=_.leniency.max(where=_.nth == 0),
        unit_result=_.unit_points.max(where=_.nth == 0),
        rating_beyond_unit=ratio(_.beyond_unit.sum(), _.beyond_unit.count()),
    )


def _shrunk(sums: ibis.Table) -> ibis.Table:
    """Mean and variance of a unit's year, drawn to those of the year."""
    n, k = sums.n.cast("float64"), SHRUNK_BY_YEAR
    mean = ratio(sums.total, sums.n)
    within_unit = sums.squares - sums.total * mean
    return sums.select(
        "as_of",
        "unit_no",
        "year",
        unit_mean=(sums.total + k * sums.year_mean) / (n + k),
        unit_variance=(within_unit + k * sums.year_variance) / (n + k),
    )


def _leniency(sums: ibis.Table, of_year: ibis.Table) -> ibis.Table:
    """By how many points each appraiser rates above the mean of the year, shrunk."""
    rows = sums.join(of_year, ["as_of", "year"])
    above = micro(rows.total - rows.n * rows.year_mean)
    rows = rows.mutate(above=above).group_by("as_of", "appraiser_id")
    found = rows.agg(above=_.above.sum(), n=_.n.sum())
    leniency = found.above / float(MICRO) / (found.n.cast("float64") + SHRUNK_LENIENCY)
    return found.select("as_of", "appraiser_id", leniency=leniency)


def _unit_results(asof: AsOf) -> ibis.Table:
    rows = asof.known_of_everybody("unit_result")
    rows = rows.filter(rows.resulted_on <= rows.as_of).join(asof.unit_numbers, "unit_id")
    return rows.select("as_of", "unit_no", "year", unit_points=number_of(rows.predicate, POINTS))
