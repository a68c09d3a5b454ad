"""How often a vocabulary is right: of its known texts, each left out in turn, and of labelled ones.

The rule that must not break: a known text is judged as if nobody had ever seen it. Neither it nor
another spelling of its words speaks for itself. Of labelled texts the half that is told was not
looked at when rules and thresholds were written.
"""

import argparse
import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import binomtest

from features.console import stdout
from features.errors import VocabularyError
from features.normalisation.folding import folded
from features.normalisation.library import named, shipped
from features.normalisation.likeness import Likeness
from features.normalisation.normaliser import known_texts, meanings
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
    likely = Likeness(known, vocabulary.read).of_known_without_themselves()
    by_rule = {text: value for text in known if (value := vocabulary.by_rule(text)) is not None}
    waits = {t for t in known if t not in by_rule and vocabulary.rule_for(t) is not None}
    n_ruled_right = sum(known[text] == value for text, value in by_rule.items())
    asked = {text: one for text, one in likely.items() if text not in by_rule}
    rows = []
    for threshold in sorted({*thresholds, vocabulary.threshold}):
        answers = {
            t: one.proposals[0][0]
            for t, one in asked.items()
            if one.confidence >= threshold and t not in waits
        }
        right = sum(known[text] == value for text, value in answers.items())
        low, _high = _wilson(right, len(answers))
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


#: Columns of a file of labelled texts: `value` is empty where a text can mean none and shall wait.
COLUMNS = ("text", "value", "half")


@dataclass(frozen=True)
class Labelled:
    """What a vocabulary makes of texts whose right value somebody wrote down.

    Parameters
    ----------
    texts, with_value : int
        Texts, and those of them that have a right value; the others shall wait.
    accepted, right : int
        How many were given a value, and how many the right one.
    acceptance, found : float or None
        Share accepted of all texts, and share given the right value of those that have one.
    precision, precision_low, precision_high : float or None
        Share of those accepted that is right, and its interval (95 %, Wilson).
    """

    texts: int
    with_value: int
    accepted: int
    right: int
    acceptance: float | None
    found: float | None
    precision: float | None
    precision_low: float | None
    precision_high: float | None


def labelled_texts(path: Path, half: str) -> dict[str, str | None]:
    """Texts of one half of a file of labelled ones, to their right value; None: shall wait.

    Raises
    ------
    VocabularyError
        If the file has other columns, or no text of that half.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise VocabularyError(
                f"has the columns {', '.join(rows.fieldnames or ['none'])}",
                where=path.name,
                expected=", ".join(COLUMNS),
            )
        found = {row["text"]: row["value"] or None for row in rows if row["half"] == half}
    if not found:
        raise VocabularyError(f"has no text of the half {half!r}", where=path.name)
    return found


def judge(
    vocabulary: Vocabulary, decided: Mapping[str, str | None], wanted: Mapping[str, str | None]
) -> Labelled:
    """How an ingest would do on texts whose right value is known; examples among them do not count.

    Raises
    ------
    VocabularyError
        If a right value is none of the vocabulary's.
    """
    strange = sorted({v for v in wanted.values() if v is not None} - set(vocabulary.values))
    if strange:
        raise VocabularyError(
            f"{strange[0]!r} is named as right",
            where="labelled texts",
            expected=f"one of {', '.join(vocabulary.values)}",
        )
    asked = {t: v for t, v in wanted.items() if folded(t) not in vocabulary.examples}
    given = {t: one.canonical for t, one in meanings(vocabulary, decided, asked).items()}
    accepted = [text for text, value in given.items() if value is not None]
    right = sum(given[text] == asked[text] for text in accepted)
    with_value = sum(value is not None for value in asked.values())
    return Labelled(
        len(asked),
        with_value,
        len(accepted),
        right,
        _share(len(accepted), len(asked)),
        _share(right, with_value),
        _share(right, len(accepted)),
        *_wilson(right, len(accepted)),
    )


def _wilson(right: int, of: int) -> tuple[float | None, float | None]:
    if not of:
        return None, None
    interval = binomtest(right, of).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def main() -> None:
    """Print what the shipped vocabularies make of labelled texts."""
    asking = argparse.ArgumentParser(
        prog="python -m features.normalisation.evaluation",
        description="What the shipped vocabularies make of labelled texts.",
    )
    asking.add_argument("file", type=Path, nargs="+", help="VOCABULARY.csv: text, value, half")
    asking.add_argument("--half", default="test", help="which half is told")
    asked = asking.parse_args()
    for path in asked.file:
        try:
            wanted = labelled_texts(path, asked.half)
            one = judge(named(shipped(), path.stem), {}, wanted)
        except (VocabularyError, OSError) as error:
            asking.error(str(error))
        stdout.print(
            f"{path.stem}: {one.texts} texts, {one.with_value} of them with a value; "
            f"{one.accepted} accepted ({one.acceptance or 0:.3f}), {one.right} of them rightly: "
            f"precision {one.precision or 0:.3f} "
            f"[{one.precision_low or 0:.3f}, {one.precision_high or 0:.3f}]; "
            f"{one.found or 0:.3f} of those with a value found",
            soft_wrap=True,
        )


if __name__ == "__main__":
    main()
