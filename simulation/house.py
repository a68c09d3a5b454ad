"""The house: its units, one below another, and the seats at their heads.

The rule that must not break: a seat heads one unit and has one holder at a time; everybody else
does the plain work of a class and family in a work unit, a subdirectorate.
"""

from dataclasses import dataclass

import numpy as np

from simulation.knobs import Knobs
from simulation.structure import Posts, draw_posts
from simulation.vocabulary import ADMINISTRATOR, MADYA, N_FAMILIES, PENGAWAS, PRATAMA

KINDS = ("ditjen", "direktorat", "subdirektorat", "seksi")


@dataclass
class House:
    """Units and seats. Unit `s` is headed by seat `s`: both stand in the same order.

    Attributes
    ----------
    seats : Posts
        `unit` is the work unit that the seat belongs to.
    parent, kind, family, remote : int, shape (units,)
        `kind` is a place in `KINDS`; the topmost have parent -1.
    work_units : int, shape (work_units,)
        The unit of each work unit (a subdirectorate).
    directorate : int, shape (work_units,)
        The directorate's unit.
    head : int, shape (work_units,)
        The seat of the administrator at its head.
    """

    seats: Posts
    parent: np.ndarray
    kind: np.ndarray
    family: np.ndarray
    remote: np.ndarray
    work_units: np.ndarray
    directorate: np.ndarray
    head: np.ndarray


def build(rng: np.random.Generator, knobs: Knobs) -> House:
    """A house for so many people: a pyramid of directorates, subdirectorates and sections."""
    pratama = max(1, round(knobs.people * knobs.pratama_share))
    counts = (
        max(1, round(pratama / 6)),
        pratama,
        max(1, round(pratama * knobs.administrators)),
        round(pratama * knobs.supervisors),
    )
    first = np.cumsum((0, *counts))
    kind = np.repeat(np.arange(4), counts)
    parent = np.full(first[-1], -1)
    family = rng.integers(0, N_FAMILIES, first[-1])
    remote = np.zeros(first[-1], dtype=np.int64)
    for tier in (1, 2, 3):
        rows = np.arange(first[tier], first[tier + 1])
        above = np.arange(first[tier - 1], first[tier])
        parent[rows] = above[np.arange(len(rows)) % len(above)]
        keeps = rng.random(len(rows)) < 0.7
        family[rows] = np.where(keeps, family[parent[rows]], family[rows])
        if tier == 1:
            remote[rows] = rng.random(len(rows)) < knobs.remote_share
        else:
            remote[rows] = remote[parent[rows]]
    work_units = np.arange(first[2], first[3])
    place = np.full(first[-1], -1)
    place[work_units] = np.arange(len(work_units))
    post_class = np.array([MADYA, PRATAMA, ADMINISTRATOR, PENGAWAS])[kind]
    seats = draw_posts(rng, post_class, 1, 0)
    seats.family = family
    seats.unit = _work_unit_of(parent, kind, place)
    return House(
        seats=seats,
        parent=parent,
        kind=kind,
        family=family,
        remote=remote,
        work_units=work_units,
        directorate=parent[work_units],
        head=work_units,
    )


def _work_unit_of(parent: np.ndarray, kind: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The work unit of each unit: its own, the one above, or the first one below."""
    found = place.copy()
    sections = np.flatnonzero(kind == 3)
    found[sections] = place[parent[sections]]
    for tier in (1, 0):
        for unit in np.flatnonzero(kind == tier):
            below = np.flatnonzero(parent == unit)
            found[unit] = found[below[0]] if len(below) else 0
    return found
