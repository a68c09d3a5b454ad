"""What a backtest said, row by row, kept under the home for audits.

The rule that must not break: people stand in these rows by id alone, and nothing of a protected
attribute does; the rows say which record, label rule and days they are of, and are refused where
they were changed.

    SUKSESI_HOME/backtests/
    └── <digest of the snapshot>/   the latest backtest of that record
        ├── made_of.json            what it was made of, and the digests of the rows
        ├── candidates.parquet      each candidate of each vacancy: score, place, who was appointed
        └── decisions.parquet       each decision of known outcome: estimate and success
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from features.errors import AuditError
from features.whole_folders import made_anew, standing

MADE_OF, CANDIDATES, DECISIONS = "made_of.json", "candidates.parquet", "decisions.parquet"
REMEDY = "run it again: suksesi backtest"
_CANDIDATES = pa.schema(
    [
        ("origin_year", pa.int32()),
        ("vacancy_id", pa.string()),
        ("post_id", pa.string()),
        ("on", pa.date32()),
        ("person_id", pa.string()),
        ("score", pa.float64()),
        ("place", pa.int32()),
        ("is_appointed", pa.bool_()),
    ]
)
_DECISIONS = pa.schema(
    [
        ("origin_year", pa.int32()),
        ("appointment_id", pa.string()),
        ("person_id", pa.string()),
        ("post_class", pa.string()),
        ("is_strategic", pa.bool_()),
        ("day", pa.date32()),
        ("probability", pa.float64()),
        ("base_rate", pa.float64()),
        ("success", pa.int8()),
    ]
)

_SCHEMAS = {CANDIDATES: _CANDIDATES, DECISIONS: _DECISIONS}


@dataclass(frozen=True)
class MadeOf:
    """What a backtest was made of.

    Parameters
    ----------
    agency : str
    snapshot, mapping : str
        Digests of the record and of the mapping.
    catalogue : str
        Version of the catalogue of features.
    label_rule : str
        In words.
    label : dict
        The same rule as settings.
    first_year : int
        The first year tested.
    last_year : int or None
        The last one, where the backtest was told to stop there.
    as_of : str or None
        The day up to which the record was read, as ISO 8601 has it; None for all of it.
    n_vacancies : int
        Vacancies of the tested years, those with an empty pool too.
    trials : int
        Settings that were tried at each origin; 0 for the defaults.
    """

    agency: str
    snapshot: str
    mapping: str
    catalogue: str
    label_rule: str
    label: dict[str, object]
    first_year: int
    last_year: int | None
    as_of: str | None
    n_vacancies: int
    trials: int = 0


@dataclass(frozen=True)
class BacktestRows:
    """The rows of one backtest.

    Parameters
    ----------
    made_of : MadeOf
    candidates : DataFrame, one row a vacancy and candidate
        `origin_year`, `vacancy_id`, `post_id`, `on` (the day of decision), `person_id`, `score`
        (readiness as a logit), `place` (1 is the first; those tied have the best of their places),
        `is_appointed`.
    decisions : DataFrame, one row a decision of known outcome
        `origin_year`, `appointment_id`, `person_id`, `post_class`, `is_strategic`, `day`,
        `probability`, `base_rate`, `success`.
    read_digest : str, optional
        The digest that they had on the disk, where they come from there.
    """

    made_of: MadeOf
    candidates: pd.DataFrame
    decisions: pd.DataFrame
    read_digest: str | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of what it was made of and of the rows, 64 hexadecimal digits."""
        return self.read_digest or _digest(self._told(self._contents()).encode())

    def write(self, home: Path) -> Path:
        """Keep the rows as the latest backtest of their snapshot; return the folder.

        Raises
        ------
        FrameError
            If another run is writing in this home.
        """
        target, contents = home / "backtests" / self.made_of.snapshot, self._contents()
        with made_anew(target) as making:
            for name, content in contents.items():
                (making.folder / name).write_bytes(content)
            (making.folder / MADE_OF).write_text(self._told(contents), encoding="utf-8")
        return target

    def _contents(self) -> dict[str, bytes]:
        rows = {CANDIDATES: self.candidates, DECISIONS: self.decisions}
        return {name: _parquet(rows[name], schema) for name, schema in _SCHEMAS.items()}

    def _told(self, contents: dict[str, bytes]) -> str:
        digests = {name: _digest(content) for name, content in contents.items()}
        return json.dumps({**asdict(self.made_of), "files": digests}, indent=2) + "\n"


def with_places(candidates: pd.DataFrame) -> pd.DataFrame:
    """Candidates with the place of each in the order of scores of their vacancy.

    Examples
    --------
    >>> rows = pd.DataFrame({"vacancy_id": ["v", "v", "v"], "score": [0.1, 0.9, 0.9]})
    >>> with_places(rows)["place"].tolist()
    [3, 1, 1]
    """
    place = candidates.groupby("vacancy_id")["score"].rank(method="min", ascending=False)
    return candidates.assign(place=place.astype("int32"))


def latest(home: Path, snapshot: str) -> BacktestRows:
    """The rows of the latest backtest of a snapshot.

    Raises
    ------
    AuditError
        If there is none, or its files are not those that were written.
    """
    folder = standing(home / "backtests" / snapshot)
    if folder is None:
        raise AuditError(
            "there is no backtest of the snapshot in force",
            where=str(home / "backtests" / snapshot),
            remedy="run suksesi backtest first",
        )
    try:
        text = (folder / MADE_OF).read_bytes()
        told = json.loads(text)
        digests = told.pop("files")
        made_of = MadeOf(**told)
        contents = {name: (folder / name).read_bytes() for name in _SCHEMAS}
    except (OSError, ValueError, TypeError, KeyError):
        raise AuditError(
            "the rows of the backtest are not whole", where=str(folder), remedy=REMEDY
        ) from None
    for name, content in contents.items():
        if digests.get(name) != _digest(content):
            raise AuditError(
                "the rows of the backtest were changed", where=str(folder / name), remedy=REMEDY
            )
    rows = {name: _rows(content) for name, content in contents.items()}
    if any(list(found) != _SCHEMAS[name].names for name, found in rows.items()):
        raise AuditError(
            "the rows of the backtest are of another version", where=str(folder), remedy=REMEDY
        )
    return BacktestRows(made_of, rows[CANDIDATES], rows[DECISIONS], _digest(text))


def _parquet(rows: pd.DataFrame, schema: pa.Schema) -> bytes:
    """The columns of a schema as a Parquet file, the same bytes for the same rows."""
    from pyarrow import parquet

    columns = {name: pa.array(rows[name], from_pandas=True) for name in schema.names}
    table = pa.Table.from_pydict(columns).cast(schema)
    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def _rows(content: bytes) -> pd.DataFrame:
    from pyarrow import parquet

    rows = parquet.read_table(pa.BufferReader(content)).to_pandas()
    for name in ("on", "day"):
        if name in rows:
            rows[name] = pd.to_datetime(rows[name])
    return rows


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
