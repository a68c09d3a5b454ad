"""Commands of free texts: `normalise queue`, `decide`, `undo`, `show`, `evaluate`.

The rule that must not break: a machine proposes, and a person decides, once for each distinct text.
What looks like somebody's identity is never shown and never kept.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table as Grid

from features.console import JsonOption, print_json, settings_of, stdout
from features.errors import SnapshotError

if TYPE_CHECKING:
    from features.normalisation.decisions import Decision
    from features.normalisation.vocabulary import Vocabulary

app = typer.Typer(
    name="normalise",
    help="Free texts (titles, study programmes, courses): what waits for a decision, and decide.",
    no_args_is_help=True,
)

#: Values that are shown unless all are asked for.
LISTED = 40
AGAIN = "it counts from the next ingest on"

VocabularyArgument = Annotated[str, typer.Argument(help="Name of the vocabulary.")]
ValueArgument = Annotated[str, typer.Argument(help="The text as it stands in the exports.")]
CanonicalArgument = Annotated[
    str | None, typer.Argument(help="The value of the vocabulary that the text means.")
]
NothingOption = Annotated[
    bool, typer.Option("--nothing", help="The text means none of them: its cells stay missing.")
]
ByOption = Annotated[str, typer.Option("--by", help="Who decides.")]
WhyOption = Annotated[str, typer.Option("--why", help="For what reason.")]
OnlyOption = Annotated[
    str | None, typer.Option("--vocabulary", help="Of this vocabulary; of all if left out.")
]
AllOption = Annotated[
    bool, typer.Option("--all", help=f"List every value, also if there are more than {LISTED}.")
]


@app.command(epilog="Example: suksesi normalise queue --vocabulary study_field")
def queue(
    context: typer.Context,
    vocabulary: OnlyOption = None,
    everything: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the texts of the snapshot in force that wait, those of the most rows first."""
    waiting = _waiting(settings_of(context).home, vocabulary)
    if as_json:
        print_json({"waiting": waiting})
        return
    n_rows = sum(one["rows"] for one in waiting)
    stdout.print(f"{len(waiting)} values wait for a decision, in {n_rows} rows")
    if not waiting:
        return
    grid = Grid("vocabulary", "value", "rows", "most like", "confidence")
    for one in waiting if everything else waiting[:LISTED]:
        like = ", ".join(f"{p['canonical']} {p['likeness']:.2f}" for p in one["proposals"])
        row = (one["vocabulary"], one["value"], str(one["rows"]), like)
        grid.add_row(*map(escape, row), f"{one['confidence']:.2f}")
    stdout.print(grid)
    if len(waiting) > LISTED and not everything:
        stdout.print(f"{len(waiting) - LISTED} more: --all")
    stdout.print(
        'next: suksesi normalise decide VOCABULARY "VALUE" CANONICAL --by WHO --why TEXT',
        markup=False,
    )


@app.command(
    epilog=(
        'Example: suksesi normalise decide study_field "Ilmu Hukm" hukum --by "Sub-section of '
        'careers" --why "A slip of the pen"'
    )
)
def decide(
    context: typer.Context,
    vocabulary: VocabularyArgument,
    value: ValueArgument,
    by: ByOption,
    why: WhyOption,
    canonical: CanonicalArgument = None,
    nothing: NothingOption = False,
    as_json: JsonOption = False,
) -> None:
    """Decide what a text means, for every row that holds it, from the next ingest on."""
    from features.normalisation.decisions import decide as write
    from features.normalisation.library import named

    if (canonical is None) != nothing:
        raise typer.BadParameter("give a canonical value, or --nothing", param_hint="CANONICAL")
    home = settings_of(context).home
    found = named(_vocabularies(home), vocabulary)
    at = datetime.now(UTC)
    entry = write(home, vocabulary, found, value, canonical, by=by, why=why, at=at)
    if as_json:
        print_json({"number": entry.number, "at": entry.at, **entry.content})
        return
    means = "nothing; its cells stay missing" if canonical is None else repr(canonical)
    stdout.print(
        f"decision {entry.number}: {entry.content['value']!r} means {means}; {AGAIN}",
        markup=False,
        soft_wrap=True,
    )


@app.command(
    epilog=(
        'Example: suksesi normalise undo study_field "Ilmu Hukm" --by "Sub-section of careers" '
        '--why "Another programme was meant"'
    )
)
def undo(
    context: typer.Context,
    vocabulary: VocabularyArgument,
    value: ValueArgument,
    by: ByOption,
    why: WhyOption,
    as_json: JsonOption = False,
) -> None:
    """Take back what was decided about a text; the decision stays on file."""
    from features.normalisation.decisions import undo as write

    home = settings_of(context).home
    entry = write(home, vocabulary, value, by=by, why=why, at=datetime.now(UTC))
    if as_json:
        print_json({"number": entry.number, "at": entry.at, **entry.content})
        return
    stdout.print(
        f"decision {entry.number}: {entry.content['value']!r} is undecided again; {AGAIN}",
        markup=False,
        soft_wrap=True,
    )


@app.command(epilog="Example: suksesi normalise show --vocabulary study_field")
def show(
    context: typer.Context, vocabulary: OnlyOption = None, as_json: JsonOption = False
) -> None:
    """Show the vocabularies, and every decision that is in force with who and why."""
    from features.normalisation.decisions import in_force, journal
    from features.normalisation.library import named

    home = settings_of(context).home
    vocabularies = _vocabularies(home)
    if vocabulary is not None:
        vocabularies = {vocabulary: named(vocabularies, vocabulary)}
    decisions = [
        one
        for one in in_force(journal(home).entries()).values()
        if vocabulary in (None, one.vocabulary)
    ]
    stale = [one for one in decisions if _is_stale(one, vocabularies)]
    if as_json:
        told = {name: _vocabulary_report(one) for name, one in vocabularies.items()}
        held = [{**asdict(one), "counts": one not in stale} for one in decisions]
        print_json({"vocabularies": told, "decisions": held})
        return
    for name, one in vocabularies.items():
        stdout.print(
            f"{name} ({one.title.en}), threshold {one.threshold:g}: {', '.join(one.values)}",
            markup=False,
            soft_wrap=True,
        )
    stdout.print(f"{len(decisions)} decisions are in force")
    if decisions:
        grid = Grid("number", "vocabulary", "value", "means", "at", "by", "why")
        for one in decisions:
            means = "(nothing)" if one.canonical is None else one.canonical
            means += " (not in the vocabulary any more)" if one in stale else ""
            row = (one.vocabulary, one.value, means, one.at, one.by, one.why)
            grid.add_row(str(one.number), *map(escape, row))
        stdout.print(grid)


@app.command(epilog="Example: suksesi normalise evaluate study_field")
def evaluate(
    context: typer.Context, vocabulary: VocabularyArgument, as_json: JsonOption = False
) -> None:
    """Print how often likeness is right at each threshold, known texts left out one by one."""
    from features.normalisation.decisions import decided_of, in_force, journal
    from features.normalisation.evaluation import evaluate as measure
    from features.normalisation.library import named

    home = settings_of(context).home
    found = named(_vocabularies(home), vocabulary)
    decided = decided_of(in_force(journal(home).entries()), vocabulary, found)
    rows = measure(found, decided)
    if as_json:
        told = [asdict(row) for row in rows]
        print_json({"vocabulary": vocabulary, "threshold": found.threshold, "thresholds": told})
        return
    grid = Grid("threshold", "asked", "answered", "right", "coverage", "accuracy", "at least",
                "coverage with rules", "accuracy with rules")  # fmt: skip
    for row in rows:
        own = "*" if row.threshold == found.threshold else ""
        shares = (row.coverage, row.accuracy, row.accuracy_low, row.coverage_with_rules,
                  row.accuracy_with_rules)  # fmt: skip
        counts = map(str, (row.asked, row.answered, row.right))
        grid.add_row(f"{row.threshold:g}{own}", *counts, *map(_share, shares))
    stdout.print(grid)
    stdout.print(
        f"*: the threshold of {vocabulary}; asked: known texts that no rule speaks for; "
        "at least: the lower end of the 95 % interval",
        soft_wrap=True,
    )


def _waiting(home: Path, only: str | None) -> list[dict[str, Any]]:
    """The texts that wait, as vocabularies and decisions of today see them."""
    import duckdb

    from features.agencies.normalising import FILE
    from features.normalisation.decisions import decided_of, in_force, journal
    from features.normalisation.library import known, named
    from features.normalisation.normaliser import meanings
    from features.storage import current_snapshot

    snapshot = current_snapshot(home)
    vocabularies = known(snapshot.mapping.vocabularies)
    if only is not None:
        vocabularies = {only: named(vocabularies, only)}
    if not (snapshot.folder / FILE).exists():
        return []
    question = (
        "SELECT vocabulary, value, rows FROM read_parquet(?) WHERE how = 'waits' ORDER BY ALL"
    )
    rows: dict[str, dict[str, int]] = {}
    for name, value, n_rows in duckdb.execute(question, [str(snapshot.folder / FILE)]).fetchall():
        rows.setdefault(name, {})[value] = n_rows
    decisions = in_force(journal(home).entries())
    found = []
    for name in rows.keys() & vocabularies.keys():
        decided = decided_of(decisions, name, vocabularies[name])
        for value, meaning in meanings(vocabularies[name], decided, rows[name]).items():
            if meaning.how == "waits":
                proposals = [
                    {"canonical": canonical, "likeness": likeness}
                    for canonical, likeness in meaning.proposals
                    if likeness > 0
                ]
                found.append(
                    {
                        "vocabulary": name,
                        "value": value,
                        "rows": rows[name][value],
                        "confidence": meaning.confidence,
                        "proposals": proposals,
                    }
                )
    return sorted(found, key=lambda one: (-one["rows"], one["vocabulary"], one["value"]))


def _vocabularies(home: Path) -> "dict[str, Vocabulary]":
    """Those that come with Suksesi, and those of the mapping in force if there is one."""
    from features.normalisation.library import known
    from features.storage import current_snapshot

    try:
        return known(current_snapshot(home).mapping.vocabularies)
    except SnapshotError:
        return known({})


def _is_stale(decision: "Decision", vocabularies: "Mapping[str, Vocabulary]") -> bool:
    vocabulary = vocabularies.get(decision.vocabulary)
    if vocabulary is None:
        return True
    return decision.canonical is not None and decision.canonical not in vocabulary.values


def _vocabulary_report(vocabulary: "Vocabulary") -> dict[str, Any]:
    return {
        "title": vocabulary.title.model_dump(),
        "threshold": vocabulary.threshold,
        "values": {name: one.title.model_dump() for name, one in vocabulary.values.items()},
        "n_rules": len(vocabulary.rules),
        "n_examples": len(vocabulary.examples),
    }


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.3f}"
