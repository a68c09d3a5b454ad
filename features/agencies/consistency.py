"""What a mapping says must fit together: names that one section uses exist in another.

Every error names the line. Columns of the export files are the one thing that cannot be known
here; `features.agencies.reading` checks them before it reads a row.
"""

from collections.abc import Iterator

from features.agencies.columns import ColumnRule
from features.agencies.declaration import Mapping
from features.agencies.forms import FORMS
from features.agencies.rules import LabelRule
from features.agencies.sources import KINDS_OF_KEY, Part
from features.documents.document import Document, Path
from features.errors import MappingError
from features.normalisation.library import known
from features.tables.core import CORE_TABLES, Appointment, PostClass
from features.tables.decisions import DECISION_TABLES
from features.tables.dossier import DOSSIER_TABLES
from features.tables.protected_attributes import ProtectedAttribute
from features.tables.schema import Table

#: A table stands behind those that it refers to.
SNAPSHOT_TABLES: tuple[type[Table], ...] = (
    *CORE_TABLES,
    *DOSSIER_TABLES,
    *DECISION_TABLES,
    ProtectedAttribute,
)
MAPPED_TABLES = {table.name: table for table in SNAPSHOT_TABLES if table is not PostClass}
#: What a label asks for, and the table that tells it.
TABLES_OF_LABELS = {
    "failed_by_sanction": "discipline",
    "failed_by_unit_result": "unit_result",
    "failed_by_rating": "appraisal",
}
NEEDED_TABLES = ("person", "unit", "post", "appointment")


def event_column(table: type[Table], recorded: str) -> str:
    """The event date that a recorded date falls back on: the column declared before it.

    Examples
    --------
    >>> from features.tables.core import Appointment
    >>> event_column(Appointment, "end_recorded_on")
    'end_on'
    """
    names = list(table.columns)
    return names[names.index(recorded) - 1]


def recorded_columns(table: type[Table]) -> tuple[str, ...]:
    """The recorded dates of a table; each falls back on its event date."""
    return tuple(fact.recorded for fact in table.facts)


def check(mapping: Mapping, document: Document) -> None:
    """Refuse a mapping whose sections do not fit together.

    Raises
    ------
    MappingError
        For the first name that does not exist, or thing that is missing, with its line.
    """
    _check_sources(mapping, document)
    _check_ladder(mapping, document)
    for name, parts in mapping.tables.items():
        if name == PostClass.name:
            raise MappingError(
                "post_class is written from the ladder, not from files",
                where=document.where(("tables", name)),
                remedy="take the table out, and list the classes under `ladder:`",
            )
        if name not in MAPPED_TABLES:
            raise document.unknown("table", name, MAPPED_TABLES, ("tables", name))
        for place, part in enumerate(parts):
            _check_part(mapping, document, MAPPED_TABLES[name], part, ("tables", name, place))
    for name in NEEDED_TABLES:
        if name not in mapping.tables:
            raise MappingError(
                f"the table {name} is not mapped",
                where=document.where(("tables",)),
                expected=f"at least {', '.join(NEEDED_TABLES)}",
            )
    _check_protected(mapping, document)
    _check_identity(mapping, document)
    _check_rules(mapping, document)


def _check_sources(mapping: Mapping, document: Document) -> None:
    for name, source in mapping.sources.items():
        for key, kinds in KINDS_OF_KEY.items():
            written = key in source.model_fields_set and source.file is not None
            if written and source.kind not in kinds:
                raise MappingError(
                    f"`{key}` belongs to {' and '.join(k.upper() for k in kinds)} files, and "
                    f"{source.file!r} is "
                    f"{source.kind.upper()} by the end of its name",
                    where=document.where(("sources", name, key)),
                    remedy=f"take `{key}` out, or mend the name of the file",
                )


def _check_protected(mapping: Mapping, document: Document) -> None:
    """Refuse a protected value that is written into a table which features read as well.

    The leak guard deals the protected table out anew; of a copy elsewhere it knows nothing. Names
    tell of copies as far as they are the same: what SQL makes out of a value cannot be known here.
    """
    guarded = {
        source_column
        for part in mapping.tables.get(ProtectedAttribute.name, ())
        for source_column in _read_by(part, "value")
    }
    for name, parts in mapping.tables.items():
        table = MAPPED_TABLES[name]
        if table is ProtectedAttribute:
            continue
        for place, part in enumerate(parts):
            for column in part.columns:
                is_id = column in table.key or table.columns[column].references is not None
                if mapping.identity is not None:
                    # Ids of people give way to issued ones; any other key stays as it is read.
                    referred = table.columns[column].references
                    is_id = "person.person_id" in (f"{name}.{column}", referred)
                copied = set(_read_by(part, column)) & guarded
                if copied and not is_id:
                    source, source_column = min(copied)
                    raise MappingError(
                        f"{source}.{source_column} holds a protected attribute, and "
                        f"{name}.{column} is open to features",
                        where=document.where(("tables", name, place, "columns", column)),
                        remedy="map it into protected_attribute only",
                    )


def _check_identity(mapping: Mapping, document: Document) -> None:
    """Refuse an identity section that names what nothing writes, or what a gate reads."""
    if mapping.identity is None:
        return
    parts = mapping.tables.get(ProtectedAttribute.name, ())
    rules = [part.columns["attribute"] for part in parts]
    for place, attribute in enumerate(mapping.identity.attributes):
        where = document.where(("identity", "attributes", place))
        if all(rule.written and attribute not in rule.written for rule in rules):
            raise MappingError(
                f"no part of protected_attribute writes {attribute}",
                where=where,
                remedy=f"map it, or take {attribute} out here",
            )
        if attribute in {rule.attribute for rule in mapping.gate}:
            raise MappingError(
                f"the gate reads {attribute}, which stays out of the snapshot",
                where=where,
                remedy="take the rule out of the gate: nobody is judged by who they are",
            )


def _read_by(part: Part, column: str) -> Iterator[tuple[str, str]]:
    """Source and column of what a rule reads; a bare name is held to be of the main source."""
    joined = {join.source for join in part.join}
    chain = part.columns[column].chain if column in part.columns else ()
    for name in (name for rule in chain for name in rule.names):
        source, dot, rest = name.partition(".")
        yield (source, rest) if dot and source in {part.from_, *joined} else (part.from_, name)


def _check_ladder(mapping: Mapping, document: Document) -> None:
    seen: set[str] = set()
    for place, step in enumerate(mapping.ladder):
        if step.post_class in seen:
            raise MappingError(
                f"post class {step.post_class!r} stands on the ladder twice",
                where=document.where(("ladder", place)),
            )
        seen.add(step.post_class)
    for path, name in _named_classes(mapping):
        if name not in seen:
            raise document.unknown("post class", name, seen, path)


def _named_classes(mapping: Mapping) -> Iterator[tuple[Path, str]]:
    for i, name in enumerate(mapping.vacancies.classes):
        yield ("vacancies", "classes", i), name
    for path, rule in _label_rules(mapping):
        for i, name in enumerate(rule.censored_by_end_of):
            yield (*path, "censored_by_end_of", i), name
        for i, name in enumerate(rule.unit_result_of or ()):
            yield (*path, "unit_result_of", i), name
    for i, name in enumerate(mapping.pool.in_classes or ()):
        yield ("pool", "in_classes", i), name
    for g, rule in enumerate(mapping.gate):
        for i, name in enumerate(rule.holder_of):
            yield ("gate", g, "holder_of", i), name


def _check_part(
    mapping: Mapping, document: Document, table: type[Table], part: Part, path: Path
) -> None:
    if part.from_ not in mapping.sources:
        raise document.unknown("source", part.from_, mapping.sources, (*path, "from"))
    for place, join in enumerate(part.join):
        where = (*path, "join", place, "source")
        if join.source not in mapping.sources:
            raise document.unknown("source", join.source, mapping.sources, where)
        if join.source in (part.from_, *(j.source for j in part.join[:place])):
            raise MappingError(
                f"source {join.source!r} is joined to itself or twice",
                where=document.where(where),
                remedy="give it a second name: {sql: SELECT * FROM " + join.source + "}",
            )
    for name, rule in part.columns.items():
        where = (*path, "columns", name)
        if name not in table.columns:
            raise document.unknown(f"column of {table.name}", name, table.columns, where)
        _check_column(mapping, document, table, name, rule, where)
    fallen_back = {*recorded_columns(table), "sequence"}
    for name, column in table.columns.items():
        if column.required and name not in part.columns and name not in fallen_back:
            raise MappingError(
                f"{table.name}.{name} is not mapped",
                where=document.where((*path, "columns")),
                expected=f"a rule for it: {column.meaning.rstrip('.')}",
            )


def _check_column(
    mapping: Mapping,
    document: Document,
    table: type[Table],
    name: str,
    rule: ColumnRule,
    path: Path,
) -> None:
    column = table.columns[name]
    if rule.date is not None and column.type != "date":
        raise MappingError(
            f"{table.name}.{name} holds {column.type}, not a date",
            where=document.where((*path, "date")),
            remedy="take `date` out",
        )
    if rule.form is not None and rule.form not in FORMS:
        raise document.unknown("form", rule.form, FORMS, (*path, "form"))
    if rule.form is not None and column.type != "text":
        raise MappingError(
            f"{table.name}.{name} holds {column.type}, and a form is one of text",
            where=document.where((*path, "form")),
            remedy="take `form` out",
        )
    if rule.row_number and column.type != "integer":
        raise MappingError(
            f"{table.name}.{name} holds {column.type}, not a number",
            where=document.where((*path, "row_number")),
        )
    late = {c for fact in table.late_facts() for c in fact.columns}
    if rule.contradiction == "withhold" and not (column.not_before and name in late):
        raise MappingError(
            f"{table.name}.{name} cannot be withheld",
            where=document.where((*path, "contradiction")),
            expected=f"a date that is filled in later and must not precede another: "
            f"{', '.join(sorted(c for c in late if table.columns[c].not_before)) or 'none here'}",
        )
    allowed = column.one_of
    if column.references == "post_class.post_class":
        allowed = tuple(step.post_class for step in mapping.ladder)
    for value in rule.written if allowed else ():
        if value not in allowed:
            kind = f"value of {table.name}.{name}"
            raise document.unknown(kind, value, allowed, _place_of(rule, value, path))
    for place, one in enumerate(rule.chain):
        _check_free_text(mapping, document, table, name, one, (*path, *["otherwise"] * place))


def _check_free_text(
    mapping: Mapping,
    document: Document,
    table: type[Table],
    name: str,
    rule: ColumnRule,
    path: Path,
) -> None:
    """Refuse a vocabulary that does not exist or does not fit, and free text where none can be."""
    column, vocabularies = table.columns[name], known(mapping.vocabularies)
    for key in ("normalise", "otherwise"):
        if getattr(rule, key) is not None and column.type != "text":
            raise MappingError(
                f"{table.name}.{name} holds {column.type}, and `{key}` is for text",
                where=document.where((*path, key)),
                remedy=f"take `{key}` out",
            )
    if rule.normalise is None:
        return
    if rule.normalise not in vocabularies:
        where = (*path, "normalise")
        raise document.unknown("vocabulary", rule.normalise, vocabularies, where)
    is_id = name.endswith("_id") and name in table.key
    if is_id or column.references is not None or table.protected:
        raise MappingError(
            f"{table.name}.{name} says which row or person is meant, and is no free text",
            where=document.where((*path, "normalise")),
            remedy="take `normalise` out",
        )
    for value in vocabularies[rule.normalise].values if column.one_of else ():
        if value not in column.one_of:
            kind = f"value of {table.name}.{name} in vocabulary {rule.normalise}:"
            raise document.unknown(kind, value, column.one_of, (*path, "normalise"))


def _place_of(rule: ColumnRule, value: str, path: Path) -> Path:
    if rule.otherwise is not None and value in rule.otherwise.written:
        return _place_of(rule.otherwise, value, (*path, "otherwise"))
    if value == rule.constant:
        return (*path, "constant")
    keys = [key for key, canonical in (rule.map or {}).items() if canonical == value]
    return (*path, "map", keys[0]) if keys else (*path, "default")


def _check_rules(mapping: Mapping, document: Document) -> None:
    if mapping.pool.member_of is not None and "membership" not in mapping.tables:
        raise MappingError(
            "the pool asks for members of a body, and no membership is mapped",
            where=document.where(("pool", "member_of")),
            remedy="map the table membership, or take member_of out",
        )
    _check_labels(mapping, document)
    ids: set[str] = set()
    for place, rule in enumerate(mapping.gate):
        if ProtectedAttribute.name not in mapping.tables:
            raise MappingError(
                f"the gate reads {rule.attribute}, and no protected_attribute is mapped",
                where=document.where(("gate", place)),
                remedy="map the table protected_attribute, or take the rule out",
            )
        if rule.id in ids:
            raise MappingError(
                f"two rules of the gate are called {rule.id!r}",
                where=document.where(("gate", place, "id")),
            )
        ids.add(rule.id)


def _label_rules(mapping: Mapping) -> Iterator[tuple[Path, LabelRule]]:
    """The label rule and its alternatives as they are written, each with its place."""
    yield ("label",), mapping.label
    for name, rule in mapping.label.alternatives.items():
        yield ("label", "alternatives", name), rule


def _check_labels(mapping: Mapping, document: Document) -> None:
    """Refuse a label rule that asks what nobody can answer, or contradicts itself."""
    for path, rule in _label_rules(mapping):
        _check_reasons(mapping, document, rule, path)
        for key, table in TABLES_OF_LABELS.items():
            if key in rule.model_fields_set and getattr(rule, key) and table not in mapping.tables:
                raise MappingError(
                    f"the label asks for {table}, which is not mapped",
                    where=document.where((*path, key)),
                    remedy=f"map the table {table}, or take {key} out",
                )
    if mapping.label.failed_by_rating:
        raise MappingError(
            "a rating is part of the label rule itself",
            where=document.where(("label", "failed_by_rating")),
            expected="a rule that rests on what happened; ratings differ from appraiser to "
            "appraiser",
            remedy="name it in one of the `alternatives`",
        )
    written_out = {(): mapping.label} | {
        ("alternatives", name): rule for name, rule in mapping.label.rules.items()
    }
    for place, rule in written_out.items():
        _check_fits(document, rule, ("label", *place))


def _check_fits(document: Document, rule: LabelRule, path: Path) -> None:
    """Refuse a rule, written out, of which one part makes another meaningless."""
    if rule.promotion_is_success and rule.promotion_after_months >= rule.months:
        raise MappingError(
            f"no promotion can come after {rule.promotion_after_months} months and inside a window "
            f"of {rule.months}",
            where=document.where((*path, "promotion_after_months")),
            expected="a number of months below that of the window",
        )
    for place, reason in enumerate(rule.failed_by_reason):
        if reason in rule.censored_by_reason:
            raise MappingError(
                f"an end because {reason} cannot both fail and be unknown",
                where=document.where((*path, "failed_by_reason", place)),
                remedy="leave it in one of failed_by_reason and censored_by_reason",
            )


def _check_reasons(mapping: Mapping, document: Document, rule: LabelRule, path: Path) -> None:
    """Reasons of ends that a label speaks of exist, and some source tells them."""
    existing = Appointment.end_reason.one_of
    parts = mapping.tables[Appointment.name]
    is_told = any("end_reason" in part.columns for part in parts)
    for key in ("censored_by_reason", "failed_by_reason"):
        for place, reason in enumerate(getattr(rule, key)):
            if reason not in existing:
                where = (*path, key, place)
                raise document.unknown("reason of an end", reason, existing, where)
        if key in rule.model_fields_set and getattr(rule, key) and not is_told:
            raise MappingError(
                "the label asks why appointments ended, and appointment.end_reason is not mapped",
                where=document.where((*path, key)),
                remedy=f"map the column end_reason, or take {key} out",
            )
