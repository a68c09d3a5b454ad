"""What is known beforehand of somebody's way to a post: when it can begin, and when it ends by age.

The rule that must not break: age is told as a day on which something begins or ends and as nothing
else; a rule that a paper mends, or that can be renewed, ends no way.
"""

from datetime import date

import numpy as np
import pandas as pd

from features.packs.declaration import Pack
from features.packs.rules import AgeRule, RetirementRule
from features.policy.asking import Asked
from features.policy.dates import years_until
from features.policy.eligibility import Eligibility, eligibility
from features.policy.facts import Facts
from features.policy.statuses import NEEDS_CHECKING, NOT_MET
from features.policy.windows import windows
from features.tables.record import Record

#: What ends for good on a day that follows from the birth date.
_BY_BIRTH = (AgeRule, RetirementRule)


def outlook(record: Record, pack: Pack, pairs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What is known beforehand of some people and posts, and the windows that it rests on.

    Parameters
    ----------
    record : Record
    pack : Pack
    pairs : DataFrame, shape (n_pairs, 4)
        `person_id`, `post_id`, `as_of`, `route`.

    Returns
    -------
    tuple of DataFrame, both shape (n_pairs, …) and under the index of the pairs
        The first: `status`, the answer of the rules as a whole number; `first_on`, see
        `features.policy.windows`; `last_day_of_service`, by age, NaT where it is not known;
        `years_of_service` ahead, infinite where the pack retires nobody, NaN where it is not known;
        `ends_on`, the last day of service on which no rule of age is surely broken either, and
        `looks_to_end`, anniversaries of the day up to it, NaN where it is not known; `to_settle`,
        names of rules that no day settles and that a document has to; `n_to_settle`, how many of
        them speak of no age. The second: the windows.
    """
    answers = eligibility(record, pack, pairs)
    found = windows(answers)
    last = _last_days(record, pack, pairs)
    by_age, is_unknown = _last_by_age(answers)
    ends_on = _earlier(last, by_age, has_end=pack.retirement is not None)
    as_of = pd.to_datetime(pairs["as_of"])
    # The look of a year is that on its anniversary, on which the person has to be in service.
    years = years_left(pack, ends_on - pd.Timedelta(days=1), as_of)
    looks = pd.Series(np.floor(years.to_numpy()), index=pairs.index)
    by_birth = {rule.id for rule in pack.rules if isinstance(rule, _BY_BIRTH)}
    to_settle = [
        tuple(dict.fromkeys((*states, *questions)))
        for states, questions in zip(found["state_rules"], found["open_questions"], strict=True)
    ]
    known = pd.DataFrame(
        {
            "status": answers.status,
            "first_on": found["first_on"],
            "last_day_of_service": last,
            "years_of_service": years_left(pack, last, as_of),
            "ends_on": ends_on,
            "looks_to_end": looks.mask(is_unknown),
            "to_settle": to_settle,
            "n_to_settle": [len([n for n in names if n not in by_birth]) for names in to_settle],
        },
        index=pairs.index,
    )
    return known, found


def _last_days(record: Record, pack: Pack, pairs: pd.DataFrame) -> pd.Series:
    """The last day of service of each pair's person, as known on its day."""
    days = pd.to_datetime(pairs["as_of"]).dt.date
    found = [
        last_days_of_service(record, pack, pairs.loc[days == on, "person_id"], on)
        for on in days.unique()
    ]
    if not found:
        return pd.Series(pd.NaT, index=pairs.index, dtype="datetime64[s]")
    return pd.concat(found).reindex(pairs.index)


def _last_by_age(answers: Eligibility) -> tuple[np.ndarray, np.ndarray]:
    """The last day on which no rule of age is surely broken, by its later reading; NaT for none.

    And whether there is a rule of age whose day is not known.
    """
    eve = pd.to_datetime(answers.pairs["as_of"]).to_numpy().astype("datetime64[D]")
    eve = eve - np.timedelta64(1, "D")
    ends, is_unknown = np.full(len(eve), np.datetime64("NaT", "D")), np.zeros(len(eve), bool)
    for place, rule in enumerate(answers.pack.rules):
        if not isinstance(rule, _BY_BIRTH):
            continue
        last = _days(answers, place, "at_latest_on", len(eve))
        last = np.where(np.isnat(last), _days(answers, place, "last_on", len(eve)), last)
        code = answers.by_rule[:, place]
        last = np.where(code == NOT_MET, eve, last)
        is_unknown |= (code == NEEDS_CHECKING) & np.isnat(last)
        ends = np.fmin(ends, last)
    return ends, is_unknown


def _days(answers: Eligibility, place: int, name: str, n: int) -> np.ndarray:
    column = answers.column(place, name)
    if column is None or column.dtype.kind != "M":
        return np.full(n, np.datetime64("NaT", "D"))
    return column.astype("datetime64[D]")


def _earlier(last: pd.Series, by_age: np.ndarray, *, has_end: bool) -> pd.Series:
    """The earlier of both; NaT where service has an end that is not known."""
    days = last.to_numpy().astype("datetime64[D]")
    found = np.where(np.isnat(days) & has_end, days, np.fmin(days, by_age))
    return pd.Series(found, index=last.index).astype("datetime64[s]")


def last_days_of_service(record: Record, pack: Pack, people: pd.Series, on: date) -> pd.Series:
    """By age, the last day of service of each person; NaT where it is not known.

    Parameters
    ----------
    people : Series of str
    on : date
        What the record knew by then; the age is that of the class of the present post.

    Returns
    -------
    Series of datetime64, under the index of `people`
    """
    if pack.retirement is None or people.empty:
        return pd.Series(pd.NaT, index=people.index, dtype="datetime64[s]")
    facts = Facts(record, pack, Asked(people, people, _same(on, people.index)).spine)
    retires = f"{facts.retires()}_on"
    days = facts.of_people().select("person_id", last=retires).to_pandas()
    by_person = pd.to_datetime(days.set_index("person_id")["last"]).astype("datetime64[s]")
    return people.map(by_person).astype("datetime64[s]")


def years_left(pack: Pack, last: pd.Series, as_of: pd.Series) -> pd.Series:
    """Years up to a last day; where there is none, infinite if the pack retires nobody, else NaN.

    Parameters
    ----------
    pack : Pack
    last, as_of : Series of datetime64
    """
    years = years_until(last, as_of)
    return years.fillna(np.inf) if pack.retirement is None else years


def years_closed(first_on: pd.Series, as_of: pd.Series) -> pd.Series:
    """Whole years ahead that end before the first day with every rule met that time moves.

    Parameters
    ----------
    first_on, as_of : Series of datetime64

    Returns
    -------
    Series of int
        0 where no such day lies ahead: time holds nobody back, or brings nothing.

    Examples
    --------
    A year ahead ends with its anniversary, and is open if the first day is that.

    >>> first = pd.Series(pd.to_datetime(["2026-07-01", "2027-07-01", "2027-07-02", None]))
    >>> years_closed(first, pd.Series(pd.Timestamp("2026-07-01"), index=first.index)).tolist()
    [0, 0, 1, 0]
    """
    whole = np.ceil(years_until(first_on - pd.Timedelta(days=1), as_of).to_numpy()) - 1
    return pd.Series(np.fmax(whole, 0), index=as_of.index).astype("int64")


def _same(on: date, index: pd.Index) -> pd.Series:
    return pd.Series(pd.Timestamp(on), index=index)
