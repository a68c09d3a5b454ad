"""A correction is laid over the record from its day on, compared with the exports, and undone."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import ibis
import pandas as pd
import pytest

from features.asof import AsOf
from features.corrections.journal import Correction, in_force, journal
from features.corrections.making import (
    Signature,
    add,
    correct,
    parsed_key,
    parsed_row,
    undo,
    withdraw,
)
from features.corrections.overlay import lay_over
from features.corrections.versions import RowVersion, versions_of
from features.errors import CorrectionError
from features.evidence import recorded_between
from features.packs.pack import parse_pack
from features.policy.dates import birthdays
from features.policy.eligibility import eligibility
from features.policy.pool import rankable
from features.storage import Snapshot
from features.tables.core import Appointment, Unit
from features.tables.dossier import Education
from features.tables.protected_attributes import held_on
from features.tables.record import Record
from tests.lib.boxed_agency import BOXED
from tests.lib.corrected_agency import BY_HAND, DOSSIER, known_on, taken_in

MADE = date(2006, 3, 1)
BEFORE, FROM = date(2006, 2, 28), date(2006, 3, 1)
S2 = {"education_id": "s2"}
T1 = {"appointment_id": "t1"}
SANCTION = {"person_id": "bob", "level": "light", "sanctioned_on": "2003-05-01"}
MASTER = {
    "education_id": "x", "person_id": "bob", "level": "master", "graduated_on": "2004-07-01",
}  # fmt: skip
BORN = {
    "person_id": "bob", "attribute": "birth_date", "value": "1975-08-09", "from_on": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the agency as its exports have it."""
    folder = tmp_path_factory.mktemp("agency")
    taken_in(folder / "x", folder / "home")
    return folder / "home"


@pytest.fixture
def home(tmp_path: Path, untouched: Path) -> Path:
    """A copy of it, to be corrected."""
    return shutil.copytree(untouched, tmp_path / "home")


def again(home: Path, **changed: str) -> Snapshot:
    return taken_in(home.parent / "x", home, **changed)


def seen(record: Record, table: str, on: date, *columns: str) -> list[tuple]:
    """Rows of everybody as known on a day."""
    spine = record.table("person").select("person_id").mutate(as_of=ibis.literal(on, "date"))
    rows = AsOf(record, spine).known_of_people(table).select(*columns).order_by(*columns)
    frame = rows.to_pyarrow().to_pylist()
    return [tuple(row.values()) for row in frame]


def states(snapshot: Snapshot) -> dict[str, list[int]]:
    return {s: n for s, n in snapshot.manifest["corrections"]["states"].items() if n}


# -- what the record shows, and from when ----------------------------------------------------------


def test_a_corrected_cell_is_seen_from_its_day_on_and_the_old_one_before(home: Path):
    correct(home, "education", S2, "level", "bachelor", BY_HAND)
    record = again(home).record()
    columns = ("education_id", "level")
    assert seen(record, "education", BEFORE, *columns) == [("s1", "bachelor"), ("s2", "diploma")]
    assert seen(record, "education", FROM, *columns) == [("s1", "bachelor"), ("s2", "bachelor")]
    assert (
        record.table("education").filter(ibis._.education_id == "s2").count().to_pyarrow().as_py()
        == 1
    )


def test_a_stated_day_counts_in_place_of_the_day_of_making(home: Path):
    correct(home, "education", S2, "level", "bachelor", known_on(date(2005, 5, 5)))
    record = again(home).record()
    assert seen(record, "education", date(2005, 5, 4), "level") == [("bachelor",), ("diploma",)]
    assert seen(record, "education", date(2005, 5, 5), "level") == [("bachelor",), ("bachelor",)]


@pytest.mark.parametrize(
    ("column", "value", "before", "after"),
    [
        ("start_on", "2001-03-04",
         (date(2001, 1, 1), date(2004, 12, 31)), (date(2001, 3, 4), date(2004, 12, 31))),
        ("end_on", "2004-06-30",
         (date(2001, 1, 1), date(2004, 12, 31)), (date(2001, 1, 1), date(2004, 6, 30))),
        ("end_on", None, (date(2001, 1, 1), date(2004, 12, 31)), (date(2001, 1, 1), None)),
    ],
)  # fmt: skip
def test_a_row_of_two_facts_has_both_in_every_version(home: Path, column, value, before, after):
    correct(home, "appointment", T1, column, value, BY_HAND)
    record = again(home).record()
    columns = ("appointment_id", "start_on", "end_on")
    for on, expected in ((BEFORE, before), (FROM, after)):
        assert seen(record, "appointment", on, *columns)[0] == ("t1", *expected)
    # While the post was held nobody knew of an end, corrected or not.
    open_then = seen(record, "appointment", date(2003, 1, 1), *columns)
    assert open_then[0] == ("t1", date(2001, 1, 1), None)


def test_an_end_that_the_exports_do_not_have_is_known_from_the_correction(home: Path):
    correct(home, "appointment", {"appointment_id": "t2"}, "end_on", "2005-12-31", BY_HAND)
    record = again(home).record()
    ends = [seen(record, "appointment", on, "appointment_id", "end_on")[1] for on in (BEFORE, FROM)]
    assert ends == [("t2", None), ("t2", date(2005, 12, 31))]


def test_a_withdrawn_row_is_gone_from_its_day_on(home: Path):
    withdraw(home, "discipline", SANCTION, BY_HAND)
    record = again(home).record()
    assert seen(record, "discipline", BEFORE, "level") == [("light",)]
    assert seen(record, "discipline", FROM, "level") == []
    assert record.table("discipline").count().to_pyarrow().as_py() == 0


def test_an_added_row_is_there_from_its_day_on(home: Path):
    add(home, "education", MASTER, BY_HAND)
    record = again(home).record()
    assert len(seen(record, "education", BEFORE, "level")) == 2
    assert ("x", "master") in seen(record, "education", FROM, "education_id", "level")


def test_a_row_without_dated_facts_is_replaced_for_every_day(home: Path):
    correct(home, "post", {"post_id": "clerk"}, "title", "Clerk of works", BY_HAND)
    withdraw(home, "post_field", {"post_id": "clerk", "field": "money"}, BY_HAND)
    record = again(home).record()
    for rows in (record.table("post"), record.versions("post").drop("superseded_on", "correction")):
        titles = rows.order_by("post_id").to_pyarrow()["title"].to_pylist()
        assert titles == ["Chief", "Clerk of works"]
    assert record.table("post_field").to_pyarrow()["post_id"].to_pylist() == ["chief"]


def test_a_corrected_birth_date_moves_days_from_the_correction_on(home: Path):
    correct(home, "protected_attribute", BORN, "value", "1976-08-09", BY_HAND)
    record = again(home).record()
    spine = ibis.memtable(
        pd.DataFrame({"nr": [0, 1], "person_id": "bob", "as_of": [BEFORE, FROM]})
    ).cast({"as_of": "date"})
    days = birthdays(record, spine, [50]).order_by("nr").to_pyarrow()["reaches_50_on"].to_pylist()
    assert days == [date(2025, 8, 9), date(2026, 8, 9)]
    on = ibis.memtable(pd.DataFrame({"on": [BEFORE, FROM]})).cast({"on": "date"})
    held = held_on(record, "birth_date", on).filter(ibis._.person_id == "bob").order_by("on")
    assert held.to_pyarrow()["value"].to_pylist() == ["1975-08-09", "1976-08-09"]


def test_eligibility_and_the_pool_see_the_corrected_record(home: Path):
    correct(home, "education", S2, "level", "bachelor", BY_HAND)
    withdraw(home, "appointment", {"appointment_id": "t3"}, BY_HAND)
    withdraw(home, "appointment", {"appointment_id": "t4"}, BY_HAND)
    snapshot = again(home)
    record, pack = snapshot.record(), parse_pack(BOXED, "boxed.yaml")
    pairs = pd.DataFrame(
        {
            "person_id": "bob",
            "post_id": "chief",
            "as_of": pd.to_datetime([BEFORE, FROM]),
            "route": "lateral",
        }
    )
    answers = eligibility(record, pack, pairs).codes
    # Not a bachelor, then one; has held a post for two years, then none is on record.
    assert answers["schooled"].tolist() == [2, 0]
    assert answers["post_before"].tolist()[0] == 0
    assert answers["post_before"].tolist()[1] != 0
    found = rankable(record, snapshot.mapping.pool, [BEFORE, date(2006, 3, 2)])
    assert list(zip(found["on"].dt.date, found["person_id"], strict=True)) == [
        (BEFORE, "ann"), (BEFORE, "bob"), (date(2006, 3, 2), "ann"),
    ]  # fmt: skip


def test_a_correction_does_not_make_the_record_reach_further(home: Path):
    before = recorded_between(again(home).record())
    correct(home, "appointment", T1, "end_on", "2004-06-30", BY_HAND)
    assert recorded_between(again(home).record()) == before


def test_blanked_forgets_corrections_that_were_made_later(home: Path):
    correct(home, "education", S2, "level", "bachelor", known_on(date(2004, 1, 1)))
    correct(home, "education", S2, "level", "master", known_on(date(2006, 1, 1)))
    record = again(home).record()
    blanked = record.blanked(ibis.literal(date(2005, 1, 1))).apart()
    levels = blanked.table("education").order_by("education_id").to_pyarrow()["level"].to_pylist()
    assert levels == ["bachelor", "bachelor"]
    for on in (date(2003, 1, 1), date(2004, 6, 1), date(2005, 1, 1)):
        assert seen(blanked, "education", on, "level") == seen(record, "education", on, "level")
    assert ("diploma",) in seen(blanked, "education", date(2003, 1, 1), "level")


# -- what the exports say by now -------------------------------------------------------------------

AGREES = DOSSIER["schools"].replace("s2,bob,diploma", "s2,bob,bachelor")
DIFFERS = DOSSIER["schools"].replace("s2,bob,diploma", "s2,bob,master")
GONE = "id,person,level,study,on\ns1,ann,bachelor,Ilmu Hukum,1999-07-01"


@pytest.mark.parametrize(
    ("schools", "state", "after"),
    [
        (DOSSIER["schools"], "pending", "bachelor"),
        (AGREES, "reconciled", "bachelor"),
        (DIFFERS, "contradicted", "bachelor"),
        (GONE, "row_missing", None),
    ],
)
def test_a_correction_is_compared_with_what_the_exports_say(home: Path, schools, state, after):
    correct(home, "education", S2, "level", "bachelor", BY_HAND)
    snapshot = again(home, schools=schools)
    assert states(snapshot) == {state: [1]}
    record = snapshot.record()
    own = [level for key, level in seen(record, "education", FROM, "education_id", "level")
           if key == "s2"]  # fmt: skip
    assert own == ([after] if after else [])
    before = dict(seen(record, "education", BEFORE, "education_id", "level"))
    # Whatever the exports say by now, the day before is as it was.
    assert before.get("s2") == ("diploma" if after else None)
    assert "bachelor" not in json.dumps(snapshot.manifest["corrections"])


@pytest.mark.parametrize(
    ("sanctions", "state"),
    [
        (DOSSIER["sanctions"], "pending"),
        ("person,level,on,until", "reconciled"),
        ("person,level,on,until\nbob,light,2003-05-01,2003-12-01", "contradicted"),
    ],
)
def test_a_withdrawn_row_is_compared_with_the_exports(home: Path, sanctions: str, state: str):
    withdraw(home, "discipline", SANCTION, BY_HAND)
    snapshot = again(home, sanctions=sanctions)
    assert states(snapshot) == {state: [1]}
    assert snapshot.record().table("discipline").count().to_pyarrow().as_py() == 0


@pytest.mark.parametrize(
    ("line", "state", "level"),
    [
        ("x,bob,master,,2004-07-01", "reconciled", "master"),
        ("x,bob,doctorate,,2004-07-01", "contradicted", "master"),
    ],
)
def test_an_added_row_is_compared_with_the_exports(home: Path, line: str, state: str, level: str):
    add(home, "education", MASTER, BY_HAND)
    lines = "\n".join(one.strip() for one in DOSSIER["schools"].strip().splitlines())
    snapshot = again(home, schools=f"{lines}\n{line}")
    assert states(snapshot) == {state: [1]}
    assert ("x", level) in seen(snapshot.record(), "education", FROM, "education_id", "level")


@pytest.mark.parametrize(
    ("born", "state"),
    [("1975-08-09", "pending"), ("1976-08-09", "reconciled"), ("1977-08-09", "contradicted")],
)
def test_a_renamed_row_is_found_again(home: Path, born: str, state: str):
    correct(home, "protected_attribute", BORN, "value", "1976-08-09", BY_HAND)
    births = DOSSIER["births"].replace("bob,1975-08-09", f"bob,{born}")
    snapshot = again(home, births=births)
    assert states(snapshot) == {state: [1]}
    on = ibis.memtable(pd.DataFrame({"on": [BEFORE, FROM]})).cast({"on": "date"})
    held = held_on(snapshot.record(), "birth_date", on).filter(ibis._.person_id == "bob")
    assert held.order_by("on").to_pyarrow()["value"].to_pylist() == ["1975-08-09", "1976-08-09"]


def test_of_two_corrections_of_a_cell_the_later_counts(home: Path):
    correct(home, "education", S2, "level", "bachelor", known_on(date(2004, 1, 1)))
    again(home)
    correct(home, "education", S2, "level", "master", known_on(date(2006, 1, 1)))
    snapshot = again(home)
    assert states(snapshot) == {"pending": [2], "replaced": [1]}
    record = snapshot.record()
    own = {on: dict(seen(record, "education", on, "education_id", "level"))["s2"]
           for on in (date(2003, 1, 1), date(2005, 1, 1), date(2007, 1, 1))}  # fmt: skip
    assert list(own.values()) == ["diploma", "bachelor", "master"]


def test_corrections_of_a_renamed_row_can_follow_each_other(home: Path):
    correct(home, "protected_attribute", BORN, "value", "1976-08-09", BY_HAND)
    again(home)
    renamed = {**BORN, "value": "1976-08-09"}
    correct(home, "protected_attribute", renamed, "value", "1977-08-09", BY_HAND)
    snapshot = again(home)
    assert states(snapshot) == {"pending": [2], "replaced": [1]}
    on = ibis.memtable(pd.DataFrame({"on": [BEFORE, FROM]})).cast({"on": "date"})
    held = held_on(snapshot.record(), "birth_date", on).filter(ibis._.person_id == "bob")
    assert held.order_by("on").to_pyarrow()["value"].to_pylist() == ["1975-08-09", "1977-08-09"]


def test_a_contradiction_that_was_answered_is_pending(home: Path):
    correct(home, "education", S2, "level", "bachelor", BY_HAND)
    again(home, schools=DIFFERS)
    correct(home, "education", S2, "level", "doctorate", BY_HAND)
    snapshot = again(home, schools=DIFFERS)
    assert states(snapshot) == {"pending": [2], "replaced": [1]}


# -- undoing ---------------------------------------------------------------------------------------


def test_undoing_gives_the_bytes_of_the_snapshot_without_it(home: Path):
    before = again(home)
    correct(home, "education", S2, "level", "bachelor", BY_HAND)
    kept = again(home)
    correct(home, "appointment", T1, "end_on", "2004-06-30", BY_HAND)
    assert again(home).digest not in (before.digest, kept.digest)
    undo(home, 2, by="Careers", why="No", at=BY_HAND.at)
    assert again(home).digest == kept.digest
    undo(home, 1, by="Careers", why="No", at=BY_HAND.at)
    assert again(home).digest == before.digest
    assert "corrections" not in before.manifest
    assert [e.content["action"] for e in journal(home).entries()] == ["correct"] * 2 + ["undo"] * 2
    with pytest.raises(CorrectionError, match="is not in force"):
        undo(home, 1, by="Careers", why="No", at=BY_HAND.at)


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "key", "column", "value", "found"),
    [
        ("educatoin", S2, "level", "master", "no such table"),
        ("education", S2, "grade", "master", "no column 'grade'"),
        ("education", {"education_id": "s9"}, "level", "master", "no such row"),
        ("education", S2, "level", "wizard", "is none of"),
        ("education", S2, "level", "diploma", "this value already"),
        ("education", S2, "level", None, "a value is required"),
        ("education", S2, "graduated_on", "1.1.2000", "a date is YYYY-MM-DD"),
        ("education", S2, "recorded_on", "2000-01-01", "no correction changes"),
        ("education", S2, "person_id", "eve", "is not in person.person_id"),
        ("education", S2, "education_id", "s3", "names the row"),
        ("education", S2, "school", "Harvard", ""),
        ("appointment", T1, "end_on", "2000-12-31", "is before start_on"),
        ("appointment", T1, "end_reason", "moved", "does not fill end_reason"),
        ("membership", {"membership_id": "m"}, "body", "Senate", "no such row"),
        ("award", {"person_id": "bob", "kind": "x", "awarded_on": "2000-01-01"}, "kind", "y",
         "does not fill the table"),
        ("post_class", {"post_class": "low"}, "title_en", "Lower", "no such table"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_before_it_is_kept(home, table, key, column, value, found):
    if not found:
        correct(home, table, key, column, value, BY_HAND)
        assert again(home).manifest["corrections"]["states"]["pending"] == [1]
        return
    with pytest.raises(CorrectionError) as caught:
        correct(home, table, key, column, value, BY_HAND)
    assert found in str(caught.value)
    assert "1975" not in str(caught.value)
    assert journal(home).entries() == ()


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({**MASTER, "education_id": "s1"}, "such a row already"),
        ({**MASTER, "level": None}, "a value is required"),
        ({**MASTER, "person_id": "eve"}, "is not in person"),
        ({**MASTER, "graduated_on": "July"}, "a date is YYYY-MM-DD"),
    ],
)
def test_what_cannot_be_is_not_added(home: Path, cells, found):
    with pytest.raises(CorrectionError, match=found):
        add(home, "education", cells, BY_HAND)


def test_people_are_not_added_by_hand(home: Path):
    with pytest.raises(CorrectionError, match="come from the exports"):
        add(home, "person", {"person_id": "eve"}, BY_HAND)


def test_days_and_evidence_are_checked(home: Path):
    later = replace(BY_HAND, known_on=date(2006, 3, 2))
    with pytest.raises(CorrectionError, match="lies after 2006-03-01"):
        correct(home, "education", S2, "level", "master", later)
    with pytest.raises(CorrectionError, match="evidence: is empty"):
        correct(home, "education", S2, "level", "master", replace(BY_HAND, evidence=" "))
    correct(home, "education", S2, "level", "master", known_on(date(2005, 1, 1)))
    with pytest.raises(CorrectionError, match="lies before 2005-01-01"):
        correct(home, "education", S2, "level", "bachelor", known_on(date(2004, 1, 1)))


def test_a_renamed_row_may_not_take_the_key_of_another(home: Path):
    births = DOSSIER["births"] + "    bob,1976-08-09\n"
    again(home, births=births)
    with pytest.raises(CorrectionError, match="another row has this key"):
        correct(home, "protected_attribute", BORN, "value", "1976-08-09", BY_HAND)


def test_a_row_that_was_withdrawn_cannot_be_corrected(home: Path):
    withdraw(home, "discipline", SANCTION, BY_HAND)
    with pytest.raises(CorrectionError, match="no such row"):
        correct(home, "discipline", SANCTION, "until_on", "2003-12-01", BY_HAND)


def test_what_the_exports_make_impossible_later_is_refused_with_a_reason(home: Path):
    correct(home, "appointment", T1, "post_id", "chief", BY_HAND)
    correct(home, "appointment", T1, "end_on", "2002-12-31", BY_HAND)
    withdraw(home, "discipline", SANCTION, BY_HAND)
    terms = DOSSIER["terms"].replace("t1,ann,clerk,D,2001-01-01", "t1,ann,clerk,D,2003-01-01")
    snapshot = again(home, terms=terms)
    assert states(snapshot) == {"pending": [1, 3], "refused": [2]}
    assert snapshot.manifest["corrections"]["refused"] == {"2": "end_on: is before start_on"}
    (row,) = [r for r in snapshot.record().table("appointment").to_pyarrow().to_pylist()
              if r["appointment_id"] == "t1"]  # fmt: skip
    assert (row["post_id"], row["end_on"]) == ("chief", date(2004, 12, 31))


def test_a_row_that_others_refer_to_stays(home: Path):
    withdraw(home, "post", {"post_id": "clerk"}, BY_HAND)
    snapshot = again(home)
    assert snapshot.manifest["corrections"]["refused"] == {"1": "other rows refer to it"}
    assert snapshot.record().table("post").count().to_pyarrow().as_py() == 2


def test_an_added_row_whose_key_a_corrected_one_takes_is_refused(home: Path):
    add(home, "discipline", {**SANCTION, "sanctioned_on": "2004-01-01"}, BY_HAND)
    sanctions = DOSSIER["sanctions"] + "        bob,light,2004-02-02,\n"
    again(home, sanctions=sanctions)
    moved = {**SANCTION, "sanctioned_on": "2004-02-02"}
    correct(home, "discipline", moved, "sanctioned_on", "2004-03-03", BY_HAND)
    snapshot = again(home, sanctions=sanctions + "        bob,light,2004-03-03,\n")
    assert states(snapshot) == {"pending": [1], "refused": [2]}
    assert "repeats the key" in snapshot.manifest["corrections"]["refused"]["2"]


# -- versions of a row, by hand --------------------------------------------------------------------


def one(
    number: int, column: str, value: str | None, was: str | None, day: str, **values: str
) -> Correction:
    return Correction(
        number, "correct", "appointment", ("t",), column, value, was,
        date.fromisoformat(day), "e", "", "b", "w", {column: was, **values},
    )  # fmt: skip


ROW = {
    **dict.fromkeys(Appointment.columns),
    "appointment_id": "t",
    "start_on": date(2001, 1, 1),
    "start_recorded_on": date(2001, 1, 1),
    "end_on": date(2005, 5, 5),
    "end_recorded_on": date(2005, 5, 5),
    "end_reason": "died",
}


def told(versions: list[RowVersion]) -> list[tuple]:
    names = ("start_recorded_on", "end_on", "end_recorded_on", "end_reason")
    return [
        (*(str(v.row[n]) if v.row[n] else None for n in names), v.correction,
         str(v.superseded_on) if v.superseded_on else None)
        for v in versions
    ]  # fmt: skip


def test_what_the_exports_tell_later_than_the_correction_is_seen_later():
    # The end was corrected in 2003; why it came, the exports know from 2005 on.
    found = versions_of(Appointment, ROW, [one(1, "end_on", "2003-03-03", None, "2003-06-01")])
    assert told(found) == [
        ("2001-01-01", None, None, None, None, "2003-06-01"),
        ("2003-06-01", "2003-03-03", "2003-06-01", None, 1, "2005-05-05"),
        ("2005-05-05", "2003-03-03", "2005-05-05", "died", 1, None),
    ]


def test_what_the_exports_told_before_the_correction_stays_with_it():
    correction = one(1, "end_on", "2005-04-04", "2005-05-05", "2006-01-01")
    assert told(versions_of(Appointment, ROW, [correction])) == [
        ("2001-01-01", "2005-05-05", "2005-05-05", "died", None, "2006-01-01"),
        ("2006-01-01", "2005-04-04", "2006-01-01", "died", 1, None),
    ]


def test_a_third_thing_that_the_exports_say_does_not_reach_back():
    was = {"end_recorded_on": "2004-04-04", "end_reason": "moved"}
    correction = one(1, "end_on", "2004-03-03", "2004-04-04", "2004-06-01", **was)
    assert told(versions_of(Appointment, ROW, [correction])) == [
        ("2001-01-01", "2004-04-04", "2004-04-04", "moved", None, "2004-06-01"),
        ("2004-06-01", "2004-03-03", "2004-06-01", None, 1, "2005-05-05"),
        ("2005-05-05", "2004-03-03", "2005-05-05", "died", 1, None),
    ]


def test_both_cells_of_a_fact_can_be_corrected():
    found = versions_of(
        Appointment,
        ROW,
        [
            one(1, "end_on", "2003-03-03", None, "2003-06-01"),
            one(2, "end_reason", "moved", None, "2004-01-01"),
        ],
    )
    assert told(found) == [
        ("2001-01-01", None, None, None, None, "2003-06-01"),
        ("2003-06-01", "2003-03-03", "2003-06-01", None, 1, "2004-01-01"),
        ("2004-01-01", "2003-03-03", "2004-01-01", "moved", 2, "2005-05-05"),
        ("2005-05-05", "2003-03-03", "2005-05-05", "moved", 2, None),
    ]


def test_a_correction_of_a_row_that_is_recorded_later_is_not_seen_before_it():
    late = {**ROW, "start_recorded_on": date(2004, 1, 1)}
    found = versions_of(Appointment, late, [one(1, "kind", "acting", None, "2002-01-01")])
    assert [(v.row["start_recorded_on"], v.superseded_on) for v in found] == [
        (date(2004, 1, 1), None)
    ]


def test_a_table_whose_rows_have_no_day_has_one_version():
    unit = {**dict.fromkeys(Unit.columns), "unit_id": "u", "closed_on": date(2001, 1, 1),
            "closed_recorded_on": date(2001, 1, 1)}  # fmt: skip
    closing = replace(one(1, "closed_on", "2002-02-02", "2001-01-01", "2003-03-03"), table="unit")
    (found,) = versions_of(Unit, unit, [closing])
    assert found.superseded_on is None
    assert found.row["closed_on"] == date(2002, 2, 2)
    assert found.row["closed_recorded_on"] == date(2003, 3, 3)


def test_keys_and_rows_are_read_in_three_ways():
    assert parsed_key("education", " s1 ") == {"education_id": "s1"}
    assert parsed_key("education", '{"education_id": "s1"}') == {"education_id": "s1"}
    assert parsed_key("unit_result", '{"unit_id": "u", "year": 2024}') == {
        "unit_id": "u", "year": "2024",
    }  # fmt: skip
    assert parsed_row("education", "education_id=x, level = master") == {
        "education_id": "x", "level": "master",
    }  # fmt: skip
    for wrong in ("x", "education_id=s1,level=x", '{"level": "x"}'):
        if wrong != "x":
            with pytest.raises(CorrectionError, match="key of education"):
                parsed_key("education", wrong)
    with pytest.raises(CorrectionError, match="cannot be read"):
        parsed_key("post_field", "clerk")


def test_a_correction_of_what_no_table_holds_is_refused(tmp_path: Path):
    home = tmp_path / "home"
    taken_in(tmp_path / "x", home)
    foreign = replace(one(7, "kind", "acting", None, "2003-06-01"), table="ghost")
    rows = {"education": ibis.memtable(Education.ibis_schema().to_pyarrow().empty_table())}
    overlay = lay_over(rows["education"].get_backend(), rows, {}, [foreign])
    assert overlay.report()["refused"] == {"7": "there is no such table"}
    assert overlay.tables == {}


def test_in_force_is_what_was_not_undone(home: Path):
    correct(home, "education", S2, "level", "bachelor", BY_HAND)
    correct(home, "education", S2, "level", "master", BY_HAND)
    undo(home, 1, by="b", why="w", at=datetime(2006, 4, 1, tzinfo=UTC))
    (left,) = in_force(journal(home).entries())
    assert (left.number, left.value, left.was, left.known_on) == (2, "master", "diploma", MADE)
    assert (left.by, left.why, left.evidence) == (BY_HAND.by, BY_HAND.why, BY_HAND.evidence)


def test_a_signature_without_a_day_is_known_from_the_day_of_making():
    assert Signature("b", "w", "e", datetime(2006, 3, 1, tzinfo=UTC)).day == MADE
