"""The agency's own boxes beside ours: where the two agree, and what would explain it if not.

The rule that must not break: levels and box of the source are kept as it sent them, even where they
do not fit together, and neither side is held to be the right one. A component explains a difference
only if a value that its rubric can give would put the axis where the source has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np
import pandas as pd
from ibis import _

from features.asof import AsOf
from features.documents.written import Words
from features.packs.declaration import NineBox, Pack
from features.packs.measures import Component
from features.policy.asking import Asked
from features.policy.levels import LEVELS, possible_levels, touched
from features.policy.rubric import values_of
from features.policy.scores import AXES, AxisName, Scores, nine_box
from features.policy.wording import day_in_words
from features.policy.wording_packs import AXIS, LEVEL, boxes_in_words, joined, said
from features.tables.record import Record

#: *same*: our only box is the source's; *possible*: one of ours is; *differs*: none of ours is;
#: *contradictory*: the source has two on one day; *absent*: it has none.
AgreementOf = Literal["same", "possible", "differs", "contradictory", "absent"]
AGREEMENTS: tuple[AgreementOf, ...] = ("same", "possible", "differs", "contradictory", "absent")
OTHERWISE: Final = "thresholds or weights differ"
_SENT = ("performance", "potential", "box")


@dataclass(frozen=True)
class Agreement:
    """The agency's own boxes and ours, of people as of a day.

    Parameters
    ----------
    pack : Pack
    on : date
    frame : DataFrame, shape (n_people, 12)
        Under the index of the people: `person_id`; of the source `source_box`,
        `source_performance`, `source_potential`, `year`, `boxed_on`, missing where it has none or
        two; `fits`, whether its levels give its box in this pack; ours, `boxes` as nine bits and
        `box`, the only possible one; `agreement`; and `performance` and `potential`: *same*,
        *possible* or *differs*.
    explaining : dict of (str, str) to ndarray of bool, shape (n_people,)
        By axis and component, whether it alone would explain that the axis differs.
    missing : dict of (str, str) to ndarray of bool, shape (n_people,)
        By axis and component, whether the record leaves it open where the source's level is only
        possible, so that it could lead there.
    levels : dict of str to ndarray of bool, shape (n_people, 3)
        Our possible levels of each axis, the lowest first.
    """

    pack: Pack
    on: date
    frame: pd.DataFrame
    explaining: dict[tuple[AxisName, str], np.ndarray]
    missing: dict[tuple[AxisName, str], np.ndarray]
    levels: dict[AxisName, np.ndarray]

    @property
    def counts(self) -> pd.Series:
        """How many people agree in which way; every way is named."""
        return self.frame["agreement"].value_counts().reindex(list(AGREEMENTS), fill_value=0)

    @property
    def causes(self) -> pd.DataFrame:
        """`axis`, `cause`, `kind`, `people`: what would explain how many of the differences.

        `kind` is *explains* or *missing*; a person counts for each component that would.
        """
        rows = []
        for kind, table in (("explains", self.explaining), ("missing", self.missing)):
            for (axis, component), is_so in table.items():
                rows.append((axis, component, kind, int(is_so.sum())))
        for axis in AXES:
            rows.append((axis, OTHERWISE, "explains", int(self._is_unexplained(axis).sum())))
        return pd.DataFrame(rows, columns=["axis", "cause", "kind", "people"])

    def explanation(self, person_id: str) -> Words:
        """What both sides have of a person, and what would explain a difference.

        Raises
        ------
        KeyError
            If the person is not among those compared.
        """
        rows = np.flatnonzero(self.frame["person_id"] == person_id)
        if not len(rows):
            raise KeyError("nobody of that id was compared")
        row = int(rows[0])
        one = self.frame.iloc[row]
        ours = boxes_in_words(int(one["boxes"]))
        if one["agreement"] == "absent":
            return said(
                "Instansi tidak memiliki kotak yang tercatat; paket ini memberi {ours}.",
                "No box of the agency is on record; this pack gives {ours}.",
                ours=ours,
            )
        if one["agreement"] == "contradictory":
            return said(
                "Instansi mencatat dua penempatan yang berbeda pada hari yang sama; paket ini "
                "memberi {ours}.",
                "The agency has two placements of one day that differ; this pack gives {ours}.",
                ours=ours,
            )
        told = [
            said(
                "Kotak menurut instansi pada {day}: {box}; paket ini memberi {ours}.",
                "The agency's own box of {day} is {box}; this pack gives {ours}.",
                day=day_in_words(one["boxed_on"].date()),
                box=int(one["source_box"]),
                ours=ours,
            )
        ]
        if not one["fits"]:
            told.append(_misfit(self.pack, one))
        if one["agreement"] != "same":
            told += [self._of_axis(axis, row) for axis in AXES if one[axis] != "same"]
        return joined(told)

    def _is_unexplained(self, axis: AxisName) -> np.ndarray:
        explained = [so for (name, _component), so in self.explaining.items() if name == axis]
        differs = (self.frame[axis] == "differs").to_numpy(dtype=bool, na_value=False)
        asked = (self.frame["agreement"] != "same").to_numpy()
        return differs & asked & ~np.any(explained, axis=0)

    def _of_axis(self, axis: AxisName, row: int) -> Words:
        """Why the level of an axis is not surely the source's."""
        one = self.frame.iloc[row]
        parts = {"axis": AXIS[axis], "theirs": LEVEL[one[f"source_{axis}"]]}
        if one[axis] == "possible":
            return said(
                "Sumbu {axis}: instansi mencatat {theirs}, yang juga mungkin menurut paket ini; "
                "belum tercatat: {missing}.",
                "Axis {axis}: the agency has {theirs}, which is possible under this pack as well; "
                "not on record: {missing}.",
                missing=self._titles(self.missing, axis, row),
                **parts,
            )
        ours = [
            LEVEL[level]
            for level, is_so in zip(LEVELS[axis], self.levels[axis][row], strict=True)
            if is_so
        ]
        parts["ours"] = joined(ours, " / ")
        if self._is_unexplained(axis)[row]:
            return said(
                "Sumbu {axis}: instansi mencatat {theirs}, paket ini memberi {ours}; tidak satu "
                "komponen pun menjelaskannya sendiri: batas atau bobot berbeda.",
                "Axis {axis}: the agency has {theirs}, this pack gives {ours}; no component "
                "explains it alone: thresholds or weights differ.",
                **parts,
            )
        return said(
            "Sumbu {axis}: instansi mencatat {theirs}, paket ini memberi {ours}; yang "
            "masing-masing dapat menjelaskannya: {explaining}.",
            "Axis {axis}: the agency has {theirs}, this pack gives {ours}; each of these could "
            "explain it alone: {explaining}.",
            explaining=self._titles(self.explaining, axis, row),
            **parts,
        )

    def _titles(
        self, table: dict[tuple[AxisName, str], np.ndarray], axis: AxisName, row: int
    ) -> Words:
        components = _components(self.pack, axis)
        found = [c.title for c in components if table[axis, c.component][row]]
        return joined(found, ", ")


def agreement(
    record: Record,
    pack: Pack,
    people: pd.DataFrame,
    on: date,
    *,
    ours: Scores | None = None,
) -> Agreement:
    """Compare the newest box of the source that was known by a day with the boxes of a pack.

    Parameters
    ----------
    record : Record
    pack : Pack
        With a section `nine_box`.
    people : DataFrame, shape (n_people, 1)
        `person_id`, each once.
    on : date
    ours : Scores, optional
        What `nine_box` gives for the people as of the day; computed if left out.

    Returns
    -------
    Agreement
        In the order and under the index of `people`.

    Raises
    ------
    ValueError
        If the pack has no nine-box.

    Examples
    --------
    Our performance is *meets*, box 5, and the source has *above*, box 7. If a better predicate
    would lift the score over the threshold, and no other component could, then
    ``explaining["performance", "predicate"]`` holds True for that person, and no other does.
    """
    if pack.nine_box is None:
        raise ValueError(f"pack {pack.name} has no nine-box")
    asked = people[["person_id"]].assign(as_of=pd.Timestamp(on))
    ours = ours or nine_box(record, pack, asked)
    frame = pd.DataFrame({"person_id": people["person_id"]}).join(_sent(record, asked))
    frame["fits"] = _fits(pack.nine_box, frame)
    frame["boxes"] = ours.frame["boxes"]
    frame["box"] = ours.frame["box"]
    frame["agreement"] = _agreement(frame)
    levels: dict[AxisName, np.ndarray] = {}
    explaining: dict[tuple[AxisName, str], np.ndarray] = {}
    missing: dict[tuple[AxisName, str], np.ndarray] = {}
    is_asked = frame["agreement"].isin(["possible", "differs"]).to_numpy()
    for axis in AXES:
        levels[axis] = _levels(pack.nine_box, axis, ours)
        theirs = pd.Index(LEVELS[axis]).get_indexer(pd.Index(frame[f"source_{axis}"]))
        frame[axis] = _of_level(levels[axis], theirs)
        differs = is_asked & (frame[axis] == "differs").to_numpy(dtype=bool, na_value=False)
        is_open = is_asked & (frame[axis] == "possible").to_numpy(dtype=bool, na_value=False)
        for component in _components(pack, axis):
            key = (axis, component.component)
            low, high = ours.components[component.component]
            missing[key] = is_open & (high > low)
            explaining[key] = differs & _would_lead(pack, axis, component, ours, theirs)
    return Agreement(pack, on, frame, explaining, missing, levels)


def _components(pack: Pack, axis: AxisName) -> Sequence[Component]:
    assert pack.nine_box is not None
    return getattr(pack.nine_box, axis).components


def _sent(record: Record, asked: pd.DataFrame) -> pd.DataFrame:
    """What the source sent of each person; `contradictory` where two rows of a day differ."""
    spine = Asked(asked["person_id"], asked["person_id"], asked["as_of"]).spine
    rows = AsOf(record, spine).known_of_people("source_box").filter(_.boxed_on <= _.as_of)
    sent = rows.select("person_id", "year", *_SENT, "boxed_on").to_pandas()
    sent = sent.sort_values(["person_id", "year"])
    newest = sent.groupby("person_id")["boxed_on"].transform("max")
    sent = sent[sent["boxed_on"] == newest]
    n_ways = sent.drop_duplicates(["person_id", *_SENT]).groupby("person_id").size()
    one = sent.drop_duplicates("person_id", keep="last").set_index("person_id")
    one = one.reindex(asked["person_id"]).set_axis(asked.index)
    is_twofold = asked["person_id"].map(n_ways).gt(1)
    one = one.mask(is_twofold)
    return pd.DataFrame(
        {
            "source_box": one["box"].astype("Int64"),
            "source_performance": one["performance"].astype("str"),
            "source_potential": one["potential"].astype("str"),
            "year": one["year"].astype("Int64"),
            "boxed_on": pd.to_datetime(one["boxed_on"]),
            "contradictory": is_twofold,
        }
    )


def _fits(section: NineBox, frame: pd.DataFrame) -> pd.Series:
    """Whether the levels of the source give its box; missing where it sent none."""
    of_levels = {
        (row, column): section.boxes.box(row, column)
        for row in LEVELS["performance"]
        for column in LEVELS["potential"]
    }
    pairs = zip(frame["source_performance"], frame["source_potential"], strict=True)
    given = pd.array([of_levels.get(pair) for pair in pairs], dtype="Int64")
    return pd.Series(given == frame["source_box"].array, index=frame.index, dtype="boolean")


def _agreement(frame: pd.DataFrame) -> pd.Series:
    """How the source's box and ours agree; drops the mark of contradictions."""
    is_twofold = frame.pop("contradictory").to_numpy()
    is_absent = frame["source_box"].isna().to_numpy() & ~is_twofold
    theirs = frame["source_box"].fillna(1).to_numpy(dtype="int64")
    is_ours = (frame["boxes"].to_numpy(dtype="int64") >> (theirs - 1) & 1).astype(bool)
    is_only = frame["box"].notna().to_numpy()
    words = np.select(
        [is_twofold, is_absent, is_ours & is_only, is_ours],
        ["contradictory", "absent", "same", "possible"],
        "differs",
    )
    return pd.Series(words, index=frame.index, dtype="str")


def _levels(section: NineBox, axis: AxisName, ours: Scores) -> np.ndarray:
    low, high = (ours.frame[f"{axis}_{end}"].to_numpy() for end in ("low", "high"))
    return possible_levels(getattr(section, axis), LEVELS[axis], low, high)


def _of_level(levels: np.ndarray, theirs: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """How the source's level of an axis and ours agree; missing where it sent none."""
    is_ours = np.take_along_axis(levels, np.maximum(theirs, 0)[:, None], axis=1)[:, 0]
    is_only = levels.sum(axis=1) == 1
    words = np.select([theirs < 0, is_ours & is_only, is_ours], ["", "same", "possible"], "differs")
    return pd.array([word or None for word in words], dtype="str")


def _would_lead(
    pack: Pack, axis: AxisName, component: Component, ours: Scores, theirs: np.ndarray
) -> np.ndarray:
    """Whether a value of a component's rubric would put the axis into the source's level.

    All other components keep the ranges that the record gives them.
    """
    stretches = np.array(values_of(component, pack.competencies))
    others = [c.component for c in _components(pack, axis) if c != component]
    rest_low, rest_high = (
        sum((ours.components[other][end] for other in others), np.zeros(len(theirs)))
        for end in (0, 1)
    )
    would = np.zeros(len(theirs), dtype=bool)
    assert pack.nine_box is not None
    for band in getattr(pack.nine_box, axis).bands:
        rows = np.flatnonzero(theirs == LEVELS[axis].index(band.level))
        reached = touched(
            band,
            rest_low[rows, None] + stretches[None, :, 0],
            rest_high[rows, None] + stretches[None, :, 1],
        )
        would[rows] = reached.any(axis=1)
    return would


def _misfit(pack: Pack, one: pd.Series) -> Words:
    """That the source's levels give another box than the one it sent."""
    assert pack.nine_box is not None
    given = pack.nine_box.boxes.box(one["source_performance"], one["source_potential"])
    return said(
        "Tingkat menurut instansi ({performance}, {potential}) tidak cocok dengan kotaknya: dalam "
        "paket ini tingkat itu kotak {given}. Keduanya ditampilkan sebagaimana dikirim.",
        "The agency's levels ({performance}, {potential}) do not fit its box: in this pack they "
        "are box {given}. Both are shown as sent.",
        performance=LEVEL[one["source_performance"]],
        potential=LEVEL[one["source_potential"]],
        given=given,
    )
