"""One part of a canonical table: a source, its joins, and the canonical columns made of them.

The rule that must not break: a part has exactly the rows of its main source. A join adds columns,
never rows; a row that meets several partners is rejected, because nobody said which one counts.
"""

from collections.abc import Iterator, Sequence

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.agencies import numbered
from features.agencies.columns import ColumnRule
from features.agencies.consistency import event_column, recorded_columns
from features.agencies.derivation import Derivation, derivation, free_text
from features.agencies.normalising import CANONICAL, IS_PERSONAL, PERSONAL, WAITS, Normalising
from features.agencies.numbered import ROW
from features.agencies.sources import Join, Part
from features.documents.document import Document, Path
from features.errors import MappingError
from features.tables.schema import IBIS_TYPES, Column, Table

PARTNERS, MEANING = "__partners", "__meaning"
_Asked = tuple[str, int]
"""A canonical column, and the place of a rule in its chain."""


def part_rows(
    backend: Backend,
    table: type[Table],
    part: Part,
    path: Path,
    document: Document,
    offset: int,
    normalising: Normalising,
) -> ibis.Table:
    """The rows of one part, right or wrong.

    Parameters
    ----------
    path : tuple
        Where the part stands in the mapping.
    offset : int
        Rows of the parts before this one.
    normalising : Normalising
        Who looks free texts up.

    Returns
    -------
    ibis.Table
        The canonical columns, `row` (the row of the source plus `offset`), `breach_column` and
        `breach`: the first cell that cannot be understood and why, else empty; `withheld_column`
        and `withheld`: the first cell that was withheld and why, else empty.

    Raises
    ------
    MappingError
        If a rule names a column that no source of the part has.
    """
    scope = Scope(backend, part, path, document)
    rows = _joined(backend, scope, part)
    rules = _rules(table, part)
    rows, asked = _looked_up(rows, scope, rules, normalising)
    number = rows[ROW] + offset
    found: dict[str, Derivation] = {}
    for name, rule in rules.items():
        told: Derivation | None = None
        for place, one in reversed(list(enumerate(rule.chain))):
            cells = [number] if one.row_number else [rows[c] for c in scope.cells(name, one)]
            column = table.columns[name]
            meaning = _meaning(rows, column, (name, place)) if one.normalise else None
            told = derivation(one, column, cells, meaning, told)
        assert told is not None
        found[name] = told
    breaches = [*_partner_breaches(rows, part)]
    for name in table.columns:
        breaches += [(c, name, why) for c, why in (found[name].breaches if name in found else ())]
    values = _values(table, found)
    withheld = _withhold(table, part, values)
    withheld += [
        (rows[_named(key, IS_PERSONAL)], key[0], f"{PERSONAL}; withheld, the row stays")
        for key in asked
        if not table.columns[key[0]].required
    ]
    return rows.select(
        **values,
        row=number,
        breach_column=_first([(c, name) for c, name, _why in breaches]),
        breach=_first([(c, why) for c, _name, why in breaches]),
        withheld_column=_first([(c, name) for c, name, _why in withheld]),
        withheld=_first([(c, why) for c, _name, why in withheld]),
    )


def _looked_up(
    rows: ibis.Table, scope: "Scope", rules: dict[str, ColumnRule], normalising: Normalising
) -> tuple[ibis.Table, list[_Asked]]:
    """Rows with what their free texts mean beside them, and which rules asked for it."""
    asked: list[_Asked] = []
    for name, rule in rules.items():
        filled_before: list[str] = []
        for place, one in enumerate(rule.chain):
            cells = scope.cells(name, one)
            if one.normalise is not None:
                key = (name, place)
                text = free_text(one, [rows[cell] for cell in cells])
                # A rule for rows in which others are empty is asked for no other row.
                for cell in filled_before:
                    text = ibis.ifelse(rows[cell].isnull(), text, ibis.null("string"))
                rows = rows.mutate(**{_named(key, "text"): text})
                means = normalising.lookup(one.normalise, rows.select(text=_named(key, "text")))
                means = means.rename(**{_named(key, c): c for c in (CANONICAL, IS_PERSONAL)})
                rows = rows.left_join(means, rows[_named(key, "text")] == means["text"])
                rows = rows.drop("text")
                asked.append(key)
            filled_before += cells
    return rows, asked


def _meaning(rows: ibis.Table, column: Column, key: _Asked) -> Derivation:
    """What a vocabulary says; where the column needs a value, a row without one is rejected."""
    value = rows[_named(key, CANONICAL)]
    if not column.required:
        return Derivation(value, (), value)
    is_personal, text = rows[_named(key, IS_PERSONAL)], rows[_named(key, "text")]
    breaches = ((is_personal, PERSONAL), (text.notnull() & value.isnull(), WAITS))
    return Derivation(value, breaches, value)


def _named(key: _Asked, what: str) -> str:
    """Name of a column with what a rule's free text means; no source column is called so."""
    name, place = key
    return f"{MEANING}.{name}.{place}.{what}"


class Scope:
    """Which source columns a part can see, and what a bare name means in it.

    A bare name is the column of the main source if it has one, else of the only joined source that
    has one; ``source.column`` is always clear.
    """

    def __init__(self, backend: Backend, part: Part, path: Path, document: Document) -> None:
        names = (part.from_, *(join.source for join in part.join))
        self.columns = {source: numbered.columns(backend, source) for source in names}
        self.main = part.from_
        self._path, self._document = path, document

    def cells(self, column: str, rule: ColumnRule) -> list[str]:
        """Qualified names of the columns that a rule reads."""
        return [self.resolve(n, (*self._path, "columns", column)) for n in rule.names]

    def resolve(self, name: str, path: Path, among: Sequence[str] | None = None) -> str:
        """``source.column`` of a name as written, among some sources or all of the part."""
        seen = {source: self.columns[source] for source in among or self.columns}
        if name in self.columns[self.main]:
            return f"{self.main}.{name}"
        holders = [source for source, columns in seen.items() if name in columns]
        if len(holders) > 1:
            raise MappingError(
                f"the column {name!r} stands in several sources: {', '.join(holders)}",
                where=self._document.where(path),
                remedy=f"write {holders[0]}.{name}",
            )
        if holders:
            return f"{holders[0]}.{name}"
        source, _dot, column = name.partition(".")
        if column in seen.get(source, ()):
            return name
        existing = [c for columns in seen.values() for c in columns]
        raise self._document.unknown(f"column of {' and '.join(seen)}", name, existing, path)

    def pairs(self, place: int, join: Join) -> list[tuple[str, str]]:
        """Qualified names of the columns that a join compares: left, right."""
        path = (*self._path, "join", place, "on")
        before = list(self.columns)[: place + 1]
        found = []
        for left, right in join.on.items():
            if right not in self.columns[join.source]:
                raise self._document.unknown(
                    f"column of {join.source}", right, self.columns[join.source], (*path, left)
                )
            found.append((self.resolve(left, (*path, left), before), f"{join.source}.{right}"))
        return found


def _joined(backend: Backend, scope: Scope, part: Part) -> ibis.Table:
    rows = _qualified(backend, scope, part.from_)
    for place, join in enumerate(part.join):
        pairs = scope.pairs(place, join)
        keys = [right for _left, right in pairs]
        partners = _qualified(backend, scope, join.source)
        window = {"group_by": [partners[key] for key in keys]}
        nth = ibis.row_number().over(order_by=[partners[ROW]], **window)
        partners = partners.mutate(
            **{"nth": nth, f"{join.source}.{PARTNERS}": partners.count().over(**window)}
        )
        partners = partners.filter(partners.nth == 0).drop("nth", ROW)
        rows = rows.left_join(partners, [rows[left] == partners[right] for left, right in pairs])
    return rows


def _qualified(backend: Backend, scope: Scope, source: str) -> ibis.Table:
    rows = numbered.rows(backend, source)
    named = {f"{source}.{column}": rows[column] for column in scope.columns[source]}
    return rows.select(**named, **{ROW: rows[ROW]})


def _partner_breaches(rows: ibis.Table, part: Part) -> Iterator[tuple[ir.Value, str | None, str]]:
    for join in part.join:
        several = rows[f"{join.source}.{PARTNERS}"] > 1
        yield several, None, f"matches several rows of {join.source}"


def _rules(table: type[Table], part: Part) -> dict[str, ColumnRule]:
    """The rules of a part; a sequence that nobody mapped is the row number."""
    rules = dict(part.columns)
    if "sequence" in table.columns:
        rules.setdefault("sequence", ColumnRule(row_number=True))
    return rules


def _values(table: type[Table], found: dict[str, Derivation]) -> dict[str, ir.Value]:
    values: dict[str, ir.Value] = {}
    for name, column in table.columns.items():
        nothing = ibis.null(IBIS_TYPES[column.type])
        value = found[name].value if name in found else nothing
        event = event_column(table, name) if name in recorded_columns(table) else None
        if event in found:
            value = ibis.coalesce(value, found[event].settled)
        values[name] = value.cast(IBIS_TYPES[column.type])
    return values


def _withhold(
    table: type[Table], part: Part, values: dict[str, ir.Value]
) -> list[tuple[ir.Value, str, str]]:
    """Empty the contradicting dates that may be withheld, with all that was learnt with them."""
    withheld = []
    for name, rule in part.columns.items():
        earlier = table.columns[name].not_before
        if rule.contradiction == "reject" or earlier is None:
            continue
        contradicts = (values[name] < values[earlier]).fill_null(ibis.literal(value=False))
        withheld.append((contradicts, name, f"is before {earlier}; withheld, the row stays"))
        facts = [fact for fact in table.late_facts() if name in fact.columns]
        for column in dict.fromkeys(c for f in facts for c in (*f.columns, f.recorded)):
            nothing = ibis.null(IBIS_TYPES[table.columns[column].type])
            values[column] = ibis.ifelse(contradicts, nothing, values[column])
    return withheld


def _first(branches: list[tuple[ir.Value, str | None]]) -> ir.Value:
    nothing = ibis.null("string")
    if not branches:
        return nothing
    cases = [(c, ibis.literal(v) if v is not None else nothing) for c, v in branches]
    return ibis.cases(*cases, else_=nothing)
