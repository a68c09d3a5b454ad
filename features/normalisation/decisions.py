"""What people decided about values, as a journal, and what is in force by it.

The rule that must not break: a value is decided by people, once, and stays decided until a person
takes it back; nothing here is guessed. Decisions hold titles, programmes and courses, never what
looks like somebody's identity.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from features.errors import VocabularyError
from features.journal import Entry, Journal
from features.normalisation.folding import folded, looks_personal
from features.normalisation.vocabulary import Vocabulary

FOLDER, NAME = "normalisation", "decisions"


@dataclass(frozen=True)
class Decision:
    """What is in force about one value of a vocabulary.

    `canonical` is None where somebody decided that the text has no value and shall stay missing.
    """

    number: int
    at: str
    by: str
    why: str
    vocabulary: str
    value: str
    canonical: str | None


def journal(home: Path) -> Journal:
    """The journal of decisions of a home."""
    return Journal(home, FOLDER, NAME)


def in_force(entries: Iterable[Entry]) -> dict[tuple[str, str], Decision]:
    """By vocabulary and folded value, the newest decision that was not taken back."""
    found: dict[tuple[str, str], Decision] = {}
    for entry in entries:
        vocabulary, value = entry.content["vocabulary"], entry.content["value"]
        found.pop((vocabulary, value), None)
        if entry.content["action"] == "decide":
            found[vocabulary, value] = Decision(
                entry.number,
                entry.at,
                entry.by,
                entry.why,
                vocabulary,
                value,
                entry.content["canonical"],
            )
    return found


def decided_of(
    decisions: Mapping[tuple[str, str], Decision], name: str, vocabulary: Vocabulary
) -> dict[str, str | None]:
    """Folded value to canonical value, of one vocabulary; those it has no longer do not count."""
    return {
        one.value: one.canonical
        for one in decisions.values()
        if one.vocabulary == name and (one.canonical is None or one.canonical in vocabulary.values)
    }


def digest_of(decided: Mapping[str, str | None]) -> str:
    """SHA-256 of what is decided, in whatever order it was."""
    text = json.dumps(dict(sorted(decided.items())), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def decide(
    home: Path,
    name: str,
    vocabulary: Vocabulary,
    value: str,
    canonical: str | None,
    *,
    by: str,
    why: str,
    at: datetime,
) -> Entry:
    """Decide what a value means; None: nothing, it shall stay missing.

    Raises
    ------
    VocabularyError
        If the vocabulary has no such canonical value, or the value is empty or looks like
        somebody's identity.
    JournalError
    """
    _check(name, value)
    if canonical is not None and canonical not in vocabulary.values:
        raise VocabularyError(
            f"has no value {canonical!r}",
            where=f"vocabulary {name}",
            expected=f"one of {', '.join(vocabulary.values)}",
        )
    content = {
        "action": "decide",
        "vocabulary": name,
        "value": folded(value),
        "canonical": canonical,
    }
    return journal(home).append(at=at, by=by, why=why, decide=lambda _before: content)


def undo(home: Path, name: str, value: str, *, by: str, why: str, at: datetime) -> Entry:
    """Take back what was decided about a value; it is undecided then.

    Raises
    ------
    VocabularyError
        If nothing is decided about it.
    JournalError
    """
    _check(name, value)
    key = (name, folded(value))

    def taken_back(before: tuple[Entry, ...]) -> dict[str, str]:
        if key not in in_force(before):
            raise VocabularyError(
                "nothing is decided about this value",
                where=f"vocabulary {name}",
                remedy="see what is: suksesi normalise show",
            )
        return {"action": "undo", "vocabulary": name, "value": key[1]}

    return journal(home).append(at=at, by=by, why=why, decide=taken_back)


def _check(name: str, value: str) -> None:
    if not folded(value):
        raise VocabularyError("the value is empty", where=f"vocabulary {name}")
    if looks_personal(value):
        raise VocabularyError(
            "the value looks like a NIP, a NIK or an e-mail address, and is not kept",
            where=f"vocabulary {name}",
            expected="a title, a study programme or the name of a course",
        )
