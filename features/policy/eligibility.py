"""Eligibility: what every rule of a policy pack answers for pairs of a person and a post.

The rule that must not break: nothing is learned here, and nothing is a reject: a pair has an answer
from each rule of its class and route, with the days and numbers that it rests on, and the worst of
them is its status. Sentences are made on demand, by `features.policy.wording`.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from features.packs.declaration import Pack
from features.packs.rules import ROUTES, Rule
from features.policy.asking import Asked, Columns, Found
from features.policy.facts import Facts
from features.policy.rules import Answer, answer
from features.policy.statuses import NEEDS_CHECKING, NOT_ASKED, NOT_MET, STATUSES
from features.tables.record import Record

PAIR = ("person_id", "post_id", "as_of", "route")


@dataclass(frozen=True)
class Eligibility:
    """Answers for some pairs.

    Parameters
    ----------
    pack : Pack
    pairs : DataFrame, shape (n_pairs, 4)
        `person_id`, `post_id`, `as_of`, `route`, as asked.
    by_rule : ndarray of int8, shape (n_pairs, n_rules)
        A column for each rule of the pack, by its place in the file: *met* 0, *needs checking* 1,
        *not met* 2, -1 where the rule is not of the pair's class and route.
    status : ndarray of int8, shape (n_pairs,)
        The worst answer that counts for a list; *needs checking* where no rule speaks of the pair.
    """

    pack: Pack
    pairs: pd.DataFrame
    by_rule: np.ndarray
    status: np.ndarray
    _found: dict[int, Found]

    @cached_property
    def codes(self) -> pd.DataFrame:
        """Answers by name of a rule, which may stand several times in a pack; -1: not asked."""
        names = [rule.id for rule in self.pack.rules]
        found = {}
        for name in dict.fromkeys(names):
            columns = [place for place, other in enumerate(names) if other == name]
            found[name] = self.by_rule[:, columns].max(axis=1)
        return pd.DataFrame(found, index=self.pairs.index, dtype="int8")

    @property
    def statuses(self) -> pd.Series:
        """Status of each pair in words."""
        words = np.array(STATUSES, dtype=object)[self.status]
        return pd.Series(words, index=self.pairs.index, dtype="str")

    def rules_of(self, row: int) -> list[tuple[int, Rule]]:
        """The rules that were asked about the pair in one row, with their places in the pack."""
        asked = np.flatnonzero(self.by_rule[row] != NOT_ASKED)
        return [(int(place), self.pack.rules[place]) for place in asked]

    def values(self, place: int, row: int) -> dict[str, object]:
        """What the answer of one rule about the pair in one row rests on, by name.

        Days that time moves are `first_on` and `last_on`; what is not on record is None.
        """
        found = self._found.get(place)
        return found.values(row) if found is not None else {}

    def column(self, place: int, name: str) -> np.ndarray | None:
        """One value of one rule for every pair; None where the rule has no such value."""
        found = self._found.get(place)
        return found.column(name) if found is not None else None


def eligibility(record: Record, pack: Pack, pairs: pd.DataFrame) -> Eligibility:
    """What each rule of a pack answers for each pair, as of its date.

    Parameters
    ----------
    record : Record
    pack : Pack
    pairs : DataFrame, shape (n_pairs, 4)
        `person_id`, `post_id`, `as_of`, `route`; pairs may repeat.

    Returns
    -------
    Eligibility
        In the order and under the index of `pairs`.

    Raises
    ------
    ValueError
        If a pair names a post that is not in the record, or a route that does not exist.
    """
    asked = Asked(pairs["person_id"], pairs["post_id"], pairs["as_of"])
    facts = Facts(record, pack, asked.spine)
    matching = asked.matching(facts)
    is_asked = _is_asked(pack, asked.post_class(facts), pairs["route"])
    places = [int(place) for place in np.flatnonzero(is_asked.any(axis=0))]
    answers = {place: answer(pack.rules[place], facts, matching) for place in places}
    found = asked.look_up(
        facts,
        matching,
        {p: _columns(one) for p, one in answers.items()},
        {p: one.side for p, one in answers.items()},
    )
    by_rule = np.full(is_asked.shape, NOT_ASKED, dtype="int8")
    for place, one in found.items():
        codes = one.column("code")
        assert codes is not None
        # A post that asks for nothing on a side has no row there.
        told = np.where(np.isnan(codes), NEEDS_CHECKING, codes)
        by_rule[:, place] = np.where(is_asked[:, place], told, NOT_ASKED)
    kept = pairs.loc[:, list(PAIR)]
    return Eligibility(pack, kept, by_rule, _status(pack, by_rule), found)


def _columns(one: Answer) -> Columns:
    """The code of a rule, and the values that it rests on, as expressions."""
    dated = {"first_on": one.first_on, "last_on": one.last_on}
    days = {name: day for name, day in dated.items() if day is not None}
    return {"code": one.code, **(one.values or {}), **days}


def _is_asked(pack: Pack, post_class: pd.Series, route: pd.Series) -> np.ndarray:
    """Whether each rule is of the class and route of each pair; shape (n_pairs, n_rules)."""
    class_code, classes = pd.factorize(post_class)
    route_code = pd.Categorical(route, categories=list(ROUTES)).codes
    if (route_code < 0).any():
        raise ValueError(f"a route that does not exist; there are: {', '.join(ROUTES)}")
    table = np.zeros((len(classes), len(ROUTES), len(pack.rules)), dtype=bool)
    for place, rule in enumerate(pack.rules):
        for i, name in enumerate(classes):
            if name in rule.classes:
                table[i, [ROUTES.index(one) for one in rule.routes], place] = True
    return table[class_code, route_code]


def _status(pack: Pack, by_rule: np.ndarray) -> np.ndarray:
    """The worst answer due for the list; *not met* counts whenever it is due."""
    later = np.array([rule.due == "appointment" for rule in pack.rules], dtype=bool)
    counted = np.where(later & (by_rule < NOT_MET), NOT_ASKED, by_rule)
    worst = counted.max(axis=1, initial=NOT_ASKED)
    # Rules that are all settled later leave the list open; no rule at all leaves it unchecked.
    is_silent = (by_rule == NOT_ASKED).all(axis=1)
    return np.where(is_silent, NEEDS_CHECKING, np.maximum(worst, 0)).astype("int8")
