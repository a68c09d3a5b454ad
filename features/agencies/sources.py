"""Where the rows of canonical tables come from: files, databases, SQL over them, joins.

The rule that must not break: no address and no password stands in a mapping. A database has a name
there, and the installation knows where it is.
"""

import re
from pathlib import PurePath
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from features.agencies.columns import ColumnRule
from features.documents.written import Written, listed

FileKind = Literal["csv", "xlsx", "json", "jsonl", "parquet"]
#: Ends of names that tell the kind; what has another one is CSV.
KIND_OF_SUFFIX: dict[str, FileKind] = {
    ".xlsx": "xlsx",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
#: Keys of a source that speak about some kinds of files only.
KINDS_OF_KEY: dict[str, tuple[FileKind, ...]] = {
    "separator": ("csv",),
    "encoding": ("csv",),
    "sheet": ("xlsx",),
    "records": ("json",),
    "fields": ("json", "jsonl"),
    "nothing_found": ("json",),
}
#: What the service of the national registry says where a person has no rows.
NOTHING_FOUND = ("Data tidak ditemukan",)
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Name = Annotated[str, Field(min_length=1)]
_KEYS_OF_DATABASE = ("table", "query", "key")


class Source(Written):
    """A file, a table or query of a database, or a question over the sources above it.

    Parameters
    ----------
    file : str, optional
        Name of a file in the folder of exports; all its columns are read as text. What ends in
        ``.xlsx`` is a workbook, in ``.json`` JSON, in ``.jsonl`` or ``.ndjson`` JSON lines, in
        ``.parquet`` Parquet; any other file is CSV. A name with ``*`` is that of many JSON files,
        each the response of a service about one person.
    separator : str
        One character; of CSV only.
    encoding : {"utf-8", "latin-1", "cp1252", "utf-16"}
        Of CSV only.
    sheet : str, optional
        Sheet of a workbook; the first one if left out.
    records : str, optional
        Where in a JSON document the list of objects is: names of fields parted by dots; the
        document itself if left out.
    fields : tuple of str
        Of JSON and JSON lines only: fields that are columns even where no object has them, so that
        a list may be empty.
    nothing_found : tuple of str
        Of many JSON files only: texts that stand in place of the list where there are no rows.
    missing_values : tuple of str
        Cells that mean nothing, after blanks around them are cut off.
    database : str, optional
        A PostgreSQL database, by the name under which the installation knows its address.
    table : str, optional
        A table or view of the database, its schema before a dot where it needs one.
    query : str, optional
        A SELECT of the database, in place of a table.
    key : tuple of str
        Columns of the table or query that order its rows and never repeat together; if left out,
        all columns order them.
    sql : str, optional
        A SELECT of DuckDB. Every column of a source is text.
    """

    file: str | None = None
    separator: str = Field(default=",", min_length=1, max_length=1)
    encoding: Literal["utf-8", "latin-1", "cp1252", "utf-16"] = "utf-8"
    sheet: Name | None = None
    records: Annotated[str, Field(pattern=r"^[^.]+(\.[^.]+)*$")] | None = None
    fields: tuple[Name, ...] = ()
    nothing_found: tuple[Name, ...] = NOTHING_FOUND
    missing_values: tuple[str, ...] = ("",)
    database: Identifier | None = None
    table: Annotated[str, Field(pattern=r"^[^.]+(\.[^.]+)?$")] | None = None
    query: Name | None = None
    key: Annotated[tuple[Name, ...], BeforeValidator(listed)] = ()
    sql: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "Source":
        origins = [self.file, self.database, self.sql]
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("needs one of file, database, sql")
        written = self.model_fields_set
        if self.sql is not None and written - {"sql"}:
            raise ValueError("needs nothing beside sql; other keys belong to a file or a database")
        of_file = sorted(written & {"separator", "encoding", "sheet", "records", "fields"})
        if self.database is not None and of_file:
            raise ValueError(f"has a database, and {of_file[0]} belongs to a file")
        of_database = sorted(written & set(_KEYS_OF_DATABASE))
        if self.database is None and of_database:
            raise ValueError(f"has {of_database[0]} and no database")
        if self.database is not None and (self.table is None) == (self.query is None):
            raise ValueError("needs either table or query of the database")
        return self

    @model_validator(mode="after")
    def _responses_are_json(self) -> "Source":
        if self.is_folder and self.kind != "json":
            raise ValueError("has a file name with * or ?, which only JSON files can have")
        if "nothing_found" in self.model_fields_set and not self.is_folder:
            raise ValueError("has nothing_found, which belongs to a file name with *")
        return self

    @property
    def kind(self) -> FileKind:
        """What sort of file it is, by the end of its name."""
        return KIND_OF_SUFFIX.get(PurePath(self.file or "").suffix.lower(), "csv")

    @property
    def is_folder(self) -> bool:
        """Whether the name is that of many files."""
        return self.file is not None and re.search(r"[*?]", self.file) is not None

    @field_validator("file")
    @classmethod
    def _inside(cls, value: str | None) -> str | None:
        if value is None:
            return None
        steps = re.split(r"[/\\]", value)
        if value.startswith(("/", "\\")) or ".." in steps:
            raise ValueError("must lie inside the folder of exports")
        if any(re.search(r"[*?\[]", step) for step in steps[:-1]) or "**" in value:
            raise ValueError("may hold * and ? in the name of the files only, not in a folder's")
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
