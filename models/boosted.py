"""The boosted half of the readiness model: LightGBM, eight leaves a tree, monotone where it must.

The rule that must not break: where the catalogue gives a direction, more of the feature never
moves the estimate the other way, whatever the data say.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from features.catalogue import CATALOGUE, Catalogue

# Eight leaves have at most seven splits above them: tables of contributions stay small.
LEAVES = 8


@dataclass(frozen=True)
class BoostingSettings:
    """How trees are grown; the defaults are strict, for a thousand rows or so.

    Parameters
    ----------
    learning_rate : float
    min_leaf_rows : int
        Fewest training rows in a leaf.
    leaf_l2 : float
        L2 penalty on leaf values, on the scale of summed hessians.
    feature_share, row_share : float
        Share of features a tree and of rows a tree draws, in (0, 1].
    seed : int
    """

    learning_rate: float = 0.05
    min_leaf_rows: int = 30
    leaf_l2: float = 20.0
    feature_share: float = 0.7
    row_share: float = 0.8
    seed: int = 20


class Boosted:
    """A trained booster, always read from its text: trained and reloaded are the same thing."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.booster = lgb.Booster(model_str=text)

    @classmethod
    def fit(
        cls,
        X: np.ndarray,
        y: np.ndarray,
        *,
        n_trees: int,
        settings: BoostingSettings,
        weight: np.ndarray | None = None,
        num_threads: int = 1,
        catalogue: Catalogue = CATALOGUE,
        objective: str = "binary",
    ) -> "Boosted":
        """Grow `n_trees` trees on a model matrix (NaN = missing) and outcomes in {0, 1}.

        `weight` is how much each outcome counts, 1 in the mean. With the objective *regression*
        `y` is any number, and `logit` gives what is expected of it.
        """
        told = _told(X)
        data = _dataset(X[:, told], y, weight, catalogue, told)
        parameters = {**_parameters(settings, num_threads, catalogue, told), "objective": objective}
        text = lgb.train(parameters, data, num_boost_round=n_trees).model_to_string()
        text = _in_catalogue(text, told, catalogue)
        # The number of threads changes no tree: it must not change the stored bytes either.
        return cls(re.sub(r"\[num_threads: \d+\]", "[num_threads: 1]", text))

    def logit(self, X: np.ndarray) -> np.ndarray:
        """Log-odds of success for each row of a model matrix, shape (n_rows,)."""
        return np.asarray(self.booster.predict(X, raw_score=True, num_threads=1))

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return self.booster.num_trees()


def best_n_trees(
    X: np.ndarray,
    y: np.ndarray,
    is_held_out: np.ndarray,
    *,
    most: int,
    settings: BoostingSettings,
    weight: np.ndarray | None = None,
    num_threads: int = 1,
    catalogue: Catalogue = CATALOGUE,
) -> int:
    """Number of trees, up to `most`, with the least log-loss on the rows held out."""
    weights = {known: None if weight is None else weight[is_held_out == known] for known in (0, 1)}
    told = _told(X)
    X = X[:, told]
    training = _dataset(X[~is_held_out], y[~is_held_out], weights[0], catalogue, told)
    held_out = _dataset(
        X[is_held_out], y[is_held_out], weights[1], catalogue, told, reference=training
    )
    history: dict[str, dict[str, list[float]]] = {}
    lgb.train(
        {**_parameters(settings, num_threads, catalogue, told), "metric": "binary_logloss"},
        training,
        num_boost_round=most,
        valid_sets=[held_out],
        valid_names=["held_out"],
        callbacks=[lgb.record_evaluation(history)],
    )
    return int(np.argmin(history["held_out"]["binary_logloss"])) + 1


def _told(X: np.ndarray) -> np.ndarray:
    """Places of the columns in which anything is told.

    Trees draw a share of the columns: those that an agency does not keep would take the place of
    those that it does, and a catalogue that grows would change every model.
    """
    told = np.flatnonzero(~np.isnan(X).all(axis=0))
    return told if len(told) else np.arange(X.shape[1])


def _in_catalogue(text: str, told: np.ndarray, catalogue: Catalogue) -> str:
    """The text of a booster of some columns as one of all columns of the catalogue."""
    places = {str(place): str(column) for place, column in enumerate(told)}
    infos = dict(zip(told, re.findall(r"^feature_infos=(.*)$", text, re.M)[0].split(), strict=True))
    header = {
        "max_feature_idx": str(len(catalogue.names) - 1),
        "feature_names": " ".join(catalogue.names),
        "monotone_constraints": " ".join(str(feature.direction) for feature in catalogue),
        "feature_infos": " ".join(infos.get(n, "none") for n in range(len(catalogue.names))),
    }
    for key, value in header.items():
        text = re.sub(rf"^{key}=.*$", f"{key}={value}", text, count=1, flags=re.M)
    # Sizes of trees are no longer right; the booster writes them anew.
    text = re.sub(r"^tree_sizes=.*\n", "", text, count=1, flags=re.M)
    text = re.sub(
        r"^split_feature=(.*)$",
        lambda line: f"split_feature={' '.join(places[n] for n in line.group(1).split())}",
        text,
        flags=re.M,
    )
    return lgb.Booster(model_str=text).model_to_string()


def joined(parts: Sequence[tuple[Boosted, float]]) -> Boosted:
    """Trees of several boosters as one, what each says multiplied by its factor.

    Parameters
    ----------
    parts : sequence of Boosted and float
        All of one catalogue; no factor below 0, so that what was monotone stays so.

    Returns
    -------
    Boosted
        Its logit is the sum of the parts' logits, each times its factor.

    Raises
    ------
    ValueError
        If a factor is below 0.
    """
    if min(factor for _part, factor in parts) < 0:
        raise ValueError("a booster turned round is monotone the wrong way")
    head, _ = parts[0][0].text.split("\nTree=0\n", 1)
    tail = parts[0][0].text.split("end of trees", 1)[1]
    trees = [tree for part, factor in parts for tree in _scaled_trees(part.text, factor)]
    numbered = "".join(f"Tree={place}\n{tree}" for place, tree in enumerate(trees))
    head = re.sub(r"^tree_sizes=.*\n", "", head, count=1, flags=re.M)
    text = f"{head}\n{numbered}end of trees{tail}"
    return Boosted(lgb.Booster(model_str=text).model_to_string())


def _scaled_trees(text: str, factor: float) -> list[str]:
    """Each tree of a booster's text, without its number, its values multiplied."""

    def scaled(line: re.Match[str]) -> str:
        values = " ".join(f"{float(one) * factor:.17g}" for one in line.group(2).split())
        return f"{line.group(1)}={values}"

    body = text[text.index("\nTree=0\n") : text.index("end of trees")]
    trees = re.split(r"^Tree=\d+\n", body, flags=re.M)[1:]
    return [re.sub(r"^(leaf_value|internal_value)=(.*)$", scaled, one, flags=re.M) for one in trees]


def _dataset(
    X: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None,
    catalogue: Catalogue,
    told: np.ndarray,
    reference: lgb.Dataset | None = None,
) -> lgb.Dataset:
    return lgb.Dataset(
        X,
        label=y,
        weight=weight,
        feature_name=[catalogue.names[n] for n in told],
        categorical_feature=[],
        reference=reference,
        params={"verbosity": -1, "feature_pre_filter": False},
    )


def _parameters(
    settings: BoostingSettings, num_threads: int, catalogue: Catalogue, told: np.ndarray
) -> dict[str, object]:
    features = list(catalogue)
    return {
        "objective": "binary",
        "num_leaves": LEAVES,
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": settings.min_leaf_rows,
        "lambda_l2": settings.leaf_l2,
        "feature_fraction": settings.feature_share,
        "bagging_fraction": settings.row_share,
        "bagging_freq": 1 if settings.row_share < 1 else 0,
        "monotone_constraints": [features[n].direction for n in told],
        "monotone_constraints_method": "intermediate",
        "seed": settings.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": num_threads,
        "verbosity": -1,
    }
