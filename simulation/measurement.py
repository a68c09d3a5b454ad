"""Measurement: what the file comes to hold of what people can do and have done.

The rule that must not break: what is not measured stays missing. Truths go in here, records come
out; nothing that comes out is more exact than the method that made it.
"""

from dataclasses import dataclass, fields

import numpy as np

from simulation.knobs import Knobs
from simulation.people import N_ABILITIES, People
from simulation.vocabulary import (
    CLASS,
    DIGITAL,
    MADYA,
    N_COMPETENCIES,
    N_GENERAL,
    PELAKSANA,
    PENGAWAS,
    POTENTIAL,
    PRATAMA,
    STRUCTURAL,
)

BELOW, MEETS, ABOVE = 1, 2, 3
METHODS = ("assessment_centre", "cact")
CENTRE, CACT = 0, 1
NEVER = -1
KEPT_YEARS = 3
#: Classes that lead others, and those who soon may: assessed at a centre, and more often.
LED = (*STRUCTURAL, CLASS["ahli_muda"], CLASS["ahli_madya"])

#: Cuts of a rating before rounding, in its standard deviations: nearly all are "Baik".
ABOVE_RESULTS, ABOVE_BEHAVIOUR = 0.72, 0.72
BELOW_RESULTS, BELOW_BEHAVIOUR = -3.15, -3.4
#: A grave case makes both sides fall below, whoever rates.
GRAVE_CASE = 0.001

COURSES_PER_YEAR = 1.1
HOURS = np.array([8, 16, 24, 40])
#: Levels that 20 hours (JP) of training add, by ability: what each training is worth.
GAIN_PER_20_HOURS = np.r_[
    np.full(9, 0.03), np.array([0.09, 0.05, 0.04, 0.03]), np.full(N_ABILITIES - N_GENERAL, 0.08)
]
LEADERSHIP_GAIN = 0.12
LEADERSHIP = {"PKP": (PENGAWAS, 2), "PKA": (CLASS["administrator"], 3), "PKN II": (PRATAMA, 4)}
METHOD_NOISE = np.array([1.0, 1.35])
#: A technical test is more exact than a judgement of behaviour.
TECHNICAL_EXACTNESS = 0.4
AWARD_RATE = 0.03
ASSIGNMENT_RATE = 0.25
DISCIPLINE_RATE = 0.004
FEEDBACK_SHARE = 0.3


@dataclass
class Dossier:
    """What is on record of each person, as it stands: arrays, one row a person.

    Attributes
    ----------
    assessed : float64, shape (n, n_competencies)
        Levels of the newest assessment, NaN where there is none; the last column is technical
        skill in `assessed_family`.
    assessed_on, method, assessed_family : int, shape (n,)
        `NEVER` where there is none.
    potential : float64, shape (n, 8)
    results, behaviour : float64, shape (n, 3)
        Ratings of the last years, the newest last: 1 below, 2 meets, 3 above, NaN missing.
    feedback : float64, shape (n,)
        Newest mean of 360-degree feedback, 1 to 5.
    hours : float64, shape (n,)
        Training hours, a year counting four fifths of the one after it.
    course : int, shape (n,)
        Level of the highest leadership course, 0 none.
    awards, assignments : int, shape (n,)
    sanctioned : float64, shape (n,)
        Gravity of the heaviest sanction: 0 none, 1 light, 2 medium, 3 heavy.
    """

    assessed: np.ndarray
    assessed_on: np.ndarray
    method: np.ndarray
    assessed_family: np.ndarray
    potential: np.ndarray
    results: np.ndarray
    behaviour: np.ndarray
    feedback: np.ndarray
    hours: np.ndarray
    course: np.ndarray
    awards: np.ndarray
    assignments: np.ndarray
    sanctioned: np.ndarray

    @classmethod
    def empty(cls, n: int) -> "Dossier":
        """Of people of whom nothing is on record yet."""
        return cls(
            assessed=np.full((n, N_COMPETENCIES), np.nan),
            assessed_on=np.full(n, NEVER, dtype=np.int64),
            method=np.full(n, NEVER, dtype=np.int64),
            assessed_family=np.full(n, NEVER, dtype=np.int64),
            potential=np.full((n, len(POTENTIAL)), np.nan),
            results=np.full((n, KEPT_YEARS), np.nan),
            behaviour=np.full((n, KEPT_YEARS), np.nan),
            feedback=np.full(n, np.nan),
            hours=np.zeros(n),
            course=np.zeros(n, dtype=np.int64),
            awards=np.zeros(n, dtype=np.int64),
            assignments=np.zeros(n, dtype=np.int64),
            sanctioned=np.zeros(n),
        )

    def and_also(self, others: "Dossier") -> "Dossier":
        """These and others behind them."""
        return Dossier(
            **{
                one.name: np.concatenate([getattr(self, one.name), getattr(others, one.name)])
                for one in fields(self)
            }
        )

    def at(self, rows: np.ndarray) -> "Dossier":
        """Some of them."""
        return Dossier(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})


@dataclass(frozen=True)
class YearRecords:
    """What one year adds to the file; `who` arrays are rows of people.

    Truths beside the records: `results_before_rounding`, `assessment_odds`, `training_rate`.
    """

    results: np.ndarray
    behaviour: np.ndarray
    predicate: np.ndarray
    assessed: np.ndarray
    trained_who: np.ndarray
    trained_in: np.ndarray
    trained_hours: np.ndarray
    course_who: np.ndarray
    course_level: np.ndarray
    feedback: np.ndarray
    awarded: np.ndarray
    assignments: np.ndarray
    sanction: np.ndarray
    results_before_rounding: np.ndarray
    assessment_odds: np.ndarray
    training_rate: np.ndarray


def record_year(
    rng: np.random.Generator,
    knobs: Knobs,
    people: People,
    dossier: Dossier,
    *,
    performance: np.ndarray,
    leniency: np.ndarray,
    unit_quality: np.ndarray,
    year: int,
    day: int,
    present: np.ndarray,
) -> YearRecords:
    """One year of ratings, assessments, training, feedback, awards and sanctions.

    Parameters
    ----------
    people : People
        `trained` grows by what is learnt.
    dossier : Dossier
        Brought up to date.
    performance : float64, shape (n,)
        Standardised among those of the same class.
    leniency : float64, shape (n,)
        Of each person's appraiser, in standard deviations of a rating.
    unit_quality : float64, shape (n,)
        Of each person's unit.
    present : bool, shape (n,)
        Who is in service; nothing is recorded of others.
    """
    burden = _burden(knobs, people)
    before, results, behaviour, grave = _ratings(
        rng, knobs, people, performance, leniency, burden, year
    )
    odds, assessed = _assessments(rng, knobs, people, dossier, unit_quality, burden, day, present)
    rate, trained = _training(rng, knobs, people, performance, burden, present)
    courses = _leadership_courses(rng, people, dossier, present)
    feedback = _feedback(rng, people, performance, present)
    awarded = present & (rng.random(len(people)) < AWARD_RATE * np.exp(0.6 * performance))
    level = people.level
    assignments = rng.poisson(ASSIGNMENT_RATE * np.exp(0.35 * performance + 0.25 * (level - 1)))
    assignments = np.where(present, assignments, 0)
    sanction = _sanctions(rng, people, grave, present)

    shown = np.where(present, results, np.nan)
    dossier.results = np.column_stack([dossier.results[:, 1:], shown])
    dossier.behaviour = np.column_stack(
        [dossier.behaviour[:, 1:], np.where(present, behaviour, np.nan)]
    )
    dossier.feedback = np.where(np.isnan(feedback), dossier.feedback, feedback)
    dossier.hours = 0.8 * dossier.hours + np.bincount(
        trained[0], weights=trained[2], minlength=len(people)
    )
    dossier.awards = dossier.awards + awarded
    dossier.assignments = dossier.assignments + assignments
    dossier.sanctioned = np.maximum(dossier.sanctioned, sanction)
    return YearRecords(
        results=results,
        behaviour=behaviour,
        predicate=predicate(results, behaviour),
        assessed=assessed,
        trained_who=trained[0],
        trained_in=trained[1],
        trained_hours=trained[2],
        course_who=courses[0],
        course_level=courses[1],
        feedback=feedback,
        awarded=awarded,
        assignments=assignments,
        sanction=sanction,
        results_before_rounding=before,
        assessment_odds=odds,
        training_rate=rate,
    )


def predicate(results: np.ndarray, behaviour: np.ndarray) -> np.ndarray:
    """Predicate of both ratings, 1 Sangat Baik to 5 Sangat Kurang (PermenPANRB 6/2022).

    >>> predicate(np.array([3, 2, 1, 2, 1]), np.array([3, 3, 2, 1, 1])).tolist()
    [1, 2, 3, 4, 5]
    """
    found = np.full(np.shape(results), 2)
    found = np.where((results == ABOVE) & (behaviour == ABOVE), 1, found)
    found = np.where((results == BELOW) & (behaviour != BELOW), 3, found)
    found = np.where((results != BELOW) & (behaviour == BELOW), 4, found)
    return np.where((results == BELOW) & (behaviour == BELOW), 5, found)


def _burden(knobs: Knobs, people: People) -> np.ndarray:
    """On whom a bias rests: 1 for women, and a share of it for those of minority origin."""
    return people.woman + knobs.origin_bias * people.minority_origin


def _ratings(
    rng: np.random.Generator,
    knobs: Knobs,
    people: People,
    performance: np.ndarray,
    leniency: np.ndarray,
    burden: np.ndarray,
    year: int,
) -> tuple[np.ndarray, ...]:
    """Ratings before rounding, and both ratings; leniency and inflation count in both."""
    n = len(people)
    luck = np.sqrt(1 - knobs.rating_truth**2)
    risen = knobs.drift_rating if knobs.drift_year and year >= knobs.drift_year else 0.0
    added = knobs.appraiser_leniency * leniency - knobs.rating_bias * burden + risen
    before = knobs.rating_truth * performance + luck * rng.normal(size=n) + added
    conduct = knobs.rating_truth * (0.85 * people.conduct + 0.5 * performance)
    behaving = conduct + luck * rng.normal(size=n) + added
    width = np.sqrt(1 + knobs.appraiser_leniency**2)
    results = np.full(n, MEETS)
    results[before > ABOVE_RESULTS * width] = ABOVE
    results[before < BELOW_RESULTS * width] = BELOW
    behaviour = np.full(n, MEETS)
    behaviour[behaving > ABOVE_BEHAVIOUR * width] = ABOVE
    behaviour[behaving < BELOW_BEHAVIOUR * width] = BELOW
    grave = rng.random(n) < GRAVE_CASE * np.exp(-0.8 * people.conduct - 0.32)
    results[grave] = behaviour[grave] = BELOW
    return before, results, behaviour, grave


def _assessments(
    rng: np.random.Generator,
    knobs: Knobs,
    people: People,
    dossier: Dossier,
    unit_quality: np.ndarray,
    burden: np.ndarray,
    day: int,
    present: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Who is assessed, and what is found. Weak units assess less: missing not at random."""
    yearly = 1 - (1 - min(knobs.assessment_coverage, 0.999)) ** (1 / 3)
    led = np.isin(people.post_class, LED)
    odds = np.log(yearly / (1 - yearly)) + np.where(led, 0.6, -0.3)
    odds = odds + knobs.coverage_by_unit * unit_quality - knobs.coverage_bias * burden
    chosen = present & (rng.random(len(people)) < 1 / (1 + np.exp(-odds)))
    who = np.flatnonzero(chosen)
    truth = people.abilities(day)[who]
    rows = np.arange(len(who))
    asked = np.concatenate(
        [truth[:, :N_GENERAL], truth[rows, N_GENERAL + people.family[who]][:, None]], axis=1
    )
    method = np.where(led[who], CENTRE, CACT)
    noise = knobs.assessment_noise * METHOD_NOISE[method]
    exact = np.r_[np.ones(N_COMPETENCIES - 1), TECHNICAL_EXACTNESS]
    found = asked + noise[:, None] * exact * rng.normal(size=asked.shape)
    if knobs.assessment_rounding:
        found = np.round(found / knobs.assessment_rounding) * knobs.assessment_rounding
    dossier.assessed[who] = (
        np.clip(found, 0.0, 6.0) if not knobs.assessment_rounding else np.clip(found, 1.0, 5.0)
    )
    dossier.assessed_on[who] = day
    dossier.method[who] = method
    dossier.assessed_family[who] = people.family[who]
    dossier.potential[who] = _potential(rng, people, who)
    return odds, who


def _potential(rng: np.random.Generator, people: People, who: np.ndarray) -> np.ndarray:
    """Eight aspects, 0 to 5, in whole and half points."""
    talent = people.talent[who] / 0.62
    general = talent[:, :N_GENERAL].mean(axis=1) / 0.75
    motive = 0.6 * people.conduct[who]
    aspects = np.column_stack(
        [
            0.5 * general + 0.5 * talent[:, 10],
            0.4 * general + 0.5 * (talent[:, 1] + talent[:, 2]) / 1.6,
            0.3 * general + 0.4 * talent[:, 5],
            0.4 * general + 0.5 * talent[:, 11],
            0.5 * general + 0.4 * talent[:, 7],
            0.3 * general + 0.4 * talent[:, 8] + 0.3 * motive,
            0.3 * general + 2.0 * np.log(people.learning[who]),
            0.2 * general + motive,
        ]
    )
    scores = 3.0 + 0.8 * (aspects + 0.6 * rng.normal(size=aspects.shape))
    return np.clip(np.round(scores * 2) / 2, 0.0, 5.0)


def _training(
    rng: np.random.Generator,
    knobs: Knobs,
    people: People,
    performance: np.ndarray,
    burden: np.ndarray,
    present: np.ndarray,
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Courses of the year and what they add. Unequal opportunity takes off the rate."""
    rate = COURSES_PER_YEAR * np.exp(
        knobs.opportunity_by_merit * np.clip(performance, -3, 3)
        - knobs.unequal_opportunity * burden
    )
    courses = np.where(present, rng.poisson(rate), 0)
    who = np.repeat(np.arange(len(people)), courses)
    subject = rng.integers(0, N_GENERAL + 6, len(who))
    subject = np.where(subject >= N_GENERAL, N_GENERAL + people.family[who], subject)
    digital = rng.random(len(who)) < 0.12
    subject = np.where(digital, DIGITAL, subject)
    hours = rng.choice(HOURS, size=len(who), p=[0.35, 0.3, 0.2, 0.15])
    gain = GAIN_PER_20_HOURS[subject] * hours / 20.0 * people.learning[who]
    np.add.at(people.trained, (who, subject), gain)
    return rate, (who, subject, hours)


def _leadership_courses(
    rng: np.random.Generator, people: People, dossier: Dossier, present: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """PKP, PKA and PKN II for those who hold the class; 15 in a hundred a year."""
    who, levels = [], []
    for post_class, level in LEADERSHIP.values():
        holders = present & (people.post_class == post_class) & (dossier.course < level)
        sent = np.flatnonzero(holders & (rng.random(len(people)) < 0.15))
        dossier.course[sent] = level
        people.trained[sent, :9] += LEADERSHIP_GAIN * people.learning[sent, None]
        who.append(sent)
        levels.append(np.full(len(sent), level))
    return np.concatenate(who), np.concatenate(levels)


def _feedback(
    rng: np.random.Generator, people: People, performance: np.ndarray, present: np.ndarray
) -> np.ndarray:
    n = len(people)
    liked = 0.5 * people.conduct + 0.4 * people.talent[:, 1] / 0.62 + 0.3 * performance
    score = np.clip(3.9 + 0.4 * (liked + 0.8 * rng.normal(size=n)), 1.0, 5.0)
    given = present & (rng.random(n) < FEEDBACK_SHARE)
    return np.where(given, np.round(score, 2), np.nan)


def _sanctions(
    rng: np.random.Generator, people: People, grave: np.ndarray, present: np.ndarray
) -> np.ndarray:
    """0 none, 1 light, 2 medium, 3 heavy; a grave case never goes by."""
    n = len(people)
    any_case = rng.random(n) < DISCIPLINE_RATE * np.exp(-0.9 * people.conduct - 0.4)
    gravity = rng.choice([1, 2, 3], size=n, p=[0.65, 0.25, 0.10])
    sanction = np.where(any_case, gravity, 0)
    sanction = np.where(grave, np.maximum(sanction, 2), sanction)
    return np.where(present, sanction, 0)


def first_years(dossier: Dossier, people: People, rng: np.random.Generator) -> None:
    """What older years have left in the file before the first simulated one."""
    n = len(people)
    for post_class, level in LEADERSHIP.values():
        above = (people.level >= level) & (people.post_class >= post_class)
        dossier.course[above & (rng.random(n) < 0.6)] = level
    dossier.awards = rng.poisson(0.1, n)
    dossier.assignments = rng.poisson(0.5 * people.level)
    dossier.hours = rng.gamma(2.0, 25.0, n)
    top = (people.post_class == PRATAMA) | (people.post_class == MADYA)
    dossier.course[top & (people.post_class != PELAKSANA) & (rng.random(n) < 0.5)] = 4
