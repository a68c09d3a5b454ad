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

import numpy as np
import pandas as pd

from features.tables.record import Record
from models.careers import CareerRecord, destinations, positions
from models.move_search import placings, rolling_origin_search
from models.spells import ORGANISATIONS, closures_of, spells_of
from models.transitions import Factored, FactoredSettings, MarkovOne, MoveModel, Popularity
from training.evaluate import mean_with_interval
from training.figures import Figure, figure

#: In a frozen choice: the first year that the search saw nothing of.
BEFORE_YEAR = "before_year"
#: The weight under which the embedding is shown where the search gave it none.
SHOWN_WEIGHT = 0.5


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
        destinations, and `mrr`, `hit1`, `hit5`, `hit10`, `perplexity` of each method. *factored* is
        the model as it was chosen; `embedding_weight` is what the search gave the embedding of
        careers. *embedded* shows what a weight does, and *not_embedded* the model without, where
        the chosen one has a weight; neither had a say in the choice.
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
        figure(f"{name}.embedding_weight", settings.embedding_weight, unit="logit"),
    ]
    if tested.empty:
        return figures
    truth = positions(tested, candidates)
    factored = Factored(settings).fit(careers, candidates, before)
    is_embedded = settings.embedding_weight > 0
    other = "not_embedded" if is_embedded else "embedded"
    models: dict[str, MoveModel] = {
        "popularity": Popularity().fit(careers, candidates, before),
        "markov1": MarkovOne().fit(careers, candidates, before),
        "factored": factored,
        other: factored.weighing(0.0 if is_embedded else SHOWN_WEIGHT),
    }
    reciprocal: dict[str, pd.Series] = {}
    for method, model in models.items():
        told = model.probabilities(tested)
        placed = placings(told, truth)
        reciprocal[method] = placed["mrr"]
        chance = told[np.arange(len(truth)), truth]
        figures += _measures(f"{name}.{method}", placed, chance, tested["on"])
    compared = [("factored", "popularity"), ("factored", "markov1")]
    compared += [("factored", other) if is_embedded else (other, "factored")]
    for method, reference in compared:
        gain = reciprocal[method] - reciprocal[reference]
        value, interval = mean_with_interval(gain, tested["on"])
        figures.append(figure(f"{name}.{method}_over_{reference}.mrr", value, interval))
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


def _searched(record: Record, kind: str, first_year: int) -> FactoredSettings:
    settings, _metrics = rolling_origin_search(
        spells_of(record, kind), closures_of(record, kind), _new_year(first_year)
    )
    return settings


def _new_year(year: int) -> pd.Timestamp:
    # The plain constructor may give NaT, as far as a type checker knows.
    return pd.Timestamp.fromisoformat(f"{year}-01-01")
