"""Presets: named settings of the knobs, and what each name promises.

The rule that must not break: a preset keeps its promise. The knobs that make its name true cannot
be turned away from underneath it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from simulation.errors import SimulationError
from simulation.knobs import Knobs

_BIASES: Final = (
    "panel_bias",
    "rating_bias",
    "coverage_bias",
    "unequal_opportunity",
    "hidden_panel_bias",
)


@dataclass(frozen=True)
class Preset:
    """A setting with a name.

    Parameters
    ----------
    meaning : str
        What it is for, in a sentence.
    values : mapping of str to value
        The knobs that differ from their defaults.
    promised : tuple of str
        Knobs that make the name true; they cannot be turned.
    """

    meaning: str
    values: Mapping[str, Any]
    promised: tuple[str, ...] = ()


PRESETS: Final[Mapping[str, Preset]] = {
    "realistic": Preset("a ministry as the statistics show it; no bias beyond who applies", {}),
    "tiny": Preset(
        "as realistic, small enough for a test",
        {"people": 400, "years": 6, "first_year": 2018, "pratama_share": 0.01},
    ),
    "easy": Preset(
        "little noise, no interactions: any sound model should come close to the bound",
        {
            "steepness": 1.6,
            "interaction_weight": 0.0,
            "experience_weight": 0.2,
            "unrecorded_weight": 0.2,
            "assessment_noise": 0.3,
            "assessment_rounding": 0.0,
            "assessment_coverage": 0.9,
            "coverage_by_unit": 0.0,
        },
        ("steepness", "interaction_weight", "unrecorded_weight", "assessment_noise"),
    ),
    "hard": Preset(
        "thin, coarse and noisy records",
        {
            "steepness": 0.9,
            "assessment_noise": 1.3,
            "assessment_rounding": 1.0,
            "assessment_coverage": 0.2,
            "coverage_by_unit": 1.6,
            "interaction_weight": 1.0,
            "dirt": 2.0,
        },
        ("assessment_noise", "assessment_coverage"),
    ),
    "ignorable": Preset(
        "panels know nothing that is not recorded",
        {"private_information": 0.0, "network_weight": 0.0},
        ("private_information", "network_weight", "hidden_panel_bias", "interview_recorded"),
    ),
    "confounded": Preset(
        "panels hear much that documents do not show, and their scores are recorded",
        {
            "private_information": 1.6,
            "interview_weight": 1.6,
            "unrecorded_weight": 1.2,
            "interview_recorded": True,
        },
        ("private_information", "interview_weight", "unrecorded_weight", "interview_recorded"),
    ),
    "unrecorded": Preset(
        "as confounded, but nobody recorded the interview scores",
        {
            "private_information": 1.6,
            "interview_weight": 1.6,
            "unrecorded_weight": 1.2,
            "interview_recorded": False,
        },
        ("private_information", "interview_weight", "unrecorded_weight", "interview_recorded"),
    ),
    "biased": Preset(
        "panels take off women's scores, in the open and afterwards; true pools are equal",
        {"panel_bias": 0.6, "hidden_panel_bias": 0.4, "origin_bias": 0.5},
        (*_BIASES, "origin_bias"),
    ),
    "label_biased": Preset(
        "appraisers take off women's ratings; panels do not",
        {"rating_bias": 0.6},
        _BIASES,
    ),
    "drift": Preset(
        "in 2021 posts ask for more digital skill, ratings rise, and entry falls behind",
        {
            "drift_year": 2021,
            "drift_requirement": 0.8,
            "drift_rating": 0.8,
            "drift_entry": 0.5,
        },
        ("drift_requirement", "drift_rating", "drift_entry"),
    ),
    "small_agency": Preset(
        "600 people and some 30 strategic posts", {"people": 600, "pratama_share": 0.0083}
    ),
}


def preset(name: str, **turned: Any) -> Knobs:
    """The knobs of a preset, some of them turned.

    Raises
    ------
    SimulationError
        If there is no such preset, or a knob is turned that its name promises.

    Examples
    --------
    >>> preset("small_agency").people
    600
    """
    found = PRESETS.get(name)
    if found is None:
        close = get_close_matches(name, PRESETS, n=1)
        raise SimulationError(
            "no such preset",
            where=name,
            expected=f"one of {', '.join(sorted(PRESETS))}",
            remedy=f"did you mean {close[0]}?" if close else "choose one of them",
        )
    knobs = Knobs().changed(**found.values)
    chosen = knobs.changed(**turned)
    for one in found.promised:
        if getattr(chosen, one) != getattr(knobs, one):
            raise SimulationError(
                f"contradicts what the preset {name} promises",
                where=f"knob {one}",
                expected=f"{getattr(knobs, one)}: {found.meaning}",
                remedy="leave the knob, or take the preset realistic and turn it there",
            )
    return chosen
