"""Issued ids in place of the ids of the exports; NIPs and names out of the tables.

The rule that must not break: behind this room nothing but the quarantine holds an id of the exports
for somebody. What is moved to the identity store is counted, so that no row disappears.
"""

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.agencies.mapping import Mapping
from features.identity.store import Identities
from features.tables.core import Person
from features.tables.protected_attributes import ProtectedAttribute
from features.tables.schema import Table

_ISSUED, _SOURCE_ID = "issued_ids", "id_of_source"
_PERSON_ID = "person.person_id"


class Pseudonyms:
    """The people of one ingest, on the connection that reads it.

    Parameters
    ----------
    backend : Backend
    mapping : Mapping
        With a section `identity`.
    identities : Identities
        Gives out ids, and takes NIPs and names.

    Attributes
    ----------
    n_kept_apart : int
        Accepted rows that went to the identity store and stand in no table.
    """

    def __init__(self, backend: Backend, mapping: Mapping, identities: Identities) -> None:
        assert mapping.identity is not None
        self._backend, self._identities = backend, identities
        self._apart = list(mapping.identity.attributes)
        self._simulated = mapping.simulated
        self.n_kept_apart = 0

    def put_in(self, table: type[Table], staged: ibis.Table) -> ibis.Table:
        """Rows that name people by issued ids; an id that no person has stays, to be rejected."""
        if table is Person:
            self._issue(staged)
        if table is ProtectedAttribute:
            staged = staged.mutate(**{_SOURCE_ID: staged.person_id})
        for name in naming_people(table):
            of_source = self._backend.table(_ISSUED)
            staged = staged.left_join(of_source, staged[name] == of_source.source_id)
            staged = staged.mutate(**{name: staged.issued_id.coalesce(staged[name])})
            staged = staged.drop("source_id", "issued_id")
        return staged

    def keep_apart(self, staged: ibis.Table, verdict: ibis.Table) -> ibis.Table:
        """The accepted protected rows without those that say who somebody is.

        Parameters
        ----------
        staged : ibis.Table
            As `put_in` made them.
        verdict : ibis.Table
            The same rows, with `breach` of those that are rejected.
        """
        accepted = verdict.filter(verdict.breach.isnull())
        origin = staged.select("row", _SOURCE_ID)
        moved = accepted.filter(accepted.attribute.isin(self._apart)).join(origin, "row")
        found = moved.order_by("row").select(_SOURCE_ID, "attribute", "value").to_pyarrow()
        self._identities.hold(zip(*(column.to_pylist() for column in found.columns), strict=True))
        self.n_kept_apart = len(found)
        rows = accepted.filter(~accepted.attribute.isin(self._apart))
        return rows.select(*ProtectedAttribute.columns)

    def _issue(self, people: ibis.Table) -> None:
        rows = people.filter(people.person_id.notnull()).select("person_id").distinct()
        source_ids = rows.to_pyarrow()["person_id"].to_pylist()
        issued = self._identities.issue(source_ids, simulated=self._simulated)
        columns = {"source_id": list(issued), "issued_id": list(issued.values())}
        schema = pa.schema({name: pa.string() for name in columns})
        self._backend.create_table(_ISSUED, pa.table(columns, schema=schema))


def naming_people(table: type[Table]) -> list[str]:
    """Columns of a table that hold ids of people.

    Examples
    --------
    >>> from features.tables.dossier import Appraisal
    >>> naming_people(Appraisal)
    ['person_id', 'appraiser_id']
    """
    names = [name for name, column in table.columns.items() if column.references == _PERSON_ID]
    return ["person_id", *names] if table is Person else names
