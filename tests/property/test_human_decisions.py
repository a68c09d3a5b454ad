"""What people decide is what a replay of their entries gives, and no correction reaches back."""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from features.corrections.journal import Cell, Correction, as_text
from features.corrections.versions import RowVersion, versions_of
from features.normalisation.decisions import decide, decided_of, digest_of, in_force, journal, undo
from features.normalisation.folding import folded
from features.normalisation.library import parse_vocabulary
from features.normalisation.normaliser import meanings
from features.tables.core import Appointment
from features.tables.dossier import Education

quick = settings(derandomize=True, deadline=None, database=None, print_blob=False)
AT = datetime(2024, 1, 1, tzinfo=UTC)
CRAFT = parse_vocabulary(
    """\
vocabulary: craft
title: {id: Kriya, en: Craft}
threshold: 0.4
values:
  wood: {title: {id: Kayu, en: Wood}, examples: [Carpentry, Joinery]}
  metal: {title: {id: Logam, en: Metal}, examples: [Welding, Forging]}
rules:
  - {has: [wood], value: wood}
""",
    "craft.yaml",
)
TEXTS = ("Carpentry", "carpentri", " CARPENTRY", "Weldin", "Soft wood", "Weaving", "Singing")

texts = st.sampled_from(TEXTS)
values = st.sampled_from(("wood", "metal", None))
#: A text decided, or, without a value at all, taken back.
steps = st.lists(st.tuples(texts, st.one_of(values, st.just("undo"))), max_size=12)


@quick
@given(steps)
def test_what_is_in_force_is_what_was_decided_last_and_not_taken_back(drawn):
    wanted: dict[str, str | None] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for text, value in drawn:
            if value == "undo":
                if folded(text) in wanted:
                    undo(home, "craft", text, by="a", why="b", at=AT)
                    del wanted[folded(text)]
                continue
            decide(home, "craft", CRAFT, text, value, by="a", why="b", at=AT)
            wanted[folded(text)] = value
        entries = journal(home).entries()
    decided = decided_of(in_force(entries), "craft", CRAFT)
    assert decided == wanted
    # Whoever decides the same in another order gives the same snapshot.
    assert digest_of(decided) == digest_of(dict(sorted(wanted.items(), reverse=True)))


@quick
@given(
    st.lists(texts, unique=True), st.permutations(TEXTS), st.dictionaries(texts.map(folded), values)
)
def test_what_a_text_means_depends_on_no_other_text_and_on_no_order(some, shuffled, decided):
    whole = meanings(CRAFT, decided, shuffled)
    again = meanings(CRAFT, dict(sorted(decided.items(), reverse=True)), some)
    assert again == {text: whole[text] for text in some}
    for text, meaning in whole.items():
        assert (meaning.canonical is None) or meaning.confidence >= CRAFT.threshold
        if folded(text) in decided:
            assert meaning.canonical == decided[folded(text)]


FIRST = date(2000, 1, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(40)]
days = st.sampled_from(DAYS)
maybe = st.one_of(st.none(), days)


@st.composite
def rows(draw) -> dict[str, Cell]:
    """An appointment: a start, and perhaps an end with a reason, each with the day it was known."""
    row: dict[str, Cell] = dict.fromkeys(Appointment.columns)
    row |= {"appointment_id": "t", "kind": "definitive", "start_on": draw(days)}
    row["start_recorded_on"] = draw(days)
    if draw(st.booleans()):
        row |= {"end_on": draw(days), "end_recorded_on": draw(days)}
        row["end_reason"] = draw(st.sampled_from((None, "moved", "retired")))
    return row


CELLS = {
    "kind": st.sampled_from(("acting", "caretaker")),
    "start_on": days,
    "end_on": maybe,
    "end_reason": st.sampled_from(("died", "ended")),
}


@st.composite
def corrections(draw, of: Mapping[str, Cell]) -> list[Correction]:
    """Corrections of a row in the order of their days, the last perhaps its withdrawal."""
    known = sorted(draw(st.lists(days, min_size=1, max_size=4)))
    values = {name: as_text(cell) for name, cell in of.items()}
    made = []
    for number, on in enumerate(known, start=1):
        is_last = number == len(known)
        if is_last and draw(st.integers(0, 3)) == 0:
            made.append(
                Correction(number, "withdraw", "appointment", ("t",), None, None, None, on,
                           "e", "", "b", "w", values)
            )  # fmt: skip
            break
        column = draw(st.sampled_from(sorted(CELLS)))
        value = as_text(draw(CELLS[column]))
        made.append(
            Correction(number, "correct", "appointment", ("t",), column, value, values[column], on,
                       "e", "", "b", "w", values)
        )  # fmt: skip
    return made


@st.composite
def corrected_rows(draw) -> tuple[dict[str, Cell], list[Correction]]:
    row = draw(rows())
    return row, draw(corrections(row))


SEEN = ("kind", "start_on", "end_on", "end_reason")


def _known_from(row: Mapping[str, Any]) -> date:
    return row["start_recorded_on"]


def seen(versions: Sequence[RowVersion], on: date) -> dict[str, Cell] | None:
    """The one version that the record shows on a day, cells blank that were not known."""
    found: list[Any] = [
        version.row
        for version in versions
        if (version.superseded_on is None or version.superseded_on > on)
        and _known_from(version.row) <= on
    ]
    assert len(found) <= 1, "two versions of one row on one day"
    if not found:
        return None
    told_on = found[0]["end_recorded_on"]
    is_known = told_on is not None and told_on <= on
    blank = () if is_known else ("end_on", "end_reason")
    return {name: None if name in blank else found[0][name] for name in SEEN}


def expected(row: Mapping[str, Any], made: Sequence[Correction], on: date):
    """What a person with the exports and a list of corrections would say on a day."""
    known = [one for one in made if one.known_on <= on]
    if row["start_recorded_on"] > on or any(one.action == "withdraw" for one in known):
        return None
    told_on = row["end_recorded_on"]
    is_known = told_on is not None and told_on <= on
    cells: dict[Any, Any] = {
        n: row[n] if is_known or not n.startswith("end") else None for n in SEEN
    }
    for one in known:
        text = one.value
        is_day = one.column in ("start_on", "end_on")
        cells[one.column] = date.fromisoformat(text) if is_day and text else text
    return cells


@quick
@given(corrected_rows())
def test_on_every_day_the_record_shows_what_was_known_then(drawn):
    row, made = drawn
    versions = versions_of(Appointment, row, made)
    for on in (FIRST - timedelta(days=1), *DAYS):
        assert seen(versions, on) == expected(row, made, on), on


@quick
@given(corrected_rows())
def test_a_correction_changes_no_day_before_its_own(drawn):
    row, made = drawn
    for n in range(len(made)):
        before, after = (
            versions_of(Appointment, row, made[:n]),
            versions_of(Appointment, row, made[: n + 1]),
        )
        for on in (FIRST - timedelta(days=1), *DAYS):
            if on < made[n].known_on:
                assert seen(before, on) == seen(after, on)


@quick
@given(corrected_rows(), rows())
def test_what_the_exports_say_later_of_a_corrected_cell_changes_no_day_before_it(drawn, source):
    row, made = drawn
    # The exports change their mind about the cells of the end, and about nothing else.
    now = {**row, **{n: source[n] for n in ("end_on", "end_recorded_on", "end_reason")}}
    corrected = [one for one in made if one.column == "end_on"]
    if not corrected or now["end_on"] == row["end_on"]:
        return
    then, by_now = versions_of(Appointment, row, made), versions_of(Appointment, now, made)
    for on in DAYS:
        if on < min(one.known_on for one in made):
            assert seen(by_now, on) == seen(then, on)
        if on >= corrected[0].known_on:
            shown, told = seen(by_now, on), seen(then, on)
            assert (shown or {}).get("end_on") == (told or {}).get("end_on")


@quick
@given(days, days, maybe)
def test_a_row_that_is_added_is_seen_from_its_day_on_or_from_that_of_the_exports(on, asked, told):
    values = {
        "education_id": "x",
        "person_id": "p",
        "level": "master",
        "graduated_on": "1999-01-01",
    }
    one = Correction(1, "add", "education", ("x",), None, None, None, on, "e", "", "b", "w", values)
    source = None
    if told is not None:
        source = {**dict.fromkeys(Education.columns), **values, "recorded_on": told}
        source["graduated_on"] = date(1999, 1, 1)
    found = [
        version
        for version in versions_of(Education, source, [one])
        if (version.superseded_on is None or version.superseded_on > asked)
        and version.row["recorded_on"] <= asked
    ]
    assert len(found) == (asked >= min(on, told or on))
