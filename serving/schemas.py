"""What goes out: typed answers, the same on the command line, in `/v1` and over BentoML.

The rule that must not break: eligibility, policy lane, readiness and evidence are four fields; no
field merges two of them, and none holds a value of a protected attribute.
"""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from models.uncertainty import FlagName

#: The most candidates that one answer shows.
MOST_CANDIDATES = 1000
Language = Literal["id", "en"]
Status = Literal["met", "not met", "needs checking"]
Route = Literal["succession_group", "lateral", "open_selection"]
Grade = Literal["verified", "public_code", "recalled"]
Mode = Literal["day_one", "model"]
Band = Literal["now", "1-2", "3-5", "beyond"]
OrderedBy = Literal["readiness", "policy_score", "weighted_gap", "nothing"]


def written_day(value: object) -> object:
    """Refuse a date that is not written YYYY-MM-DD.

    A number would be taken for seconds since 1970: 20190701 would be a day in that year.
    """
    if isinstance(value, date) or re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):
        return value
    raise PydanticCustomError("day", "Dates are written YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(written_day)]
TopNumber = Annotated[int, Field(ge=1, le=MOST_CANDIDATES)]
Name = Annotated[str, Field(min_length=1)]


class Answer(BaseModel):
    """Anything that goes out: frozen, and closed to fields that nobody described."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Answer):
    """One sentence in both languages."""

    id: str = Field(description="Indonesian")
    en: str = Field(description="English")


class Rule(Answer):
    """The answer of one rule: of the policy pack, or of the gate of the agency's mapping."""

    rule: str
    status: Status
    sentence: Text = Field(description="What is asked.")
    found: Text | None = Field(description="What the record holds on it.")
    settled_by: Text | None = Field(description="The document that would settle it.")
    due: Literal["list", "appointment"] = Field(
        description="Whether it decides on the list, or is settled only before the appointment."
    )
    citation: str
    grade: Grade | None = Field(description="How sure the citation is.")
    alternative: Text | None = Field(description="What other sources say, where they conflict.")


class Eligibility(Answer):
    """What the rules say; never learned."""

    status: Status
    rules: tuple[Rule, ...]
    sentence: Text | None = Field(description="Why nothing could be said, where no rule exists.")


class Range(Answer):
    """From what is on record to what could be; a number where both are the same."""

    low: float
    high: float


class Component(Answer):
    """What one part adds to an axis, or to the score for a post."""

    of: Literal["performance", "potential", "score"]
    component: str
    title: Text
    weight: float = Field(description="Share of the whole in percent: the most it can add.")
    adds: Range


class Match(Answer):
    """Job person match (JPM) against the standard of the post, in percent and not capped."""

    jpm: Range | None = Field(description="None where no assessment is in force.")
    selection: str | None = Field(description="Category for filling a post.")
    mapping: str | None = Field(description="Category for mapping.")


class Places(Answer):
    """The place by the policy score among those whom no rule turns away."""

    best: int
    worst: int
    of: int


class SourceBox(Answer):
    """The box that the agency's own system gave, beside ours."""

    box: int | None = Field(description="None where it gave two of one day that differ.")
    on: date | None
    agreement: Literal["same", "possible", "differs", "contradictory"]
    sentence: Text | None = Field(description="What explains the difference.")


class PolicyLane(Answer):
    """The official scores and box, where a policy pack gives them; ranges where records miss."""

    status: Literal["known", "range", "unknown"]
    sentence: Text
    performance: Range | None = None
    potential: Range | None = None
    talent: Range | None = None
    box: int | None = Field(default=None, description="The only possible box.")
    boxes: tuple[int, ...] = Field(default=(), description="Every box that the record allows.")
    match: Match | None = None
    score: Range | None = Field(default=None, description="Score for this post.")
    places: Places | None = None
    components: tuple[Component, ...] = ()
    source_box: SourceBox | None = None


class Reason(Answer):
    """One reason group that stands out: the number and the sentence."""

    group: str | None
    contribution: float = Field(description="Logit that the group moves the shown estimate by.")
    sentence: Text


class Flag(Answer):
    """A reason why an estimate cannot be relied on."""

    flag: FlagName
    sentence: Text


class OddsBound(Answer):
    """Lowest and highest readiness under an odds ratio that is assumed, and never learnt."""

    odds_ratio: float = Field(
        description="The odds of success of the appointed, over those of people with the same "
        "record who were not appointed, lie between its inverse and it."
    )
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)


class Readiness(Answer):
    """P(success if appointed), taken apart, and what is uncertain about it.

    `base`, the `contributions` and the `calibration_term` add up to `logit` within 1e-6.
    """

    probability: float = Field(ge=0, le=1)
    logit: float
    base: float = Field(description="The typical candidate before calibration, in logit.")
    contributions: dict[str, float] = Field(description="Reason group to logit.")
    calibration_term: float = Field(description="What calibration adds to the base, in logit.")
    reasons: tuple[Reason, ...]
    interval: Range | None = Field(
        description="Of the probability: what the appointments kept apart allow and what all "
        "bagged models say; wider where the evidence is thin or the person unfamiliar. None where "
        "the model was fitted without."
    )
    bounds: tuple[OddsBound, ...] | None = Field(
        description="Where selection is not identified, from the least odds ratio to the largest; "
        "each holds the interval. None where selection is recorded or ignorable."
    )
    outcomes: tuple[Literal["failure", "success"], ...] | None = Field(
        description="The outcomes that cannot be shut out: the set holds what came of nine in ten "
        "of those who failed, and of nine in ten of those who succeeded."
    )
    abstains: bool = Field(
        description="Whether there is any flag. Nobody is left out or moved for it."
    )
    flags: tuple[Flag, ...] = Field(description="Why the estimate cannot be relied on.")


class Evidence(Answer):
    """What the record does not say about this person for this post, and how old it is."""

    newest_career_fact_on: date | None = Field(
        description="When the newest start or end of an appointment of theirs was recorded."
    )
    n_features: int
    n_missing: int
    missing: tuple[str, ...] = Field(description="Features that the record has no value for.")
    not_applicable: tuple[str, ...] = Field(
        description="Features that do not apply, such as years in post of somebody without one."
    )


class Order(Answer):
    """By what somebody stands where they stand on a list."""

    by: OrderedBy = Field(
        description="`readiness` while a model is in service. On day one the policy score for the "
        "post, else the weighted gap; `nothing` where neither is on record: such people stand last."
    )
    weighted_gap: float | None = Field(
        description="On day one: levels above what the post asks for, below 0 a shortfall. None "
        "where it is not known, and while a model is in service."
    )
    sentence: Text


class Candidate(Answer):
    """One person for one post: four outputs, side by side."""

    position: int | None = Field(description="None where the person is not ranked.")
    tie_band: int | None = Field(
        description="Neighbours on the list of the same band cannot be told apart by readiness, or "
        "on day one by the policy score; counted from 1. None where the person is not ranked or "
        "the model has no bagged models."
    )
    person_id: str
    order: Order
    eligibility: Eligibility
    policy_lane: PolicyLane
    readiness: Readiness | None = Field(description="None on day one: nothing is estimated.")
    no_readiness: Text | None = Field(description="Why no readiness is estimated, where none is.")
    evidence: Evidence


class Post(Answer):
    """The post in question."""

    post_id: str
    title: str
    unit: str
    post_class: str
    is_strategic: bool


class Model(Answer):
    """The model that estimated readiness, and what it may claim."""

    digest: str
    agency: str
    catalogue: str
    trained_as_of: date
    label_cutoff_on: date
    label_rule: str
    n_labels: int
    n_failures: int
    selection: Literal["recorded", "ignorable", "not identified"] = Field(
        description="How far outcomes of the appointed, whom panels chose, speak of everybody."
    )
    selection_statement: Text
    bounds_statement: Text | None = Field(
        description="What the bounds rest on, where there are any."
    )
    is_calibrated: bool
    statement: Text


class Policy(Answer):
    """The policy pack in force on the date, and whether anybody has confirmed it."""

    pack: str = Field(description="Id and version.")
    title: Text
    digest: str
    status: Literal["reconstruction_unverified", "confirmed"]
    statement: Text


class ReadyNow(Answer):
    """Whom no rule holds back and whose probability reaches what the pack calls ready."""

    probability_at_least: float
    within_months: int
    citation: str
    grade: Grade
    people: tuple[str, ...]


class Question(Answer):
    """What was asked, of which record, and what to bear in mind with the answer."""

    agency: str
    snapshot: str
    post: Post
    as_of: date
    mode: Mode = Field(
        description="`model`, or `day_one` while no model has been promoted: no readiness, and the "
        "order is that of the policy score."
    )
    route: Route = Field(description="How the post is filled: by which rules of the pack.")
    policy: Policy | None
    retrospective: bool = Field(description="Dated before the model's label cut-off, on request.")
    notices: tuple[Text, ...]
    model: Model | None = Field(description="None on day one.")


class Recommendation(Question):
    """A ranked list for a post. A person decides."""

    n_rankable: int = Field(description="People who could be ranked on the date.")
    n_turned_away: int = Field(description="Of those, people whom a rule turns away.")
    ready_now: ReadyNow | None = Field(
        description="None on day one, and where no pack says what ready is, or says it of other "
        "months than the model foresees. The model's statement tells whether its probabilities "
        "may be relied on."
    )
    candidates: tuple[Candidate, ...]


class PersonReadiness(Question):
    """One person for one post."""

    candidate: Candidate


class ReadyEventOfClass(Answer):
    """By what event somebody becomes ready for posts of a class."""

    event: Literal["board_decision", "probability_and_requirements", "appointment"]
    title: Text = Field(description="What a chance by this event is the chance of.")
    probability_at_least: float | None = Field(
        description="What the probability of success has to reach; None for the other events."
    )
    citation: str | None = Field(description="None where the pack does not say, and it is assumed.")
    notice: Text | None = Field(description="That it is assumed, where it is.")


class Chances(Answer):
    """When somebody becomes ready, as learnt from the record; the bands add up to 1. No promise."""

    bands: dict[Band, float] = Field(
        description="By years ahead; `now` is 1 of whom the event has been seen already, else 0."
    )
    gone: float = Field(
        description="Of `beyond`: left the pool, retired, or too old by a rule, within five years."
    )
    band: Band = Field(
        description="The first by whose end somebody is more likely ready than not; it is often "
        "wrong, so never shown without the chances."
    )


class HorizonOfClass(Answer):
    """What chances of a class rest on, and how the pool is spread over the bands."""

    n_people: int = Field(description="People who were followed.")
    n_ready: int = Field(description="How often one of them turned ready, each time counted once.")
    measured: dict[str, float] = Field(
        description="Of a horizon learnt up to five years before, on the days since, for 1, 2 and "
        "5 years: `cif_ece`, how far chances lie from what happened; `chance_mean` and "
        "`ready_share`, the mean of both. Empty where too little had happened by then."
    )
    shares: dict[str, float] = Field(
        description="Share of the pool expected in each band; `unknown` whose end of service is "
        "not known."
    )
    statement: Text


class OnBench(Answer):
    """Somebody who cannot be appointed to a post yet, and can from a day."""

    person_id: str
    band: Literal["1-2", "3-5"] = Field(description="Years ahead; the first day lies inside.")
    first_on: date = Field(description="First day with every rule met that time moves.")
    waits_for: str | None = Field(description="The rule that is met last.")
    closes_on: date | None = Field(description="Last day on which all rules are surely met.")
    last_day_of_service: date | None = Field(description="By age; None where it is not known.")
    to_settle: tuple[str, ...] = Field(description="Rules that a document settles, and no day.")
    chances: Chances | None = Field(
        description="None without a horizon, or where the end of service is not known."
    )


class BenchOfPost(Answer):
    """Who will be eligible for a post within five years. A person decides."""

    agency: str
    snapshot: str
    post: Post
    as_of: date
    route: Route
    policy: Policy
    ready_event: ReadyEventOfClass
    notices: tuple[Text, ...]
    n_pool: int = Field(description="People who could be ranked on the date.")
    n_by_band: dict[str, int] = Field(description="Of the pool, people on the bench by band.")
    n_others: dict[str, int] = Field(description="Of the pool, the others by the reason.")
    horizon: HorizonOfClass | None
    no_horizon: Text | None = Field(description="Why there are no chances, where there are none.")
    people: tuple[OnBench, ...] = Field(description="The earliest first.")


class PostList(Answer):
    """Posts of the strategic classes."""

    posts: tuple[Post, ...]


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
