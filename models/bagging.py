"""Bagged models: the blend fitted again on draws of whole vacancies, to see what chance decides.

The rule that must not break: a vacancy or a reshuffle is drawn as a whole or not at all, and a draw
hangs on the seed and its own number only: how many threads work changes nothing.
"""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from features.catalogue import CATALOGUE, Catalogue
from models.boosted import Boosted, BoostingSettings
from models.labels import Labels
from models.scorecard import Scorecard


@dataclass(frozen=True, eq=False)
class Bags:
    """Blends of a scorecard and a booster, one a draw.

    Parameters
    ----------
    scorecards : tuple of Scorecard, one a bag
    boosters : tuple of Boosted, one a bag
    """

    scorecards: tuple[Scorecard, ...]
    boosters: tuple[Boosted, ...]

    def __len__(self) -> int:
        """Number of bags."""
        return len(self.boosters)

    @classmethod
    def fit(
        cls,
        labels: Labels,
        n_bags: int,
        *,
        scorecard_c: float,
        n_trees: int,
        boosting: BoostingSettings,
        num_threads: int = 1,
        catalogue: Catalogue = CATALOGUE,
    ) -> "Bags":
        """Fit both halves on each of `n_bags` draws of the groups, with replacement.

        Parameters
        ----------
        labels : Labels
            What the model itself is fitted on.
        n_bags : int
        scorecard_c, n_trees, boosting
            As of the model itself.
        num_threads : int
            Bags that are fitted at a time.
        catalogue : Catalogue

        Source
        ------
        Breiman (1996), bagging predictors; rows of a group drawn together, as in the block
        bootstrap.
        """

        def fitted(number: int) -> tuple[Scorecard, Boosted]:
            drawn = _drawn(labels, boosting.seed, number)
            given: dict[str, Any] = {"weight": drawn.weight, "catalogue": catalogue}
            settings = replace(boosting, seed=boosting.seed + 1 + number)
            return (
                Scorecard.fit(drawn.X, drawn.y, C=scorecard_c, **given),
                Boosted.fit(drawn.X, drawn.y, n_trees=n_trees, settings=settings, **given),
            )

        # Linear algebra of this size is slower by two threads than by one: tenfold if others work.
        one_each = threadpool_limits(1, user_api="blas")
        with one_each, ThreadPoolExecutor(max_workers=num_threads) as workers:
            scorecards, boosters = zip(*workers.map(fitted, range(n_bags)), strict=True)
        return cls(scorecards, boosters)

    def logits(self, rows: np.ndarray) -> np.ndarray:
        """Logit of each bag's blend before calibration, shape (n_bags, n_rows)."""
        halves = zip(self.scorecards, self.boosters, strict=True)
        return np.array([(one.logit(rows) + other.logit(rows)) / 2 for one, other in halves])

    def boosters_text(self) -> str:
        """The boosters in LightGBM's text, one after another."""
        return "".join(booster.text.rstrip("\n") + "\n" for booster in self.boosters)

    def scorecards_json(self) -> str:
        """The scorecards as a JSON list."""
        documents = [json.loads(scorecard.to_json()) for scorecard in self.scorecards]
        return json.dumps(documents, sort_keys=True, allow_nan=False) + "\n"

    @classmethod
    def from_texts(cls, boosters: str, scorecards: str, catalogue: Catalogue = CATALOGUE) -> "Bags":
        """The bags that `boosters_text` and `scorecards_json` wrote."""
        read = [Scorecard.from_json(json.dumps(one), catalogue) for one in json.loads(scorecards)]
        return cls(tuple(read), tuple(Boosted(text) for text in _parted(boosters)))


def _drawn(labels: Labels, seed: int, number: int) -> Labels:
    """As many groups as there are, with replacement: a row counts as often as its group is drawn.

    A draw without both outcomes is drawn again.
    """
    names, index = np.unique(labels.groups, return_inverse=True)
    draw = np.random.default_rng([seed, number])
    while True:
        times = np.bincount(draw.integers(len(names), size=len(names)), minlength=len(names))
        counts = times[index] * (1.0 if labels.weight is None else labels.weight)
        drawn = labels.part(counts > 0)
        if len(np.unique(drawn.y)) == 2:
            counts = counts[counts > 0]
            return replace(drawn, weight=counts / counts.mean())


def _parted(text: str) -> Iterator[str]:
    """The texts of boosters that stand one after another: each begins with a line `tree`."""
    starts = [found.start() for found in re.finditer(r"^tree$", text, flags=re.M)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield text[start:end]
