"""A canonical column as an expression over the columns of its sources.

The rule that must not break: a cell that cannot be understood rejects its row with a reason; it
never becomes empty, and never a default that nobody wrote down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir

from features.agencies.columns import ISO_DATE, ColumnRule, tells
from features.agencies.forms import FORMS, bare
from features.tables.schema import Column

EARLIEST, LATEST = 1900, 2100
#: Indonesian months that are written otherwise in English, which is what the engine reads.
MONTHS = {
    "%B": {
        "januari": "january",
        "februari": "february",
        "maret": "march",
        "mei": "may",
        "juni": "june",
        "juli": "july",
        "agustus": "august",
        "oktober": "october",
        "desember": "december",
    },
    "%b": {"mei": "may", "agu": "aug", "agt": "aug", "okt": "oct", "des": "dec"},
}
#: A spreadsheet may write a whole number with decimals that are all nought; three of them may as
#: well be the thousands of somebody who parts them by dots.
WHOLE_NUMBER = r"^[+-]?[0-9]+(\.0?0?)?$"
NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
TRUTHS = {"true": True, "1": True, "false": False, "0": False}

Breaches = tuple[tuple[ir.BooleanValue, str], ...]
"""Conditions that a row meets whose cell cannot be understood, each with the reason to give."""


@dataclass(frozen=True)
class Derivation:
    """A canonical column of each row of a source.

    Parameters
    ----------
    value : ibis.Value
        The canonical value, empty where the cell is.
    breaches : tuple of (ibis.BooleanValue, str)
    settled : ibis.Value
        For a date: the first day on which nobody can doubt it, which is the last day of the month
        or year where the source tells no more than that. For the rest: the value.
    """

    value: ir.Value
    breaches: Breaches
    settled: ir.Value


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "string"), "timestamp"))
def _try_strptime(text, pattern):
    """The moment that a text tells in a format, empty where it does not."""


def free_text(rule: ColumnRule, cells: Sequence[ir.Value]) -> ir.StringValue:
    """The text of a rule's cells as a vocabulary is asked for it; empty where there is none."""
    text, _ill_formed = _formed(rule, _text(rule, cells))
    return text


def derivation(
    rule: ColumnRule,
    column: Column,
    cells: Sequence[ir.Value],
    meaning: Derivation | None = None,
    otherwise: Derivation | None = None,
) -> Derivation:
    """The canonical column that a rule makes out of cells.

    Parameters
    ----------
    rule : ColumnRule
    column : Column
        The canonical column.
    cells : sequence of ibis.Value
        The source columns that the rule names, or the row number; text, empty where missing.
    meaning : Derivation, optional
        What the vocabulary says of `free_text`, where the rule asks one.
    otherwise : Derivation, optional
        What stands in rows where the cells are empty, where the rule has another one for them.
    """
    if rule.row_number:
        return Derivation(cells[0], (), cells[0])
    text, ill_formed = _formed(rule, _text(rule, cells))
    if meaning is not None:
        return _instead(
            text, replace(meaning, breaches=(*ill_formed, *meaning.breaches)), otherwise
        )
    if otherwise is not None:
        value, unmapped = _mapped(rule, text)
        told = Derivation(value, (*ill_formed, *unmapped), value)
        return _instead(text, told, otherwise)
    text, unmapped = _mapped(rule, text)
    breaches = (*ill_formed, *unmapped)
    if column.type == "date":
        return _date(rule, text)
    if column.type == "integer":
        return _number(text, WHOLE_NUMBER, "int64", "is not a whole number", breaches)
    if column.type == "number":
        return _number(text, NUMBER, "float64", "is not a number", breaches)
    if column.type == "boolean":
        truth = _translated(text.lower(), TRUTHS)
        return _parsed(text, truth, f"is none of {', '.join(TRUTHS)}", breaches)
    return Derivation(text, breaches, text)


def _instead(text: ir.StringValue, told: Derivation, otherwise: Derivation | None) -> Derivation:
    """What a rule tells, and in rows without a cell what another one does."""
    if otherwise is None:
        return told
    is_empty = text.isnull()
    value = ibis.ifelse(is_empty, otherwise.value, told.value)
    breaches = (
        *((condition & ~is_empty, why) for condition, why in told.breaches),
        *((condition & is_empty, why) for condition, why in otherwise.breaches),
    )
    return Derivation(value, breaches, value)


def _text(rule: ColumnRule, cells: Sequence[ir.Value]) -> ir.StringValue:
    if rule.constant is not None:
        text = ibis.literal(rule.constant)
    elif rule.columns is not None:
        separator = ibis.literal(rule.separator)
        assert isinstance(separator, ir.StringValue)
        texts = [cell for cell in cells if isinstance(cell, ir.StringValue)]
        text = separator.join(texts).nullif(ibis.literal(""))
    else:
        text = cells[0]
    assert isinstance(text, ir.StringValue)
    return text


def _formed(rule: ColumnRule, text: ir.StringValue) -> tuple[ir.StringValue, Breaches]:
    if rule.form is None:
        return text, ()
    form, text = FORMS[rule.form], bare(text)
    return text, form.breaches(text)


def _mapped(rule: ColumnRule, text: ir.StringValue) -> tuple[ir.StringValue, Breaches]:
    if rule.case is not None:
        text = text.upper() if rule.case == "upper" else text.lower()
    value: ir.Value = text
    breaches: Breaches = ()
    if rule.map is not None:
        value = _translated(text, rule.map)
        if rule.default is None:
            breaches = ((text.notnull() & value.isnull(), "is not in the map"),)
    if rule.default is not None:
        value = ibis.coalesce(value, ibis.literal(rule.default))
    assert isinstance(value, ir.StringValue)
    return value, breaches


def _translated(text: ir.StringValue, table: Mapping[str, str] | Mapping[str, bool]) -> ir.Value:
    branches = [(text == key, ibis.literal(value)) for key, value in table.items()]
    return ibis.cases(*branches, else_=None)


def _parsed(text: ir.Value, value: ir.Value, reason: str, breaches: Breaches) -> Derivation:
    return Derivation(value, (*breaches, (text.notnull() & value.isnull(), reason)), value)


def _number(
    text: ir.StringValue, pattern: str, kind: str, reason: str, breaches: Breaches
) -> Derivation:
    # The engine alone would round 1.5 to a whole number, and take "nan" and "inf" for numbers.
    is_written = text.re_search(pattern)
    value = ibis.ifelse(is_written, text.try_cast(kind), ibis.null(kind))
    if isinstance(value, ir.FloatingValue):
        value = ibis.ifelse(value.isinf(), ibis.null(kind), value)
    return _parsed(text, value, reason, breaches)


def _date(rule: ColumnRule, text: ir.StringValue) -> Derivation:
    formats = rule.date or (ISO_DATE,)
    moments = [_moment(text, pattern) for pattern in formats]
    lasts = [_last_day(moment, pattern) for moment, pattern in zip(moments, formats, strict=True)]
    first = ibis.coalesce(*(moment.date() for moment in moments))
    last = ibis.coalesce(*lasts)
    assert isinstance(first, ir.DateValue)
    unreadable = text.notnull() & first.isnull()
    implausible = (first < ibis.date(EARLIEST, 1, 1)) | (first > ibis.date(LATEST, 12, 31))
    return Derivation(
        first if rule.day == "first" else last,
        (
            (unreadable, f"not a date in the format {' or '.join(formats)}"),
            (implausible, f"not between {EARLIEST} and {LATEST}"),
        ),
        last,
    )


def _moment(text: ir.StringValue, pattern: str) -> ir.TimestampValue:
    for directive, months in MONTHS.items():
        if directive in pattern:
            # A word of its own, so that what is English already stays as it is.
            for month, english in months.items():
                text = text.re_replace(rf"(?i)\b{month}\b", english)
    moment = _try_strptime(text, pattern)
    assert isinstance(moment, ir.TimestampValue)
    return moment


def _last_day(first: ir.TimestampValue, pattern: str) -> ir.DateValue:
    """Last day of the period that a format tells: the day itself, its month or its year."""
    if tells(pattern, "day"):
        return first.date()
    period = ibis.interval(months=1) if tells(pattern, "month") else ibis.interval(years=1)
    return (first + period - ibis.interval(days=1)).date()
