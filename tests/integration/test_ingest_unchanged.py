"""An unchanged file is not read twice, and nothing in a snapshot tells which files were."""

import stat
from pathlib import Path

import pytest

from features.agencies import unchanged
from features.errors import IntakeError
from features.identity.store import open_identities
from features.intake import ingest
from features.storage import Snapshot
from tests.lib.small_agency import FILES, changed_mapping, write_small
from tests.lib.workbook import write_workbook

DIRTY = FILES["terms"] + "\nt9,bob\nt8,bob,clerk,D,2006-01-01,\n"
IDENTITY = "identity: {attributes: []}\n"
DIRTY_PEOPLE = b"id\nann\nb\0ob,x\nbob\nc\0al\n"


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def take_in(tmp_path: Path, told: list[str]):
    """Ingest the exports into a home; what is told on the way is kept."""

    def _take_in(mapping: Path, home: str = "home") -> Snapshot:
        told.clear()
        return ingest(mapping, mapping.parent, tmp_path / home, lambda what, *_: told.append(what))

    return _take_in


def files_told(told: list[str]) -> dict[str, bool]:
    """Files by whether they were taken as unchanged."""
    lines = [what.removeprefix("file ") for what in told if what.startswith("file ")]
    return {line.split(",")[0]: line.endswith(", unchanged") for line in lines}


def bytes_of(snapshot: Snapshot) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in snapshot.folder.iterdir()}


def entries(home: Path) -> list[Path]:
    return sorted((home / "sources").iterdir())


def test_a_second_ingest_reads_no_file_and_gives_the_same_bytes(tmp_path, take_in, told):
    mapping = write_small(tmp_path / "exports", terms=DIRTY, people=DIRTY_PEOPLE)
    first = take_in(mapping)
    assert set(files_told(told).values()) == {False}
    fresh = bytes_of(first)
    again = take_in(mapping)
    assert set(files_told(told).values()) == {True}
    assert (again.digest, bytes_of(again)) == (first.digest, fresh)
    assert first.manifest["sources"]["people"]["malformed"] == 2
    elsewhere = take_in(mapping, "another home")
    assert bytes_of(elsewhere) == fresh


def test_every_kind_of_file_comes_back_as_it_was(tmp_path, take_in, told):
    kinds = changed_mapping("{file: people.csv}", "{file: people.xlsx}").replace(
        "units: {file: units.csv}", "units: {file: 'units/*.json', records: data}"
    )
    mapping = write_small(tmp_path / "exports", mapping=kinds, people=None, units=None)
    write_workbook(
        tmp_path / "exports" / "people.xlsx", {"A": [["id"], ["ann"], [None, 1], ["bob"]]}
    )
    (tmp_path / "exports" / "units").mkdir()
    unit = '{"data": [{"id": "u1", "name": "Harbour Office", "short": "HO"}, 5]}'
    (tmp_path / "exports" / "units" / "1.json").write_text(unit)
    fresh = bytes_of(take_in(mapping))
    assert bytes_of(take_in(mapping)) == fresh
    assert files_told(told)["units/*.json"]
    assert files_told(told)["people.xlsx"]


def test_only_what_changed_is_read(tmp_path, take_in, told):
    take_in(write_small(tmp_path / "exports"))
    mapping = write_small(tmp_path / "exports", terms=DIRTY)
    changed = take_in(mapping)
    assert files_told(told) == {
        "people.csv": True, "units.csv": True, "posts.csv": True, "terms.csv": False,
    }  # fmt: skip
    assert bytes_of(changed) == bytes_of(take_in(mapping, "another home"))


@pytest.mark.parametrize(
    "says", ["missing_values: [chief]", "encoding: latin-1", "missing_values: ['', 'D']"]
)
def test_another_declaration_reads_the_file_again(tmp_path, take_in, told, says):
    take_in(write_small(tmp_path / "exports"))
    mapping = changed_mapping("{file: posts.csv}", f"{{file: posts.csv, {says}}}")
    take_in(write_small(tmp_path / "exports", mapping=mapping))
    assert [file for file, was_kept in files_told(told).items() if not was_kept] == ["posts.csv"]


def test_another_version_of_the_readers_reads_every_file_again(
    tmp_path, take_in, told, monkeypatch
):
    mapping = write_small(tmp_path / "exports")
    take_in(mapping)
    monkeypatch.setattr(unchanged, "READING_VERSION", unchanged.READING_VERSION + 1)
    take_in(mapping)
    assert set(files_told(told).values()) == {False}


@pytest.mark.parametrize("part", ["rows.parquet", "malformed.parquet", "entry.json"])
@pytest.mark.parametrize("damage", ["changed", "cut off", "gone"])
def test_a_damaged_entry_is_noticed_and_the_file_read_again(tmp_path, take_in, told, part, damage):
    mapping = write_small(tmp_path / "exports", terms=DIRTY)
    fresh = bytes_of(take_in(mapping))
    for entry in entries(tmp_path / "home"):
        path = entry / part
        content = path.read_bytes()
        if damage == "gone":
            path.unlink()
        else:
            half = len(content) // 2
            path.write_bytes(content[:half] + (b"x" + content[half + 1 :]) * (damage == "changed"))
    assert bytes_of(take_in(mapping)) == fresh
    assert set(files_told(told).values()) == {False}
    take_in(mapping)
    assert set(files_told(told).values()) == {True}


def test_only_what_the_last_ingest_used_is_kept(tmp_path, take_in):
    take_in(write_small(tmp_path / "exports"))
    before = entries(tmp_path / "home")
    take_in(write_small(tmp_path / "exports", terms=DIRTY))
    after = entries(tmp_path / "home")
    assert len(before) == len(after) == 4
    assert len(set(before) & set(after)) == 3


def test_the_same_file_for_two_sources_is_kept_once(tmp_path, take_in):
    mapping = changed_mapping("  units: {file", "  again: {file: people.csv}\n  units: {file")
    assert (
        take_in(write_small(tmp_path / "exports", mapping=mapping)).manifest["sources"]["again"][
            "read"
        ]
        == 2
    )
    assert len(entries(tmp_path / "home")) == 4


def test_nobody_else_can_look_at_raw_rows(tmp_path, take_in):
    take_in(write_small(tmp_path / "exports"))
    sources = tmp_path / "home" / "sources"
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (sources, *sources.rglob("*"))}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_a_file_that_is_refused_leaves_nothing(tmp_path, take_in):
    mapping = write_small(tmp_path / "exports", people=b"id,id\n1,2\n")
    with pytest.raises(IntakeError, match="cannot name columns"):
        take_in(mapping)
    assert entries(tmp_path / "home") == []


def test_rows_of_people_known_by_issued_ids_are_sealed(tmp_path, told):
    mapping = write_small(
        tmp_path / "exports", mapping=changed_mapping("sources:\n", f"{IDENTITY}sources:\n")
    )
    home, keys = tmp_path / "home", tmp_path / "keys"

    def take_in() -> Snapshot:
        told.clear()
        return ingest(mapping, mapping.parent, home, lambda what, *_: told.append(what), keys=keys)

    first = take_in()
    fresh = bytes_of(first)
    kept = [path for entry in entries(home) for path in entry.glob("*.parquet")]
    assert len(kept) == 8
    assert not any(b"PAR1" in path.read_bytes() for path in kept)
    assert bytes_of(take_in()) == fresh
    assert set(files_told(told).values()) == {True}
    # With another key nothing is opened, and every file is read.
    with open_identities(home, keys) as identities:
        identities.rotate("a test")
    assert bytes_of(take_in()) == fresh
    assert set(files_told(told).values()) == {False}
    assert len(entries(home)) == 4
