"""Where the rows of canonical tables come from: export files, SQL over them, joins."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from features.agencies.columns import ColumnRule
from features.agencies.written import Written, listed

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Source(Written):
    """An export file, or a question over the sources above it.

    Parameters
    ----------
    file : str, optional
        Name of a CSV file in the folder of exports; all its columns are read as text.
    separator : str
        One character.
    encoding : {"utf-8", "latin-1", "utf-16"}
    missing_values : tuple of str
        Cells that mean nothing, after blanks around them are cut off.
    sql : str, optional
        A SELECT of DuckDB. Every column of a source is text.
    """

    file: str | None = None
    separator: str = Field(default=",", min_length=1, max_length=1)
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    missing_values: tuple[str, ...] = ("",)
    sql: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "Source":
        if (self.file is None) == (self.sql is None):
            raise ValueError("needs either file or sql")
        if self.sql is not None and self.model_fields_set - {"sql"}:
            raise ValueError("separator, encoding and missing_values belong to a file, not to sql")
        return self

    @field_validator("file")
    @classmethod
    def _inside(cls, value: str | None) -> str | None:
        if value is not None and (
            value.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", value)
        ):
            raise ValueError("must lie inside the folder of exports")
        return value

    @field_validator("separator")
    @classmethod
    def _separates(cls, value: str) -> str:
        if value in '"\r\n':
            raise ValueError("cannot be a quote or a line break")
        return value


class Join(Written):
    """Columns of another source beside those of the main one; a left join.

    `on` holds column of the main source to column of the joined one.
    """

    source: str
    on: dict[str, str] = Field(min_length=1)


class Part(Written):
    """One source of a canonical table, with a rule for each column."""

    from_: str = Field(alias="from")
    join: Annotated[tuple[Join, ...], BeforeValidator(listed)] = ()
    columns: dict[str, ColumnRule] = Field(min_length=1)


Parts = Annotated[tuple[Part, ...], BeforeValidator(listed), Field(min_length=1)]
