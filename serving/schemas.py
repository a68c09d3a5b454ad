"""What goes out: typed answers, the same on the command line, in `/v1` and over BentoML.

The rule that must not break: eligibility, policy lane, readiness and evidence are four fields; no
field merges two of them, and none holds a value of a protected attribute.
"""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

#: The most candidates that one answer shows.
MOST_CANDIDATES = 1000
Language = Literal["id", "en"]
Status = Literal["met", "not met", "needs checking"]


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
    """The answer of one rule of the gate."""

    rule: str
    status: Status
    sentence: Text
    citation: str


class Eligibility(Answer):
    """What the rules say; never learned."""

    status: Status
    rules: tuple[Rule, ...]
    sentence: Text | None = Field(description="Why nothing could be said, where no rule exists.")


class PolicyLane(Answer):
    """The official score and box, where a policy pack gives them."""

    status: Literal["unknown"]
    sentence: Text


class Reason(Answer):
    """One reason group that stands out: the number and the sentence."""

    group: str | None
    contribution: float = Field(description="Logit that the group moves the shown estimate by.")
    sentence: Text


class Readiness(Answer):
    """P(success if appointed), taken apart.

    `base`, the `contributions` and the `calibration_term` add up to `logit` within 1e-6.
    """

    probability: float = Field(ge=0, le=1)
    logit: float
    base: float = Field(description="The typical candidate before calibration, in logit.")
    contributions: dict[str, float] = Field(description="Reason group to logit.")
    calibration_term: float = Field(description="What calibration adds to the base, in logit.")
    reasons: tuple[Reason, ...]


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


class Candidate(Answer):
    """One person for one post: four outputs, side by side."""

    position: int | None = Field(description="None where the person is not ranked.")
    person_id: str
    eligibility: Eligibility
    policy_lane: PolicyLane
    readiness: Readiness
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
    is_calibrated: bool
    statement: Text


class Question(Answer):
    """What was asked, of which record, and what to bear in mind with the answer."""

    agency: str
    snapshot: str
    post: Post
    as_of: date
    retrospective: bool = Field(description="Dated before the model's label cut-off, on request.")
    notices: tuple[Text, ...]
    model: Model


class Recommendation(Question):
    """A ranked list for a post. A person decides."""

    n_rankable: int = Field(description="People who could be ranked on the date.")
    n_turned_away: int = Field(description="Of those, people whom a rule of the gate turns away.")
    candidates: tuple[Candidate, ...]


class PersonReadiness(Question):
    """One person for one post."""

    candidate: Candidate


class PostList(Answer):
    """Posts of the strategic classes."""

    posts: tuple[Post, ...]


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
