"""Horizons of post classes: who will be ready for a post of a class, and what was learnt for it.

The rule that must not break: learning and foretelling see the same columns, made here, and a chance
is a chance of the event that the horizon was learnt for, under the pack that it was read from.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from features.catalogue import CATALOGUE, Catalogue
from features.errors import ArtefactError
from models.horizon import Horizon, Incidence

FORMAT = 1
#: The weighted gap turned round, positive where short of what is asked.
GAP, SHORTFALL = "gap_weighted", "shortfall"
#: Log-odds of success by the readiness model; rules that a document has to settle.
READINESS, TO_SETTLE = "readiness", "rules_to_settle"
#: Columns that grow by one a year by themselves.
CLOCKS: Final = ("years_in_class", "years_in_service", "years_since_first_post", "years_in_rank")


def columns_of(X: pd.DataFrame, logit: np.ndarray, n_to_settle: np.ndarray) -> pd.DataFrame:
    """What a horizon sees of people: the catalogue's features, their readiness, what is open.

    Parameters
    ----------
    X : DataFrame, shape (n_people, n_features)
        Columns of the catalogue.
    logit : ndarray, shape (n_people,)
        Of success, by the readiness model.
    n_to_settle : ndarray of int, shape (n_people,)
        Rules that no passing of time settles, of age apart: see `features.policy.outlook`.

    Returns
    -------
    DataFrame, shape (n_people, n_features + 2)

    Examples
    --------
    >>> X = pd.DataFrame({"gap_weighted": [-0.5]})
    >>> columns_of(X, np.array([1.2]), np.array([2])).to_dict("records")
    [{'shortfall': 0.5, 'readiness': 1.2, 'rules_to_settle': 2.0}]
    """
    told = {SHORTFALL: -X[GAP], READINESS: logit, TO_SETTLE: np.asarray(n_to_settle, float)}
    more = pd.DataFrame(told, index=X.index)
    return pd.concat([X.drop(columns=[GAP]), more], axis=1)


def names(catalogue: Catalogue = CATALOGUE) -> list[str]:
    """What `columns_of` calls its columns."""
    return [*(name for name in catalogue.names if name != GAP), SHORTFALL, READINESS, TO_SETTLE]


def directions(catalogue: Catalogue = CATALOGUE) -> dict[str, int]:
    """Columns of which more can only raise, or only lower, the chance of being ready."""
    of_features = {one.name: one.direction for one in catalogue if one.direction}
    return {**{n: d for n, d in of_features.items() if n != GAP}, READINESS: 1, TO_SETTLE: -1}


@dataclass(frozen=True)
class ClassHorizon:
    """The horizon of one class of posts.

    Parameters
    ----------
    horizon : Horizon
    event : str
        By what somebody becomes ready: see `features.policy.ready_events`.
    probability_at_least : float
        Of *probability_and_requirements* alone.
    pack : str
        Name and version of the policy pack that says so.
    route : str
        How posts are filled by the rules that were asked.
    n_people, n_ready, n_left : int
        Who was followed; how often one of them was found ready, each time counted once; who left.
    measured : mapping of str to float
        What a horizon learnt five years before was worth since: see `training.watching`.
    """

    horizon: Horizon
    event: str
    probability_at_least: float
    pack: str
    route: str
    n_people: int
    n_ready: int
    n_left: int
    measured: Mapping[str, float] = field(default_factory=dict)

    def foretells(self, event: str, probability_at_least: float, pack: str, route: str) -> bool:
        """Whether its chances are chances of this event, under this pack and by this route."""
        asked = (event, probability_at_least, pack, route)
        return asked == (self.event, self.probability_at_least, self.pack, self.route)

    def incidence(
        self,
        X: pd.DataFrame,
        logit: np.ndarray,
        n_to_settle: np.ndarray,
        years_to_end: np.ndarray,
        closed: np.ndarray | None,
    ) -> Incidence:
        """What will have happened to people by the end of each year ahead.

        Parameters
        ----------
        X : DataFrame, shape (n_people, n_features)
        logit, n_to_settle : ndarray, shape (n_people,)
            See `columns_of`.
        years_to_end : ndarray, shape (n_people,)
            Until retirement, or looks until a rule of age turns the person away.
        closed : ndarray of int, shape (n_people,), optional
            See `models.horizon.FollowUps`.
        """
        return self.horizon.incidence(columns_of(X, logit, n_to_settle), years_to_end, closed)


@dataclass(frozen=True)
class ClassHorizons:
    """Horizons by class, and why a class has none.

    Parameters
    ----------
    by_class : mapping of str to ClassHorizon
    without : mapping of str to str
        What was lacking, in a sentence.
    """

    by_class: Mapping[str, ClassHorizon]
    without: Mapping[str, str] = field(default_factory=dict)

    def figures(self) -> dict[str, float]:
        """Counts and what was measured, named by class, for the run of a training."""
        found: dict[str, float] = {}
        for name, one in self.by_class.items():
            counts = {"n_people": one.n_people, "n_ready": one.n_ready, "n_left": one.n_left}
            told = {**counts, **one.measured}
            found |= {f"horizon.{name}.{what}": float(value) for what, value in told.items()}
        return found

    def to_text(self) -> str:
        """All horizons as JSON, keys sorted: plain text, the same bytes in every process."""
        told = {name: _told(one) for name, one in self.by_class.items()}
        document = {"format": FORMAT, "classes": told, "without": dict(self.without)}
        return json.dumps(document, sort_keys=True, indent=1, allow_nan=False) + "\n"

    @classmethod
    def from_text(cls, text: str) -> "ClassHorizons":
        """The horizons that `to_text` wrote.

        Raises
        ------
        ArtefactError
            If they are of another format.
        """
        document = json.loads(text)
        if document.get("format") != FORMAT:
            raise ArtefactError(
                f"is of format {document.get('format')}",
                where="horizons of classes",
                expected=f"format {FORMAT}",
                remedy="train again",
            )
        by_class = {name: _read(one) for name, one in document["classes"].items()}
        return cls(by_class, document["without"])


def _told(one: ClassHorizon) -> dict[str, Any]:
    kept = {name: value for name, value in vars(one).items() if name not in ("horizon", "measured")}
    horizon = json.loads(one.horizon.to_text())
    return {**kept, "measured": dict(one.measured), "horizon": horizon}


def _read(told: dict[str, Any]) -> ClassHorizon:
    kept = dict(told)
    horizon = Horizon.from_text(json.dumps(kept.pop("horizon")))
    return ClassHorizon(horizon=horizon, **kept)
