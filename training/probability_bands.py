"""Bands of estimated probability: what was estimated and what then happened, band by band.

The rule that must not break: bands hold alike many rows and are cut by the estimate alone, never by
what happened.
"""

import numpy as np
import pandas as pd

from training.evaluate import mean_with_interval

N_BANDS = 5
COLUMNS = (
    "band", "n", "n_failures", "mean_probability", "success_rate", "low", "high", "lift",
    "lift_low", "lift_high",
)  # fmt: skip


def probability_bands(rows: pd.DataFrame, n_bands: int = N_BANDS) -> pd.DataFrame:
    """Decisions in bands of the estimate, the lowest first.

    Parameters
    ----------
    rows : DataFrame, one row a decision
        `probability`, `success` (0 or 1) and `day`.
    n_bands : int
        How many; fewer where estimates are tied.

    Returns
    -------
    DataFrame, one row a band
        `band` (1 is the lowest), `n`, `n_failures`, `mean_probability`; `success_rate` with `low`
        and `high`, its 95 % interval over days of decision; `lift`, the same three over the success
        rate of all rows (missing where nobody succeeded). Empty without rows.

    Examples
    --------
    >>> rows = pd.DataFrame({"probability": [0.2, 0.4, 0.6, 0.8], "success": [0, 1, 1, 1],
    ...                      "day": ["2020-01-01", "2020-02-01", "2020-03-01", "2020-04-01"]})
    >>> bands = probability_bands(rows, n_bands=2)
    >>> bands["success_rate"].tolist(), bands["lift"].round(3).tolist()
    ([0.5, 1.0], [0.667, 1.333])
    """
    if rows.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    share = rows["probability"].rank(method="average", pct=True)
    # Tied estimates have one share, so they stand in one band.
    number = np.ceil(share * n_bands - 1e-9).clip(1, n_bands).astype(int)
    overall = float(rows["success"].mean())
    found = []
    for place, (_number, part) in enumerate(rows.groupby(number.to_numpy()), start=1):
        part = part.reset_index(drop=True)
        rate, (low, high) = mean_with_interval(part["success"].astype(float), part["day"])
        lifts = [end / overall if overall else np.nan for end in (rate, low, high)]
        n_failures, mean = int((part["success"] == 0).sum()), float(part["probability"].mean())
        found.append((place, len(part), n_failures, mean, rate, low, high, *lifts))
    return pd.DataFrame(found, columns=list(COLUMNS))
