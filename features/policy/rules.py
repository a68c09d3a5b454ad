"""What each kind of rule answers, as an expression over the facts that it asks for.

The rule that must not break: what the record does not hold, or holds twice and differently, is
*needs checking*; *not met* is said only where the record says so. `docs/policy-packs.md` tells the
same in words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch

import ibis
from ibis import _

from features.packs.declaration import Pack
from features.packs.rules import (
    AgeRule,
    ApprovalRule,
    AssessmentRule,
    DocumentRule,
    EducationRule,
    ExperienceRule,
    HeldRule,
    LegalStatusRule,
    MatchRule,
    MembershipRule,
    PredicateRule,
    PresentRule,
    RankRule,
    RetirementRule,
    RuleBase,
    SanctionRule,
    SuccessionGroupRule,
    TrainingRule,
)
from features.policy.anniversaries import (
    Expression,
    anniversary,
    fulfilled_on,
    months_later,
    shifted,
)
from features.policy.facts import FOREVER, Facts, is_long_enough
from features.policy.matching import Matching
from features.policy.statuses import MET, NEEDS_CHECKING, NOT_MET
from features.tables.dossier import EDUCATION_LEVELS, PREDICATES, RANKS


@dataclass(frozen=True)
class Answer:
    """What a rule says of everybody: expressions over facts of people, or of pairs.

    Parameters
    ----------
    code : ibis.Expression of integer
        *met* 0, *needs checking* 1, *not met* 2.
    side : str, optional
        Side of the post that it reads facts of, beside those of people; see `Matching`.
    first_on, last_on : ibis.Expression of date, optional
        First and last day on which the rule is met if nothing changes but the date; null where time
        does not move it.
    values : dict of str to ibis.Expression
        What the answer rests on, for the sentence that explains it.
    """

    code: Expression
    side: str | None = None
    first_on: Expression | None = None
    last_on: Expression | None = None
    values: dict[str, Expression] | None = None


def answer(rule: RuleBase, facts: Facts, matching: Matching) -> Answer:
    """What a rule says, as expressions; the facts that it reads are asked for on the way."""
    return _answer(rule, facts, matching)


@singledispatch
def _answer(rule: RuleBase, _facts: Facts, _matching: Matching) -> Answer:
    raise TypeError(f"no answer for rules of the kind {type(rule).__name__}")


def _code(*branches: tuple[Expression, int], otherwise: int) -> Expression:
    """The code of the first branch that holds; a condition that is null does not."""
    held = [(condition.fill_null(False), code) for condition, code in branches]
    return ibis.cases(*held, else_=otherwise).cast("int8")


@_answer.register
def _education(rule: EducationRule, facts: Facts, _matching: Matching) -> Answer:
    level = _[f"{facts.education()}_level"]
    enough = EDUCATION_LEVELS.index(rule.at_least)
    code = _code((level >= enough, MET), (level < enough, NOT_MET), otherwise=NEEDS_CHECKING)
    return Answer(code, values={"level": level})


@_answer.register
def _experience(rule: ExperienceRule, facts: Facts, matching: Matching) -> Answer:
    known = facts.has_career()
    prefix = matching.experience(rule.kinds)
    sure, possible = f"{prefix}_sure", f"{prefix}_possible"
    if rule.other_fields == "need_checking":
        possible = facts.time_anywhere(rule.kinds)
    # Null where nobody knows which fields of work the post has.
    asks = _[f"{prefix}_asks"].fill_null(False)
    has_career = _[f"{known}_rows"] > 0
    code = _code(
        (~asks | has_career.isnull(), NEEDS_CHECKING),
        (is_long_enough(sure, rule.years), MET),
        (is_long_enough(possible, rule.years), NEEDS_CHECKING),
        otherwise=NOT_MET,
    )
    return Answer(
        code,
        side="fields",
        first_on=_when_full(sure, rule.years),
        values={
            "sure": _[f"{sure}_years"],
            "possible": _[f"{possible}_years"],
            "at_earliest_on": _when_full(possible, rule.years),
        },
    )


def _when_full(prefix: str, years: int) -> Expression:
    """The day on which some time comes to so many years; null if it does not go on to it."""
    days, end, is_open = (_[f"{prefix}_{name}"] for name in ("days", "end", "is_open"))
    full = fulfilled_on(days, end, years)
    # A last day in post has been served as it closes; any other day on the next one.
    eve = shifted(full, -1)
    first_on = ibis.ifelse(_[f"{prefix}_last_days"].contains(eve), eve, full)
    leaves_on = _[f"{prefix}_leaves_on"]
    goes_on = is_open & (leaves_on.isnull() | (first_on <= leaves_on))
    return ibis.ifelse(goes_on | (full <= end), first_on, ibis.null("date"))


@_answer.register
def _held(rule: HeldRule, facts: Facts, _matching: Matching) -> Answer:
    classes = facts.pack.same_career(rule.of) if rule.or_equal else rule.of
    known = facts.has_career()
    prefix = facts.time_in(classes, rule.kinds)
    code = _code(
        (_[f"{known}_rows"].isnull(), NEEDS_CHECKING),
        (is_long_enough(prefix, rule.years), MET),
        otherwise=NOT_MET,
    )
    years, days, end = (_[f"{prefix}_{name}"] for name in ("years", "days", "end"))
    return Answer(
        code,
        first_on=_when_full(prefix, rule.years),
        values={"years": years, "days": days, "end": end},
    )


@_answer.register
def _present(rule: PresentRule, facts: Facts, _matching: Matching) -> Answer:
    classes = facts.pack.same_career(rule.of) if rule.or_equal else rule.of
    known = facts.has_career()
    prefix = facts.stretch_in(classes, rule.kinds)
    start = _[f"{prefix}_start_on"]
    first_on = anniversary(start, rule.years)
    # As its last day closes, a post is not held any more.
    last_on = shifted(_[f"{prefix}_leaves_on"], -1)
    comes = last_on.isnull() | (first_on <= last_on)
    code = _code(
        (_[f"{known}_rows"].isnull(), NEEDS_CHECKING),
        (first_on <= _.as_of, MET),
        otherwise=NOT_MET,
    )
    return Answer(
        code,
        first_on=ibis.ifelse(comes, first_on, ibis.null("date")),
        last_on=last_on,
        values={"since": start},
    )


@_answer.register
def _age(rule: AgeRule, facts: Facts, _matching: Matching) -> Answer:
    birthday = _[f"{facts.reaches(rule.at_most)}_on"]
    eve_of_next = shifted(_[f"{facts.reaches(rule.at_most + 1)}_on"], -1)
    surely = eve_of_next if rule.reading == "completed_years" else birthday
    possibly = birthday if rule.reading == "birthday" else eve_of_next
    code = _code(
        (_.as_of <= surely, MET),
        (_.as_of <= possibly, NEEDS_CHECKING),
        (possibly.notnull(), NOT_MET),
        otherwise=NEEDS_CHECKING,
    )
    return Answer(code, last_on=surely, values={"last_on": surely, "at_latest_on": possibly})


@_answer.register
def _retirement(rule: RetirementRule, facts: Facts, _matching: Matching) -> Answer:
    last = _[f"{facts.retires()}_on"]
    code = _code(
        (months_later(_.as_of, rule.months) <= last, MET),
        (last.notnull(), NOT_MET),
        otherwise=NEEDS_CHECKING,
    )
    until_on = _[f"{facts.serves(rule.months)}_until_on"]
    return Answer(
        code,
        last_on=ibis.ifelse(last.notnull(), until_on, ibis.null("date")),
        values={"last_day_of_service": last},
    )


@_answer.register
def _rank(rule: RankRule, facts: Facts, _matching: Matching) -> Answer:
    prefix = facts.rank()
    low, high = _[f"{prefix}_low"], _[f"{prefix}_high"]
    enough = RANKS.index(rule.at_least)
    code = _code(
        (low >= enough, MET),
        (high < enough - rule.tolerated_below, NOT_MET),
        otherwise=NEEDS_CHECKING,
    )
    return Answer(code, values={"low": low, "high": high})


@_answer.register
def _predicate(rule: PredicateRule, facts: Facts, _matching: Matching) -> Answer:
    prefix = facts.predicates(rule.years, rule.due_after_months)
    enough = PREDICATES.index(rule.at_least)
    worst = [_[f"{prefix}_worst_{n}"] for n in range(rule.years)]
    best = [_[f"{prefix}_best_{n}"] for n in range(rule.years)]
    falls_short = [(one > enough, NOT_MET) for one in best]
    unsure = [(one.isnull() | (one > enough), NEEDS_CHECKING) for one in worst]
    return Answer(
        _code(*falls_short, *unsure, otherwise=MET),
        values={f"year_{n}": one for n, one in enumerate(worst)},
    )


@_answer.register
def _match(rule: MatchRule, facts: Facts, matching: Matching) -> Answer:
    assert facts.pack.assessment is not None
    prefix = matching.person_match()
    low, high = _[f"{prefix}_low"].round(9), _[f"{prefix}_high"].round(9)
    wanted = next(b for b in facts.pack.assessment.selection.bands if b.category == rule.at_least)
    is_measured = _[f"{prefix}_n_measured"] > 0
    if wanted.lower is None:
        reaches: Callable[[Expression], Expression] = lambda score: score.notnull()  # noqa: E731
    elif wanted.at_least is not None:
        reaches = lambda score: score >= wanted.lower  # noqa: E731
    else:
        reaches = lambda score: score > wanted.lower  # noqa: E731
    code = _code(
        (is_measured & reaches(low), MET),
        (is_measured & ~reaches(high), NOT_MET),
        otherwise=NEEDS_CHECKING,
    )
    lasts = matching.match_lasts(rule.at_least, reaches)
    return Answer(
        code,
        side="behavioural",
        last_on=ibis.ifelse(is_measured & reaches(low), _[f"{lasts}_until_on"], ibis.null("date")),
        values={"low": low, "high": high, "measured": _[f"{prefix}_n_measured"]},
    )


@_answer.register
def _assessment(_rule: AssessmentRule, facts: Facts, _matching: Matching) -> Answer:
    prefix = facts.assessed()
    expires_on = _[f"{prefix}_expires_on"]
    code = _code((_.as_of < expires_on, MET), otherwise=NEEDS_CHECKING)
    last = shifted(expires_on, -1)
    return Answer(code, last_on=last, values={"on": _[f"{prefix}_on"], "last_on": last})


@_answer.register
def _training(rule: TrainingRule, facts: Facts, _matching: Matching) -> Answer:
    on = _[f"{facts.trained(rule.levels)}_on"]
    return Answer(_code((on.notnull(), MET), otherwise=NEEDS_CHECKING), values={"on": on})


@_answer.register
def _sanction(rule: SanctionRule, facts: Facts, _matching: Matching) -> Answer:
    if not facts.holds("discipline"):
        return _nobody_knows()
    prefix = facts.sanctioned(rule.levels)
    until_on, unended = _[f"{prefix}_until_on"], _[f"{prefix}_n_unended"]
    clear_on = anniversary(shifted(until_on, 1), rule.clear_for_years)
    code = _code((_.as_of < clear_on, NOT_MET), (unended > 0, NEEDS_CHECKING), otherwise=MET)
    first_on = ibis.ifelse(unended.fill_null(0) == 0, clear_on, ibis.null("date"))
    values = {"until_on": until_on, "unended": unended, "at_earliest_on": clear_on}
    return Answer(code, first_on=first_on, values=values)


@_answer.register
def _legal_status(rule: LegalStatusRule, facts: Facts, _matching: Matching) -> Answer:
    if not facts.holds("legal_status"):
        return _nobody_knows()
    prefix = facts.legal_status(rule.allowed)
    n, allowed = _[f"{prefix}_n"], _[f"{prefix}_n_allowed"]
    code = _code(
        ((n > 0) & (allowed == n), MET),
        ((n > 0) & (allowed == 0), NOT_MET),
        otherwise=NEEDS_CHECKING,
    )
    allowed_until = _[f"{prefix}_allowed_until"]
    freed_on = shifted(_[f"{prefix}_other_until"], 1)
    return Answer(
        code,
        first_on=ibis.ifelse(freed_on <= allowed_until, freed_on, ibis.null("date")),
        last_on=_or_none(allowed_until),
        values={"statuses": n, "allowed": allowed},
    )


def _or_none(day: Expression) -> Expression:
    """A last day; null where it never comes."""
    return ibis.ifelse(day < FOREVER, day, ibis.null("date"))


@_answer.register
def _succession_group(rule: SuccessionGroupRule, facts: Facts, _matching: Matching) -> Answer:
    prefix = facts.succession_group(rule.scopes)
    member_until = _[f"{prefix}_member_until"]
    code = _code(
        (member_until.notnull(), MET),
        (_[f"{prefix}_n_in_force"] > 0, NOT_MET),
        otherwise=NEEDS_CHECKING,
    )
    last_on = _or_none(member_until)
    is_member = member_until.notnull()
    return Answer(code, last_on=last_on, values={"until_on": last_on, "is_member": is_member})


@_answer.register
def _membership(rule: MembershipRule, facts: Facts, _matching: Matching) -> Answer:
    prefix = facts.seated(rule.bodies)
    code = _code(
        (_[f"{prefix}_is_member"], MET),
        (_[f"{prefix}_n_known"] > 0, NOT_MET),
        otherwise=NEEDS_CHECKING,
    )
    return Answer(code, last_on=_or_none(_[f"{prefix}_member_until"]))


@_answer.register(ApprovalRule)
@_answer.register(DocumentRule)
def _outside_the_record(
    _rule: ApprovalRule | DocumentRule, _facts: Facts, _matching: Matching
) -> Answer:
    return _nobody_knows()


def _nobody_knows() -> Answer:
    return Answer(ibis.literal(NEEDS_CHECKING, "int8"))


def speaks_of(pack: Pack) -> tuple[str, ...]:
    """Names of the rules of a pack in the order of the file, each once."""
    return tuple(dict.fromkeys(rule.id for rule in pack.rules))
