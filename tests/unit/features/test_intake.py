"""An ingest gives a snapshot, or leaves the last good one in force and says why."""

from pathlib import Path

import duckdb
import pytest

from features.errors import IntakeError, MappingError, SuksesiError
from features.intake import ingest
from features.storage import current_snapshot
from tests.lib.agencies import write_harbour
from tests.lib.small_agency import FILES, MAPPING, changed_mapping, write_small

TERMS = FILES["terms"].rstrip()
STRICT = changed_mapping("refuse_above: 0.6", "refuse_above: 0.2")


def test_ingest_gives_the_snapshot_in_force(tmp_path: Path):
    made = ingest(write_small(tmp_path), tmp_path, tmp_path / "home")
    assert current_snapshot(tmp_path / "home").digest == made.digest
    assert made.record().table("appointment").count().to_pyarrow().as_py() == 3
    assert made.manifest["agency"] == "small"
    assert made.manifest["mapping"] == made.mapping.digest
    assert made.manifest["sources"]["terms"]["read"] == 3
    counts = {"read": 3, "accepted": 3, "rejected": 0, "withheld": 0}
    assert made.manifest["tables"]["appointment"] == counts
    assert made.manifest["rejections"] == []


def test_ingest_twice_gives_the_same_bytes(tmp_path: Path):
    path = write_small(tmp_path, terms=TERMS + "\nt9,eve,clerk,D,2001-01-01,")
    one = ingest(path, tmp_path, tmp_path / "one")
    other = ingest(path, tmp_path, tmp_path / "other")
    assert one.digest == other.digest
    for file in one.folder.iterdir():
        assert file.read_bytes() == (other.folder / file.name).read_bytes()


def test_rows_are_stored_in_the_order_of_their_key(tmp_path: Path):
    terms = "\n".join([TERMS.splitlines()[1], *reversed(TERMS.splitlines()[2:])])
    made = ingest(write_small(tmp_path, terms=terms), tmp_path, tmp_path / "home")
    path = made.folder / "appointment.parquet"
    ids = duckdb.execute(f"SELECT appointment_id, sequence FROM '{path}'").fetchall()
    assert ids == [("t1", 3), ("t2", 2), ("t3", 1)]


def test_raw_values_are_in_the_quarantine_and_nowhere_else(tmp_path: Path):
    terms = TERMS + "\nt9,evelyn,clerk,D,2001-01-01,"
    made = ingest(write_small(tmp_path, terms=terms), tmp_path, tmp_path / "home")
    rejected = duckdb.execute(f"SELECT * FROM '{made.folder / 'quarantine.parquet'}'").fetchall()
    assert [row[:5] for row in rejected] == [
        ("appointment", "person_id", "terms", 4, "is not in person.person_id")
    ]
    assert "evelyn" in rejected[0][5]
    assert "evelyn" not in (made.folder / "manifest.json").read_text()
    assert made.manifest["rejections"][0]["rows"] == 1


@pytest.mark.parametrize(
    ("mapping", "changed", "found"),
    [
        (MAPPING, {"terms": None}, "'terms.csv' is missing"),
        (MAPPING, {"terms": b"id,person\n"}, "unknown column of terms"),
        (MAPPING + "oops: 1\n", {}, "unknown key 'oops'"),
        (STRICT, {"terms": TERMS + "\nt9,evelyn,clerk,D,2001-01-01,"},
         "1 of 4 rows were rejected, most often (1) person_id: is not in person.person_id"),
        (STRICT, {"terms": TERMS + "\nt9,evelyn"}, "1 of 4 rows were rejected, most often (1) has"),
        (MAPPING, {"terms": "id,person,post,kind,begun,ended"}, "no row was accepted"),
    ],
)  # fmt: skip
def test_a_refused_ingest_leaves_the_last_snapshot_in_force(tmp_path, mapping, changed, found):
    home = tmp_path / "home"
    good = ingest(write_small(tmp_path / "good"), tmp_path / "good", home)
    path = write_small(tmp_path / "bad", mapping=mapping, **changed)
    with pytest.raises(SuksesiError) as caught:
        ingest(path, tmp_path / "bad", home)
    assert found in str(caught.value)
    assert "evelyn" not in str(caught.value)
    assert current_snapshot(home).digest == good.digest
    assert {p.name for p in (home / "snapshots").iterdir()} == {good.digest, "current"}


def test_the_rejected_rows_of_a_refused_ingest_can_be_looked_at(tmp_path: Path):
    path = write_small(tmp_path, mapping=STRICT, terms=TERMS + "\nt9,evelyn,clerk,D,2001-01-01,")
    with pytest.raises(IntakeError, match="refused/quarantine.parquet"):
        ingest(path, tmp_path, tmp_path / "home")
    kept = tmp_path / "home" / "refused" / "quarantine.parquet"
    assert duckdb.execute(f"SELECT row, reason FROM '{kept}'").fetchall() == [
        (4, "is not in person.person_id")
    ]


def test_exactly_the_allowed_share_of_rejected_rows_is_accepted(tmp_path: Path):
    mapping = changed_mapping("refuse_above: 0.6", "refuse_above: 0.25")
    terms = TERMS + "\nt9,evelyn,clerk,D,2001-01-01,"
    made = ingest(write_small(tmp_path, mapping=mapping, terms=terms), tmp_path, tmp_path / "home")
    assert made.manifest["tables"]["appointment"]["rejected"] == 1


def test_a_pool_of_members_of_an_unheard_body_is_refused(tmp_path: Path):
    membership = (
        "  membership:\n    from: people\n"
        "    columns: {membership_id: id, person_id: id, body: seat, start_on: since}\nladder:"
    )
    mapping = MAPPING.replace("ladder:", membership) + "pool: {member_of: [Council, Counsil]}\n"
    people = "id,seat,since\nann,Council,2001-01-01\nbob,Board,2001-01-01"
    path = write_small(tmp_path, mapping=mapping, people=people)
    with pytest.raises(MappingError, match="unknown body 'Counsil'.*perhaps 'Council' was meant"):
        ingest(path, tmp_path, tmp_path / "home")


def test_a_gate_on_an_attribute_of_which_nothing_is_known_is_refused(tmp_path: Path):
    protected = (
        "  protected_attribute:\n    from: people\n"
        "    columns: {person_id: id, attribute: {constant: sex}, value: sex}\nladder:"
    )
    rule = (
        "gate:\n- {rule: shares_attribute_with_holder, id: creed, attribute: religion, "
        "holder_of: [high], sentence: {id: Sama., en: Same.}, citation: None.}\n"
    )
    mapping = MAPPING.replace("ladder:", protected) + rule
    path = write_small(tmp_path, mapping=mapping, people="id,sex\nann,f\nbob,m")
    with pytest.raises(MappingError, match=r"line \d+: unknown attribute of anybody 'religion'"):
        ingest(path, tmp_path, tmp_path / "home")


def test_an_agency_that_nobody_wrote_code_for_is_ingested(tmp_path: Path):
    made = ingest(write_harbour(tmp_path, n_people=20, seed=3), tmp_path, tmp_path / "home")
    assert made.manifest["rejections"] == []
    assert made.manifest["tables"]["appointment"]["accepted"] > 100
    units = made.record().table("unit").order_by("opened_on").to_pyarrow()
    assert str(units["opened_on"][0]) == "1950-01-01"
    assert str(units["opened_recorded_on"][0]) == "1950-12-31"


def test_the_invented_agency_follows_from_its_seed(tmp_path: Path):
    one, same, other = (
        ingest(
            write_harbour(tmp_path / name, n_people=20, seed=seed), tmp_path / name, tmp_path / "h"
        )
        for name, seed in (("a", 3), ("b", 3), ("c", 4))
    )
    assert one.digest == same.digest
    assert one.digest != other.digest
