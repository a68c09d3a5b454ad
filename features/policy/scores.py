"""The official scores: both axes, the nine-box, the job person match, and the score for a post.

The rule that must not break: a score is a range, from what is on record to what could be; it is a
number only where nothing is missing, and a box is one box only where the whole range lies in it.
Components stand beside their sum, so that a box can be explained by what it is made of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from ibis import _

from features.packs.declaration import PERFORMANCE, POTENTIAL, NineBox, Pack
from features.packs.measures import Indicator
from features.packs.quantities import Band
from features.policy.asking import Asked, Found
from features.policy.facts import Facts
from features.policy.measures import DECIMALS, Points, points
from features.tables.record import Record

KEYS = ("person_id", "as_of")
AxisName = Literal["performance", "potential"]
AXES: tuple[AxisName, ...] = ("performance", "potential")
Ranges = dict[str, tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Scores:
    """Ranges of scores, a row a person and date or a pair.

    Parameters
    ----------
    frame : DataFrame
        ``<score>_low`` and ``<score>_high`` of every score; columns of the nine-box besides.
    indicators : dict of str to (ndarray, ndarray)
        The least and the most points of each indicator.
    components : dict of str to (ndarray, ndarray)
        The least and the most that each component adds to its axis or score.
    """

    frame: pd.DataFrame
    indicators: Ranges
    components: Ranges


def nine_box(record: Record, pack: Pack, people: pd.DataFrame) -> Scores:
    """Both axes and the boxes of people, against their present posts.

    Parameters
    ----------
    record : Record
    pack : Pack
        With a section `nine_box`.
    people : DataFrame, shape (n_people, 2)
        `person_id`, `as_of`.

    Returns
    -------
    Scores
        Under the index of `people`: ranges of `performance`, `potential`, `talent`; the lowest and
        the highest level of each axis, ``<axis>_from`` and ``<axis>_to``, 0 to 2; `boxes`, nine
        bits, that of box 1 the lowest; `box`, the only possible one, or missing.

    Raises
    ------
    ValueError
        If the pack has no nine-box.
    """
    if pack.nine_box is None:
        raise ValueError(f"pack {pack.name} has no nine-box")
    asked, facts = against_present_posts(record, pack, people)
    components = [c for name in AXES for c in getattr(pack.nine_box, name).components]
    measured = _measured(asked, facts, [i for c in components for i in c.indicators])
    summed = {c.component: _weighted(c.indicators, measured) for c in components}
    ranges: Ranges = {}
    for name in AXES:
        own = getattr(pack.nine_box, name).components
        ranges[name] = _total([summed[c.component] for c in own])
    ranges["talent"] = _talent(pack.nine_box, ranges)
    frame = pd.DataFrame(_ends(ranges), index=people.index)
    _place(frame, pack.nine_box)
    return Scores(frame, measured, summed)


def post_scores(
    record: Record,
    pack: Pack,
    pairs: pd.DataFrame,
    *,
    of_people: tuple[pd.DataFrame, Scores] | None = None,
) -> Scores:
    """The score of each person for each post, with the technical blend of the post's class.

    Parameters
    ----------
    record : Record
    pack : Pack
        With a section `post_score`.
    pairs : DataFrame, shape (n_pairs, 3)
        `person_id`, `post_id`, `as_of`.
    of_people : (DataFrame, Scores), optional
        People who hold at least those of the pairs, and what `nine_box` gives for them; computed
        if left out.

    Returns
    -------
    Scores
        Under the index of `pairs`: the ranges of `score`, of `before` the technical blend, and of
        `performance`, `potential` and `talent`, where the pack has axes.

    Raises
    ------
    ValueError
        If the pack has no score for a post.
    """
    score = pack.post_score
    if score is None:
        raise ValueError(f"pack {pack.name} has no score for a post")
    people = pairs[list(KEYS)].drop_duplicates()
    ranges: Ranges = {}
    if pack.nine_box is not None:
        known, axes_of = of_people or (people, nine_box(record, pack, people))
        axes, row_of = axes_of.frame, _rows_of(known, pairs)
        for name in (*AXES, "talent"):
            low, high = axes[f"{name}_low"].to_numpy(), axes[f"{name}_high"].to_numpy()
            ranges[name] = (low[row_of], high[row_of])
    asked = Asked(pairs["person_id"], pairs["post_id"], pairs["as_of"])
    facts = Facts(record, pack, asked.spine)
    indicators = [i for c in score.components for i in c.indicators]
    technical = _technical_indicator(pack)
    measured = _measured(asked, facts, [*indicators, *technical])
    summed = {c.component: _weighted(c.indicators, measured) for c in score.components}
    before = _total(list(summed.values())) if summed else ranges["talent"]
    ranges = {"before": before, **ranges}
    ranges["score"] = _blended(pack, asked.post_class(facts), before, measured)
    return Scores(pd.DataFrame(_ends(ranges), index=pairs.index), measured, summed)


def person_match(record: Record, pack: Pack, pairs: pd.DataFrame) -> pd.DataFrame:
    """The job person match of each person for each post, not capped, and its categories.

    Parameters
    ----------
    record : Record
    pack : Pack
        With the sections `competencies` and `assessment`.
    pairs : DataFrame, shape (n_pairs, 3)
        `person_id`, `post_id`, `as_of`.

    Returns
    -------
    DataFrame under the index of `pairs`
        `low`, `high` in percent, missing where nothing was measured or the post asks for nothing;
        `n_measured` of `n_asked` competencies; `selection` and `mapping`, the category where the
        range lies in one, else missing.
    """
    assert pack.assessment is not None

    asked = Asked(pairs["person_id"], pairs["post_id"], pairs["as_of"])
    facts = Facts(record, pack, asked.spine)
    matching = asked.matching(facts)
    prefix = matching.person_match()
    names = ("low", "high", "n_measured", "n_asked")
    columns = {name: _[f"{prefix}_{name}"] for name in names}
    found = asked.look_up(facts, matching, {0: columns}, {0: "behavioural"})[0]
    frame = pd.DataFrame({name: _floats(found, name) for name in names}, index=pairs.index)
    is_measured = frame["n_measured"] > 0
    frame.loc[~is_measured, ["low", "high"]] = np.nan
    for purpose in ("selection", "mapping"):
        bands = getattr(pack.assessment, purpose).bands
        low, high = (_band_of(frame[end].to_numpy(), bands) for end in ("low", "high"))
        names_of = np.array([band.category for band in bands], dtype=object)
        is_one = (low == high) & (low >= 0)
        frame[purpose] = pd.array(np.where(is_one, names_of[low], None), dtype="str")
    return frame


def boxes_in(mask: int) -> tuple[int, ...]:
    """The boxes of nine bits, the lowest first.

    >>> boxes_in(0b100010001)
    (1, 5, 9)
    """
    return tuple(box for box in range(1, 10) if mask >> (box - 1) & 1)


def rank_bands(
    low: np.ndarray, high: np.ndarray, tie_breakers: Sequence[tuple[np.ndarray, np.ndarray]] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """The best and the worst place that each range of scores can have, the highest score first.

    Parameters
    ----------
    low, high : ndarray, shape (n_people,)
    tie_breakers : sequence of (ndarray, ndarray)
        What stands first among equal scores, as ranges, in order.

    Examples
    --------
    The first is surely ahead; the other two can change places.

    >>> best, worst = rank_bands(np.array([90.0, 60, 70]), np.array([90.0, 80, 70]))
    >>> best.tolist(), worst.tolist()
    ([1, 2, 2], [1, 3, 3])
    """
    n = len(low)
    order_low, order_high = np.sort(low), np.sort(high)
    best = 1 + n - np.searchsorted(order_low, high, side="right")
    worst = n - np.searchsorted(order_high, low, side="left")
    known = np.flatnonzero(low == high)
    for group in _equal(low[known], known):
        _break_ties(group, list(tie_breakers), best, worst)
    return best, worst


def _break_ties(
    group: np.ndarray,
    breakers: list[tuple[np.ndarray, np.ndarray]],
    best: np.ndarray,
    worst: np.ndarray,
) -> None:
    """Narrow the places of people with one score by what stands first among them.

    Those who are equal in it go on to the next; where ranges overlap nobody can tell.
    """
    if not breakers:
        return
    low, high = (end[group] for end in breakers[0])
    best[group] += len(group) - np.searchsorted(np.sort(low), high, side="right")
    worst[group] -= np.searchsorted(np.sort(high), low, side="left")
    known = np.flatnonzero(low == high)
    for equal in _equal(low[known], group[known]):
        _break_ties(equal, breakers[1:], best, worst)


def _equal(scores: np.ndarray, places: np.ndarray) -> list[np.ndarray]:
    """Places that share a score, two or more of them."""
    order = np.argsort(scores, kind="stable")
    cuts = np.flatnonzero(np.diff(scores[order])) + 1
    return [group for group in np.split(places[order], cuts) if len(group) > 1]


def against_present_posts(record: Record, pack: Pack, people: pd.DataFrame) -> tuple[Asked, Facts]:
    """People beside their present posts, as pairs to be asked about."""
    alone = Asked(people["person_id"], people["person_id"], people["as_of"])
    facts = Facts(record, pack, alone.spine)
    held = facts.present_posts.select("nr", "post_id").to_pyarrow()
    posts = alone.beside_pairs(held["nr"].to_numpy(), held["post_id"].to_numpy())
    return Asked(people["person_id"], pd.Series(posts), people["as_of"]), facts


def _rows_of(people: pd.DataFrame, pairs: pd.DataFrame) -> np.ndarray:
    wanted = pd.MultiIndex.from_frame(pairs[list(KEYS)])
    return pd.MultiIndex.from_frame(people[list(KEYS)]).get_indexer(wanted)


def _measured(asked: Asked, facts: Facts, indicators: Sequence[Indicator]) -> Ranges:
    """The least and the most points of each indicator, a row a pair."""
    matching = asked.matching(facts)
    wanted = [points(one.measure, facts, matching) for one in indicators]
    columns = {n: {"low": one.low, "high": one.high} for n, one in enumerate(wanted)}
    sides = {n: one.side for n, one in enumerate(wanted)}
    found = asked.look_up(facts, matching, columns, sides)
    return {one.indicator: _filled(found[n], wanted[n]) for n, one in enumerate(indicators)}


def _filled(found: Found, wanted: Points) -> tuple[np.ndarray, np.ndarray]:
    """Points of a side that a reference post does not have: all that the rubric can give."""
    low, high = _floats(found, "low"), _floats(found, "high")
    if wanted.side is not None:
        least, most = wanted.widest
        low, high = np.where(np.isnan(low), least, low), np.where(np.isnan(high), most, high)
    return low, high


def _floats(found: Found, name: str) -> np.ndarray:
    column = found.column(name)
    assert column is not None
    return column.astype("float64")


def _weighted(indicators: Sequence[Indicator], measured: Ranges) -> tuple[np.ndarray, np.ndarray]:
    """What some indicators add to the whole: points times share."""
    lows = sum(float(i.weight) / 100 * measured[i.indicator][0] for i in indicators)
    highs = sum(float(i.weight) / 100 * measured[i.indicator][1] for i in indicators)
    return np.asarray(lows), np.asarray(highs)


def _total(parts: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    low = np.sum([part[0] for part in parts], axis=0)
    high = np.sum([part[1] for part in parts], axis=0)
    return np.round(low, DECIMALS), np.round(high, DECIMALS)


def _talent(section: NineBox, ranges: Ranges) -> tuple[np.ndarray, np.ndarray]:
    shares = {name: float(getattr(section.talent, name)) / 100 for name in AXES}
    return _total([(shares[n] * ranges[n][0], shares[n] * ranges[n][1]) for n in AXES])


def _technical_indicator(pack: Pack) -> list[Indicator]:
    """The technical result as if it were an indicator of its own."""
    assert pack.post_score is not None
    technical = pack.post_score.technical
    if technical is None:
        return []
    return [
        Indicator.model_construct(
            indicator="technical", weight=0, measure=technical.measure, cite=technical.cite
        )
    ]


def _blended(
    pack: Pack, post_class: pd.Series, before: tuple[np.ndarray, np.ndarray], measured: Ranges
) -> tuple[np.ndarray, np.ndarray]:
    """A score with the technical result blended in by the class of the post."""
    assert pack.post_score is not None
    technical = pack.post_score.technical
    if technical is None:
        return before
    shares = {name: float(share) / 100 for name, share in technical.shares.items()}
    share = post_class.map(shares).fillna(0.0).to_numpy()
    low, high = measured["technical"]
    return _total([((1 - share) * before[0], (1 - share) * before[1]), (share * low, share * high)])


def _ends(ranges: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, np.ndarray]:
    return {
        f"{name}_{end}": values
        for name, both in ranges.items()
        for end, values in zip(("low", "high"), both, strict=True)
    }


def _place(frame: pd.DataFrame, section: NineBox) -> None:
    """Add levels and boxes to a frame of ranges."""
    for name, levels in (("performance", PERFORMANCE), ("potential", POTENTIAL)):
        bands = sorted(getattr(section, name).bands, key=lambda b: levels.index(b.level))
        for column, end in (("from", "low"), ("to", "high")):
            frame[f"{name}_{column}"] = _band_of(frame[f"{name}_{end}"].to_numpy(), bands)
    masks = _masks(section)
    boxes = masks[
        frame["performance_from"], frame["performance_to"],
        frame["potential_from"], frame["potential_to"],
    ]  # fmt: skip
    frame["boxes"] = boxes
    only = {1 << (box - 1): box for box in range(1, 10)}
    frame["box"] = pd.array([only.get(int(mask)) for mask in boxes], dtype="Int64")


def _masks(section: NineBox) -> np.ndarray:
    """Boxes by the lowest and highest level of performance and of potential, as nine bits."""
    masks = np.zeros((3, 3, 3, 3), dtype="int16")
    for place in np.ndindex(3, 3, 3, 3):
        low, high, left, right = place
        for row in range(low, high + 1):
            for column in range(left, right + 1):
                box = section.boxes.box(PERFORMANCE[row], POTENTIAL[column])
                masks[place] |= 1 << (box - 1)
    return masks


def _band_of(scores: np.ndarray, bands: Sequence[Band]) -> np.ndarray:
    """The place of the band that holds each score; -1 for a missing one."""
    place = np.full(len(scores), -1, dtype="int64")
    rounded = np.round(scores, DECIMALS)
    for number, band in enumerate(bands):
        held = np.ones(len(scores), dtype=bool)
        if band.at_least is not None:
            held &= rounded >= band.at_least
        if band.above is not None:
            held &= rounded > band.above
        if band.below is not None:
            held &= rounded < band.below
        if band.at_most is not None:
            held &= rounded <= band.at_most
        place[held & ~np.isnan(scores)] = number
    return place
