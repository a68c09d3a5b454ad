"""What the record says of people, as of their own dates, in the shape that rules ask for it.

The rule that must not break: everything is read through `AsOf`, and a fact that the record does not
hold is null, never zero. Facts are tables keyed by a person and a date; what also depends on a post
stands in `features.policy.matching`.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property

import ibis
from ibis import _

from features.asof import AsOf
from features.packs.declaration import Pack
from features.policy.anniversaries import (
    Expression,
    anniversary,
    fulfilled_on,
    months_before,
    months_later,
    shifted,
    whole_years,
)
from features.policy.dates import birthdays, retirements
from features.tables.dossier import EDUCATION_LEVELS, POTENTIAL_ASPECTS, PREDICATES, RANKS
from features.tables.record import Record
from features.trajectory import spells, with_days_covered

#: A person and date, by number: numbers are compared and grouped in less time than ids.
KEYS = ("nr",)
_PERSON = ("person_id", "as_of")
#: The last day of what has no last day on record.
FOREVER = ibis.date(9999, 12, 31)
#: Of several definitive posts, the present one stands first.
_ORDER_OF_PRESENT = [ibis.desc("start_on"), ibis.desc("step"), "sequence", "post_id"]


class Facts:
    """Facts that rules and measures of one pack need, each computed once.

    Parameters
    ----------
    record : Record
    pack : Pack
    spine : ibis.Table
        `person_id`, `as_of`, each once; and their `nr`, which they are given if left out.

    Notes
    -----
    A method that is named after a fact registers it and returns the prefix of its columns;
    `of_people` joins to the spine all that were asked for.
    """

    def __init__(self, record: Record, pack: Pack, spine: ibis.Table) -> None:
        self._record, self.pack = record, pack
        if "nr" not in spine.columns:
            numbered = spine.select("person_id", "as_of").distinct()
            spine = numbered.mutate(nr=ibis.row_number().over()).cache()
        self.asof = AsOf(record, spine)
        self._tables: dict[str, ibis.Table] = {}

    def holds(self, name: str) -> bool:
        """Whether the agency keeps a table at all."""
        return self.asof.holds(name)

    def of_people(self) -> ibis.Table:
        """The spine with every fact asked for so far; null where there is none. Computed once."""
        if not self._tables:
            return self.asof.spine
        return beside(self.asof.spine, list(self._tables.values()), KEYS).cache()

    def _fact(self, prefix: str, table: ibis.Table) -> str:
        """Register a table under a prefix; its columns other than the keys are renamed."""
        if prefix not in self._tables:
            renamed = {f"{prefix}_{c}": c for c in table.columns if c not in KEYS}
            self._tables[prefix] = table.select(*KEYS, **{k: table[v] for k, v in renamed.items()})
        return prefix

    def _recent(self, rows: ibis.Table, day: str, years: int) -> ibis.Table:
        """Rows whose day lies less than so many years back; see `within`.

        A day that is too long ago for the earliest date is so for every date: told apart, so that
        the engine drops such rows before it looks for their people.
        """
        earliest = self._earliest
        if earliest is not None:
            rows = rows.filter(rows[day] >= earliest - timedelta(days=366 * years + 1))
        return within(rows, day, years)

    @cached_property
    def _earliest(self) -> date | None:
        return self.asof.spine.as_of.min().to_pyarrow().as_py()

    def _is_known(self, prefix: str) -> bool:
        return prefix in self._tables

    # -- careers ---------------------------------------------------------------------------------

    @cached_property
    def career(self) -> ibis.Table:
        """Appointments begun by the people of the spine, with post, class, step, unit and `end`.

        `end` is the day after the last one served: the day after the last day in post, or the date
        itself while the post is held.
        """
        rows = self.asof.known_of_people("appointment")
        rows = rows.filter(_.start_on <= _.as_of)
        posts = self.posts
        rows = rows.join(posts, "post_id")
        is_open = rows.end_on.isnull() | (rows.end_on > rows.as_of)
        rows = rows.mutate(
            is_open=is_open,
            end=ibis.ifelse(is_open, rows.as_of, shifted(rows.end_on, 1)).cast("date"),
        )
        return rows.select(
            *KEYS, "person_id", "as_of", "sequence", "post_id", "post_class", "step", "unit_id",
            "title", "kind", "start_on", "end_on", "is_open", "end",
        ).cache()  # fmt: skip

    @cached_property
    def posts(self) -> ibis.Table:
        """`post_id`, `title`, `unit_id`, `post_class`, `step`."""
        steps = self.asof.timeless("post_class").select("post_class", "step")
        return self.asof.timeless("post").join(steps, "post_class")

    @cached_property
    def present_posts(self) -> ibis.Table:
        """The post held on the date: the newest definitive one, the highest of several.

        One row a person and date; no row for whom holds none.
        """
        nth = ibis.row_number().over(group_by=list(KEYS), order_by=_ORDER_OF_PRESENT)
        return self._held.mutate(nth=nth).filter(_.nth == 0).drop("nth").cache()

    @cached_property
    def _held(self) -> ibis.Table:
        """Definitive posts held on the date."""
        return self.career.filter((_.kind == "definitive") & _.is_open)

    def has_career(self) -> str:
        """`rows`: how many appointments are on record."""
        return self._fact("career", self.career.group_by(*KEYS).agg(rows=_.count()))

    def time_in(self, classes: Sequence[str], kinds: Sequence[str]) -> str:
        """Time in posts of some classes, overlaps once; columns as in `total_time`."""
        prefix = _named("time", *classes, *kinds)
        if not self._is_known(prefix):
            rows = self._career_in(classes, kinds)
            self._fact(prefix, total_time(rows, by=KEYS))
        return prefix

    def time_anywhere(self, kinds: Sequence[str]) -> str:
        """Time in posts of any class: `days`, `end`, `is_open`, `years`; overlaps count once."""
        prefix = _named("anywhere", *kinds)
        if not self._is_known(prefix):
            rows = self.career.filter(_.kind.isin(list(kinds)))
            self._fact(prefix, total_time(rows, by=KEYS))
        return prefix

    def stretch_in(self, classes: Sequence[str], kinds: Sequence[str]) -> str:
        """The unbroken time in posts of some classes that goes on: `start_on`.

        `leaves_on`: its last day in post, where that is known ahead.
        """
        prefix = _named("stretch", *classes, *kinds)
        if not self._is_known(prefix):
            rows = self._career_in(classes, kinds).mutate(until_on=_.end)
            lasting = spells(rows, by=KEYS, pause_days=0).filter(_.is_open)
            found = lasting.group_by(*KEYS).agg(start_on=_.start_on.min())
            left = rows.group_by(*KEYS).agg(leaves_on=_leaves_on(rows))
            self._fact(prefix, beside(found, [left], KEYS))
        return prefix

    def _career_in(self, classes: Sequence[str], kinds: Sequence[str]) -> ibis.Table:
        return self.career.filter(_.post_class.isin(list(classes)) & _.kind.isin(list(kinds)))

    # -- days that follow from a birth date ------------------------------------------------------

    def reaches(self, age: int) -> str:
        """`on`: the day on which somebody reaches an age."""
        prefix = f"reaches_{age}"
        if not self._is_known(prefix):
            days = birthdays(self._record, self.asof.spine, [age])
            self._fact(prefix, days.rename(on=f"reaches_{age}_on"))
        return prefix

    def retires(self) -> str:
        """`on`: the last day of service."""
        if not self._is_known("retires"):
            assert self.pack.retirement is not None
            days = retirements(
                self._record, self.present_posts, self.asof.post_fields, self.pack.retirement
            )
            self._fact("retires", days.select(*KEYS, on=_.last_day_of_service))
        return "retires"

    def serves(self, months: int) -> str:
        """`until_on`: the last day from which so many months of service are left.

        Of a post whose last day is known ahead, what is left is that of the post held after it, if
        there is one; with none, nobody knows.
        """
        prefix = f"serves_{months}"
        if not self._is_known(prefix):
            self._fact(prefix, self._serves(months))
        return prefix

    def _serves(self, months: int) -> ibis.Table:
        assert self.pack.retirement is not None
        held = self._held
        days = retirements(self._record, held, self.asof.post_fields, self.pack.retirement)
        earlier = ibis.window(group_by=list(KEYS), order_by=_ORDER_OF_PRESENT, preceding=(None, 1))
        # A post is the present one from the day on which those before it in the order have ended.
        freed_on = held.end_on.coalesce(FOREVER).max().over(earlier)
        rows = held.mutate(freed_on=freed_on, leaves_on=shifted(held.end_on, -1))
        rows = rows.mutate(
            since=_.freed_on.coalesce(_.as_of).cast("date"), until=_.leaves_on.coalesce(FOREVER)
        )
        rows = rows.filter(_.since <= _.until).left_join(days.distinct(), [*KEYS, "post_id"])
        latest = months_before(rows.last_day_of_service, months)
        eve = shifted(rows.since, -1)
        falls_short = latest.isnull() | (latest < rows.until)
        stop = ibis.ifelse(rows.freed_on.isnull(), latest, ibis.greatest(latest, eve))
        rows = rows.mutate(falls_short=falls_short, stop=stop.coalesce(eve))
        return rows.group_by(*KEYS).agg(
            until_on=_.stop.min(where=_.falls_short).coalesce(_.until.max())
        )

    # -- dossier ---------------------------------------------------------------------------------

    def education(self) -> str:
        """`level`: place of the highest education among `EDUCATION_LEVELS`."""
        if not self._is_known("education"):
            rows = self.educations.group_by(*KEYS).agg(level=_.place.max())
            self._fact("education", rows)
        return "education"

    @cached_property
    def educations(self) -> ibis.Table:
        """Educations completed by the date, with their `place` among `EDUCATION_LEVELS`."""
        rows = self.asof.known_of_people("education").filter(_.graduated_on <= _.as_of)
        return rows.mutate(place=place_in(rows.level, EDUCATION_LEVELS))

    def rank(self) -> str:
        """`low`, `high`: places in `RANKS` of the newest rank; they differ if two share a day."""
        if not self._is_known("rank"):
            rows = self.asof.known_of_people("rank_history").filter(_.from_on <= _.as_of)
            rows = rows.mutate(place=place_in(_["rank"], RANKS))
            found = newest_range(rows, "place", by=KEYS, day="from_on")
            self._fact("rank", found.drop("from_on"))
        return "rank"

    def predicates(self, years: int, due_after_months: int) -> str:
        """Predicates of the last years: `worst_<n>`, `best_<n>`, n from 0, the newest year.

        Places in `PREDICATES`, 0 the best; null where a year has none. `given_<n>` has a bit for
        each place that was given in the year.
        """
        prefix = f"predicates_{years}_{due_after_months}"
        if not self._is_known(prefix):
            self._fact(prefix, self._predicates(years, due_after_months))
        return prefix

    def _predicates(self, years: int, due_after_months: int) -> ibis.Table:
        rows = self.asof.known_of_people("appraisal").filter(_.appraised_on <= _.as_of)
        rows = rows.select(*KEYS, "year", place=place_in(rows.predicate, PREDICATES))
        newest_year = rows.group_by(*KEYS).agg(newest_year=_.year.max())
        spine = beside(self.asof.spine, [newest_year], KEYS)
        last = spine.mutate(due=due_year(spine.as_of, due_after_months))
        last = last.select(*KEYS, last=ibis.greatest(last.due, last.newest_year.coalesce(last.due)))
        rows = rows.join(last, list(KEYS)).mutate(n=_.last - _.year)
        rows = rows.mutate(bit=ibis.literal(1, "int64") << rows.place)
        found = {}
        for n in range(years):
            found[f"worst_{n}"] = _.place.max(where=_.n == n)
            found[f"best_{n}"] = _.place.min(where=_.n == n)
            found[f"given_{n}"] = _.bit.bit_or(where=_.n == n)
        return rows.filter((_.n >= 0) & (_.n < years)).group_by(*KEYS).agg(**found)

    @cached_property
    def trainings(self) -> ibis.Table:
        """Trainings completed by the date."""
        rows = self.asof.known_of_people("training")
        return rows.filter(_.finished_on <= _.as_of)

    def trained(self, levels: Sequence[str]) -> str:
        """`on`: the day of the first completed leadership training of some levels."""
        prefix = _named("trained", *levels)
        if not self._is_known(prefix):
            rows = self.trainings.filter(_.level.isin(list(levels)))
            self._fact(prefix, rows.group_by(*KEYS).agg(on=_.finished_on.min()))
        return prefix

    @cached_property
    def sanctions(self) -> ibis.Table:
        """Sanctions begun by the date; `until_on` is blank where the end is not known."""
        rows = self.asof.known_of_people("discipline")
        return rows.filter(_.sanctioned_on <= _.as_of)

    def sanctioned(self, levels: Sequence[str]) -> str:
        """`until_on`: the latest end of sanctions of some levels; `n_unended`: without an end."""
        prefix = _named("sanctioned", *levels)
        if not self._is_known(prefix):
            rows = self.sanctions.filter(_.level.isin(list(levels)))
            found = rows.group_by(*KEYS).agg(
                until_on=_.until_on.max(), n_unended=_.until_on.isnull().sum()
            )
            self._fact(prefix, found)
        return prefix

    def legal_status(self, allowed: Sequence[str]) -> str:
        """`n` statuses on the date, and `n_allowed` of them.

        `allowed_until`, `other_until`: the last day of either kind; `FOREVER` where it is not
        known, null where there is none.
        """
        prefix = _named("status", *allowed)
        if not self._is_known(prefix):
            rows = lasting(self.asof.known_of_people("legal_status"), "from_on", "until_on")
            found = rows.group_by(*KEYS).agg(
                n=_.count(),
                n_allowed=_.status.isin(list(allowed)).sum(),
                allowed_until=_.until_on.coalesce(FOREVER).max(where=_.status.isin(list(allowed))),
                other_until=_.until_on.coalesce(FOREVER).max(where=_.status.notin(list(allowed))),
            )
            self._fact(prefix, found)
        return prefix

    def succession_group(self, scopes: Sequence[str]) -> str:
        """`member_until`, the last day in a group, and `n_in_force`, people in one on the date.

        Counted are those of the agency's own group, where that is one of the scopes: it is the one
        that an agency keeps.
        """
        prefix = _named("group", *scopes)
        if not self._is_known(prefix):
            rows = self.asof.known_of_everybody("succession_group").filter(
                _.scope.isin(list(scopes))
            )
            rows = lasting(rows, "from_on", "until_on")
            members = rows.group_by(*_PERSON).agg(member_until=_.until_on.coalesce(FOREVER).max())
            own = "agency" if "agency" in scopes else scopes[0]
            in_force = rows.group_by("as_of").agg(n_in_force=(_.scope == own).sum())
            found = beside(self.asof.spine.join(in_force, "as_of"), [members], _PERSON)
            self._fact(prefix, found.select(*KEYS, "member_until", "n_in_force"))
        return prefix

    def seated(self, bodies: Sequence[str]) -> str:
        """`is_member` of a body on the date, and `n_known`, spells of anybody known by then.

        `member_until`: the last day of it, `FOREVER` where that is not known.
        """
        prefix = _named("seated", *bodies)
        if not self._is_known(prefix):
            known = self.asof.known_of_everybody("membership").filter(_.start_on <= _.as_of)
            counted = known.group_by("as_of").agg(n_known=_.count())
            rows = lasting(known.filter(_.body.isin(list(bodies))), "start_on", "end_on")
            members = rows.group_by(*_PERSON).agg(member_until=_.end_on.coalesce(FOREVER).max())
            found = beside(self.asof.spine.join(counted, "as_of"), [members], _PERSON)
            is_member = found.member_until.notnull()
            self._fact(prefix, found.select(*KEYS, "n_known", "member_until", is_member=is_member))
        return prefix

    @cached_property
    def awards(self) -> ibis.Table:
        """Awards given by the date."""
        return self.asof.known_of_people("award").filter(_.awarded_on <= _.as_of)

    @cached_property
    def assignments(self) -> ibis.Table:
        """Assignments begun by the date; `ended_on` is blank while one lasts."""
        return self.asof.known_of_people("assignment").filter(_.started_on <= _.as_of)

    @cached_property
    def feedback(self) -> ibis.Table:
        """Feedback given by the date."""
        return self.asof.known_of_people("feedback").filter(_.given_on <= _.as_of)

    def best(self, prefix: str, rows: ibis.Table) -> str:
        """`low` and `high`, the best points of rows that have a `low` and a `high` each."""
        found = rows.group_by(*KEYS).agg(low=_.low.max(), high=_.high.max())
        return self._fact(prefix, found)

    def worst(self, prefix: str, rows: ibis.Table) -> str:
        """`low` and `high`, the worst points of rows that have a `low` and a `high` each."""
        found = rows.group_by(*KEYS).agg(low=_.low.min(), high=_.high.min())
        return self._fact(prefix, found)

    def mean_feedback(self, within_years: int) -> str:
        """`mean` of the scores of the last years."""
        prefix = f"feedback_{within_years}"
        if not self._is_known(prefix):
            rows = self._recent(self.feedback, "given_on", within_years)
            self._fact(prefix, rows.group_by(*KEYS).agg(mean=_.score.mean()))
        return prefix

    def training_hours(self, within_years: int, kinds: Sequence[str] | None) -> str:
        """`hours` of trainings completed in the last years, null without one.

        `n_blank`: trainings of them whose hours nobody wrote down.
        """
        prefix = _named("hours", str(within_years), *(kinds or ()))
        if not self._is_known(prefix):
            rows = within(self.trainings, "finished_on", within_years)
            rows = rows if kinds is None else rows.filter(_.kind.isin(list(kinds)))
            found = rows.group_by(*KEYS).agg(
                hours=_.hours.sum().fill_null(0.0), n_blank=_.hours.isnull().sum()
            )
            self._fact(prefix, found)
        return prefix

    def time_in_present_class(self) -> str:
        """`years`, whole ones, in posts of the class of the present post."""
        if not self._is_known("own_class"):
            own = self.present_posts.select(*KEYS, own_class=_.post_class)
            rows = self.career.filter(_.kind == "definitive").join(own, list(KEYS))
            rows = rows.filter(_.post_class == _.own_class)
            self._fact("own_class", total_time(rows, by=KEYS))
        return "own_class"

    def organisations(self) -> str:
        """`n` units in which definitive posts were held."""
        if not self._is_known("organisations"):
            rows = self.career.filter(_.kind == "definitive")
            self._fact("organisations", rows.group_by(*KEYS).agg(n=_.unit_id.nunique()))
        return "organisations"

    @cached_property
    def acting(self) -> ibis.Table:
        """Non-definitive posts held; `own_step`: of the definitive one on the first day."""
        keys = (*KEYS, "sequence", "post_id", "start_on")
        rows = self.career.filter(_.kind != "definitive")
        rows = rows.select(*keys, "kind", "step")
        own = self.career.filter(_.kind == "definitive").select(
            *KEYS, began_on=_.start_on, left_on=_.end_on, own_step=_.step
        )
        held = rows.join(own, list(KEYS)).filter(
            (_.began_on <= _.start_on) & (_.left_on.isnull() | (_.left_on >= _.start_on))
        )
        held = held.group_by(*keys).agg(own_step=_.own_step.max())
        return beside(rows, [held], keys)

    def potential(self, valid_for_years: int, highest: float) -> str:
        """`low` and `high`, the sum of the aspects; a missing one lies from 0 to the highest."""
        prefix = f"potential_{valid_for_years}_{highest:g}".replace(".", "_")
        if not self._is_known(prefix):
            rows = self.asof.known_of_people("potential").filter(_.assessed_on <= _.as_of)
            rows = self._recent(rows, "assessed_on", valid_for_years)
            rows = rows.mutate(place=place_in(rows.aspect, POTENTIAL_ASPECTS))
            of_aspect = newest_range(rows, "score", by=(*KEYS, "place"), day="assessed_on")
            # A score off the scale of the pack says nothing: that aspect lies anywhere on it.
            is_off = (of_aspect.low < 0) | (of_aspect.high > highest)
            of_aspect = of_aspect.mutate(
                low=ibis.ifelse(is_off, 0.0, of_aspect.low),
                high=ibis.ifelse(is_off, float(highest), of_aspect.high),
            )
            missing = (len(POTENTIAL_ASPECTS) - _.count()) * highest
            found = of_aspect.group_by(*KEYS).agg(
                low=_.low.sum(), high=_.high.sum() + missing, n_aspects=_.count()
            )
            self._fact(prefix, found)
        return prefix

    # -- assessments -----------------------------------------------------------------------------

    @cached_property
    def assessments(self) -> ibis.Table:
        """Assessments by the pack's methods, on the date or before, with the day they expire."""
        assert self.pack.assessment is not None
        rows = self.asof.known_of_people("assessment")
        rows = rows.filter(_.method.isin(self.pack.assessment.methods), _.assessed_on <= _.as_of)
        return rows.mutate(
            expires_on=anniversary(rows.assessed_on, self.pack.assessment.valid_for.years)
        )

    @cached_property
    def competency_numbers(self) -> ibis.Table:
        """`competency`, `competency_nr`: those of the dictionary and of any post."""
        names = ibis.memtable(
            {"competency": list(self.pack.competency_names)}, schema={"competency": "string"}
        )
        asked = self.asof.timeless("post_requirement").select("competency")
        every = names.union(asked, distinct=True)
        return every.mutate(competency_nr=ibis.row_number().over(order_by=every.competency)).cache()

    @cached_property
    def measured(self) -> ibis.Table:
        """Newest levels in force: `competency_nr`, `low`, `high`, `expires_on`; a row for each.

        Low and high differ where one day has two levels of a competency.
        """
        assert self.pack.assessment is not None
        rows = self._recent(self.assessments, "assessed_on", self.pack.assessment.valid_for.years)
        rows = rows.join(self.competency_numbers, "competency")
        rows = newest_range(rows, "level", by=(*KEYS, "competency_nr"), day="assessed_on")
        years = self.pack.assessment.valid_for.years
        return rows.mutate(expires_on=anniversary(rows.assessed_on, years)).cache()

    def assessed(self) -> str:
        """`on` and `expires_on` of the newest assessment of a competency of the dictionary."""
        if not self._is_known("assessed"):
            rows = self.assessments.filter(_.competency.isin(self.pack.competency_names))
            found = rows.group_by(*KEYS).agg(on=_.assessed_on.max(), expires_on=_.expires_on.max())
            self._fact("assessed", found)
        return "assessed"


def beside(rows: ibis.Table, tables: Sequence[ibis.Table], keys: Sequence[str]) -> ibis.Table:
    """Rows with the columns of tables that have at most one row for their keys; null elsewhere."""
    columns, joined = list(rows.columns), rows
    for place, table in enumerate(tables):
        # Keys under names of their own, so that all joins are one step of the plan.
        theirs = {f"{key}_{place}": key for key in keys}
        table = table.rename(theirs)
        joined = joined.left_join(table, [rows[key] == table[name] for name, key in theirs.items()])
        columns += [name for name in table.columns if name not in theirs]
    return joined.select(*columns)


def total_time(rows: ibis.Table, *, by: Sequence[str]) -> ibis.Table:
    """Time that rows cover together, overlaps once: `days`, `end`, `is_open`, and whole `years`.

    Parameters
    ----------
    rows : ibis.Table
        `start_on`, `end_on`, `end` (the day after the last one), `is_open` and the columns `by`.

    Returns
    -------
    ibis.Table
        Beside them `leaves_on`, the last day in post of time that goes on, where it is known ahead,
        and `last_days`, those of single rows: as such a day closes, it has been served.
    """
    covered = with_days_covered(rows, by=tuple(by), name="covered", until="end", pause_days=0)
    found = covered.group_by(*by).agg(
        # The engine sums to a wider type than a day can be moved by.
        days=_.covered.sum().cast("int32"),
        end=_.end.max(),
        is_open=_.is_open.any(),
        leaves_on=_leaves_on(covered),
        last_days=covered.end_on.collect(where=covered.end_on.notnull()),
    )
    return found.mutate(years=whole_years(found.days, found.end))


def _leaves_on(rows: ibis.Table) -> Expression:
    """The last day of the last open row; null if one of them has no end on record."""
    last = rows.end_on.coalesce(FOREVER).max(where=rows.is_open)
    return last.nullif(FOREVER)


def is_long_enough(prefix: str, years: int) -> Expression:
    """Whether the time of a fact of `time_in` comes to so many years."""
    return fulfilled_on(_[f"{prefix}_days"], _[f"{prefix}_end"], years) <= _[f"{prefix}_end"]


def newest_range(rows: ibis.Table, value: str, *, by: Sequence[str], day: str) -> ibis.Table:
    """The latest day of each group, with the `low` and `high` values of that day."""
    of_day = rows.group_by(*by, day).agg(low=_[value].min(), high=_[value].max())
    return of_day.group_by(*by).agg(
        low=_.low.argmax(_[day]), high=_.high.argmax(_[day]), **{day: _[day].max()}
    )


def within(rows: ibis.Table, day: str, years: int) -> ibis.Table:
    """The rows whose day lies less than so many years back."""
    return rows.filter(rows.as_of < anniversary(rows[day], years))


def lasting(rows: ibis.Table, start: str, end: str) -> ibis.Table:
    """The rows that have begun and not ended on their date; their last day is one of them."""
    ended = rows[end].notnull() & (rows[end] < rows.as_of)
    return rows.filter((rows[start] <= rows.as_of) & ~ended)


def place_in(value: Expression, order: Sequence[str]) -> Expression:
    """The place of a value in a list, from 0; null for any other value."""
    return ibis.cases(
        *((value == one, place) for place, one in enumerate(order)), else_=ibis.null("int64")
    )


def due_year(as_of: Expression, due_after_months: int) -> Expression:
    """The latest year of which the rating is due: so many months after its end.

    After three months, that of 2024 is due from 31 March 2025 on.
    """
    # At most 24 months after 31 December: one of the last four years.
    branches = []
    for back in (0, 1, 2):
        year_end = ibis.date(as_of.year() - back, 12, 31)
        branches.append((months_later(year_end, due_after_months) <= as_of, as_of.year() - back))
    return ibis.cases(*branches, else_=as_of.year() - 3).cast("int64")


def _named(*parts: str) -> str:
    return "_".join(parts).replace(" ", "_").replace("-", "_").lower()
