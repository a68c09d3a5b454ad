"""Promises: what the figures of the protocol are held against, preset by preset.

The rule that must not break: a promise speaks of the mean over the seeds; the lowest and the
highest stand beside it. The small run has promises of its own, wide enough for two seeds and narrow
enough that whatever is taken out of the procedure breaks one.
"""

from collections.abc import Mapping
from typing import Final

_APART: Final = {"shared_vacancies": "<= 0", "shared_people": "<= 0"}
_RECORDED: Final = {"says_recorded": ">= 1", "says_not_identified": "<= 0"}
#: Of served models that carry interviews, on whatever preset.
_SERVED: Final = {
    "served.says_recorded": ">= 1",
    "served.coverage": "0.88 to 0.92",
    "served.coverage_success": ">= 0.87",
    "served.coverage_failure": ">= 0.87",
    "served.coverage_women": ">= 0.87",
    "served.coverage_men": ">= 0.87",
    "served.coverage_minority": ">= 0.87",
}

PROMISES: Final[Mapping[str, Mapping[str, str]]] = {
    "realistic": {
        **_APART,
        **_RECORDED,
        "ndcg5_share_500": ">= 0.925",
        "ndcg5_share_2000": ">= 0.955",
        "ndcg5_share_8000": ">= 0.970",
        "above_attainable_8000": "<= 0",
        "gain_on_weighted_gap_2000": ">= 0.03",
        "gain_on_weighted_gap_8000": ">= 0.03",
        "gain_on_policy_score_2000": ">= 0.03",
        "gain_on_policy_score_8000": ">= 0.03",
        "first_choice_gain_500": ">= 0.04",
        "first_choice_gain_2000": ">= 0.04",
        "first_choice_gain_8000": ">= 0.04",
        "coverage": "0.88 to 0.92",
        "coverage_success": ">= 0.87",
        "coverage_failure": ">= 0.87",
        "coverage_women": ">= 0.87",
        "coverage_men": ">= 0.87",
        "coverage_minority": ">= 0.87",
        "missing_moves": ">= 0.01",
        **_SERVED,
        "served.ndcg5_share_500": ">= 0.925",
        "served.ndcg5_share_2000": ">= 0.955",
        "served.ndcg5_share_8000": ">= 0.970",
        "served.above_attainable_8000": "<= 0",
        "served.gain_on_weighted_gap_2000": ">= 0.03",
        "served.gain_on_weighted_gap_8000": ">= 0.03",
        "served.gain_on_policy_score_2000": ">= 0.03",
        "served.gain_on_policy_score_8000": ">= 0.03",
        "served.first_choice_gain_500": ">= 0.04",
        "served.first_choice_gain_2000": ">= 0.04",
        "served.first_choice_gain_8000": ">= 0.04",
        "served.right_across_bands_500": ">= 0.75",
    },
    "small_agency": {**_APART, "gain_on_weighted_gap_300": ">= 0"},
    "ignorable": {
        **_APART,
        "ece_all_8000": "<= 0.03",
        **_SERVED,
        "served.ece_all_8000": "<= 0.03",
        "plain.says_ignorable": ">= 1",
        "plain.ndcg5_share_8000": ">= 0.94",
    },
    "confounded": {
        **_APART,
        **_RECORDED,
        "ece_all_24000": "<= 0.03",
        **_SERVED,
        "served.ece_all_8000": "<= 0.03",
    },
    "unrecorded": {
        **_APART,
        "says_not_identified": ">= 1",
        "says_recorded": "<= 0",
        "bins_within_bounds": ">= 0.95",
        "served.says_not_identified": ">= 1",
        "served.says_recorded": "<= 0",
    },
    "biased": {
        **_APART,
        "impact_ratio5": ">= 0.85",
        "calibration_gap_sex": "<= 0.03",
        **_SERVED,
        "served.impact_ratio5": ">= 0.85",
        "served.calibration_gap_sex": "<= 0.03",
    },
    "tiny": {
        **_APART,
        **_RECORDED,
        "ndcg5_share_400": ">= 0.93",
        "ndcg5_share_1600": ">= 0.95",
        "gain_on_weighted_gap_1600": ">= 0.1",
        "gain_on_policy_score_1600": ">= 0.1",
        "first_choice_gain_1600": ">= 0.05",
        "ece_all_1600": "<= 0.06",
        "coverage": "0.86 to 0.94",
        "missing_moves": ">= 0.01",
    },
}
