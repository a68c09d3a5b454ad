"""Cohorts: the decisions that a model learns from, and the pools that it is tried on.

The rule that must not break: features of a decision are taken on its *eve*, the day before it, and
a pool holds only those who could be ranked on the day; who was chosen never helps to say who was
in the pool. The day of decision is the first day in post, unless the mapping knows that choices are
made earlier.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pandas as pd

from features.agencies.mapping import Mapping
from features.agencies.rules import LabelRule
from features.policy.gate import gate, overall
from features.policy.pool import can_be_ranked, rankable
from features.tables.record import Record
from training.labels import Outcomes

ONE_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Pools:
    """The vacancies of a period, and everybody who could be ranked for each.

    Parameters
    ----------
    vacancies : DataFrame, one row a vacancy
        `vacancy_id`, `post_id`, `on`, `person_id` (of the person appointed).
    candidates : DataFrame, one row a vacancy and candidate
        `vacancy_id`, `post_id`, `on`, `person_id`, `as_of` (the eve), `is_appointed`.
    """

    vacancies: pd.DataFrame
    candidates: pd.DataFrame


class Decisions:
    """The appointments of a record with their outcomes, to be asked for many dates.

    Classes whose leaving censors others are left out: nobody appoints them but an election.

    Parameters
    ----------
    record : Record
    mapping : Mapping
    rule : LabelRule, optional
        One of the alternatives, `mapping.label.rules`; the mapping's own rule if left out.
    """

    def __init__(self, record: Record, mapping: Mapping, rule: LabelRule | None = None) -> None:
        self._record, self._pool = record, mapping.pool
        rule = rule or mapping.label
        self._outcomes = Outcomes(record, rule)
        self._lead = pd.Timedelta(days=mapping.vacancies.decided_days_before - 1)
        self._left_out = rule.censored_by_end_of

    def known_on(self, as_of: date) -> pd.DataFrame:
        """Appointments and their outcomes as known on a date.

        Returns
        -------
        DataFrame
            The columns of `training.labels.Outcomes.known_on`; `decided_on`; `as_of`, its eve; and
            `is_rankable`, whether the person could be ranked on the day of decision.
        """
        rows = self._outcomes.known_on(as_of)
        rows = rows[~rows["post_class"].isin(self._left_out)].reset_index(drop=True)
        decided_on = rows["start_on"] - self._lead
        return rows.assign(
            decided_on=decided_on,
            as_of=decided_on - ONE_DAY,
            is_rankable=self._is_rankable.loc[rows["appointment_id"]].to_numpy(),
        )

    @cached_property
    def _is_rankable(self) -> pd.Series:
        """By appointment, once for all dates: what was known on the day of decision stays known."""
        rows = self._record.table("appointment").select("appointment_id", "person_id", "start_on")
        begun = rows.to_pandas().set_index("appointment_id")
        begun["on"] = pd.to_datetime(begun["start_on"]) - self._lead
        return can_be_ranked(self._record, self._pool, begun[["person_id", "on"]])


def matured(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that are learnt from and tested: definitive, of known outcome, of rankable people.

    An acting post ends by its nature; its end says nothing of success. Somebody who could not have
    been ranked is not whom readiness is asked about.
    """
    is_known = (rows["state"] == "matured") & (rows["kind"] == "definitive")
    return rows[is_known & rows["is_rankable"]].reset_index(drop=True)


def pools(record: Record, mapping: Mapping, rows: pd.DataFrame) -> Pools:
    """Vacancies of the strategic classes among appointments, each with its pool.

    Parameters
    ----------
    rows : DataFrame
        What `Decisions.known_on` returns, or some rows of it.
    """
    filled = rows[rows["post_class"].isin(mapping.vacancies.classes)]
    filled = filled[filled["kind"].isin(mapping.vacancies.kinds)]
    vacancies = pd.DataFrame(
        {
            "vacancy_id": filled["appointment_id"],
            "post_id": filled["post_id"],
            "on": filled["decided_on"],
            "person_id": filled["person_id"],
        }
    ).reset_index(drop=True)
    people = eligible(record, mapping, vacancies["on"])
    candidates = vacancies.rename(columns={"person_id": "appointed_id"}).merge(people, on="on")
    candidates = candidates.assign(
        as_of=candidates["on"] - ONE_DAY,
        is_appointed=candidates["person_id"] == candidates["appointed_id"],
    )
    return Pools(vacancies, candidates.drop(columns=["appointed_id"]))


def eligible(record: Record, mapping: Mapping, days: pd.Series) -> pd.DataFrame:
    """Everybody who can be ranked on each day and whom no rule of the gate turns away.

    Returns
    -------
    DataFrame
        `on`, `person_id`.
    """
    people = rankable(record, mapping.pool, [day.date() for day in days.unique()])
    turned_away = overall(gate(record, mapping.gate, people)) == "not met"
    return people[~turned_away].reset_index(drop=True)
