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
from features.normalisation.folding import Reading, folded, looks_personal, worded


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

    Of a vocabulary that says how texts are read, `has` and `matches` ask the words that are left.

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
    waits : bool
        Instead of a value: such a text waits for a person, whatever it is like.
    """

    is_: Texts | None = Field(default=None, alias="is")
    has: Texts | None = None
    matches: Pattern | None = None
    value: str | None = None
    waits: bool = False

    @model_validator(mode="after")
    def _one_test(self) -> "Rule":
        if sum(test is not None for test in (self.is_, self.has, self.matches)) != 1:
            raise ValueError("needs exactly one of is, has, matches")
        if (self.value is None) != self.waits:
            raise ValueError("needs a value, or waits: true")
        return self

    def fits(self, text: str, read: str | None = None) -> bool:
        """Whether a folded text, and what is read of it, is what the rule speaks of."""
        if self.is_ is not None:
            return text in map(folded, self.is_)
        read = text if read is None else read
        if self.has is not None:
            words = f" {worded(read)} "
            return any(f" {worded(part)} " in words for part in self.has)
        return bool(re.search(self.matches or "", read))


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
    abbreviations, part_begins, says_nothing
        How a text is read, see `features.normalisation.folding.Reading`.
    """

    title: Words
    threshold: float = Field(gt=0, le=1, allow_inf_nan=False)
    values: dict[str, Value] = Field(min_length=1)
    rules: tuple[Rule, ...] = ()
    abbreviations: dict[str, str] = Field(default_factory=dict)
    part_begins: tuple[str, ...] = ()
    says_nothing: tuple[str, ...] = ()

    _examples: dict[str, str] = PrivateAttr(default_factory=dict)
    _reading: Reading = PrivateAttr()

    @model_validator(mode="after")
    def _fits_together(self) -> "Vocabulary":
        self._reading = Reading(self.abbreviations, self.part_begins, self.says_nothing)
        for rule in self.rules:
            if rule.value is not None and rule.value not in self.values:
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

    def read(self, text: str) -> str:
        """What is read of a folded text: all of it, or the words that say what it means."""
        return self._reading.of(text) if self._reading.is_told else text

    def rule_for(self, text: str) -> Rule | None:
        """The first rule that fits a folded text."""
        read = self.read(text)
        return next((rule for rule in self.rules if rule.fits(text, read)), None)

    def by_rule(self, text: str) -> str | None:
        """The value that the first fitting rule gives to a folded text."""
        rule = self.rule_for(text)
        return None if rule is None else rule.value

    @property
    def digest(self) -> str:
        """SHA-256 of what is written in it, 64 hexadecimal digits."""
        written: dict[str, Any] = self.model_dump(mode="json", by_alias=True)
        # A vocabulary that says nothing of these is the one that it was before they could be said.
        for part in (written, *written["rules"]):
            for key in ("abbreviations", "part_begins", "says_nothing", "waits"):
                if not part.get(key, True):
                    del part[key]
        return hashlib.sha256(json.dumps(written, ensure_ascii=False).encode()).hexdigest()


class NamedVocabulary(Vocabulary):
    """A vocabulary in a file of its own, which says what it is called."""

    vocabulary: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
