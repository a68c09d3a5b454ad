"""Outcomes: what a file shows of those appointed, from which label rules are made.

The rule that must not break: nothing counts that closed after the two years, or after the holder
had left; whether somebody truly succeeded stands beside it and goes into no rule.
"""

import numpy as np
import pandas as pd

from simulation.days import new_year
from simulation.knobs import Knobs
from simulation.tables import NEVER

#: Ratings of the whole year that a unit's mean is shrunk by.
SHRINKAGE = 10


def label_parts(
    tables: dict[str, pd.DataFrame], pairs: pd.DataFrame, n_seats: int, knobs: Knobs
) -> pd.DataFrame:
    """For each filled vacancy: the latent truth, and what label rules are made of."""
    chosen = pairs[pairs["is_appointed"] == 1].set_index("vacancy")
    rows = tables["appointment"]
    rows = rows[(rows["vacancy"] != NEVER) & (rows["kind"] == "definitive")]
    rows = rows[rows["vacancy"].isin(chosen.index)]
    last = new_year(knobs.last_year + 1)
    end = rows["end"].where(rows["end"] != NEVER, last + 10_000)
    months = (end + 1 - rows["start"]) / 30.4375
    unfinished = rows["start"] + 731 > last
    reason = rows["reason"].astype(str)
    excused = reason.isin(["retired", "died", "reorganised"]) & (months < 24)
    frame = pd.DataFrame(
        {
            "person": rows["person"].to_numpy(),
            "post": rows["post"].to_numpy(),
            "vacancy": rows["vacancy"].to_numpy(),
            "start": rows["start"].to_numpy(),
            "end": end.to_numpy(),
            "is_success": chosen["succeeds"].reindex(rows["vacancy"]).to_numpy(),
            "in_post_24": (months >= 24).to_numpy().astype(np.int64),
            "promoted_after_9": ((reason == "promoted") & (months >= 9) & (months < 24))
            .to_numpy()
            .astype(np.int64),
            "adverse_exit": ((reason == "removed") & (months < 24)).to_numpy().astype(np.int64),
            "is_censored": (unfinished | excused).to_numpy().astype(np.int64),
        }
    )
    frame = frame.merge(tables["post"][["post", "post_class", "unit"]], on="post")
    frame = frame.merge(tables["person"][["person", "woman", "minority_origin"]], on="person")
    frame = frame.rename(columns={"post_class": "class"})
    return _with_results(frame, tables, n_seats)


def _with_results(
    frame: pd.DataFrame, tables: dict[str, pd.DataFrame], n_seats: int
) -> pd.DataFrame:
    """Unit results and ratings of the two years after the appointment."""
    year = (
        frame["start"].to_numpy().astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    )
    # Years that closed in the post, and inside the two years: their last day tells.
    closes = [np.array([new_year(one + k + 1) - 1 for one in year]) for k in range(3)]
    until = np.minimum(frame["end"].to_numpy(), frame["start"].to_numpy() + 731)
    inside = np.stack([close <= until for close in closes])
    results = tables["unit_result"].assign(below=lambda t: (t["predicate"] >= 3).astype(np.float64))
    below = results.set_index(["unit", "year"])["below"]
    of_unit = [list(zip(frame["unit"], year + k, strict=True)) for k in range(3)]
    held = np.stack([below.reindex(keys).to_numpy() for keys in of_unit])
    held = np.where(inside, held, np.nan)
    known = ~np.isnan(held)
    frame["unit_below"] = np.where(known, held, 0).max(axis=0).astype(np.int64)
    frame["unit_known"] = known.any(axis=0).astype(np.int64)
    ratings = tables["appraisal"]
    value = (ratings["results"] + ratings["behaviour"]).astype(np.float64)
    in_year = value.groupby(ratings["year"])
    by_appraiser = value.groupby([ratings["year"], ratings["appraiser"]])
    size, shrunk = by_appraiser.transform("size"), in_year.transform("mean")
    mean = (size * by_appraiser.transform("mean") + SHRINKAGE * shrunk) / (size + SHRINKAGE)
    z = (value - mean) / in_year.transform("std").replace(0, 1)
    by = pd.MultiIndex.from_frame(ratings[["person", "year"]])
    of = pd.Series(z.to_numpy(), index=by)
    predicate = pd.Series(ratings["predicate"].to_numpy(), index=by)
    keys = [list(zip(frame["person"], year + k, strict=True)) for k in range(3)]
    scores = np.stack([of.reindex(key).to_numpy() for key in keys])
    worst = np.stack([predicate.reindex(key).to_numpy() for key in keys])
    scores, worst = np.where(inside, scores, np.nan), np.where(inside, worst, np.nan)
    has = ~np.isnan(scores)
    counted = np.where(has.any(axis=0), has.sum(axis=0), np.nan)
    frame["rating_z"] = np.where(has, scores, 0).sum(axis=0) / counted
    frame["rating_predicate"] = np.where(np.isnan(worst), -1, worst).max(axis=0)
    frame.loc[frame["rating_predicate"] < 0, "rating_predicate"] = np.nan
    assert (frame["post"] < n_seats).all()
    return frame.drop(columns=["end"])
