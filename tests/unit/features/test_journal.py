"""A journal loses no entry, and what was changed in it is told by number."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.errors import JournalError
from features.journal import Journal

AT = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def written(home: Path, *values: str) -> Journal:
    journal = Journal(home, "folder", "name")
    for value in values:
        add(journal, value)
    return journal


def add(journal: Journal, value: str) -> None:
    journal.append(at=AT, by="ann", why="so", decide=lambda _before: {"value": value})


def test_entries_come_back_in_order(tmp_path: Path):
    entries = written(tmp_path, "a", "ü").entries()
    assert [(e.number, e.at, e.by, e.why, e.content) for e in entries] == [
        (1, "2024-05-06T07:08:09Z", "ann", "so", {"value": "a"}),
        (2, "2024-05-06T07:08:09Z", "ann", "so", {"value": "ü"}),
    ]


def test_a_journal_that_nobody_wrote_is_empty_and_is_not_made_by_reading(tmp_path: Path):
    assert Journal(tmp_path, "folder", "name").entries() == ()
    assert list(tmp_path.iterdir()) == []


def test_only_its_owner_can_read_it(tmp_path: Path):
    assert written(tmp_path, "a").path.stat().st_mode & 0o077 == 0


def test_what_is_written_can_depend_on_what_was(tmp_path: Path):
    journal = written(tmp_path, "a", "b")
    seen = []

    def refuse(before):
        seen.extend(e.content["value"] for e in before)
        raise JournalError("no")

    with pytest.raises(JournalError, match="no"):
        journal.append(at=AT, by="ann", why="so", decide=refuse)
    assert seen == ["a", "b"]
    assert len(journal.entries()) == 2


@pytest.mark.parametrize(("by", "why"), [("", "so"), ("ann", "  ")])
def test_nobody_decides_without_a_name_and_a_reason(tmp_path: Path, by: str, why: str):
    with pytest.raises(JournalError, match="is empty"):
        Journal(tmp_path, "f", "n").append(at=AT, by=by, why=why, decide=lambda _b: {})


def test_of_many_who_write_at_once_all_are_heard(tmp_path: Path):
    values = [str(n) for n in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda value: written(tmp_path, value), values))
    entries = Journal(tmp_path, "folder", "name").entries()
    assert sorted(e.content["value"] for e in entries) == sorted(values)
    assert [e.number for e in entries] == list(range(1, 25))


def lines_of(journal: Journal) -> list[str]:
    return journal.path.read_text(encoding="utf-8").splitlines()


def rewrite(journal: Journal, lines: list[str]) -> None:
    journal.path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_changed_entry_is_told(tmp_path: Path, place: int):
    journal = written(tmp_path, "a", "b", "c")
    lines = lines_of(journal)
    lines[place] = lines[place].replace('"ann"', '"eve"')
    rewrite(journal, lines)
    with pytest.raises(JournalError, match=f"entry {place + 1} was changed"):
        journal.entries()
    with pytest.raises(JournalError, match=f"entry {place + 1} was changed"):
        add(journal, "d")


def test_an_entry_that_was_taken_out_or_changed_places_is_told(tmp_path: Path):
    journal = written(tmp_path, "a", "b", "c")
    a, b, c = lines_of(journal)
    for lines in ([b, c], [a, c], [b, a, c]):
        rewrite(journal, lines)
        with pytest.raises(JournalError, match="was changed, or one before it is missing"):
            journal.entries()


def test_entries_cut_off_at_the_end_are_told(tmp_path: Path):
    journal = written(tmp_path, "a", "b", "c")
    rewrite(journal, lines_of(journal)[:2])
    with pytest.raises(JournalError, match="ends before entry 3"):
        journal.entries()


def test_a_last_entry_written_anew_is_told(tmp_path: Path):
    journal = written(tmp_path / "one", "a", "b")
    other = written(tmp_path / "other", "a", "x")
    rewrite(journal, lines_of(other))
    with pytest.raises(JournalError, match="entry 2 was changed"):
        journal.entries()


def test_a_name_that_was_changed_or_taken_away_is_told(tmp_path: Path):
    journal = written(tmp_path, "a", "b")
    newest = journal.path.with_suffix(".newest")
    newest.write_text("2 nonsense\n")
    with pytest.raises(JournalError, match="newest: was changed"):
        journal.entries()
    newest.unlink()
    with pytest.raises(JournalError, match="newest: is missing"):
        journal.entries()


def test_an_entry_whose_writer_died_before_naming_it_counts(tmp_path: Path):
    journal = written(tmp_path, "a", "b")
    newest = journal.path.with_suffix(".newest")
    named = newest.read_bytes()
    add(journal, "c")
    newest.write_bytes(named)
    assert [e.content["value"] for e in journal.entries()] == ["a", "b", "c"]
    add(journal, "d")
    assert newest.read_text().startswith("4 ")


@pytest.mark.parametrize("text", [b"\xff\n", b"[]\n", b"{}\n", b"not json\n", b'{"number": 1}\n'])
def test_what_is_no_journal_is_told(tmp_path: Path, text: bytes):
    journal = written(tmp_path, "a")
    journal.path.write_bytes(text)
    with pytest.raises(JournalError, match="was changed"):
        journal.entries()


def test_each_line_is_one_json_object(tmp_path: Path):
    journal = written(tmp_path, "a\nb\u2028c")
    (line,) = journal.path.read_bytes().decode().split("\n")[:-1]
    assert json.loads(line)["value"] == "a\nb\u2028c"
    assert journal.entries()[0].content == {"value": "a\nb\u2028c"}
