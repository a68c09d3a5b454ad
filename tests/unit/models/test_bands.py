import numpy as np
import pytest

from features.errors import LabelError
from models.bands import BANDS, band_of, band_probabilities, shares

READY = np.array(
    [
        [0.10, 0.60, 0.70, 0.70, 0.80],
        [0.10, 0.20, 0.30, 0.40, 0.50],
        [0.10, 0.20, 0.30, 0.40, 0.49],
        [0.00, 0.00, 0.00, 0.00, 0.00],
        [np.nan] * 5,
    ]
)
IS_NOW = np.array([False, False, False, True, False])


def test_a_band_is_the_first_by_whose_end_it_is_more_likely_than_not():
    places = band_of(band_probabilities(READY, IS_NOW))
    assert [BANDS[place] for place in places[:4]] == ["1-2", "3-5", "beyond", "now"]
    assert places[4] == -1


def test_chances_of_bands_are_those_worked_out_by_hand():
    found = band_probabilities(READY, IS_NOW)
    assert found[0] == pytest.approx([0.0, 0.6, 0.2, 0.2])
    assert found[3] == pytest.approx([1.0, 0.0, 0.0, 0.0])
    assert np.isnan(found[4]).any()


def test_shares_count_whose_chances_are_not_known_apart():
    told = shares(band_probabilities(READY, IS_NOW))
    assert told["unknown"] == pytest.approx(0.2)
    assert told["now"] == pytest.approx(0.2)
    assert told["1-2"] == pytest.approx((0.6 + 0.2 + 0.2) / 5)
    assert sum(told.values()) == pytest.approx(1.0)
    assert shares(np.empty((0, 4))) == {}


def test_fewer_years_than_bands_need_are_refused():
    with pytest.raises(LabelError, match="3 years"):
        band_probabilities(READY[:, :3], IS_NOW)
