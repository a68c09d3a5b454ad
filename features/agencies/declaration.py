"""The model of a whole mapping file; `features.agencies.mapping` reads one."""

import hashlib
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PrivateAttr

from features.agencies.rules import (
    Backtest,
    GateRule,
    Label,
    Pool,
    Share,
    Step,
    Vacancies,
)
from features.agencies.sources import Identifier, Parts, Source
from features.documents.document import Document
from features.documents.written import Words, Written, listed
from features.normalisation.vocabulary import Vocabulary

PackName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class Identity(Written):
    """That people are known by issued ids, and what goes to the identity store besides.

    Parameters
    ----------
    attributes : tuple of str
        Of `nip` and `name`, those that the exports hold; they stay out of snapshots.
    """

    attributes: Annotated[tuple[Literal["nip", "name"], ...], BeforeValidator(listed)]


class Mapping(Written):
    """All that Suksesi must be told about an agency.

    Parameters
    ----------
    agency : str
        Identifier.
    title : Words
    licence : str
        Under which terms the exports may be used.
    simulated : bool
        Whether the people are invented; said with every answer.
    refuse_above : float
        Share of rejected rows of one table, or of malformed rows of one file, above which an
        ingest is refused.
    identity : Identity, optional
        Without it the ids of the exports are those of the snapshot.
    vocabularies : dict of str to Vocabulary
        Its own vocabularies of free texts, beside and in place of those that come with Suksesi.
    sources : dict of str to Source
        In order: SQL sees the sources above it.
    tables : dict of str to tuple of Part
        Canonical table to the parts that its rows come from.
    ladder : tuple of Step
        Post classes, the lowest first.
    policy : tuple of str
        Policy packs of the agency; of several, the one in force on a day counts on it.
    vacancies, label, pool, gate, backtest
        See `features.agencies.rules`.
    """

    agency: Identifier
    title: Words
    licence: str
    simulated: bool = False
    refuse_above: Share = 0.05
    identity: Identity | None = None
    vocabularies: dict[Identifier, Vocabulary] = {}
    sources: dict[Identifier, Source] = Field(min_length=1)
    tables: dict[str, Parts]
    ladder: tuple[Step, ...] = Field(min_length=1)
    policy: Annotated[tuple[PackName, ...], BeforeValidator(listed)] = ()
    vacancies: Vacancies
    label: Label = Label()
    pool: Pool = Pool()
    gate: tuple[GateRule, ...] = ()
    backtest: Backtest = Backtest()

    _document: Document = PrivateAttr()
    _text: str = PrivateAttr()

    @property
    def document(self) -> Document:
        """The file as read, for messages that name a line."""
        return self._document

    @property
    def text(self) -> str:
        """The file as written."""
        return self._text

    @property
    def digest(self) -> str:
        """SHA-256 of the text, 64 hexadecimal digits."""
        return hashlib.sha256(self._text.encode()).hexdigest()

    @property
    def steps(self) -> dict[str, int]:
        """Post class to its step on the ladder, 1 the lowest."""
        return {step.post_class: place for place, step in enumerate(self.ladder, start=1)}
