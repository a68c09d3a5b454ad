"""Applying: who stands for a post. The pipeline as it is, before any panel has spoken.

The rule that must not break: the gap between women and men who apply is here and in no other place,
and is no bias of a panel, a rating or a file.
"""

from typing import Final

import numpy as np

from simulation.knobs import Knobs
from simulation.vocabulary import (
    ADMINISTRATOR,
    CLASS,
    CLASSES,
    MADYA,
    PELAKSANA,
    PENGAWAS,
    PRATAMA,
    STRUCTURAL,
)

#: Odds that a woman applies for promotion, over those of a man, by the class applied for and the
#: class held: what keeps the shares of women at 40, 27 and 15.5 in a hundred, and pools as strong
#: on either side, since women and men come from the same classes in the same shares.
WOMEN_APPLY: Final = {
    (PENGAWAS, PELAKSANA): 0.44,
    (PENGAWAS, CLASS["ahli_pertama"]): 0.35,
    (ADMINISTRATOR, PENGAWAS): 0.44,
    (ADMINISTRATOR, CLASS["ahli_muda"]): 0.22,
    (PRATAMA, ADMINISTRATOR): 0.45,
    (PRATAMA, CLASS["ahli_madya"]): 0.16,
    (MADYA, PRATAMA): 1.0,
    (MADYA, CLASS["ahli_utama"]): 0.22,
}
#: Of functional officials (JF), over holders of structural posts.
FUNCTIONAL_APPLY: Final = 0.5
#: Of people from another family of posts.
OTHERS_APPLY: Final = 0.45


def inclination(
    knobs: Knobs,
    woman: np.ndarray,
    held: np.ndarray,
    target: np.ndarray | int,
    same_family: np.ndarray | None = None,
) -> np.ndarray:
    """How inclined people are to apply for a post of a class, 1 the most.

    Parameters
    ----------
    woman, held : shape (m,)
        Sex and present class.
    target : int or shape (m,)
        Class of the post.
    same_family : bool, shape (m,), optional

    Returns
    -------
    float64, shape (m,)

    Examples
    --------
    >>> inclination(Knobs(), np.array([0, 1]), np.array([6, 6]), ADMINISTRATOR).tolist()
    [1.0, 0.44]
    """
    odds = np.ones((len(CLASSES), len(CLASSES)))
    odds[tuple(np.transpose(list(WOMEN_APPLY)))] = list(WOMEN_APPLY.values())
    weight = np.where(woman == 1, odds[target, held] ** knobs.application_gap, 1.0)
    weight = weight * np.where(np.isin(held, STRUCTURAL), 1.0, FUNCTIONAL_APPLY)
    if same_family is not None:
        weight = weight * np.where(same_family, 1.0, OTHERS_APPLY)
    return weight
