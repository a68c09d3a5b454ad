"""What each free text means: decided by a person, by a rule, by an example, or by likeness.

The rule that must not break: a text that nothing speaks for has no value. It is never given a
default; it waits for a person, and its cell is missing until then.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from features.normalisation.folding import folded, looks_personal
from features.normalisation.likeness import Likely, Likeness
from features.normalisation.vocabulary import Vocabulary

How = Literal["decided", "rule", "example", "likeness", "waits", "personal"]


@dataclass(frozen=True)
class Meaning:
    """What a text means.

    Parameters
    ----------
    canonical : str or None
        None: missing.
    confidence : float
        1 for what a person, a rule or an example says.
    how : str
        *example*: it is one, or the same is read of both; *waits*: nobody and nothing says it
        yet, or a rule says that nothing can; *personal*: it looks like somebody's identity.
    proposals : tuple of (str, float)
        For a text that waits or is likely: values with their likeness, the best first.
    """

    canonical: str | None
    confidence: float
    how: How
    proposals: tuple[tuple[str, float], ...] = ()


def meanings(
    vocabulary: Vocabulary, decided: Mapping[str, str | None], texts: Collection[str]
) -> dict[str, Meaning]:
    """What each text means.

    Parameters
    ----------
    vocabulary : Vocabulary
    decided : mapping of str to str or None
        Folded text to what a person decided; None: it shall stay missing.
    texts : collection of str
        As sent.

    Returns
    -------
    dict of str to Meaning
        By text as sent. What a text means does not depend on the others.
    """
    by_fold: dict[str, Meaning] = {}
    unknown: list[str] = []
    for fold in sorted({folded(text) for text in texts}):
        found = _said(vocabulary, decided, fold)
        if found is None:
            unknown.append(fold)
        else:
            by_fold[fold] = found
    if unknown:
        known = known_texts(vocabulary, decided)
        same = _by_reading(vocabulary, known)
        likely = Likeness(known, vocabulary.read).of(unknown)
        by_fold |= {
            fold: _by_likeness(vocabulary, same, fold, one)
            for fold, one in zip(unknown, likely, strict=True)
        }
    return {text: by_fold[folded(text)] for text in texts}


def known_texts(vocabulary: Vocabulary, decided: Mapping[str, str | None]) -> dict[str, str]:
    """Folded texts whose value is known: examples, and what people decided."""
    said = {text: value for text, value in decided.items() if value is not None}
    examples = {t: v for t, v in vocabulary.examples.items() if t not in decided}
    return {**examples, **said}


def _said(vocabulary: Vocabulary, decided: Mapping[str, str | None], text: str) -> Meaning | None:
    """What a person, an example or a rule says of a folded text."""
    if looks_personal(text):
        return Meaning(None, 0.0, "personal")
    if text in decided:
        return Meaning(decided[text], 1.0, "decided")
    if text in vocabulary.examples:
        return Meaning(vocabulary.examples[text], 1.0, "example")
    value = vocabulary.by_rule(text)
    return None if value is None else Meaning(value, 1.0, "rule")


def _by_reading(vocabulary: Vocabulary, known: Mapping[str, str]) -> dict[str, str]:
    """What is read of known texts, to their value where it is one."""
    values: dict[str, set[str]] = {}
    for text, value in known.items():
        values.setdefault(vocabulary.read(text), set()).add(value)
    return {read: min(found) for read, found in values.items() if read and len(found) == 1}


def _by_likeness(
    vocabulary: Vocabulary, same: Mapping[str, str], text: str, likely: Likely
) -> Meaning:
    if vocabulary.rule_for(text) is not None:
        # It gave no value: it says that the text waits, whatever it is like.
        return Meaning(None, 0.0, "waits", likely.proposals)
    read = vocabulary.read(text)
    if read in same:
        return Meaning(same[read], 1.0, "example")
    if likely.confidence >= vocabulary.threshold:
        best = likely.proposals[0][0]
        return Meaning(best, likely.confidence, "likeness", likely.proposals)
    return Meaning(None, likely.confidence, "waits", likely.proposals)
