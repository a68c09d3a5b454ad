"""A vocabulary: the canonical values of one kind of free text, and how texts find to them.

The rule that must not break: what is in a vocabulary is data. Which value a text means is said by
rules and examples that anybody can read, or decided by a person; no code knows a title.
"""

import hashlib
import json
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator

from features.documents.written import Words, Written, listed
from features.normalisation.folding import folded, looks_personal, worded


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error.msg}") from None
    return text


Texts = Annotated[tuple[str, ...], BeforeValidator(listed), Field(min_length=1)]
Pattern = Annotated[str, AfterValidator(_pattern)]


class Rule(Written):
    """What a text must be like to mean a value; the first rule that fits a text counts.

    Parameters
    ----------
    is_ : tuple of str
        Key `is`: the whole text, in whatever case.
    has : tuple of str
        A word, or words in a row, somewhere in the text.
    matches : str
        A regular expression that is found somewhere in the folded text.
    value : str
        The canonical value.
    """

    is_: Texts | None = Field(default=None, alias="is")
    has: Texts | None = None
    matches: Pattern | None = None
    value: str

    @model_validator(mode="after")
    def _one_test(self) -> "Rule":
        if sum(test is not None for test in (self.is_, self.has, self.matches)) != 1:
            raise ValueError("needs exactly one of is, has, matches")
        return self

    def fits(self, text: str) -> bool:
        """Whether a folded text is what the rule speaks of."""
        if self.is_ is not None:
            return text in map(folded, self.is_)
        if self.has is not None:
            words = f" {worded(text)} "
            return any(f" {worded(part)} " in words for part in self.has)
        return bool(re.search(self.matches or "", text))


class Value(Written):
    """A canonical value: its title, and texts that are known to mean it."""

    title: Words
    examples: tuple[str, ...] = ()


class Vocabulary(Written):
    """The canonical values of one kind of free text.

    Parameters
    ----------
    title : Words
    threshold : float
        Confidence from which a value that is only likely is used; `suksesi normalise evaluate`
        prints what each threshold costs and gives.
    values : dict of str to Value
        Canonical value to its title and examples. A text that is an example means its value.
    rules : tuple of Rule
        In order.
    """

    title: Words
    threshold: float = Field(gt=0, le=1, allow_inf_nan=False)
    values: dict[str, Value] = Field(min_length=1)
    rules: tuple[Rule, ...] = ()

    _examples: dict[str, str] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _fits_together(self) -> "Vocabulary":
        for rule in self.rules:
            if rule.value not in self.values:
                raise ValueError(f"a rule names {rule.value!r}, which is none of the values")
        for name, value in self.values.items():
            for example in value.examples:
                if looks_personal(example):
                    raise ValueError(f"an example of {name!r} looks like a NIP or an address")
                key = folded(example)
                if self._examples.setdefault(key, name) != name:
                    raise ValueError(f"{example!r} is an example of two values")
        return self

    @property
    def examples(self) -> dict[str, str]:
        """Every example, folded, to its value."""
        return self._examples

    def by_rule(self, text: str) -> str | None:
        """The value that the first fitting rule gives to a folded text."""
        return next((rule.value for rule in self.rules if rule.fits(text)), None)

    @property
    def digest(self) -> str:
        """SHA-256 of what is written in it, 64 hexadecimal digits."""
        written: dict[str, Any] = self.model_dump(mode="json", by_alias=True)
        return hashlib.sha256(json.dumps(written, ensure_ascii=False).encode()).hexdigest()


class NamedVocabulary(Vocabulary):
    """A vocabulary in a file of its own, which says what it is called."""

    vocabulary: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
