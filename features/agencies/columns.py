"""How one canonical column is made out of the columns of a source."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from features.documents.written import Written, listed

ISO_DATE = "%Y-%m-%d"

_DIRECTIVES = {
    "year": ("%Y",),
    "month": ("%m", "%-m", "%b", "%B"),
    "day": ("%d", "%-d", "%j"),
    "time": ("%H", "%M", "%S", "%f"),
}


def tells(pattern: str, part: str) -> bool:
    """Whether a date format tells the year, the month or the day.

    Examples
    --------
    >>> tells("%d/%m/%Y", "day"), tells("%Y", "month")
    (True, False)
    """
    return any(directive in pattern for directive in _DIRECTIVES[part])


def _date_format(pattern: str) -> str:
    allowed = [directive for part in _DIRECTIVES.values() for directive in part]
    used = re.findall("%-?.?", pattern)
    wrong = [directive for directive in used if directive not in allowed]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is none of: {', '.join(allowed)}")
    if not tells(pattern, "year"):
        raise ValueError("tells no year; a date format needs %Y")
    if tells(pattern, "day") and not tells(pattern, "month") and "%j" not in pattern:
        raise ValueError("tells a day and no month")
    return pattern


DateFormat = Annotated[str, AfterValidator(_date_format)]


class ColumnRule(Written):
    """One canonical column; a bare name is short for ``{column: name}``.

    Parameters
    ----------
    column : str, optional
        Source column, or ``source.column`` where a join holds the name too.
    columns : tuple of str, optional
        Source columns whose filled cells are joined by `separator`.
    constant : str, optional
        The same text in every row.
    row_number : bool
        The number of the row in its source, from 1.
    form : str, optional
        A form that a cell must have (`features.agencies.forms`), or its row is rejected.
    case : {"upper", "lower"}, optional
        Applied before `map`.
    map : dict of str to str, optional
        Value of the source to canonical value. A value that it lacks rejects the row, unless there
        is a `default`.
    normalise : str, optional
        Vocabulary that a free text is looked up in; what it has no value for is missing.
    otherwise : ColumnRule, optional
        The rule for rows in which the cells of this one are empty; of text columns only.
    default : str, optional
        For an empty cell, and for a value that `map` lacks. With `otherwise` for the latter only.
    date : tuple of str, optional
        Formats of a date column, tried in order; ISO dates if left out. A format without a day is
        a whole month, without a month a whole year.
    day : {"first", "last"}
        Which day stands for a whole month or year.
    contradiction : {"reject", "withhold"}
        What to do with a date that lies before the one that it must not precede, such as an end
        before its start: reject the row, or withhold the date and keep the row without it.

    Examples
    --------
    >>> ColumnRule.model_validate("id").column
    'id'
    """

    column: str | None = None
    columns: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    separator: str = " "
    constant: str | None = None
    row_number: bool = False
    form: str | None = None
    case: Literal["upper", "lower"] | None = None
    map: dict[str, str] | None = None
    normalise: str | None = None
    otherwise: "ColumnRule | None" = None
    default: str | None = None
    date: Annotated[tuple[DateFormat, ...] | None, BeforeValidator(listed)] = None
    day: Literal["first", "last"] = "first"
    contradiction: Literal["reject", "withhold"] = "reject"

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_origin(self) -> "ColumnRule":
        origins = [self.column, self.columns, self.constant, self.row_number or None]
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("needs exactly one of column, columns, constant, row_number")
        if self.form is not None and not self.names:
            raise ValueError("has a form and no column; only cells of a source have a form")
        if self.map is not None and self.date is not None:
            raise ValueError("has both map and date; a date is not mapped")
        self._check_normalise()
        if self.otherwise is not None and (not self.names or self.date is not None):
            raise ValueError("has otherwise, and no cell of text that could be empty")
        return self

    def _check_normalise(self) -> None:
        if self.normalise is None:
            return
        if not self.names:
            raise ValueError("has normalise and no column; only cells of a source are normalised")
        for other in ("map", "date", "default"):
            if getattr(self, other) is not None:
                raise ValueError(
                    f"has both normalise and {other}; a free text has the value of its vocabulary, "
                    "or none"
                )

    @property
    def names(self) -> tuple[str, ...]:
        """The source columns that the rule reads, as written."""
        return self.columns or ((self.column,) if self.column else ())

    @property
    def chain(self) -> tuple["ColumnRule", ...]:
        """The rule, the one for rows in which it is empty, and so on."""
        return (self, *(self.otherwise.chain if self.otherwise else ()))

    @property
    def written(self) -> tuple[str, ...]:
        """The canonical values that the rule itself writes, whatever the data hold."""
        single = (value for value in (self.constant, self.default) if value is not None)
        later = self.otherwise.written if self.otherwise else ()
        return (*(self.map or {}).values(), *single, *later)
