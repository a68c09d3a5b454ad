"""Rows of an invented backtest, in which a disparity and a bias of estimates can be planted.

The rule that must not break: what is planted is known to the last number, and without it nothing
depends on any group.
"""

import numpy as np
import pandas as pd

from features.tables.record import Record
from tests.lib.careers import drawn_record
from training.backtest_rows import BacktestRows, MadeOf, with_places

PER_POOL = 20


def made_of(n_vacancies: int = 60, first_year: int = 2022) -> MadeOf:
    """Of an agency that does not exist."""
    return MadeOf(
        agency="invented",
        snapshot="a" * 64,
        mapping="b" * 64,
        catalogue="c" * 12,
        label_rule="in post at least 24 months or promoted",
        label={"months": 24, "censored_by_reason": ["died"]},
        first_year=first_year,
        last_year=None,
        as_of=None,
        n_vacancies=n_vacancies,
    )


def people(n: int = 240) -> pd.DataFrame:
    """Every other person a woman; a quarter of them in each band of age on 1 June 2022."""
    born = [1990, 1982, 1972, 1962]
    return pd.DataFrame(
        {
            "person_id": [f"p{k:03}" for k in range(n)],
            "sex": ["female" if k % 2 else "male" for k in range(n)],
            "birth_date": [f"{born[k // 2 % 4]}-03-01" for k in range(n)],
        }
    )


def record(*, without: tuple[str, ...] = ()) -> Record:
    """The record of those people, some attributes of whom may not be on it."""
    everybody = people()
    lines = ["person | attribute | value | from_on | until_on"]
    for name in sorted({"sex", "birth_date"} - {*without}):
        values = zip(everybody["person_id"], everybody[name], strict=True)
        lines += [f"{person} | {name} | {value} | - | -" for person, value in values]
    return drawn_record(
        posts="post | unit | class\nhead | ports | head",
        protected="\n".join(lines),
        people=" ".join(everybody["person_id"]),
    )


def rows(
    *, n_vacancies: int = 60, taken_off: float = 0.0, shift: float = 0.0, first_year: int = 2022
) -> BacktestRows:
    """A backtest in which women lose so much of their score and estimates so much of the truth.

    Parameters
    ----------
    n_vacancies : int
    taken_off : float
        From the score of women, which else is standard normal.
    shift : float
        Added to the estimates of men, whose truth and that of women is one.
    """
    draw, everybody = np.random.default_rng(5), people()
    pools = [
        everybody.sample(PER_POOL, random_state=k).assign(vacancy_id=f"v{k:03}", day=k)
        for k in range(n_vacancies)
    ]
    told = pd.concat(pools, ignore_index=True)
    told["on"] = pd.Timestamp("2022-06-01") + pd.to_timedelta(told["day"], unit="D")
    told["score"] = draw.normal(0, 1, len(told)) - taken_off * (told["sex"] == "female")
    candidates = told.assign(
        origin_year=2022,
        post_id="head",
        is_appointed=told.groupby("vacancy_id").cumcount() == 0,
    )
    truth = draw.uniform(0.5, 0.8, 600)
    who = everybody.iloc[draw.integers(0, len(everybody), 600)].reset_index(drop=True)
    decisions = pd.DataFrame(
        {
            "origin_year": 2022,
            "appointment_id": [f"a{k}" for k in range(600)],
            "person_id": who["person_id"],
            "post_class": "head",
            "is_strategic": True,
            "day": pd.Timestamp("2022-02-01") + pd.to_timedelta(np.arange(600) % 90, unit="D"),
            "probability": truth + shift * (who["sex"] == "male"),
            "base_rate": 0.65,
            "success": (draw.random(600) < truth).astype(int),
        }
    )
    made = made_of(n_vacancies=n_vacancies, first_year=first_year)
    kept = candidates.drop(columns=["sex", "birth_date", "day"])
    return BacktestRows(made, with_places(kept), decisions)
