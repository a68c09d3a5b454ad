"""The reference of all rules: one function a kind, for one person, one post and one day.

The rule that must not break: as in `tests.lib.reference_policy_record`. What the record does not
answer needs checking; only what it does answer is met or not met.
"""

from collections.abc import Callable
from datetime import date

from features.packs.declaration import RetirementException
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
    Rule,
    SanctionRule,
    SuccessionGroupRule,
    TrainingRule,
)
from features.tables.dossier import EDUCATION_LEVELS, PREDICATES, RANKS
from tests.lib.reference_policy_match import is_in_force, known_match
from tests.lib.reference_policy_record import (
    DAY,
    Seen,
    Spell,
    anniversary,
    plus_months,
    stretch_open_since,
    time_of,
)
from tests.lib.reference_policy_scores import (
    highest_education,
    last_year,
    predicates_of,
    rank_held,
    spells_in_fields,
)

MET, NEEDS_CHECKING, NOT_MET = 0, 1, 2


def met_if(condition: bool) -> int:
    return MET if condition else NOT_MET


def education(seen: Seen, rule: EducationRule, person: str, post: str) -> int:
    level = highest_education(seen, person)
    if level is None:
        return NEEDS_CHECKING
    return met_if(EDUCATION_LEVELS.index(level) >= EDUCATION_LEVELS.index(rule.at_least))


def experience(seen: Seen, rule: ExperienceRule, person: str, post: str) -> int:
    if not seen.fields(post) or not seen.career(person):
        return NEEDS_CHECKING
    sure, possible = spells_in_fields(seen, person, post, rule.kinds)
    if rule.other_fields == "need_checking":
        possible = [spell for spell in seen.career(person) if spell.kind in rule.kinds]
    if time_of(sure, seen.on).is_long_enough(rule.years):
        return MET
    if not time_of(possible, seen.on).is_long_enough(rule.years):
        return NOT_MET
    return NEEDS_CHECKING


def held(seen: Seen, rule: HeldRule, person: str, post: str) -> int:
    if not seen.career(person):
        return NEEDS_CHECKING
    spells = spells_of_classes(seen, rule, person)
    return met_if(time_of(spells, seen.on).is_long_enough(rule.years))


def present(seen: Seen, rule: PresentRule, person: str, post: str) -> int:
    if not seen.career(person):
        return NEEDS_CHECKING
    since = stretch_open_since(spells_of_classes(seen, rule, person))
    return met_if(since is not None and anniversary(since, rule.years) <= seen.on)


def spells_of_classes(seen: Seen, rule: HeldRule | PresentRule, person: str) -> list[Spell]:
    classes = set(rule.of)
    if rule.or_equal:
        classes |= set(seen.pack.same_career(rule.of))
    return [s for s in seen.career(person) if s.kind in rule.kinds and s.post_class in classes]


def age(seen: Seen, rule: AgeRule, person: str, post: str) -> int:
    born = seen.birth_day(person)
    if born is None:
        return NEEDS_CHECKING
    birthday = anniversary(born, rule.at_most)
    eve_of_next = anniversary(born, rule.at_most + 1) - DAY
    if rule.reading == "birthday":
        return met_if(seen.on <= birthday)
    if rule.reading == "completed_years":
        return met_if(seen.on <= eve_of_next)
    if seen.on <= birthday:
        return MET
    return NOT_MET if seen.on > eve_of_next else NEEDS_CHECKING


def retirement(seen: Seen, rule: RetirementRule, person: str, post: str) -> int:
    last = last_day_of_service(seen, person)
    return NEEDS_CHECKING if last is None else met_if(plus_months(seen.on, rule.months) <= last)


def last_day_of_service(seen: Seen, person: str) -> date | None:
    born, present_post = seen.birth_day(person), seen.present_post(person)
    if seen.pack.retirement is None or born is None or present_post is None:
        return None
    retires_at = next(
        (e.age for e in seen.pack.retirement.exceptions if fits(seen, e, present_post)),
        seen.pack.retirement.age_of_class.get(seen.class_of(present_post)),
    )
    if retires_at is None:
        return None
    # The month counts, not the day: 29 February is of February in every year.
    return plus_months(anniversary(born.replace(day=1), retires_at), 1) - DAY


def fits(seen: Seen, exception: RetirementException, post: str) -> bool:
    if exception.classes is not None and seen.class_of(post) not in exception.classes:
        return False
    if exception.fields is not None and not seen.fields(post) & set(exception.fields):
        return False
    words, title = exception.title_contains, seen.post(post)["title"]
    return words is None or stands_in(words.lower(), title.lower())


def stands_in(words: str, title: str) -> bool:
    """Whether words stand in a title, and no letter next to them.

    >>> stands_in("guru", "guru madya"), stands_in("guru", "pengurus")
    (True, False)
    """
    places = range(len(title) - len(words) + 1)
    return any(
        title.startswith(words, place)
        and not title[:place][-1:].isalpha()
        and not title[place + len(words) :][:1].isalpha()
        for place in places
    )


def rank(seen: Seen, rule: RankRule, person: str, post: str) -> int:
    ranks = rank_held(seen, person)
    if ranks is None:
        return NEEDS_CHECKING
    low, high = (RANKS.index(one) for one in ranks)
    asked = RANKS.index(rule.at_least)
    if low >= asked:
        return MET
    return NOT_MET if high < asked - rule.tolerated_below else NEEDS_CHECKING


def predicate(seen: Seen, rule: PredicateRule, person: str, post: str) -> int:
    # The best predicate stands first.
    asked = PREDICATES.index(rule.at_least)
    last = last_year(seen, person, rule.due_after_months)
    answer = MET
    for year in range(last - rule.years + 1, last + 1):
        places = [PREDICATES.index(one) for one in predicates_of(seen, person, year)]
        if places and min(places) > asked:
            return NOT_MET
        if not places or max(places) > asked:
            answer = NEEDS_CHECKING
    return answer


def job_person_match(seen: Seen, rule: MatchRule, person: str, post: str) -> int:
    match = known_match(seen, person, post)
    if match is None:
        return NEEDS_CHECKING
    assert seen.pack.assessment is not None
    (band,) = [b for b in seen.pack.assessment.selection.bands if b.category == rule.at_least]
    reached = [
        (band.at_least is None or percent >= band.at_least)
        and (band.above is None or percent > band.above)
        for percent in match
    ]
    if all(reached):
        return MET
    return NEEDS_CHECKING if any(reached) else NOT_MET


def assessment_in_force(seen: Seen, rule: AssessmentRule, person: str, post: str) -> int:
    assert seen.pack.assessment is not None
    days = [
        row["assessed_on"]
        for row in seen.of("assessment", person)
        if row["competency"] in seen.pack.competency_names
        and row["method"] in seen.pack.assessment.methods
    ]
    years = seen.pack.assessment.valid_for.years
    return MET if days and is_in_force(seen, max(days), years) else NEEDS_CHECKING


def leadership_training(seen: Seen, rule: TrainingRule, person: str, post: str) -> int:
    completed = [
        row
        for row in seen.of("training", person)
        if row["finished_on"] is not None
        and row["finished_on"] <= seen.on
        and row.get("level") in rule.levels
    ]
    return MET if completed else NEEDS_CHECKING


def no_sanction(seen: Seen, rule: SanctionRule, person: str, post: str) -> int:
    if not seen.holds("discipline"):
        return NEEDS_CHECKING
    answer = MET
    for row in seen.of("discipline", person):
        if row["level"] not in rule.levels:
            continue
        until = row["until_on"]
        if until is None:
            answer = max(answer, NEEDS_CHECKING)
        elif until >= seen.on or is_in_force(seen, until + DAY, rule.clear_for_years):
            answer = NOT_MET
    return answer


def legal_status(seen: Seen, rule: LegalStatusRule, person: str, post: str) -> int:
    statuses = {
        row["status"]
        for row in seen.of("legal_status", person)
        if row["until_on"] is None or row["until_on"] >= seen.on
    }
    if statuses and statuses <= set(rule.allowed):
        return MET
    return NOT_MET if statuses and not statuses & set(rule.allowed) else NEEDS_CHECKING


def succession_group(seen: Seen, rule: SuccessionGroupRule, person: str, post: str) -> int:
    in_force = [
        row
        for row in seen.rows("succession_group")
        if row["scope"] in rule.scopes and (row["until_on"] is None or row["until_on"] >= seen.on)
    ]
    if any(row["person_id"] == person for row in in_force):
        return MET
    own = "agency" if "agency" in rule.scopes else rule.scopes[0]
    is_kept = any(row["scope"] == own for row in in_force)
    return NOT_MET if is_kept else NEEDS_CHECKING


def membership(seen: Seen, rule: MembershipRule, person: str, post: str) -> int:
    if not seen.rows("membership"):
        return NEEDS_CHECKING
    sits = [
        row
        for row in seen.of("membership", person)
        if row["body"] in rule.bodies and (row["end_on"] is None or row["end_on"] >= seen.on)
    ]
    return met_if(bool(sits))


def on_no_record(seen: Seen, rule: ApprovalRule | DocumentRule, person: str, post: str) -> int:
    return NEEDS_CHECKING


RULES: dict[str, Callable[..., int]] = {
    "education": education,
    "experience": experience,
    "held": held,
    "present": present,
    "age": age,
    "retirement": retirement,
    "rank": rank,
    "predicate": predicate,
    "job_person_match": job_person_match,
    "assessment_in_force": assessment_in_force,
    "leadership_training": leadership_training,
    "no_sanction": no_sanction,
    "legal_status": legal_status,
    "succession_group": succession_group,
    "membership": membership,
    "approval": on_no_record,
    "document": on_no_record,
}


def answer_to(seen: Seen, rule: Rule, person: str, post: str) -> int:
    return RULES[rule.rule](seen, rule, person, post)
