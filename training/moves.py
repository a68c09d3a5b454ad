"""Career moves: how well the next post of a person is told, against simple references.

The rule that must not break: every figure is of moves that the settings have not seen; they were
chosen by rolling origin on earlier years only, and a choice that is frozen in a file is read from
there, its digest told with the figures.
"""

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from features.asof import AsOf
from features.tables.record import Record
from models.careers import CareerRecord, destinations, positions
from models.move_search import placings, rolling_origin_search
from models.transitions import Factored, FactoredSettings, MarkovOne, MoveModel, Popularity
from training.evaluate import mean_with_interval
from training.figures import Figure, figure

ORGANISATIONS = ("short_name", "lineage")
#: In a frozen choice: the first year that the search saw nothing of.
BEFORE_YEAR = "before_year"


@dataclass(frozen=True)
class Choice:
    """Settings of the factored model for one kind of organisation, and where they come from.

    `origin` is *frozen*, *searched* or *default*; `digest` is the SHA-256 of `text`, the JSON that
    holds the settings of all kinds.
    """

    settings: FactoredSettings
    origin: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text, 64 hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def frozen_file(agency: str) -> Path:
    """Where the frozen choice of an agency lies, whether or not there is one."""
    return Path(str(files("training"))) / "frozen" / f"{agency}.json"


def frozen_digests() -> dict[str, str]:
    """SHA-256 of every file of frozen choices, by its name."""
    folder = Path(str(files("training"))) / "frozen"
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*.json"))
    }


def choices(record: Record, agency: str, first_year: int, *, search: bool) -> dict[str, Choice]:
    """The settings for each kind of organisation.

    Parameters
    ----------
    first_year : int
        The first year that is tested; a search looks at nothing from it on.
    search : bool
        Whether to search even where a choice is frozen. Where none is, and no search is asked for,
        the settings are those that the model comes with. A frozen choice that has seen years to be
        tested is passed by, and the search made anew.
    """
    path = frozen_file(agency)
    text = path.read_text(encoding="utf-8") if path.exists() else None
    if search or (text is not None and json.loads(text)[BEFORE_YEAR] > first_year):
        found = {kind: _searched(record, kind, first_year).as_json() for kind in ORGANISATIONS}
        origin, text = "searched", _text(found, first_year)
    elif text is not None:
        origin = "frozen"
    else:
        found = {kind: FactoredSettings().as_json() for kind in ORGANISATIONS}
        origin, text = "default", _text(found, first_year)
    settings = json.loads(text)
    return {
        kind: Choice(FactoredSettings.from_json(settings[kind]), origin, text)
        for kind in ORGANISATIONS
    }


def _text(settings: dict[str, dict], before_year: int) -> str:
    """The settings of all kinds as they are frozen, and the first year that they saw nothing of."""
    return json.dumps({BEFORE_YEAR: before_year, **settings}, indent=2, sort_keys=True) + "\n"


def move_figures(record: Record, chosen: dict[str, Choice], first_year: int) -> list[Figure]:
    """The tables of next moves: by short name of the organisation, and by lineage.

    Returns
    -------
    list of Figure
        ``next_move.*`` and ``next_move_lineage.*``: moves to learn from and to be told,
        destinations, and `mrr`, `hit1`, `hit5`, `hit10`, `perplexity` of each method.
    """
    names = {"short_name": "next_move", "lineage": "next_move_lineage"}
    return [
        row
        for kind, name in names.items()
        for row in _table(record, kind, chosen[kind].settings, first_year, name)
    ]


def _table(
    record: Record, kind: str, settings: FactoredSettings, first_year: int, name: str
) -> list[Figure]:
    careers = CareerRecord(spells_of(record, kind), closures_of(record, kind))
    before = _new_year(first_year)
    candidates = destinations(careers.moves)
    # A move from a post that nobody had recorded by then is nothing that could have been told.
    is_tested = (careers.moves["on"] >= before) & (
        careers.moves["from_known_on"] < careers.moves["on"]
    )
    tested = careers.moves[is_tested]
    n_train = int((careers.moves["known_on"] < before).sum())
    figures = [
        figure(f"{name}.n_train", n_train, unit="moves"),
        figure(f"{name}.n_test", len(tested), unit="moves"),
        figure(f"{name}.n_destinations", len(candidates), unit="states"),
    ]
    if tested.empty:
        return figures
    truth = positions(tested, candidates)
    models: dict[str, MoveModel] = {
        "popularity": Popularity(),
        "markov1": MarkovOne(),
        "factored": Factored(settings),
    }
    reciprocal: dict[str, pd.Series] = {}
    for method, model in models.items():
        told = model.fit(careers, candidates, before).probabilities(tested)
        placed = placings(told, truth)
        reciprocal[method] = placed["mrr"]
        chance = told[np.arange(len(truth)), truth]
        figures += _measures(f"{name}.{method}", placed, chance, tested["on"])
    for reference in ("popularity", "markov1"):
        gain = reciprocal["factored"] - reciprocal[reference]
        value, interval = mean_with_interval(gain, tested["on"])
        row = f"{name}.factored_over_{reference}.mrr"
        figures.append(figure(row, value, interval))
    return figures


def _measures(name: str, placed: pd.DataFrame, chance: np.ndarray, days: pd.Series) -> list[Figure]:
    figures = [
        figure(f"{name}.{measure}", *mean_with_interval(values, days))
        for measure, values in placed.items()
    ]
    value, (low, high) = mean_with_interval(pd.Series(-np.log(chance)), days)
    interval = (float(np.exp(low)), float(np.exp(high)))
    figures.append(figure(f"{name}.perplexity", float(np.exp(value)), interval, unit="states"))
    return figures


def spells_of(record: Record, kind: str) -> pd.DataFrame:
    """Every post begun, with the organisation under the name that the table goes by.

    By lineage the name is that of the line as known on the day the post began.

    Returns
    -------
    DataFrame
        `person_id`, `on`, `known_on`, `organisation`, `step`, `sequence`.
    """
    begun = record.table("appointment").join(record.table("post"), "post_id")
    begun = begun.join(record.table("post_class"), "post_class")
    begun = begun.join(record.table("unit").select("unit_id", "short_name"), "unit_id")
    rows = begun.select(
        *("person_id", "start_on", "start_recorded_on", "unit_id", "short_name", "step", "sequence")
    )
    frame = rows.to_pandas()
    frame["on"] = pd.to_datetime(frame["start_on"])
    frame["known_on"] = pd.to_datetime(frame["start_recorded_on"])
    frame["organisation"] = (
        frame["short_name"] if kind == "short_name" else _lineage_on(record, frame)
    )
    columns = ["person_id", "on", "known_on", "organisation", "step", "sequence"]
    return frame[columns].sort_values(["on", "sequence"], ignore_index=True)


def closures_of(record: Record, kind: str) -> pd.DataFrame:
    """Closed organisations: `organisation`, `closed_on`, `known_on`."""
    units = record.table("unit").to_pandas()
    units = units[units["closed_on"].notna()]
    units = units.assign(
        closed_on=pd.to_datetime(units["closed_on"]),
        known_on=pd.to_datetime(units["closed_recorded_on"]),
    ).reset_index(drop=True)
    units["organisation"] = (
        units["short_name"]
        if kind == "short_name"
        else _lineage_on(record, units.assign(on=units["closed_on"]))
    )
    return units[["organisation", "closed_on", "known_on"]]


def _lineage_on(record: Record, rows: pd.DataFrame) -> pd.Series:
    """The lineage of each row's unit, as known on the row's day."""
    days = rows[["on"]].drop_duplicates().assign(person_id="")
    spine = ibis.memtable(days.rename(columns={"on": "as_of"}))
    known = AsOf(record, spine.mutate(as_of=spine.as_of.cast("date"))).lineage.to_pandas()
    known = known.assign(on=pd.to_datetime(known["as_of"]).astype(rows["on"].dtype))
    merged = rows[["unit_id", "on"]].merge(known, on=["unit_id", "on"], how="left")
    return merged["lineage_id"].set_axis(rows.index)


def _searched(record: Record, kind: str, first_year: int) -> FactoredSettings:
    settings, _metrics = rolling_origin_search(
        spells_of(record, kind), closures_of(record, kind), _new_year(first_year)
    )
    return settings


def _new_year(year: int) -> pd.Timestamp:
    # The plain constructor may give NaT, as far as a type checker knows.
    return pd.Timestamp.fromisoformat(f"{year}-01-01")
