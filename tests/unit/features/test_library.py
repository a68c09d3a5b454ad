"""The library tells which pack is in force, and refuses two at a time."""

from datetime import date
from pathlib import Path

import pytest

from features.errors import PackError
from features.packs.library import Library
from tests.lib.small_agency import line_of
from tests.lib.small_pack import changed_pack


def version(number: int, first: str, last: str | None, pack: str = "small") -> str:
    until = f", until: {last}" if last else ""
    return changed_pack(
        ("pack: small", f"pack: {pack}"),
        ("version: 1", f"version: {number}"),
        ("{from: 2020-01-01, until: 2029-12-31}", f"{{from: {first}{until}}}"),
    )


def library(home: Path, **files: str) -> Library:
    folder = home / "packs"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return Library(home)


def test_packs_of_the_agency_stand_beside_those_that_come_with_it(tmp_path: Path):
    shipped = {pack.name for pack in Library().packs}
    found = {p.name for p in library(tmp_path, own=version(1, "2020-01-01", None)).packs}
    assert found == {*shipped, "small@1"}
    assert {pack.name for pack in Library(tmp_path / "nowhere").packs} == shipped


def test_a_pack_is_found_by_name_and_version(tmp_path: Path):
    packs = library(
        tmp_path,
        b=version(1, "2020-01-01", "2021-12-31"),
        a=version(2, "2022-01-01", None),
    )
    assert packs.get("small").name == "small@2"
    assert packs.get("small@1").name == "small@1"


@pytest.mark.parametrize("name", ["smal", "small@3", "small@", ""])
def test_an_unknown_name_is_refused(tmp_path: Path, name: str):
    packs = library(tmp_path, own=version(1, "2020-01-01", None))
    with pytest.raises(PackError, match="no policy pack") as caught:
        packs.get(name)
    assert "small@1" in str(caught.value)
    assert "folder packs of SUKSESI_HOME" in str(caught.value)
    with pytest.raises(PackError, match="no policy pack"):
        packs.in_force(["small", name], date(2020, 1, 1))


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2019, 12, 31), None),
        (date(2020, 1, 1), "small@1"),
        (date(2021, 12, 31), "small@1"),
        (date(2022, 1, 1), None),
        (date(2022, 2, 1), "small@2"),
        (date(2099, 1, 1), "small@2"),
    ],
)
def test_the_pack_in_force_goes_by_its_first_and_last_day(tmp_path: Path, day, name):
    packs = library(
        tmp_path,
        first=version(1, "2020-01-01", "2021-12-31"),
        second=version(2, "2022-02-01", None),
    )
    found = packs.in_force(["small"], day)
    assert (found.name if found else None) == name
    assert packs.in_force([], day) is None


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (("2020-01-01", None), ("2022-02-01", None)),
        (("2020-01-01", "2022-02-01"), ("2022-02-01", None)),
        (("2020-01-01", "2030-12-31"), ("2022-02-01", "2023-12-31")),
    ],
)
def test_overlapping_versions_are_refused_with_the_line(tmp_path: Path, older, newer):
    second = version(2, *newer)
    packs = library(tmp_path, first=version(1, *older), second=second)
    with pytest.raises(PackError) as caught:
        _all = packs.packs
    assert str(caught.value).startswith(
        f"packs/second.yaml, line {line_of(second, 'from: ')}: "
        "begins on 2022-02-01, while small@1 is in force. Expected: `until: 2022-01-31` or earlier"
    )
    assert "add small@1 again with `until: 2022-01-31` first" in str(caught.value)


def test_two_files_of_one_version_are_refused_even_years_apart(tmp_path: Path):
    last = version(1, "2024-01-01", "2025-12-31")
    packs = library(
        tmp_path,
        a=version(1, "2020-01-01", "2021-12-31"),
        b=version(2, "2022-01-01", "2023-12-31"),
        c=last,
    )
    with pytest.raises(PackError) as caught:
        _all = packs.packs
    line = line_of(last, "version: ")
    assert str(caught.value).startswith(
        f"packs/c.yaml, line {line}: a second file of small@1, after packs/a.yaml. "
        "Expected: a number "
    )


def test_two_packs_in_force_on_a_day_are_refused(tmp_path: Path):
    packs = library(
        tmp_path,
        old=version(1, "2020-01-01", "2021-12-31", "old-rules"),
        new=version(1, "2021-12-31", None, "new-rules"),
    )
    names = ["old-rules", "new-rules"]
    for day, name in [(date(2021, 12, 30), "old-rules@1"), (date(2022, 1, 1), "new-rules@1")]:
        found = packs.in_force(names, day)
        assert found is not None
        assert found.name == name
    with pytest.raises(PackError, match=r"on 2021-12-31: new-rules@1 and old-rules@1 are both in"):
        packs.in_force(names, date(2021, 12, 31))


def test_a_wrong_file_of_the_agency_is_told_by_name_and_line(tmp_path: Path):
    text = version(1, "2020-01-01", None).replace("version: 1", "version: one")
    with pytest.raises(PackError, match=r"^packs/own\.yaml, line 2: version: "):
        library(tmp_path, own=text).get("uk-ministers")
