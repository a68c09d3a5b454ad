"""Margins: how far the simulated people look like the published statistics.

The rule that must not break: a margin has its published value, its tolerance and its source beside
it; the tolerance is fixed here and not made to fit. Shares of few seats are only told.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from simulation.agency import Agency
from simulation.days import new_year
from simulation.people import AGE_BANDS, AGE_SHARES, EDUCATION_SHARES, WOMEN
from simulation.rows import Row, row
from simulation.tables import NEVER
from simulation.vocabulary import ADMINISTRATOR, CLASSES, EDUCATION, PENGAWAS, PRATAMA, PREDICATES

#: Share of women by class (BPS from BKN, 2022).
WOMEN_OF: Final = {PENGAWAS: 0.396, ADMINISTRATOR: 0.265, PRATAMA: 0.155}
#: Four points, and two standard errors of so many seats filled by chance.
SEAT_TOLERANCE: Final = 0.04
#: Over several agencies.
POOLED_TOLERANCE: Final = 0.05
#: Fewest seats for which a share is held against the statistics.
FEWEST_SEATS: Final = 20
#: Posts per JPT pratama (2022): 1 to 4.6 to 10.
PYRAMID: Final = {ADMINISTRATOR: (4.6, 0.8), PENGAWAS: (10.0, 1.5)}
#: Predicates 2022-2024 in per cent of PNS, and tolerance in points; two standard errors are added,
#: with appraisers drawn anew: all whom a lenient one rates are rated leniently.
PREDICATE: Final = {
    "sangat_baik": (11.27, 1.0),
    "baik": (88.46, 1.0),
    "butuh_perbaikan": (0.11, 0.1),
    "kurang": (0.06, 0.1),
    "sangat_kurang": (0.10, 0.1),
}
AGE_TOLERANCE: Final = 0.03
EDUCATION_TOLERANCE: Final = 0.03
WOMEN_TOLERANCE: Final = 0.03
COUNTED_IN: Final = 2022


def margin_rows(agency: Agency) -> list[Row]:
    """Margins of an agency as rows `margins.*`, each with the published value as its bound.

    Women, posts and predicates are counted at the end of 2022, the year of the statistics, or of
    the last simulated year; age and education on the first day.
    """
    year = min(max(COUNTED_IN, agency.knobs.first_year), agency.knobs.last_year)
    there = serving(agency, new_year(year + 1) - 1)
    first = serving(agency, new_year(agency.knobs.first_year) + 1)
    return [
        *_women(there),
        *_pyramid(agency, new_year(year + 1) - 1),
        *_ages(first, agency.knobs.first_year),
        *_education(first),
        *_predicates(agency),
    ]


def pooled_rows(agencies: Sequence[Agency]) -> list[Row]:
    """Women by class over several agencies, where single seats no longer decide.

    Returns
    -------
    list of rows
        `margins.pooled.women.*`, five points to each side, and how much smaller the share is in
        each class than in the one below it: `margins.pooled.fall.*`.
    """
    counted = []
    for one in agencies:
        year = min(max(COUNTED_IN, one.knobs.first_year), one.knobs.last_year)
        counted.append(serving(one, new_year(year + 1) - 1)[["woman", "post_class"]])
    there = pd.concat(counted)
    share = there.groupby("post_class")["woman"].mean()
    rows = [
        _within(f"pooled.women.{CLASSES[held]}", float(share[held]), wanted, POOLED_TOLERANCE)
        for held, wanted in WOMEN_OF.items()
    ]
    below = float(there["woman"].mean())
    for held in WOMEN_OF:
        fall = below - float(share[held])
        rows.append(
            row(f"margins.pooled.fall.{CLASSES[held]}", fall, unit="share", bound=">= 0.05")
        )
        below = float(share[held])
    return rows


def serving(agency: Agency, day: int) -> pd.DataFrame:
    """Who serves on a day: the columns of `person`, with `post_class`."""
    rows = agency.tables["appointment"]
    lasts = (rows["end"] == NEVER) | (rows["end"] >= day)
    rows = rows[(rows["kind"] == "definitive") & (rows["start"] <= day) & lasts]
    rows = rows[["person", "post"]].merge(agency.tables["post"][["post", "post_class"]], on="post")
    return rows.merge(agency.tables["person"], on="person")


def _within(name: str, value: float, wanted: float, tolerance: float, *, told: bool = False) -> Row:
    bound = None if told else f"{max(wanted - tolerance, 0):.3f} to {wanted + tolerance:.3f}"
    return row(f"margins.{name}", value, unit="share", bound=bound)


def _women(there: pd.DataFrame) -> list[Row]:
    rows = [_within("women.all", there["woman"].mean(), WOMEN, WOMEN_TOLERANCE)]
    for post_class, wanted in WOMEN_OF.items():
        held = there[there["post_class"] == post_class]
        few = len(held) < FEWEST_SEATS
        tolerance = SEAT_TOLERANCE + 2 * np.sqrt(wanted * (1 - wanted) / max(len(held), 1))
        share = float(held["woman"].mean()) if len(held) else np.nan
        rows.append(_within(f"women.{CLASSES[post_class]}", share, wanted, tolerance, told=few))
    return rows


def _pyramid(agency: Agency, day: int) -> list[Row]:
    posts = agency.tables["post"]
    open_seats = posts[
        (posts["is_seat"] == 1) & ((posts["closed"] == NEVER) | (posts["closed"] > day))
    ]
    count = open_seats["post_class"].value_counts()
    few = count.get(PRATAMA, 0) < 5
    return [
        row(
            f"margins.pyramid.{CLASSES[post_class]}",
            count.get(post_class, 0) / max(count.get(PRATAMA, 0), 1),
            unit="posts per JPT pratama",
            bound=None if few else f"{wanted - tolerance:g} to {wanted + tolerance:g}",
        )
        for post_class, (wanted, tolerance) in PYRAMID.items()
    ]


def _ages(first: pd.DataFrame, year: int) -> list[Row]:
    age = (new_year(year) - first["born"]) / 365.25
    band = np.clip(np.digitize(age, AGE_BANDS) - 1, 0, len(AGE_BANDS) - 1)
    found = np.bincount(band, minlength=len(AGE_BANDS)) / len(first)
    women = first["woman"].mean()
    wanted = sum(
        share * AGE_SHARES[sex] / AGE_SHARES[sex].sum()
        for sex, share in ((1, women), (0, 1 - women))
    )
    return [
        _within(
            f"age.{low}_{low + 4}",
            float(found[place]),
            float(np.round(wanted[place], 3)),
            AGE_TOLERANCE,
        )
        for place, low in enumerate(AGE_BANDS)
    ]


def _education(first: pd.DataFrame) -> list[Row]:
    found = np.bincount(first["education"], minlength=len(EDUCATION)) / len(first)
    return [
        _within(
            f"education.{name}",
            float(found[place]),
            float(np.round(EDUCATION_SHARES[place], 3)),
            EDUCATION_TOLERANCE,
        )
        for place, name in enumerate(EDUCATION)
    ]


def _predicates(agency: Agency) -> list[Row]:
    ratings = agency.tables["appraisal"]
    recent = ratings[ratings["year"] >= min(COUNTED_IN, agency.knobs.last_year)]
    found = np.bincount(recent["predicate"], minlength=6)[1:] / len(recent) * 100
    rows = []
    appraiser = np.unique(recent["appraiser"], return_inverse=True)[1]
    for place, name in enumerate(PREDICATES):
        wanted, tolerance = PREDICATE[name]
        away = (recent["predicate"] == place + 1).to_numpy() * 100 - found[place]
        error = np.sqrt((np.bincount(appraiser, weights=away) ** 2).sum()) / len(recent)
        tolerance += 2 * float(error)
        bound = f"{max(wanted - tolerance, 0):.2f} to {wanted + tolerance:.2f}"
        rows.append(row(f"margins.predicate.{name}", float(found[place]), unit="%", bound=bound))
    return rows
