"""Fairness against known truth: who stands among the first, and whether estimates mean the same.

The rule that must not break: sex and origin are the simulator's, handed to the audit here; no model
of the protocol has seen them.
"""

import numpy as np
import pandas as pd

from simulation import bounds
from training.audits.disparity import disparity
from training.figures import Figure, figure
from training.protocol.ranking import SHOWN, Judged


def fairness_figures(found: Judged, seed: int) -> list[Figure]:
    """Impact ratios of women and men, and the gap between their estimates' errors.

    Returns
    -------
    list of Figure
        `impact_ratio5` of the model with most labels, beside what is attainable, the truth
        (`oracle`) and the panels' choices (`impact_ratio1_panel`); `calibration_gap_sex` and
        `calibration_gap_origin`: difference of mean estimate less mean truth.
    """
    trial, most = found.trial, max(found.models)
    orders = {
        "impact_ratio5": found.order(most),
        "impact_ratio5_attainable": found.given.attainable,
        "impact_ratio5_oracle": trial.p,
    }
    rows = []
    for name, score in orders.items():
        places = bounds.ranked(score, trial, seed)
        rows.append(_ratio(name, -places, found, SHOWN))
    rows.append(_ratio("impact_ratio1_panel", trial.is_appointed.astype(float), found, 1))
    away = found.probability(most) - trial.p
    for name, member in (("sex", trial.woman == 1), ("origin", trial.minority_origin == 1)):
        gap = float(away[member].mean() - away[~member].mean())
        rows.append(figure(f"calibration_gap_{name}", abs(gap)))
    return rows


def _ratio(name: str, score: np.ndarray, found: Judged, shown: int) -> Figure:
    group = np.where(found.trial.woman == 1, "woman", "man")
    rows = pd.DataFrame({"vacancy": found.trial.vacancy, "score": score, "group": group})
    judged = disparity(rows, shown=shown)
    (woman,) = (one for one in judged.groups if one.group == "woman")
    (man,) = (one for one in judged.groups if one.group == "man")
    return figure(name, woman.rate / man.rate, unit="ratio")
