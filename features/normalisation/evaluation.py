"""How often a vocabulary is right at a threshold, by leaving out each known text in turn.

The rule that must not break: a known text is judged as if nobody had ever seen it. Neither it nor
another spelling of its words speaks for itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scipy.stats import binomtest

from features.normalisation.likeness import Likeness
from features.normalisation.normaliser import known_texts
from features.normalisation.vocabulary import Vocabulary

#: Thresholds beside the vocabulary's own.
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class AtThreshold:
    """What a threshold gives and costs.

    Parameters
    ----------
    threshold : float
    asked : int
        Known texts that no rule speaks for: likeness alone is asked.
    answered, right : int
        Of these, how many were given a value, and how many the right one.
    coverage : float or None
        Share answered.
    accuracy, accuracy_low : float or None
        Share of those answered that is right, and the lower end of its interval (95 %, Wilson).
    coverage_with_rules, accuracy_with_rules : float or None
        Of all known texts, where rules are asked first, as an ingest does.
    """

    threshold: float
    asked: int
    answered: int
    right: int
    coverage: float | None
    accuracy: float | None
    accuracy_low: float | None
    coverage_with_rules: float | None
    accuracy_with_rules: float | None


def evaluate(
    vocabulary: Vocabulary,
    decided: Mapping[str, str | None],
    thresholds: Iterable[float] = THRESHOLDS,
) -> list[AtThreshold]:
    """Accuracy and coverage at the vocabulary's own threshold and at others, in their order.

    Examples and decisions are the known texts; those that a person left missing are none.
    """
    known = known_texts(vocabulary, decided)
    likely = Likeness(known).of_known_without_themselves()
    by_rule = {text: value for text in known if (value := vocabulary.by_rule(text)) is not None}
    n_ruled_right = sum(known[text] == value for text, value in by_rule.items())
    asked = {text: one for text, one in likely.items() if text not in by_rule}
    rows = []
    for threshold in sorted({*thresholds, vocabulary.threshold}):
        answers = {
            t: one.proposals[0][0] for t, one in asked.items() if one.confidence >= threshold
        }
        right = sum(known[text] == value for text, value in answers.items())
        low = None
        if answers:
            low = float(binomtest(right, len(answers)).proportion_ci(method="wilson").low)
        n_given = len(answers) + len(by_rule)
        rows.append(
            AtThreshold(
                threshold=threshold,
                asked=len(asked),
                answered=len(answers),
                right=right,
                coverage=_share(len(answers), len(asked)),
                accuracy=_share(right, len(answers)),
                accuracy_low=low,
                coverage_with_rules=_share(n_given, len(known)),
                accuracy_with_rules=_share(right + n_ruled_right, n_given),
            )
        )
    return rows


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
