"""Free texts of an ingest looked up in vocabularies, and what of them waits for a person.

The rule that must not break: each distinct text is looked up once, whatever row it stands in, and a
text that looks like somebody's identity goes no further than the quarantine.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NotRequired, TypedDict

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.normalisation.decisions import Decision, decided_of, digest_of
from features.normalisation.folding import folded, looks_personal
from features.normalisation.normaliser import Meaning, meanings
from features.normalisation.vocabulary import Vocabulary

FILE = "normalised.parquet"
WAITS = "waits for a person to decide what it means"
PERSONAL = "looks like a NIP, a NIK or an e-mail address, and is no free text"
#: Of what a text means, beside the text as sent.
CANONICAL, IS_PERSONAL = "canonical", "is_personal"
_STORED = pa.schema(
    [
        ("vocabulary", pa.string()),
        ("value", pa.string()),
        ("rows", pa.int64()),
        ("canonical", pa.string()),
        ("how", pa.string()),
        ("confidence", pa.float64()),
    ]
)


class Counted(TypedDict):
    """What a snapshot says of a vocabulary that it was read with.

    `vocabulary` is its digest; `decisions`, number and digest of what people decided, only where
    they did; `values`, how many distinct texts have their meaning in which way.
    """

    vocabulary: str
    decisions: NotRequired[dict[str, int | str]]
    values: dict[str, int]
    rows_waiting: int


class Normalising:
    """The free texts of one ingest.

    Parameters
    ----------
    backend : Backend
    vocabularies : mapping of str to Vocabulary
    decisions : mapping
        What people decided, as `features.normalisation.decisions.in_force` returns it.
    without_nips : callable, optional
        Given a text, the same with tokens in the place of NIPs: what is looked up and kept. None
        where ids and NIPs of the exports stay.
    """

    def __init__(
        self,
        backend: Backend,
        vocabularies: Mapping[str, Vocabulary],
        decisions: Mapping[tuple[str, str], Decision],
        without_nips: Callable[[str], str] | None = None,
    ) -> None:
        self._backend = backend
        self._vocabularies = vocabularies
        self._decided = {
            name: decided_of(decisions, name, one) for name, one in vocabularies.items()
        }
        self._without_nips = without_nips
        self._rows: Counter[tuple[str, str]] = Counter()
        self._meanings: dict[tuple[str, str], Meaning] = {}
        self._n_lookups = 0

    def lookup(self, name: str, texts: ibis.Table) -> ibis.Table:
        """What the texts of one rule mean.

        Parameters
        ----------
        name : str
            Of the vocabulary.
        texts : ibis.Table
            One column, `text`; empty where there is no cell.

        Returns
        -------
        ibis.Table
            `text`, each once; `canonical`; `is_personal`.
        """
        counted = texts.filter(texts.text.notnull()).group_by("text").agg(rows=ibis._.count())
        rows = {row["text"]: row["rows"] for row in counted.to_pyarrow().to_pylist()}
        asked = {text: self._asked(text) for text in rows}
        meant = meanings(self._vocabularies[name], self._decided[name], set(asked.values()))
        found = {text: meant[one] for text, one in asked.items()}
        for text, meaning in found.items():
            self._rows[name, folded(asked[text])] += rows[text]
            self._meanings[name, folded(asked[text])] = meaning
        columns = {
            "text": pa.array(found, pa.string()),
            CANONICAL: pa.array([one.canonical for one in found.values()], pa.string()),
            IS_PERSONAL: pa.array([one.how == "personal" for one in found.values()], pa.bool_()),
        }
        self._n_lookups += 1
        return self._backend.create_table(f"lookup_{self._n_lookups}", pa.table(columns))

    @property
    def counted(self) -> dict[str, Counted]:
        """Of every vocabulary that was asked: which it was, what was decided, how values came."""
        used = sorted({name for name, _value in self._rows})
        return {name: self._counted_of(name) for name in used}

    def write(self, folder: Path) -> None:
        """Write every text with what it means, unless no vocabulary was asked."""
        if not self._rows:
            return
        rows = [
            {
                "vocabulary": name,
                "value": value,
                "rows": self._rows[name, value],
                "canonical": meaning.canonical,
                "how": meaning.how,
                "confidence": meaning.confidence,
            }
            for (name, value), meaning in sorted(self._meanings.items())
            if meaning.how != "personal"
        ]
        table = ibis.memtable(pa.Table.from_pylist(rows, schema=_STORED))
        table = table.order_by("vocabulary", "value")
        self._backend.to_parquet(table, folder / FILE, COMPRESSION="zstd")

    def _asked(self, text: str) -> str:
        """What is looked up and kept of a text; one that looks personal is withheld as it is.

        An underscore holds a name of a file together; a NIP in such a name is replaced.
        """
        if self._without_nips is None or looks_personal(text.replace("_", "a")):
            return text
        return self._without_nips(text)

    def _counted_of(self, name: str) -> Counted:
        of_it = {value: one for (key, value), one in self._meanings.items() if key == name}
        decided = self._decided[name]
        waiting = [value for value, one in of_it.items() if one.how == "waits"]
        counted: Counted = {
            "vocabulary": self._vocabularies[name].digest,
            "values": dict(sorted(Counter(one.how for one in of_it.values()).items())),
            "rows_waiting": sum(self._rows[name, value] for value in waiting),
        }
        if decided:
            counted["decisions"] = {"n": len(decided), "sha256": digest_of(decided)}
        return counted
