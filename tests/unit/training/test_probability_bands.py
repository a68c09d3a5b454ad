import numpy as np
import pandas as pd
import pytest

from training.probability_bands import probability_bands


def decisions(n: int = 400) -> pd.DataFrame:
    draw = np.random.default_rng(2)
    truth = draw.uniform(0.2, 0.9, n)
    success = (draw.random(n) < truth).astype(int)
    return pd.DataFrame({"probability": truth, "success": success, "day": np.arange(n) % 80})


def test_bands_are_those_cut_by_hand():
    rows = decisions()
    found = probability_bands(rows)
    in_order = rows.sort_values("probability", ignore_index=True)
    parts = [in_order[80 * k : 80 * (k + 1)] for k in range(5)]
    assert found["n"].tolist() == [80] * 5
    assert found["mean_probability"].tolist() == pytest.approx(
        [part["probability"].mean() for part in parts]
    )
    assert found["success_rate"].tolist() == pytest.approx([p["success"].mean() for p in parts])
    assert found["lift"].tolist() == pytest.approx(
        [part["success"].mean() / rows["success"].mean() for part in parts]
    )
    assert ((found["low"] < found["success_rate"]) & (found["success_rate"] < found["high"])).all()
    assert found["n_failures"].sum() == (rows["success"] == 0).sum()


def test_bands_are_cut_by_the_estimate_alone():
    rows = decisions()
    swapped = rows.assign(success=1 - rows["success"])
    pd.testing.assert_series_equal(
        probability_bands(rows)["mean_probability"], probability_bands(swapped)["mean_probability"]
    )


def test_tied_estimates_stand_in_one_band():
    rows = decisions().assign(probability=0.5)
    assert probability_bands(rows)["n"].tolist() == [400]


def test_where_nothing_is_known_there_is_no_band_and_where_nobody_succeeded_no_lift():
    assert probability_bands(decisions().iloc[:0]).empty
    nobody = probability_bands(decisions().assign(success=0))
    assert nobody["lift"].isna().all()
    assert nobody["success_rate"].tolist() == [0.0] * 5
