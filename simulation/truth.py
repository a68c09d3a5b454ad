"""Truth: a folder of its own with what nobody in the agency could know, and the one way to ask it.

The rule that must not break: nothing but `simulation.report` and `training.protocol` reads the
folder; whatever the product says must be the same with the folder deleted.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from simulation import success
from simulation.agency import Agency
from simulation.errors import SimulationError
from simulation.identity import record_ids
from simulation.knobs import Knobs
from simulation.people import for_post
from simulation.structure import Posts, required_in
from simulation.tables import NEVER
from simulation.vocabulary import COMPETENCIES, REASON_GROUPS

MANIFEST = "truth.json"
PLANTED = "planted.parquet"
STATES = ("abilities", "family_years", "units_served", "post_class")
Ids = Sequence[str] | np.ndarray
_OF_POST = ("key", "post_class", "family", "unit", "changing", "difficulty")


@dataclass(frozen=True)
class Potential:
    """The truth of pairs of a person and a post.

    Attributes
    ----------
    probability : float64, shape (m,)
        P(success if appointed on that day).
    succeeds : bool, shape (m,)
        The potential outcome.
    effects : DataFrame, shape (m, n_reason_groups)
        What each reason group adds to the logit.
    """

    probability: np.ndarray
    succeeds: np.ndarray
    effects: pd.DataFrame


def write_truth(agency: Agency, folder: Path, planted: pd.DataFrame) -> None:
    """Write the truth of an agency into a folder that exists and is empty.

    Parameters
    ----------
    planted : DataFrame
        The errors planted in the exports, as `exports.write_exports` hands them back.
    """
    stored = {"seed": agency.seed, "years": sorted(agency.states), "knobs": asdict(agency.knobs)}
    text = json.dumps({"simulated": True, **stored}, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    people = agency.people.copy()
    people.insert(0, "person_id", _ids(agency.seed, "person", len(people)))
    people.to_parquet(folder / "people.parquet", index=False)
    _posts_frame(agency).to_parquet(folder / "posts.parquet", index=False)
    for year, state in agency.states.items():
        for name in STATES:
            np.save(folder / f"{year}-{name}.npy", state[name])
    for name, frame in agency.truth.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    planted.to_parquet(folder / PLANTED, index=False)


class Truth:
    """The truth of a written agency, asked by the ids of its exports.

    Parameters
    ----------
    folder : Path
        The folder that `write_truth` wrote.

    Raises
    ------
    SimulationError
        If there is no truth in the folder.
    """

    def __init__(self, folder: Path) -> None:
        manifest = folder / MANIFEST
        if not manifest.is_file():
            raise SimulationError(
                "holds no truth",
                where=str(folder),
                expected=f"a folder with {MANIFEST}",
                remedy="give the folder truth of a simulated agency",
            )
        stored = json.loads(manifest.read_text(encoding="utf-8"))
        self.folder = folder
        self.seed = int(stored["seed"])
        self.knobs = Knobs(**stored["knobs"])
        self.years = tuple(stored["years"])
        people = pd.read_parquet(folder / "people.parquet")
        posts = pd.read_parquet(folder / "posts.parquet")
        self._person = pd.Index(people["person_id"])
        self._post = pd.Index(posts["post_id"])
        self._key = people["key"].to_numpy()
        self._conduct = people["conduct"].to_numpy()
        self._left = people["left"].to_numpy()
        self._posts = _posts_of(posts)

    def table(self, name: str) -> pd.DataFrame:
        """A table of the truth: `pairs`, `plan_gains`, `labels`, `hazards`, `planted` and so on."""
        return pd.read_parquet(self.folder / f"{name}.parquet")

    def success(self, person: Ids, post: Ids, on: date) -> Potential:
        """Whether people would succeed in posts if they were appointed on a day: for any pair.

        Parameters
        ----------
        person, post : sequences or arrays of str, of one length
            Ids as in the exports.
        on : date
            Inside the simulated years.

        Raises
        ------
        SimulationError
            If somebody or something is not of this agency, the day lies outside its years, or a
            person had not entered yet or had left.
        """
        who, which = (
            self._find(self._person, person, "person"),
            self._find(self._post, post, "post"),
        )
        state = self._state(on, who)
        posts, year = self._posts.at(which), on.year
        keys = self._key[who], posts.key
        found = success.effects(
            self.knobs,
            abilities=for_post(state["abilities"].astype(np.float64), who, posts.family),
            conduct=self._conduct[who],
            family_years=state["family_years"][who, posts.family].astype(np.float64),
            units_served=state["units_served"][who].astype(np.int64),
            motivation=success.motivation(self.seed, *keys),
            required=required_in(posts, self.knobs, year),
            weight=posts.weight,
            post_class=posts.post_class,
            changing=posts.changing,
            difficulty=posts.difficulty,
        )
        return Potential(
            probability=found.probability,
            succeeds=success.happens(self.seed, *keys, year, found.logit),
            effects=pd.DataFrame(found.groups, columns=list(REASON_GROUPS)),
        )

    def _state(self, on: date, who: np.ndarray) -> dict[str, np.ndarray]:
        if on.year not in self.years:
            raise SimulationError(
                "lies outside the simulated years",
                where=on.isoformat(),
                expected=f"a day from {self.years[0]} to {self.years[-1]}",
                remedy="ask for a day inside them",
            )
        path = self.folder
        day = (on - date(1970, 1, 1)).days
        if ((self._left[who] != NEVER) & (self._left[who] < day)).any():
            raise SimulationError(
                "somebody had left the service",
                where=on.isoformat(),
                expected="people in service on the day",
                remedy="ask for an earlier day",
            )
        state = {name: np.load(path / f"{on.year}-{name}.npy", mmap_mode="r") for name in STATES}
        if len(who) and who.max() >= len(state["post_class"]):
            raise SimulationError(
                "somebody had not entered the service yet",
                where=on.isoformat(),
                expected="people in service at the beginning of the year",
                remedy="ask for a later day",
            )
        return state

    def _find(self, index: pd.Index, ids: Ids, what: str) -> np.ndarray:
        found = index.get_indexer(pd.Index(list(ids), dtype=index.dtype))
        if (found < 0).any():
            raise SimulationError(
                f"a {what} is not of this agency",
                where=str(self.folder),
                expected="ids of the exports that were written with this truth",
                remedy="take exports and truth from one run",
            )
        return found


def _ids(seed: int, kind: str, count: int) -> list[str]:
    return record_ids(seed, kind, np.arange(count)).to_pylist()


def _posts_frame(agency: Agency) -> pd.DataFrame:
    posts = agency.posts
    frame = pd.DataFrame({"post_id": _ids(agency.seed, "post", len(posts))})
    for name in _OF_POST:
        frame[name] = getattr(posts, name)
    for place, name in enumerate(COMPETENCIES):
        frame[f"required_{name}"] = posts.required[:, place]
        frame[f"weight_{name}"] = posts.weight[:, place]
    return frame


def _posts_of(frame: pd.DataFrame) -> Posts:
    wide = {
        kind: frame[[f"{kind}_{name}" for name in COMPETENCIES]].to_numpy()
        for kind in ("required", "weight")
    }
    return Posts(**{name: frame[name].to_numpy() for name in _OF_POST}, **wide)
