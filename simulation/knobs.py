"""Knobs: everything that can be turned in the simulated ministry, each with its range and meaning.

The rule that must not break: the five bias knobs are apart from each other and from everything
else. Each is taken off for women on one scale in one equation, so that it can be found there at
its size.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any

from simulation.errors import SimulationError


def knob(default: Any, low: float, high: float, meaning: str) -> Any:
    """A field that holds its range and what it does."""
    return field(default=default, metadata={"low": low, "high": high, "meaning": meaning})


@dataclass(frozen=True)
class Knobs:
    """One setting of the simulator. All weights are on the logit of success unless said otherwise.

    Raises
    ------
    SimulationError
        If a knob is out of its range, or two of them contradict each other.

    Examples
    --------
    >>> Knobs(people=600).changed(panel_bias=0.5).panel_bias
    0.5
    """

    # Size and time
    people: int = knob(5000, 200, 1_000_000, "people in service on the first day")
    first_year: int = knob(2014, 1990, 2090, "first simulated year; 1 January to 31 December")
    years: int = knob(12, 1, 40, "simulated years")

    # The house
    pratama_share: float = knob(0.006, 0.001, 0.02, "JPT pratama posts per person")
    administrators: float = knob(5.4, 1, 20, "administrator posts per JPT pratama, at first")
    supervisors: float = knob(16.7, 1, 60, "pengawas posts per JPT pratama, at first")
    delayered_administrators: float = knob(0.15, 0, 1, "share made functional in 2021")
    delayered_supervisors: float = knob(0.40, 0, 1, "share of pengawas made functional in 2021")
    remote_share: float = knob(0.25, 0, 1, "share of units outside the capital")
    hiring: float = knob(0.55, 0, 2, "entrants per leaver; the civil service has been shrinking")
    pool_low: int = knob(10, 2, 200, "fewest candidates of a vacancy, where there are as many")
    pool_high: int = knob(60, 2, 200, "most candidates of a vacancy")

    # What makes success
    fit_weight: float = knob(2.0, 0, 10, "weighted gap, surplus saturating at half a level")
    critical_weight: float = knob(0.6, 0, 10, "worst gap among critical competencies")
    conduct_weight: float = knob(0.75, 0, 5, "BerAKHLAK conduct, apart from competency")
    experience_weight: float = knob(1.2, 0, 5, "years in the family of the post, best near 12")
    breadth_weight: float = knob(0.4, 0, 5, "units served in, from administrator upwards")
    interaction_weight: float = knob(0.7, 0, 5, "smooth minima of two gaps, half where no change")
    unrecorded_weight: float = knob(0.35, 0, 5, "motivation for that very post, on no record")
    steepness: float = knob(1.25, 0.05, 10, "all of the above together; 0.05: pure luck")

    # What is seen
    assessment_noise: float = knob(0.95, 0, 3, "levels; standard deviation of an assessed level")
    assessment_rounding: float = knob(0.5, 0, 1, "levels; step that assessors round to, 0 none")
    assessment_coverage: float = knob(0.45, 0.01, 1, "share assessed within three years")
    coverage_by_unit: float = knob(
        0.8, 0, 5, "logit; weaker units assess less (missing not at random)"
    )
    rating_truth: float = knob(
        0.62, 0, 1, "correlation of a rating, leniency apart, with performance"
    )
    appraiser_leniency: float = knob(0.6, 0, 3, "standard deviation, in those of a rating")
    opportunity_by_merit: float = knob(0.3, 0, 3, "log rate of training by present performance")

    # Who decides
    panel_skill: float = knob(1.0, 0, 5, "weight of what the documents say")
    panel_spread: float = knob(0.3, 0, 1, "how much panels differ in skill and in open bias")
    interview_weight: float = knob(1.0, 0, 5, "weight of the mean interview score")
    private_information: float = knob(
        0.6, 0, 3, "how far interviews hear the unrecorded motivation"
    )
    interview_noise: float = knob(1.8, 0, 5, "standard deviation of one assessor's score")
    assessor_leniency: float = knob(0.4, 0, 3, "standard deviation of assessors' leniency")
    network_weight: float = knob(0.15, 0, 3, "for the school of the head of the panel")
    interview_recorded: bool = knob(True, 0, 1, "whether interview scores are handed over")
    assessors: int = knob(5, 1, 9, "assessors of a panel")
    interviewed: int = knob(8, 1, 200, "best candidates by documents who are interviewed")
    followed_share: float = knob(0.0, 0, 1, "of vacancies: the recommender's first choice is taken")

    # Biases, each apart
    panel_bias: float = knob(0.0, 0, 3, "interview points (8 on the form) taken off women's scores")
    rating_bias: float = knob(0.0, 0, 3, "standard deviations taken off women's ratings")
    coverage_bias: float = knob(0.0, 0, 3, "logit taken off women's chance of being assessed")
    unequal_opportunity: float = knob(0.0, 0, 3, "log rate taken off women's training")
    hidden_panel_bias: float = knob(
        0.0, 0, 3, "interview points taken off women's standing afterwards"
    )
    origin_bias: float = knob(0.0, 0, 1, "share of each bias that minority origin suffers as well")

    # The pipeline as it is
    application_gap: float = knob(
        1.0, 0, 3, "1: women apply for promotion as the real pipeline shows"
    )
    career_break_gap: float = knob(
        1.5, 0, 5, "log odds of a career break, women over men; no effect"
    )

    # What the file shows of the truth
    failure_shown: float = knob(0.6, 0, 1, "share of failures that leave the post within 24 months")
    success_broken: float = knob(0.06, 0, 1, "share of successes that leave for other reasons")
    dirt: float = knob(1.0, 0, 5, "planted errors in the exports, 1: about one row in 300 a kind")

    # Drift
    drift_year: int = knob(0, 0, 2100, "year of change; 0 none")
    drift_requirement: float = knob(0.0, 0, 3, "levels of digital skill that posts ask more")
    drift_rating: float = knob(0.0, -3, 3, "standard deviations by which ratings rise")
    drift_entry: float = knob(0.0, 0, 1, "share of appointments entered late for two years")

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for one in fields(self):
            self._require_range(one.name, one.metadata["low"], one.metadata["high"])
        self._require(
            self.pool_low <= self.pool_high,
            "pool_low",
            "is above pool_high",
            f"at most {self.pool_high}",
        )
        drifts = self.drift_requirement, self.drift_rating, self.drift_entry
        self._require(
            self.drift_year != 0 or not any(drifts),
            "drift_year",
            "is 0 while something drifts",
            f"a year from {self.first_year} to {self.last_year}, or no drift at all",
        )
        self._require(
            self.drift_year == 0 or self.first_year <= self.drift_year <= self.last_year,
            "drift_year",
            "lies outside the simulated years",
            f"a year from {self.first_year} to {self.last_year}",
        )
        biases = self.panel_bias, self.rating_bias, self.coverage_bias, self.unequal_opportunity
        self._require(
            self.origin_bias == 0 or any((*biases, self.hidden_panel_bias)),
            "origin_bias",
            "is a share of biases that are all 0",
            "0, or one of the five biases above 0",
        )

    @property
    def last_year(self) -> int:
        """The last simulated year."""
        return self.first_year + self.years - 1

    def changed(self, **values: Any) -> "Knobs":
        """The same knobs with some of them turned.

        Raises
        ------
        SimulationError
            If a name is no knob, or a value cannot be.
        """
        known = {one.name: one for one in fields(self)}
        for name in values:
            if name not in known:
                raise SimulationError(
                    "is no knob",
                    where=name,
                    expected=f"one of {', '.join(sorted(known))}",
                    remedy="see suksesi simulate --knobs",
                )
        return replace(self, **{name: _typed(known[name], values[name]) for name in values})

    def _require_range(self, name: str, low: float, high: float) -> None:
        value = getattr(self, name)
        self._require(low <= value <= high, name, f"is {value}", f"{low} to {high}")

    def _require(self, holds: bool, name: str, what: str, expected: str) -> None:
        if not holds:
            raise SimulationError(
                what, where=f"knob {name}", expected=expected, remedy="turn it into that range"
            )


def _typed(one: Any, value: Any) -> Any:
    """A value as the knob holds it; texts come from a command line."""
    kind = type(one.default)
    if kind is bool:
        spelled = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if str(value).lower() in spelled:
            return spelled[str(value).lower()]
    else:
        try:
            number = float(value)
            if number == number and (kind is float or number == int(number)):
                return kind(number)
        except (TypeError, ValueError, OverflowError):
            pass
    wanted = {bool: "yes or no", int: "a whole number", float: "a number"}[kind]
    raise SimulationError(
        "cannot be read", where=f"knob {one.name}", expected=wanted, remedy="write it as that"
    )
