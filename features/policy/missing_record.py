"""The value of a missing record: which absent document would move a person's box most.

The rule that must not break: what is told here is what the engine itself gives once the document is
there; a missing document is the whole of what it could say, never the worst; and what nobody can
hand in is named apart, so that no person is blamed for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from features.packs.declaration import NineBox, Pack
from features.policy.asking import Asked
from features.policy.facts import Facts
from features.policy.handed_in import HANDED_IN, REASONS, Part, Reason, Seen, parts
from features.policy.levels import LEVELS, possible_boxes, possible_levels
from features.policy.measures import DECIMALS
from features.policy.scores import AXES, AxisName, Scores, against_present_posts, nine_box
from features.tables.record import Record

#: People times outcomes of one step: it bounds memory, and changes no figure.
AT_ONCE = 2_000_000
COLUMNS = (
    "row", "kind", "reason", "width_performance", "width_potential", "surely_performance",
    "surely_potential", "n_outcomes", "n_changed", "n_settled",
)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """One part of an indicator on an axis, as the record has it.

    Parameters
    ----------
    axis : str
    part : Part
    share : float
        Points of the axis that one point of the part is worth.
    seen : Seen
    reason : ndarray of int, shape (n_people,)
        Places in `REASONS`, -1 where the part is closed.
    """

    axis: AxisName
    part: Part
    share: float
    seen: Seen
    reason: np.ndarray


@dataclass(frozen=True)
class Outcomes:
    """What one kind of document can lead to, a row a person, a column an outcome.

    Parameters
    ----------
    low, high : dict of str to ndarray of float
        The range of each axis; NaN where a person cannot come to the outcome.
    boxes : ndarray of int
        Possible boxes as nine bits, that of box 1 the lowest; 0 where a person cannot come to it.
    """

    low: dict[AxisName, np.ndarray]
    high: dict[AxisName, np.ndarray]
    boxes: np.ndarray


@dataclass(frozen=True)
class MissingRecord:
    """Absent documents of people as of a day, under one pack.

    Parameters
    ----------
    pack : Pack
    on : date
    people : DataFrame, shape (n_people, 1)
        `person_id`, each once.
    scores : Scores
        What `nine_box` gives for them now.
    frame : DataFrame
        One row a person (`row`, its place) and open kind of document. `kind`, `reason`; by axis the
        `width` that it is responsible for and how much of that would `surely` vanish with the
        document; of `n_outcomes`, in how many the possible boxes would be others, `n_changed`, and
        in how many there would be one box, `n_settled`; all three 0 where no document of the person
        does anything. By person, what would change most first.
    measured : tuple of Measured
    """

    pack: Pack
    on: date
    people: pd.DataFrame
    scores: Scores
    frame: pd.DataFrame
    measured: tuple[Measured, ...]

    def of_person(self, person_id: str) -> pd.DataFrame:
        """The rows of `frame` of one person.

        Raises
        ------
        KeyError
            If the person is not among them.
        """
        return self.frame[self.frame["row"] == self.row_of(person_id)]

    def row_of(self, person_id: str) -> int:
        """The place of a person."""
        rows = np.flatnonzero(self.people["person_id"] == person_id)
        if not len(rows):
            raise KeyError("nobody of that id was asked about")
        return int(rows[0])

    def outcomes(self, kind: str, reason: Reason, rows: np.ndarray) -> Outcomes:
        """What handing in one kind of document can lead to, for some of the people."""
        assert self.pack.nine_box is not None
        chosen = [one for one in self.measured if one.part.kind == kind]
        return _outcomes(self.pack.nine_box, self.scores, chosen, REASONS.index(reason), rows)

    def by_kind(self) -> pd.DataFrame:
        """How many people each kind of document matters to, the most first.

        Returns
        -------
        DataFrame
            `kind`, `reason`, `people` whose range it leaves open; of whom `moves` the box in some
            outcome and `moves_surely` in every; `may_settle` it, now one of several, in some, and
            `settles` in every; `width`, the mean of both axes together, of these people.
        """
        frame, is_one = self.frame, self.scores.frame["box"].notna().to_numpy()
        is_open = ~is_one[frame["row"].to_numpy(dtype="int64")]
        has_any = frame["n_outcomes"] > 0
        is_all = {
            n: has_any & (frame[n] == frame["n_outcomes"]) for n in ("n_changed", "n_settled")
        }
        rows = frame[["kind", "reason"]].assign(
            people=1,
            moves=frame["n_changed"] > 0,
            moves_surely=is_all["n_changed"],
            may_settle=is_open & (frame["n_settled"] > 0),
            settles=is_open & is_all["n_settled"],
            width=frame["width_performance"] + frame["width_potential"],
        )
        counts = ["people", "moves", "moves_surely", "may_settle", "settles"]
        found = rows.groupby(["kind", "reason"], as_index=False).agg(
            **{name: (name, "sum") for name in counts}, width=("width", "mean")
        )
        found = found.astype(dict.fromkeys(counts, "int64"))
        order = ["settles", "may_settle", "moves", "people", "kind", "reason"]
        return found.sort_values(order, ascending=[False] * 4 + [True] * 2, ignore_index=True)

    def worst(self, n: int) -> list[str]:
        """The people whose box an absent document changes in most outcomes; equal ones by id.

        First by the share of outcomes that change it, then by how much of both axes is open.
        """
        frame = self.frame[self.frame["n_changed"] > 0]
        share = (frame["n_changed"] / frame["n_outcomes"]).groupby(frame["row"]).max()
        width = frame["width_performance"] + frame["width_potential"]
        ids = self.people["person_id"].iloc[share.index.to_numpy(dtype="int64")]
        found = pd.DataFrame(
            {
                "person_id": ids.to_numpy(),
                "share": share.to_numpy(),
                "width": width.groupby(frame["row"]).sum().round(DECIMALS).to_numpy(),
            }
        )
        order = found.sort_values(["share", "width", "person_id"], ascending=[False, False, True])
        return [str(person) for person in order["person_id"].head(n)]


def missing_record(
    record: Record,
    pack: Pack,
    people: pd.DataFrame,
    on: date,
    *,
    scores: Scores | None = None,
) -> MissingRecord:
    """What documents that people lack, or that are out of date, could do to their boxes.

    Parameters
    ----------
    record : Record
    pack : Pack
        With a section `nine_box`.
    people : DataFrame, shape (n_people, 1)
        `person_id`, each once.
    on : date
    scores : Scores, optional
        What `nine_box` gives for the people as of the day; computed if left out.

    Returns
    -------
    MissingRecord
        In the order of `people`.

    Raises
    ------
    ValueError
        If the pack has no nine-box.

    Notes
    -----
    Indicators of one kind of document change together, each to every value that it could come to;
    all other indicators keep the ranges that the record gives them. Shares of outcomes are no
    probabilities: outcomes count alike, and a percentage is looked at in 101 places.

    Examples
    --------
    Performance lies from 52 to 100 because no predicate is on record, 60 percent of the axis, whose
    points are 20, 40, 60, 80 or 100. The five outcomes are 52, 64, 76, 88 and 100; the width is 48.
    """
    section = pack.nine_box
    if section is None:
        raise ValueError(f"pack {pack.name} has no nine-box")
    alone = people[["person_id"]].reset_index(drop=True)
    asked = alone.assign(as_of=pd.Timestamp(on))
    scores = scores or nine_box(record, pack, asked)
    measured = _measured(record, pack, asked)
    frame = _summarised(section, scores, measured)
    return MissingRecord(pack, on, alone, scores, frame, tuple(measured))


def _measured(record: Record, pack: Pack, people: pd.DataFrame) -> list[Measured]:
    """Every part of every indicator on both axes, asked in one go."""
    asked, facts = against_present_posts(record, pack, people)
    matching = asked.matching(facts)
    wanted: list[tuple[AxisName, Part, float]] = []
    for axis in AXES:
        for component in getattr(pack.nine_box, axis).components:
            for one in component.indicators:
                weight = float(one.weight) / 100
                wanted += [
                    (axis, part, weight * part.share)
                    for part in parts(one.measure, facts, matching)
                ]
    columns = {
        n: {
            "low": part.points.low,
            "high": part.points.high,
            "absent": part.absent.cast("float64"),
            **{name: value.cast("float64") for name, value in part.facts.items()},
        }
        for n, (_axis, part, _share) in enumerate(wanted)
    }
    sides = {n: part.points.side for n, (_axis, part, _share) in enumerate(wanted)}
    found = asked.look_up(facts, matching, columns, sides)
    posts = _posts(asked, facts)
    measured = []
    for n, (axis, part, share) in enumerate(wanted):
        values = {name: _floats(found[n].column(name)) for name in columns[n]}
        low, high = values.pop("low"), values.pop("high")
        if part.points.side is not None:
            least, most = part.points.widest
            low, high = np.where(np.isnan(low), least, low), np.where(np.isnan(high), most, high)
        seen = Seen(low, high, values, posts)
        measured.append(Measured(axis, part, share, seen, part.reasons(seen)))
    return measured


def _posts(asked: Asked, facts: Facts) -> np.ndarray:
    held = facts.present_posts.select("nr", "post_id").to_pyarrow()
    return asked.beside_pairs(held["nr"].to_numpy(), held["post_id"].to_numpy())


def _floats(column: np.ndarray | None) -> np.ndarray:
    assert column is not None
    return column.astype("float64")


def _summarised(section: NineBox, scores: Scores, measured: Sequence[Measured]) -> pd.DataFrame:
    """The frame of `MissingRecord`."""
    pieces = []
    n_people = len(scores.frame)
    for kind in dict.fromkeys(one.part.kind for one in measured):
        chosen = [one for one in measured if one.part.kind == kind]
        for code in range(len(REASONS)):
            is_so = np.any([one.reason == code for one in chosen], axis=0)
            rows = np.flatnonzero(is_so) if n_people else np.array([], dtype="int64")
            if len(rows):
                pieces.append(_of_kind(section, scores, chosen, code, rows).assign(kind=kind))
    frame = pd.concat(pieces) if pieces else pd.DataFrame(columns=list(COLUMNS))
    frame["reason"] = frame["reason"].astype("str")
    share = frame["n_changed"] / frame["n_outcomes"].where(frame["n_outcomes"] > 0, 1)
    width = (frame["width_performance"] + frame["width_potential"]).astype("float64")
    keyed = frame.assign(share=share, width=width.round(DECIMALS))
    order = ["row", "share", "width", "kind", "reason"]
    ordered = keyed.sort_values(order, ascending=[True, False, False, True, True])
    return ordered[list(COLUMNS)].reset_index(drop=True)


def _of_kind(
    section: NineBox, scores: Scores, chosen: Sequence[Measured], code: int, rows: np.ndarray
) -> pd.DataFrame:
    """One kind of document, open for one reason, for the people of some rows."""
    found = pd.DataFrame({"row": rows, "reason": REASONS[code]})
    for axis in AXES:
        found[f"width_{axis}"] = _width(chosen, axis, code, rows)
        found[f"surely_{axis}"] = 0.0
    counts = ("n_outcomes", "n_changed", "n_settled")
    found[list(counts)] = 0
    if REASONS[code] not in HANDED_IN:
        return found
    n_outcomes = max(1, _n_outcomes(chosen, code, rows[:1]))
    at_once = max(1, AT_ONCE // n_outcomes)
    done = [
        _counted(section, scores, chosen, code, rows[first : first + at_once])
        for first in range(0, len(rows), at_once)
    ]
    for name in done[0]:
        found[name] = np.concatenate([one[name] for one in done])
    return found


def _width(chosen: Sequence[Measured], axis: AxisName, code: int, rows: np.ndarray) -> np.ndarray:
    """Points of an axis that are open because of these parts."""
    width = np.zeros(len(rows))
    for one in chosen:
        if one.axis == axis:
            own = one.share * (one.seen.high - one.seen.low)[rows]
            width += np.where(one.reason[rows] == code, own, 0.0)
    return np.round(width, DECIMALS)


def _n_outcomes(chosen: Sequence[Measured], code: int, rows: np.ndarray) -> int:
    found = 1
    for one in chosen:
        if (one.reason == code).any():
            found *= one.part.outcomes(one.seen.of(rows))[0].shape[1]
    return found


def _counted(
    section: NineBox, scores: Scores, chosen: Sequence[Measured], code: int, rows: np.ndarray
) -> dict[str, np.ndarray]:
    """How many outcomes there are, change the boxes, and settle one; what surely vanishes."""
    found = _outcomes(section, scores, chosen, code, rows)
    now = scores.frame["boxes"].to_numpy(dtype="int64")[rows, None]
    is_possible = found.boxes > 0
    is_one = is_possible & ((found.boxes & (found.boxes - 1)) == 0)
    counted: dict[str, np.ndarray] = {
        "n_outcomes": is_possible.sum(axis=1),
        "n_changed": (is_possible & (found.boxes != now)).sum(axis=1),
        "n_settled": is_one.sum(axis=1),
    }
    for axis in AXES:
        low, high = (scores.frame[f"{axis}_{end}"].to_numpy()[rows] for end in ("low", "high"))
        left = np.nanmax(found.high[axis] - found.low[axis], axis=1)
        counted[f"surely_{axis}"] = np.round(high - low - left, DECIMALS) + 0.0
    return counted


def _outcomes(
    section: NineBox, scores: Scores, chosen: Sequence[Measured], code: int, rows: np.ndarray
) -> Outcomes:
    """Every combination of what the parts of one kind of document could give.

    A part that is not open for this reason keeps its range.
    """
    moved = {axis: (np.zeros((len(rows), 1)), np.zeros((len(rows), 1))) for axis in AXES}
    for one in chosen:
        is_open = one.reason[rows] == code
        if not is_open.any():
            continue
        seen = one.seen.of(rows)
        ends = one.part.outcomes(seen)
        changes = []
        for end, now in zip(ends, (seen.low, seen.high), strict=True):
            change = one.share * (end - now[:, None])
            # One outcome stands for somebody to whom it says nothing new.
            change[~is_open] = np.nan
            change[~is_open, 0] = 0.0
            changes.append(change)
        for axis in AXES:
            n_others = changes[0].shape[1]
            added = changes if axis == one.axis else [0.0 * change for change in changes]
            low, high = (
                (end[:, :, None] + more[:, None, :]).reshape(len(rows), end.shape[1] * n_others)
                for end, more in zip(moved[axis], added, strict=True)
            )
            moved[axis] = (low, high)
    low, high, levels = {}, {}, {}
    for axis in AXES:
        ends = [
            np.round(scores.frame[f"{axis}_{end}"].to_numpy()[rows, None] + more, DECIMALS)
            for end, more in zip(("low", "high"), moved[axis], strict=True)
        ]
        low[axis], high[axis] = ends
        told = possible_levels(getattr(section, axis), LEVELS[axis], *ends)
        levels[axis] = told.reshape(-1, told.shape[-1])
    boxes = possible_boxes(section, levels["performance"], levels["potential"])
    boxes = boxes.reshape(low["performance"].shape).astype("int64")
    boxes[np.isnan(low["performance"])] = 0
    return Outcomes(low, high, boxes)
