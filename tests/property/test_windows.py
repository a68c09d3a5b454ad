"""A window opens on the first day on which the slow reference says so, and closes on the last one.

Records are frozen on the day of the question: nothing is learnt and nothing begins after it, so
that whatever an answer does later is the doing of time alone.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.packs.rules import ExperienceRule, MatchRule, RetirementRule
from features.policy.eligibility import Eligibility, eligibility
from features.policy.windows import RuleWindow, rule_windows, windows
from tests.lib.policy_strategies import Case, boundaries, cases, record_of
from tests.lib.reference_policy_record import DATED, Seen, read_day
from tests.lib.reference_policy_rules import MET, NOT_MET, answer_to

DAY = timedelta(days=1)
#: Kinds of rules that one pack is made of. A predicate is taken as it stands, and is not walked.
KINDS = {
    "careers": ("held", "present", "experience"),
    "ages": ("age", "retirement"),
    "registers": ("no_sanction", "legal_status", "succession_group", "membership"),
    "assessments": ("assessment_in_force", "job_person_match"),
    "mixed": ("held", "present", "age", "no_sanction", "assessment_in_force", "education"),
}
OF_A_POST = (ExperienceRule, MatchRule)
N_PEOPLE, N_POSTS, N_STARTS, N_DAYS = 4, 3, 6, 12


class Walk:
    """What a case answers from one day on, if nothing is learnt and nothing begins after it.

    Parameters
    ----------
    case : Case
    as_of : date
    later : list of date
        Days to look at.
    """

    def __init__(self, case: Case, as_of: date, later: list[date]) -> None:
        self.case, self.as_of, self.later = case, as_of, later
        seen = Seen(case.tables, case.pack, as_of)
        told = {name: seen.rows(name) for name in case.tables if name in DATED}
        self._rows = {**case.tables, **told}
        self._seen: dict[date, Seen] = {}
        self._answers: dict[tuple, int] = {}

    def answer(self, place: int, pair: pd.Series, day: date) -> int:
        """What the reference answers to one rule about one pair on a day."""
        rule = self.case.pack.rules[place]
        person, post = pair["person_id"], pair["post_id"]
        key = (place, person, post if isinstance(rule, OF_A_POST) else None, day)
        if key not in self._answers:
            seen = self._seen.setdefault(day, Seen(self._rows, self.case.pack, day))
            self._answers[key] = answer_to(seen, rule, person, post)
        return self._answers[key]

    def days(self, *named: date | None) -> list[date]:
        """Days to walk, among them those around the days that a window names."""
        around = {day + n * DAY for day in named if day is not None for n in (-1, 0, 1)}
        return sorted(day for day in {self.as_of, *self.later, *around} if day >= self.as_of)


def lasting_births(rows: Iterable[dict]) -> list[dict]:
    """Attributes without an end; a day that is written twice stands once."""
    found: dict[tuple, dict] = {}
    for row in rows:
        key = (row["person_id"], row["attribute"], read_day(row["value"]) or row["value"])
        found.setdefault(key, {**row, "until_on": None})
    return list(found.values())


@st.composite
def walks(draw, kinds: tuple[str, ...]) -> list[Walk]:
    """Some days to start from, on one record."""
    case = draw(cases(kinds, ("not_on_record",), most_days=12))
    if "protected_attribute" in case.tables:
        births = lasting_births(case.tables["protected_attribute"])
        case = replace(case, tables={**case.tables, "protected_attribute": births})
    near = boundaries(case.tables, case.pack)
    later = draw(st.lists(st.sampled_from(near), max_size=N_DAYS))
    return [Walk(case, day, [*later, *case.days]) for day in case.days[:N_STARTS]]


def answered(asked: list[Walk]) -> Eligibility:
    """What the engine answers to some pairs on each of the days that walks start from."""
    case = asked[0].case
    people, posts = case.people[:N_PEOPLE], case.posts[:N_POSTS]
    pairs = pd.DataFrame(
        [(one, person, post) for one in asked for person in people for post in posts],
        columns=["walk", "person_id", "post_id"],
    )
    as_of = pd.to_datetime([one.as_of for one in pairs["walk"]])
    pairs = pairs.drop(columns="walk").assign(as_of=as_of, route=case.route)
    record = record_of(case.tables)
    # Small questions are answered sooner by one thread than by several.
    record.backend.raw_sql("SET threads = 1")
    return eligibility(record, case.pack, pairs)


def check_rule(walk: Walk, pair: pd.Series, place: int, window: RuleWindow) -> None:
    """The days on which one rule is met are those of its window, and no others."""
    first, last = window.first_on, window.last_on
    # Another post, held already, may come to count in the place of the present one.
    may_be_mended = isinstance(window.rule, RetirementRule)
    for day in walk.days(first, last, window.at_latest_on):
        is_met = walk.answer(place, pair, day) == MET
        if first is None:
            assert not is_met or may_be_mended, (day, window)
        elif day < first:
            assert not is_met, (day, window)
        elif last is None or day <= last:
            assert is_met, (day, window)
        elif day == last + DAY:
            assert not is_met, (day, window)


def check_pair(walk: Walk, asked: dict[str, int], window: pd.Series) -> None:
    """Every rule that time moves is met on the days of the window, and beside it one is not."""
    moved = [place for name, place in asked.items() if name not in window["state_rules"]]
    names = ("first_on", "closes_on", "closes_at_latest_on")
    first, last, latest = (d.date() if pd.notna(d) else None for d in window[list(names)])
    # When the present post is left, another one may count for the retirement.
    closing = walk.case.pack.rules[asked[window["closes_rule"]]] if last else None
    is_never = window["never"] and not isinstance(closing, RetirementRule)
    for day in walk.days(first, last, latest):
        codes = {walk.answer(place, window, day) for place in moved}
        if first is not None and first <= day and (last is None or day <= last):
            assert codes <= {MET}, (day, window)
        # What is too late has one rule that is over, or needs a new test, when the other begins.
        assert not is_never or (NOT_MET in codes if first is None else codes != {MET}), (
            day,
            window,
        )
    if first is not None and first > walk.as_of:
        assert walk.answer(asked[window["first_rule"]], window, first - DAY) != MET
    if last is not None:
        beyond = max(last + DAY, walk.as_of)
        assert walk.answer(asked[window["closes_rule"]], window, beyond) != MET
    answers = {p: walk.answer(p, window, walk.as_of) for p in asked.values()}
    rules = walk.case.pack.rules
    # Without a rule nothing is known, and nothing is open.
    is_settled = bool(answers) and all(
        code == MET for p, code in answers.items() if rules[p].due == "list"
    )
    assert window["is_open"] == (is_settled and NOT_MET not in answers.values()), window


quick = settings(
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=False,
    # A case is a whole record: making it smaller takes longer than reading it.
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("kinds", KINDS)
def test_windows_are_the_days_on_which_the_reference_has_rules_met(kinds: str):
    @settings(quick, max_examples=2)
    @given(asked=walks(KINDS[kinds]))
    def check(asked: list[Walk]) -> None:
        check_walks(asked)

    check()


def check_walks(asked: list[Walk]) -> None:
    """Everything that the windows of some walks say."""
    found = answered(asked)
    table, by_day = windows(found), {pd.Timestamp(one.as_of): one for one in asked}
    for row in range(len(table)):
        window = table.iloc[row]
        walk, places = by_day[window["as_of"]], found.rules_of(row)
        for (place, _rule), of_rule in zip(places, rule_windows(found, row), strict=True):
            check_rule(walk, window, place, of_rule)
        check_pair(walk, {rule.id: place for place, rule in places}, window)
