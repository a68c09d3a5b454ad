"""What the record says of a person for one post: measured levels and experience against the post.

The rule that must not break: a competency that was not measured lies anywhere between the lowest
and the highest level; it is never taken for the lowest, and never for the required one. Posts that
ask for the same are looked at once, which is why a pair goes by a profile and not by a post.
"""

from collections.abc import Callable, Sequence
from functools import cached_property

import ibis
import pandas as pd
from ibis import _

from features.policy.anniversaries import Expression, shifted
from features.policy.facts import KEYS, Facts, beside, total_time

#: A person, date and profile, by the number that asks about them.
ROW = ("row",)
#: Sides of a post that a person is matched with, each a text that posts may share: the levels that
#: it asks for of competencies of the dictionary and of others, and its fields of work.
SIDES = ("behavioural", "technical", "fields")


class Matching:
    """Facts of people and posts, each computed once for all posts that ask for the same.

    Parameters
    ----------
    facts : Facts
        Facts of the people.
    posts : sequence of str
        The posts that are asked about.
    pairs : callable
        Given the side and the profile of each post (`post_id`, `profile`), the people, dates and
        profiles that are asked about: `nr`, `profile`, each once, and its `row`.
    """

    def __init__(
        self,
        facts: Facts,
        posts: Sequence[str],
        pairs: Callable[[str, pd.DataFrame], ibis.Table],
    ) -> None:
        self._facts, self._pairs = facts, pairs
        self._post_ids = list(posts)
        self._asked_of: dict[str, ibis.Table] = {}
        self._profiled_of: dict[str, tuple[pd.DataFrame, ibis.Table]] = {}
        self._tables: dict[str, dict[str, ibis.Table]] = {side: {} for side in SIDES}

    @property
    def sides(self) -> list[str]:
        """Sides that facts were asked for."""
        return [side for side, tables in self._tables.items() if tables]

    def of_side(self, side: str) -> ibis.Table:
        """People, dates and profiles of a side with every fact asked for so far."""
        tables = list(self._tables[side].values())
        return beside(self.asked(side), tables, ROW)

    def asked(self, side: str) -> ibis.Table:
        """The people and dates (`nr`) and profiles that are asked about, by `row`."""
        if side not in self._asked_of:
            self._asked_of[side] = self._pairs(side, self.profiles(side))
        return self._asked_of[side]

    def profiles(self, side: str) -> pd.DataFrame:
        """`post_id`, `profile`; no row for a post that has none."""
        return self._profiled(side)[0]

    def _profiled(self, side: str) -> tuple[pd.DataFrame, ibis.Table]:
        if side not in self._profiled_of:
            self._profiled_of[side] = (
                self._by_fields()
                if side == "fields"
                else self._by_standards(is_behavioural=side == "behavioural")
            )
        return self._profiled_of[side]

    @property
    def _adds_levels(self) -> bool:
        """Whether the match is one ratio of sums, and not a mean of ratios."""
        assessment = self._facts.pack.assessment
        return assessment is None or assessment.formula.kind == "ratio_of_sums"

    def _parts(self, side: str) -> ibis.Table:
        """Profiles taken apart: `profile` and what it asks for, a row each."""
        return self._profiled(side)[1]

    def _fact(self, side: str, prefix: str, table: ibis.Table) -> str:
        renamed = {f"{prefix}_{c}": table[c] for c in table.columns if c not in ROW}
        self._tables[side][prefix] = table.select(*ROW, **renamed)
        return prefix

    # -- standards -------------------------------------------------------------------------------

    @cached_property
    def _standards(self) -> ibis.Table:
        """`post_id`, `competency`, `required`, `is_behavioural` of every post that is asked about.

        The levels of the class stand in for a post without a standard of its own.
        """
        pack = self._facts.pack
        names = list(pack.competency_names)
        posts = self._posts
        own = self._facts.asof.timeless("post_requirement")
        own = own.semi_join(posts, "post_id").select("post_id", "competency", required=_.level)
        own = own.mutate(is_behavioural=own.competency.isin(names))
        levels = {c: pack.required_levels(c) for c in pack.classes}
        rows = [
            {"post_class": name, "competency": competency, "required": level}
            for name, asked in levels.items()
            for competency, level in asked.items()
        ]
        if not rows:
            return own
        of_class = ibis.memtable(
            rows, schema={"post_class": "string", "competency": "string", "required": "int64"}
        )
        without = posts.anti_join(own.filter(_.is_behavioural), "post_id")
        lent = without.join(of_class, "post_class").select("post_id", "competency", "required")
        return own.union(lent.mutate(is_behavioural=True)).cache()

    @cached_property
    def _posts(self) -> ibis.Table:
        asked = ibis.memtable({"post_id": self._post_ids}, schema={"post_id": "string"})
        posts = self._facts.posts.semi_join(asked, "post_id")
        return posts.select("post_id", "post_class").cache()

    def _by_standards(self, *, is_behavioural: bool) -> tuple[pd.DataFrame, ibis.Table]:
        """Posts by what their match comes down to, and that taken apart again.

        `profile`, `competency_nr`, `divisor` of its level, and `out_of`, the divisor of the whole.
        Where levels are added up, posts of the same competencies and the same sum are alike.
        """
        standards = self._standards.filter(_.is_behavioural == is_behavioural)
        adds_levels = self._adds_levels or not is_behavioural
        whole = standards.required.sum() if adds_levels else standards.count()
        rows = standards.mutate(
            divisor=ibis.literal(1, "int64") if adds_levels else standards.required,
            out_of=whole.over(ibis.window(group_by="post_id")),
        )
        rows = rows.mutate(piece=rows.competency + "=" + rows.divisor.cast("string"))
        text = rows.group_by("post_id", "out_of").agg(
            text=_.piece.group_concat("\n", order_by=[_.piece])
        )
        numbered = _numbered(text.mutate(text=text.text + "\n" + text.out_of.cast("string")))
        parts = rows.join(numbered, "post_id").join(self._facts.competency_numbers, "competency")
        parts = parts.select("profile", "competency_nr", "divisor", "out_of").distinct()
        return numbered.to_pandas(), parts.cache()

    def _by_fields(self) -> tuple[pd.DataFrame, ibis.Table]:
        """Posts by their fields of work, and these taken apart again: `profile`, `field`."""
        fields = self._facts.asof.post_fields.semi_join(self._posts, "post_id").distinct()
        text = fields.group_by("post_id").agg(
            text=_.field.group_concat("\n", order_by=[fields.field])
        )
        numbered = _numbered(text)
        parts = fields.join(numbered, "post_id").select("profile", "field").distinct().cache()
        return numbered.to_pandas(), parts

    # -- facts -----------------------------------------------------------------------------------

    def person_match(self) -> str:
        """`low`, `high`: the job person match in percent; `n_measured` of the competencies asked.

        `until_on` is the last day on which all levels that it is made of are in force.
        """
        if "match" not in self._tables["behavioural"]:
            self._fact("behavioural", "match", self._ratio("behavioural"))
        return "match"

    def match_lasts(self, category: str, reaches: Callable[[Expression], Expression]) -> str:
        """`until_on`: the last day up to which the match stays in a category or a higher one.

        Levels expire one by one, and each that does counts as the lowest from then on.

        Parameters
        ----------
        category : str
            Name of it.
        reaches : callable
            Whether a match in percent is enough.
        """
        prefix = f"match_lasts_{category}"
        if prefix not in self._tables["behavioural"]:
            self._fact("behavioural", prefix, self._match_lasts(reaches))
        return prefix

    def _match_lasts(self, reaches: Callable[[Expression], Expression]) -> ibis.Table:
        rows = self._levels("behavioural")
        whole = rows.group_by(*ROW).agg(
            total=_.low.sum(), out_of=_.out_of.max(), n_measured=_.is_measured.sum()
        )
        steps = rows.filter(_.is_measured).group_by(*ROW, "expires_on")
        steps = steps.agg(lost=(_.low - _.least).sum(), n=_.count())
        so_far = ibis.window(group_by=list(ROW), order_by="expires_on", preceding=(None, 0))
        steps = steps.mutate(lost=_.lost.sum().over(so_far), n=_.n.sum().over(so_far))
        steps = steps.join(whole, list(ROW))
        left = (100 * (steps.total - steps.lost) / steps.out_of).round(9)
        falls = (steps.n == steps.n_measured) | ~reaches(left)
        found = steps.group_by(*ROW).agg(falls_on=steps.expires_on.min(where=falls))
        return found.select(*ROW, until_on=shifted(_.falls_on, -1))

    def technical_match(self) -> str:
        """`low`, `high`, `n_measured`: levels over required levels of technical competencies."""
        if "technical" not in self._tables["technical"]:
            self._fact("technical", "technical", self._ratio("technical"))
        return "technical"

    def match_spread(self, side: str) -> str:
        """`spread`: percent of the match that levels of one day leave open where they differ."""
        prefix = f"spread_{side}"
        if prefix not in self._tables[side]:
            rows = self._levels(side)
            open_levels = (rows.high - rows.low).sum(where=rows.is_measured).fill_null(0.0)
            spread = 100 * open_levels / rows.out_of.max()
            self._fact(side, prefix, rows.group_by(*ROW).agg(spread=spread))
        return prefix

    def _levels(self, side: str) -> ibis.Table:
        """A row for each competency asked for: what its level adds, over `out_of` of the whole.

        `low`, `high` and the `least` that it can add; `is_measured`, `expires_on`.
        """
        dictionary, assessment = self._facts.pack.competencies, self._facts.pack.assessment
        assert dictionary is not None
        assert assessment is not None
        is_mean = side == "behavioural" and not self._adds_levels
        decimals = assessment.formula.round_ratios_to if is_mean else None
        rows = self.asked(side).join(self._parts(side), "profile")
        rows = rows.left_join(self._facts.measured, [*KEYS, "competency_nr"])

        def added(level: Expression) -> Expression:
            exact = level / rows.divisor
            return exact if decimals is None else exact.round(decimals)

        lowest, highest = (
            ibis.literal(level, "float64")
            for level in (dictionary.lowest_level, dictionary.highest_level)
        )
        return rows.select(
            *ROW,
            "out_of",
            "expires_on",
            is_measured=rows.low.notnull(),
            low=added(rows.low.coalesce(lowest)),
            high=added(rows.high.coalesce(highest)),
            least=added(lowest),
        )

    def _ratio(self, side: str) -> ibis.Table:
        rows = self._levels(side)
        out_of = rows.out_of.max()
        return rows.group_by(*ROW).agg(
            low=100 * rows.low.sum() / out_of,
            high=100 * rows.high.sum() / out_of,
            n_measured=rows.is_measured.sum(),
            n_asked=rows.count(),
            expires_on=rows.expires_on.min(),
        )

    def experience(self, kinds: Sequence[str]) -> str:
        """Time in posts that share a field of work with the post: ``sure_…`` and ``possible_…``.

        Columns of `total_time` of each; possible adds posts of which no field is known.
        """
        prefix = "_".join(("experience", *kinds))
        if prefix not in self._tables["fields"]:
            asked, parts = self.asked("fields"), self._parts("fields")
            career = self._facts.career.filter(_.kind.isin(list(kinds)))
            fields = self._facts.asof.post_fields.distinct()
            worked = career.join(fields, "post_id").join(parts, "field")
            worked = worked.join(asked, [*KEYS, "profile"])
            columns = (*ROW, "post_id", "start_on", "end_on", "end", "is_open")
            sure = worked.select(*columns).distinct()
            unknown = career.anti_join(fields, "post_id").join(asked, list(KEYS))
            possible = sure.union(unknown.select(*columns))
            times = [
                _prefixed(total_time(sure, by=ROW), "sure"),
                _prefixed(total_time(possible, by=ROW), "possible"),
            ]
            asks = asked.select(*ROW, asks=ibis.literal(True))
            self._fact("fields", prefix, beside(asks, times, ROW))
        return prefix

    def study(self, related: dict[str, tuple[str, ...]]) -> str:
        """How a person's fields of study fit the fields of work: 2 fits, 1 related, 0 other."""
        names = sorted((work, study) for work, studies in related.items() for study in studies)
        prefix = "_".join(("study", *(f"{work}_{study}" for work, study in names)))
        if prefix not in self._tables["fields"]:
            akin = ibis.memtable(
                [{"field": work, "study": study, "fit": 1} for work, study in names],
                schema={"field": "string", "study": "string", "fit": "int64"},
            )
            studied = self._facts.educations.filter(_.field.notnull())
            studied = studied.select(*KEYS, study=studied.field).distinct()
            asked = self.asked("fields").join(studied, list(KEYS))
            wanted = self._parts("fields").select("profile", "field")
            same = wanted.select("profile", study=wanted.field, fit=ibis.literal(2, "int64"))
            partly = wanted.join(akin, "field").select("profile", "study", "fit")
            fit = same.union(partly).group_by("profile", "study").agg(fit=_.fit.max())
            found = asked.left_join(fit, ["profile", "study"])
            found = found.group_by(*ROW).agg(fit=found.fit.coalesce(0).max())
            self._fact("fields", prefix, found)
        return prefix


def _numbered(text: ibis.Table) -> ibis.Table:
    """`post_id`, `profile`: the same number where the text is the same."""
    number = ibis.dense_rank().over(order_by=text.text)
    return text.select("post_id", profile=number.cast("int64")).cache()


def _prefixed(rows: ibis.Table, prefix: str) -> ibis.Table:
    names = ("days", "end", "is_open", "years", "leaves_on", "last_days")
    return rows.rename({f"{prefix}_{name}": name for name in names})
