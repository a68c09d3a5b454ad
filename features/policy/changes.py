"""What changes between two packs, part by part: boxes, eligibility and ranks, each with its causes.

The rule that must not break: a cause is counted only where it alone would have changed the answer,
or is one of those that did; everything else is shown as a difference, not as a cause.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from features.packs.declaration import Pack
from features.packs.quantities import Band
from features.policy.scores import AxisName
from features.policy.statuses import NEEDS_CHECKING, NOT_ASKED, NOT_MET, STATUSES

Side = Literal["a", "b"]
Movable = tuple[AxisName, str]
#: Words for answers of rules, by their codes: -1 stands at the end.
ANSWERS = (*STATUSES, "not asked")


@dataclass(frozen=True)
class Threshold:
    """A level of an axis whose scores are other ones in the two packs.

    Parameters
    ----------
    axis : {"performance", "potential"}
    level : str
    a, b : Band
    """

    axis: AxisName
    level: str
    a: Band
    b: Band

    @property
    def a_told(self) -> str:
        """The band of A as a reader of formulas writes it."""
        return band_told(self.a)

    @property
    def b_told(self) -> str:
        """The band of B as a reader of formulas writes it."""
        return band_told(self.b)


@dataclass(frozen=True)
class BoxDifference:
    """What changes in the nine-box, a row a person.

    Parameters
    ----------
    frame : DataFrame, shape (n_people, 9)
        `person_id`; `boxes_a` and `boxes_b`, possible boxes as nine bits, missing where the pack
        has no nine-box; `box_a` and `box_b`, the only possible one; `is_changed`; `by_scores`,
        whether B's scores at A's thresholds are other boxes than A's; `by_thresholds`, whether A's
        scores at B's thresholds are; and `moved_by`, the indicator whose share of its axis differs
        most, missing where none does.
    moves : dict of (axis, indicator) to (ndarray, ndarray), shape (n_people,) each
        By how much the least and the most that an indicator adds to its axis changes.
    thresholds : tuple of Threshold
        Levels whose scores differ.
    is_renumbered : bool
        Whether the same levels are other boxes.
    without : tuple of str
        Names of the packs that have no nine-box.
    """

    frame: pd.DataFrame
    moves: dict[Movable, tuple[np.ndarray, np.ndarray]]
    thresholds: tuple[Threshold, ...]
    is_renumbered: bool
    without: tuple[str, ...]

    @property
    def changes(self) -> pd.DataFrame:
        """`boxes_a`, `boxes_b`, `people`: how many have other possible boxes, the most first."""
        changed = self.frame[self.frame["is_changed"]]
        keys = ["boxes_a", "boxes_b"]
        counted = changed.groupby(keys, dropna=False).size().rename("people").reset_index()
        return counted.sort_values(["people", *keys], ascending=[False, True, True])

    @property
    def causes(self) -> pd.DataFrame:
        """`kind`, `cause`, `people`: how many of the changes are due to what.

        Of the kind *part*: *scores* and *thresholds*, each of which alone changes the boxes, and
        one person can be counted for both; *together*, where only both do. Of the kind *indicator*:
        its name, with those whom it moves most.
        """
        changed = self.frame[self.frame["is_changed"]]
        by_scores, by_thresholds = changed["by_scores"], changed["by_thresholds"]
        is_together = ~by_scores & ~by_thresholds & (not self.without)
        rows = [
            ("part", "scores", int(by_scores.sum())),
            ("part", "thresholds", int(by_thresholds.sum())),
            ("part", "together", int(is_together.sum())),
        ]
        moved_by = changed["moved_by"].dropna().value_counts()
        rows += [("indicator", str(name), int(n)) for name, n in moved_by.items()]
        return pd.DataFrame(rows, columns=["kind", "cause", "people"])


@dataclass(frozen=True)
class Answers:
    """What the rules of one pack answer for pairs.

    Parameters
    ----------
    pack : Pack
    by_rule : ndarray of int8, shape (n_pairs, n_rules)
        As `Eligibility` has it; -1 where a rule is not asked.
    """

    pack: Pack
    by_rule: np.ndarray

    @cached_property
    def codes(self) -> dict[str, np.ndarray]:
        """Answers by name of the rule, shape (n_pairs,) each; -1 where it is not asked."""
        return self._by_name(self.by_rule)

    @cached_property
    def counted(self) -> dict[str, np.ndarray]:
        """Answers as far as they count for a list; else -1."""
        return self._by_name(self._counted)

    @cached_property
    def status(self) -> np.ndarray:
        """The worst answer that counts; *needs checking* where no rule speaks of the pair."""
        worst = self._counted.max(axis=1, initial=0)
        is_silent = (self.by_rule == NOT_ASKED).all(axis=1)
        return np.where(is_silent, NEEDS_CHECKING, worst).astype("int8")

    @cached_property
    def _counted(self) -> np.ndarray:
        later = np.array([rule.due == "appointment" for rule in self.pack.rules], dtype=bool)
        is_open = later & (self.by_rule < NOT_MET)
        return np.where(is_open, np.int8(NOT_ASKED), self.by_rule)

    def _by_name(self, by_rule: np.ndarray) -> dict[str, np.ndarray]:
        found: dict[str, np.ndarray] = {}
        for place, rule in enumerate(self.pack.rules):
            codes = by_rule[:, place]
            found[rule.id] = np.maximum(found[rule.id], codes) if rule.id in found else codes
        return found


@dataclass(frozen=True)
class EligibilityDifference:
    """What changes in eligibility, a row a pair of a person and a post.

    Parameters
    ----------
    a, b : Answers
        Under each pack, for the same pairs.
    frame : DataFrame, shape (n_pairs, 5)
        `person_id`, `post_id`; `status_a`, `status_b`, *met* 0, *needs checking* 1, *not met* 2;
        `is_changed`.
    """

    a: Answers
    b: Answers
    frame: pd.DataFrame

    @property
    def changes(self) -> pd.DataFrame:
        """`a`, `b`, `pairs`: from which status to which, the most first."""
        changed = self.frame[self.frame["is_changed"]]
        counted = changed.groupby(["status_a", "status_b"]).size().rename("pairs").reset_index()
        counted = counted.sort_values("pairs", ascending=False, kind="stable")
        words = {"a": counted["status_a"], "b": counted["status_b"]}
        return pd.DataFrame(
            {**{k: [STATUSES[n] for n in v] for k, v in words.items()}, "pairs": counted["pairs"]}
        ).reset_index(drop=True)

    @cached_property
    def rules(self) -> pd.DataFrame:
        """What rules answer otherwise, the most causes first; see `Difference` on *causes*.

        `rule`; `a`, `b`, the answers in words; `pairs`, how many have those answers; `causes`, how
        many of these change their status because of it.
        """
        rows = []
        for name in self.names:
            a, b = self.answer("a", name), self.answer("b", name)
            # Answers run from -1 to 2: sixteen pairs of them.
            kind = (a.astype("int64") + 1) * 4 + (b + 1)
            pairs = np.bincount(kind, minlength=16)
            causes = np.bincount(kind[self._is_cause(name)], minlength=16)
            for one in np.flatnonzero(pairs):
                before, after = one // 4 - 1, one % 4 - 1
                if before != after:
                    told = (ANSWERS[before], ANSWERS[after])
                    rows.append((name, *told, int(pairs[one]), int(causes[one])))
        frame = pd.DataFrame(rows, columns=["rule", "a", "b", "pairs", "causes"])
        order = frame.sort_values(["causes", "pairs"], ascending=False, kind="stable")
        return order.reset_index(drop=True)

    @cached_property
    def names(self) -> list[str]:
        """Names of the rules of both packs, in the order of the files."""
        return list(dict.fromkeys([*self.a.codes, *self.b.codes]))

    def answer(self, side: Side, name: str) -> np.ndarray:
        """The answer to a rule for every pair; -1 where it is not asked, or not in the pack."""
        one = self.a if side == "a" else self.b
        return self._known(one.codes.get(name))

    def answers_of(self, row: int) -> pd.DataFrame:
        """Rules that answer otherwise about the pair in a row: `rule`, `a`, `b`, `is_cause`."""
        rows = []
        for name in self.names:
            a, b = int(self.answer("a", name)[row]), int(self.answer("b", name)[row])
            if a != b:
                rows.append((name, ANSWERS[a], ANSWERS[b], bool(self._is_cause(name)[row])))
        return pd.DataFrame(rows, columns=["rule", "a", "b", "is_cause"])

    def _is_cause(self, name: str) -> np.ndarray:
        """Whether a rule is what makes the status worse in B, or was what made it worse in A."""
        before, after = (self._known(one.counted.get(name)) for one in (self.a, self.b))
        status_a, status_b = self.a.status, self.b.status
        worse = (status_b > status_a) & (after == status_b) & (before < status_b)
        better = (status_b < status_a) & (before == status_a) & (after < status_a)
        return worse | better

    def _known(self, codes: np.ndarray | None) -> np.ndarray:
        return np.full(len(self.frame), NOT_ASKED, dtype="int8") if codes is None else codes


@dataclass(frozen=True)
class RankDifference:
    """What changes in the order of people for posts.

    Parameters
    ----------
    frame : DataFrame, shape (n_pairs, 8), or without rows
        `person_id`, `post_id`; `best_a`, `worst_a`, `best_b`, `worst_b`, the places that a person
        can have among those who are not *not met* under the pack, missing for whom is;
        `is_changed`, whether the places do not overlap; `moved`, the change of the middle, up is
        negative.
    without : tuple of str
        Names of the packs that have no score for a post; with one of them there are no rows.
    """

    frame: pd.DataFrame
    without: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Pairs ranked under both packs, of these changed; and those ranked under one only."""
        in_a, in_b = self.frame["best_a"].notna(), self.frame["best_b"].notna()
        return {
            "ranked": int((in_a & in_b).sum()),
            "changed": int(self.frame["is_changed"].sum()),
            "only_a": int((in_a & ~in_b).sum()),
            "only_b": int((~in_a & in_b).sum()),
        }

    def movers(self, n: int) -> pd.DataFrame:
        """The rows whose middle moves most among those that change, the largest move first."""
        changed = self.frame[self.frame["is_changed"]]
        order = changed["moved"].abs().sort_values(ascending=False, kind="stable").index[:n]
        return changed.loc[order]


def band_told(band: Band) -> str:
    """A band as a reader of formulas writes it.

    >>> band_told(Band(at_least=60, below=80))
    '≥ 60 < 80'
    """
    ends = []
    if band.lower is not None:
        ends.append(f"{'≥' if band.at_least is not None else '>'} {band.lower:g}")
    if band.upper is not None:
        ends.append(f"{'<' if band.below is not None else '≤'} {band.upper:g}")
    return " ".join(ends)
