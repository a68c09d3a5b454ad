"""The days that follow from a birth date: the day on which somebody reaches an age, retirement.

The rule that must not break: this module alone reads birth dates for policy, and what leaves it are
days on which a rule begins or ceases to hold, never a birth date or an age. Two birth dates on
record, or one that is no day, are no birth date: what depends on it needs checking.
"""

import re
from collections.abc import Sequence

import ibis
import pandas as pd
from ibis import _

from features.packs.declaration import Retirement
from features.policy.anniversaries import Expression, anniversary, first_of_next_month, shifted
from features.tables.protected_attributes import ProtectedAttribute, attribute_versions
from features.tables.record import Record
from features.tables.schema import known_by

KEYS = ("nr",)
_SPINE = ("nr", "person_id", "as_of")
_WRITTEN_ISO = r"^\d{4}-\d{2}-\d{2}$"
_WRITTEN_DAY_FIRST = r"^\d{2}-\d{2}-\d{4}$"


def birthdays(record: Record, spine: ibis.Table, ages: Sequence[int]) -> ibis.Table:
    """The days on which people reach ages.

    Parameters
    ----------
    record : Record
    spine : ibis.Table
        `nr`, `person_id`, `as_of`.
    ages : sequence of int

    Returns
    -------
    ibis.Table
        `nr` and for each age a column ``reaches_<age>_on``; no row for whom the
        record knows no birth date, or several.
    """
    columns = {f"reaches_{age}_on": anniversary(_["born_on"], age) for age in sorted(set(ages))}
    return _born(record, spine).mutate(**columns).drop("born_on")


def retirements(
    record: Record, present: ibis.Table, fields: ibis.Table, retirement: Retirement
) -> ibis.Table:
    """The last day of service of those who hold a post.

    Parameters
    ----------
    record : Record
    present : ibis.Table
        `nr`, `person_id`, `as_of`, and of the post held: `post_id`, `post_class`, `title`.
    fields : ibis.Table
        `post_id`, `field`.
    retirement : Retirement
        Section of a pack.

    Returns
    -------
    ibis.Table
        `nr`, `post_id`, `last_day_of_service`; no row where an age or a birth date is unknown.
    """
    aged = present.mutate(retires_at=_retirement_age(present, fields, retirement))
    aged = aged.filter(_.retires_at.notnull())
    born = _born(record, present.select(*_SPINE).distinct())
    ages = sorted({*retirement.age_of_class.values(), *(e.age for e in retirement.exceptions)})
    rows = aged.join(born, list(KEYS))
    # By month: whoever was born on 29 February leaves at the end of February.
    month = rows.born_on.truncate("M").cast("date")
    reached = ibis.cases(
        *((rows.retires_at == age, anniversary(month, age)) for age in ages), else_=None
    )
    last = shifted(first_of_next_month(reached), -1)
    return rows.select(*KEYS, "post_id", last_day_of_service=last.cast("date"))


def _retirement_age(present: ibis.Table, fields: ibis.Table, retirement: Retirement) -> Expression:
    """The age of the first exception that fits a post, else that of its class, else null."""
    branches = []
    for exception in retirement.exceptions:
        fits: Expression = ibis.literal(True)
        if exception.classes is not None:
            fits &= present.post_class.isin(exception.classes)
        if exception.fields is not None:
            named = fields.filter(fields.field.isin(exception.fields))
            fits &= present.post_id.isin(named.post_id)
        if exception.title_contains is not None:
            fits &= present.title.re_search(_as_words(exception.title_contains))
        branches.append((fits, exception.age))
    branches += [(present.post_class == c, age) for c, age in retirement.age_of_class.items()]
    return ibis.cases(*branches, else_=ibis.null("int64"))


def _as_words(text: str) -> str:
    """A pattern for some words of a title, whole ones, in small or capital letters.

    *guru* is a word of "Guru Madya", and none of "Pengurus" or "Perguruan".
    """
    return rf"(?i)(^|[^\p{{L}}]){re.escape(text)}($|[^\p{{L}}])"


def _born(record: Record, spine: ibis.Table) -> ibis.Table:
    """`nr`, `born_on` of those with one birth date that is a day."""
    held = attribute_versions(record).filter(_.attribute == "birth_date")
    rows = spine.select(*_SPINE).join(held, "person_id")
    rows = known_by(ProtectedAttribute, rows, rows.as_of)
    began = rows.from_on.isnull() | (rows.from_on <= rows.as_of)
    lasts = rows.until_on.isnull() | (rows.until_on >= rows.as_of)
    known = rows.filter(began & lasts).mutate(day=_as_day(rows.value))
    known = known.group_by(*KEYS).agg(
        n_days=_.day.nunique(), n_unreadable=_.day.isnull().sum(), born_on=_.day.min()
    )
    return known.filter((_.n_days == 1) & (_.n_unreadable == 0)).select(*KEYS, "born_on")


def _as_day(written: Expression) -> Expression:
    """A day written YYYY-MM-DD or DD-MM-YYYY; anything else is none."""
    turned = (
        written.substr(6, 4)
        + ibis.literal("-")
        + written.substr(3, 2)
        + ibis.literal("-")
        + written.substr(0, 2)
    )
    text = ibis.cases(
        (written.re_search(_WRITTEN_ISO), written),
        (written.re_search(_WRITTEN_DAY_FIRST), turned),
        else_=None,
    )
    return text.try_cast("date")


def years_until(day: pd.Series, as_of: pd.Series) -> pd.Series:
    """Years from a day up to the end of another one, parts of years included.

    Parameters
    ----------
    day : Series of datetime64
        Such as a last day of service; NaT where it is not known.
    as_of : Series of datetime64

    Returns
    -------
    Series of float
        Whole years by anniversaries and the share of the year begun; 0 where the day is over, NaN
        where it is not known. What comes out tells no age.

    Examples
    --------
    >>> days = pd.Series(pd.to_datetime(["2027-12-31", "2026-07-01", "2020-01-01", None]))
    >>> years_until(days, pd.Series(pd.Timestamp("2026-01-01"), index=days.index)).round(3).tolist()
    [2.0, 0.499, 0.0, nan]
    """
    end = day + pd.Timedelta(days=1)
    whole = end.dt.year - as_of.dt.year
    whole -= _later(as_of, whole) > end
    begun, ends = _later(as_of, whole), _later(as_of, whole + 1)
    years = whole + (end - begun) / (ends - begun)
    return years.clip(lower=0.0).where(day.notna())


def _later(day: pd.Series, years: pd.Series) -> pd.Series:
    """The same day so many years later; of 29 February, 1 March where there is none."""
    month = day.to_numpy().astype("datetime64[M]")
    months = 12 * years.fillna(0).to_numpy().astype("int64")
    into = day.to_numpy().astype("datetime64[D]") - month.astype("datetime64[D]")
    later = (month + months).astype("datetime64[D]") + into
    return pd.Series(later.astype("datetime64[s]"), index=day.index)
