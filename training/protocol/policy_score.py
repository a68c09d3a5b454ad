"""The official policy score on what the vacancy sampler shows: the rival that agencies use today.

The rule that must not break: the shares are those of the pack `pu-per-post`, and points follow its
rubrics; what the sampler does not show is left out of the mean and never counted as nothing.
"""

from typing import Final

import numpy as np

from simulation.observables import GAPS, PLACE
from simulation.structure import OFFICIAL
from simulation.vocabulary import POTENTIAL

#: Share of each indicator, out of 100; integrity is all of its component.
SHARES: Final = {
    "penilaian_kompetensi": 40.0,
    "penilaian_potensi": 25.0,
    "pendidikan": 5.0,
    "bidang_ilmu": 5.0,
    "pengembangan_kompetensi": 5.0,
    "pengalaman": 5.0,
    "rekam_jejak_disiplin": 15.0,
}
HIGHEST_POTENTIAL: Final = 5.0
#: Points by level of education: school, diploma, bachelor, master, doctorate.
EDUCATION_POINTS: Final = (60.0, 70.0, 80.0, 90.0, 100.0)


def policy_score(x: np.ndarray) -> np.ndarray:
    """Points of pairs, 0 to 100; NaN where nothing can be said.

    Parameters
    ----------
    x : float32, shape (m, n_observables)
        In the order of `simulation.observables.NAMES`.

    Returns
    -------
    float64, shape (m,)
        The mean over the indicators that are on record, by their shares. Training is judged by
        whether a course was taken: its relevance is on no record.
    """
    points = {
        "penilaian_kompetensi": _job_person_match(x),
        "penilaian_potensi": _mean(_of(x, *(f"potential_{name}" for name in POTENTIAL)))
        / HIGHEST_POTENTIAL
        * 100,
        "pendidikan": _education(_of(x, "education")[:, 0]),
        "bidang_ilmu": np.where(_of(x, "field_fits")[:, 0] > 0, 100.0, 50.0),
        "pengembangan_kompetensi": np.where(_of(x, "course")[:, 0] > 0, 100.0, 50.0),
        "pengalaman": _experience(_of(x, "family_years")[:, 0]),
        "rekam_jejak_disiplin": np.where(_of(x, "sanctioned")[:, 0] > 0, 50.0, 100.0),
    }
    told = np.column_stack([points[name] for name in SHARES])
    share = np.where(np.isnan(told), 0.0, np.array(list(SHARES.values())))
    with np.errstate(invalid="ignore"):
        return (np.nan_to_num(told) * share).sum(axis=1) / share.sum(axis=1)


def _of(x: np.ndarray, *names: str) -> np.ndarray:
    return x[:, [PLACE[name] for name in names]].astype(np.float64)


def _mean(values: np.ndarray) -> np.ndarray:
    known = ~np.isnan(values)
    count = np.where(known.any(axis=1), known.sum(axis=1), np.nan)
    return np.where(known, values, 0.0).sum(axis=1) / count


def _job_person_match(x: np.ndarray) -> np.ndarray:
    """Achieved over required level in per cent, each competency at most 100."""
    gaps = _of(x, *(GAPS[place] for place in OFFICIAL))
    required = _of(x, "post_level")
    return _mean(np.clip((gaps + required) / required, 0.0, 1.0)) * 100


def _education(level: np.ndarray) -> np.ndarray:
    known = np.nan_to_num(level).astype(int).clip(0, len(EDUCATION_POINTS) - 1)
    return np.where(np.isnan(level), np.nan, np.array(EDUCATION_POINTS)[known])


def _experience(years: np.ndarray) -> np.ndarray:
    return np.select([np.isnan(years), years >= 5, years >= 3], [np.nan, 100.0, 80.0], 60.0)
