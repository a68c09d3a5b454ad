"""The vocabularies that come with Suksesi, and those that a mapping writes out.

The rule that must not break: a mapping's own vocabulary stands in place of a shipped one of the
same name, and a name that is neither is told with those that exist.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from features.documents.document import Document
from features.documents.refusal import read_text, refusal
from features.errors import VocabularyError
from features.normalisation.vocabulary import NamedVocabulary, Vocabulary

FOLDER = Path(__file__).parent / "vocabularies"
GUIDE = "docs/intake.md"


def parse_vocabulary(text: str, name: str) -> NamedVocabulary:
    """Read the text of a vocabulary; `name` is what messages call the file.

    Raises
    ------
    VocabularyError
        If it is wrong at a line.
    """
    document = Document(text, name, VocabularyError, GUIDE)
    try:
        return NamedVocabulary.model_validate(document.data)
    except ValidationError as error:
        raise refusal(document, error, NamedVocabulary) from None


@cache
def shipped() -> Mapping[str, Vocabulary]:
    """Vocabularies that come with Suksesi, by name."""
    found: dict[str, Vocabulary] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        vocabulary = parse_vocabulary(read_text(path, "vocabulary", VocabularyError), path.name)
        if vocabulary.vocabulary != path.stem:
            raise VocabularyError(
                f"calls itself {vocabulary.vocabulary!r}", where=path.name, expected=path.stem
            )
        found[path.stem] = vocabulary
    return found


def known(own: Mapping[str, Vocabulary]) -> dict[str, Vocabulary]:
    """Shipped vocabularies and a mapping's own, by name."""
    return {**shipped(), **own}


def named(vocabularies: Mapping[str, Vocabulary], name: str) -> Vocabulary:
    """The vocabulary of a name.

    Raises
    ------
    VocabularyError
        If there is none.
    """
    if name not in vocabularies:
        raise VocabularyError(
            "there is no such vocabulary",
            where=f"vocabulary {name!r}",
            expected=f"one of {', '.join(sorted(vocabularies))}",
        )
    return vocabularies[name]
