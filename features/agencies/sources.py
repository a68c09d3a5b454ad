"""Where the rows of canonical tables come from: export files, SQL over them, joins."""

import re
from pathlib import PurePath
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from features.agencies.columns import ColumnRule
from features.documents.written import Written, listed

FileKind = Literal["csv", "xlsx", "json"]
#: Keys of a source that speak about one kind of file only.
KEYS_OF_KIND: dict[str, FileKind] = {
    "separator": "csv",
    "encoding": "csv",
    "sheet": "xlsx",
    "records": "json",
    "fields": "json",
}
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Source(Written):
    """An export file, or a question over the sources above it.

    Parameters
    ----------
    file : str, optional
        Name of a file in the folder of exports; all its columns are read as text. What ends in
        ``.xlsx`` is a workbook, in ``.json`` JSON; any other file is CSV.
    separator : str
        One character; of CSV only.
    encoding : {"utf-8", "latin-1", "utf-16"}
        Of CSV only.
    sheet : str, optional
        Sheet of a workbook; the first one if left out.
    records : str, optional
        Where in a JSON document the list of objects is: names of fields parted by dots; the
        document itself if left out.
    fields : tuple of str
        Of JSON only: fields that are columns even where no object has them, so that a list may be
        empty.
    missing_values : tuple of str
        Cells that mean nothing, after blanks around them are cut off.
    sql : str, optional
        A SELECT of DuckDB. Every column of a source is text.
    """

    file: str | None = None
    separator: str = Field(default=",", min_length=1, max_length=1)
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    sheet: Annotated[str, Field(min_length=1)] | None = None
    records: Annotated[str, Field(pattern=r"^[^.]+(\.[^.]+)*$")] | None = None
    fields: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    missing_values: tuple[str, ...] = ("",)
    sql: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "Source":
        if (self.file is None) == (self.sql is None):
            raise ValueError("needs either file or sql")
        if self.sql is not None and self.model_fields_set - {"sql"}:
            raise ValueError(
                "separator, encoding, sheet, records, fields and missing_values belong to a file, "
                "not to sql"
            )
        return self

    @property
    def kind(self) -> FileKind:
        """What sort of file it is, by the end of its name."""
        suffix = PurePath(self.file or "").suffix.lower().removeprefix(".")
        return suffix if suffix in ("xlsx", "json") else "csv"

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
