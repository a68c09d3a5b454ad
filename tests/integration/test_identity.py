"""An agency that sends NIPs and names: behind the door nobody is known by them."""

import json
import stat
from pathlib import Path

import pandas as pd
import pytest

from features.agencies.mapping import Mapping, parse_mapping
from features.errors import IdentityError, MappingError
from features.identity.store import open_identities
from features.intake import ingest
from features.storage import Snapshot, current_snapshot
from tests.lib.command import Done, succeeded, suksesi
from tests.lib.small_agency import changed_mapping, line_of, write_small

ANN, BOB, ANN_AGAIN = "197001012000011001", "198002022005022002", "197001012000011001"
PEOPLE = f"""
    id,nip,name,boss,rated
    ann,{ANN},Ann Of Elsewhere,,2021-01-31
    bob,{BOB},Bob Of Nowhere,ann,2021-01-31
    eve,{ANN_AGAIN},Ann of Elsewhere,bob,2021-01-31
    """
#: The last row has a NIP that nobody can have.
DIRTY = PEOPLE + "    zed,123,Zed Of Nothing,,2021-01-31\n"
TERMS = """
    id,person,post,kind,begun,ended
    t1,ann,clerk,D,2001-01-01,2004-12-31
    t2,eve,chief,D,2005-01-01,
    t3,bob,clerk,A,2005-02-01,2005-06-30
    """
SECTION = "identity: {attributes: [nip, name]}\n"
PROTECTED = """\
  protected_attribute:
    - from: people
      columns:
        person_id: id
        attribute: {constant: nip}
        value: {column: nip, form: nip}
    - from: people
      columns: {person_id: id, attribute: {constant: name}, value: name}
  appraisal:
    from: people
    columns:
      appraisal_id: id
      person_id: id
      appraiser_id: boss
      year: {constant: "2020"}
      predicate: {constant: good}
      appraised_on: rated
"""
MAPPING = changed_mapping("sources:\n", f"{SECTION}sources:\n").replace(
    "ladder:\n", f"{PROTECTED}ladder:\n"
)
GATE = """\
gate:
  - rule: shares_attribute_with_holder
    id: same
    attribute: nip
    holder_of: [high]
    sentence: {id: Sama., en: The same.}
    citation: None.
"""
SECRETS = ("Elsewhere", "Nowhere", "Nothing", ANN, BOB)


def take_in(folder: Path, *, mapping: str = MAPPING, people: str = PEOPLE) -> Snapshot:
    path = write_small(folder / "exports", mapping=mapping, people=people, terms=TERMS)
    return ingest(path, folder / "exports", folder / "home", keys=folder / "keys")


def issued(folder: Path) -> dict[str, str]:
    with open_identities(folder / "home", folder / "keys") as identities:
        return identities.person_ids(["ann", "bob", "eve"])


def table(snapshot: Snapshot, name: str) -> pd.DataFrame:
    return pd.read_parquet(snapshot.folder / f"{name}.parquet")


def cells(snapshot: Snapshot) -> set[str]:
    """Every text of every table but the quarantine."""
    found = set()
    for path in snapshot.folder.glob("*.parquet"):
        if path.stem != "quarantine":
            frame = pd.read_parquet(path).astype("str")
            found |= {cell for column in frame for cell in frame[column].dropna()}
    return found


def command(folder: Path, *arguments: str) -> Done:
    return suksesi(*arguments, home=folder / "home")


def test_people_are_known_by_issued_ids_wherever_they_are_named(tmp_path: Path):
    snapshot = take_in(tmp_path)
    ids = issued(tmp_path)
    assert len(set(ids.values())) == 3
    assert set(table(snapshot, "person")["person_id"]) == set(ids.values())
    terms = table(snapshot, "appointment").set_index("appointment_id")["person_id"].to_dict()
    assert terms == {"t1": ids["ann"], "t2": ids["eve"], "t3": ids["bob"]}
    rated = table(snapshot, "appraisal").set_index("person_id")["appraiser_id"]
    assert rated[ids["bob"]] == ids["ann"]
    assert rated[ids["eve"]] == ids["bob"]
    assert pd.isna(rated[ids["ann"]])


def test_no_nip_and_no_name_is_in_a_table_and_each_row_is_accounted_for(tmp_path: Path):
    snapshot = take_in(tmp_path)
    assert not [c for c in cells(snapshot) if any(secret in c for secret in SECRETS)]
    assert table(snapshot, "protected_attribute").empty
    count = snapshot.manifest["tables"]["protected_attribute"]
    assert (count["read"], count["accepted"], count["rejected"]) == (6, 6, 0)
    assert snapshot.manifest["identity"] == {"kept_apart": 6}


def test_the_same_exports_and_store_give_the_same_bytes_and_another_store_other_ids(
    tmp_path: Path,
):
    first = take_in(tmp_path / "one")
    assert take_in(tmp_path / "one").digest == first.digest
    other = take_in(tmp_path / "other")
    assert other.digest != first.digest
    assert set(issued(tmp_path / "one").values()).isdisjoint(issued(tmp_path / "other").values())


def test_invented_people_have_the_same_ids_in_every_home(tmp_path: Path):
    invented = MAPPING.replace("licence:", "simulated: true\nlicence:")
    one, other = (take_in(tmp_path / name, mapping=invented) for name in ("one", "other"))
    assert one.digest == other.digest


def test_without_the_section_ids_stay_and_no_store_is_made(tmp_path: Path):
    snapshot = take_in(tmp_path, mapping=MAPPING.replace(SECTION, ""))
    assert set(table(snapshot, "person")["person_id"]) == {"ann", "bob", "eve"}
    assert set(table(snapshot, "protected_attribute")["attribute"]) == {"nip", "name"}
    assert "identity" not in snapshot.manifest
    assert not (tmp_path / "home" / "identity").exists()
    assert not (tmp_path / "keys").exists()


def test_an_attribute_that_is_not_named_stays(tmp_path: Path):
    snapshot = take_in(tmp_path, mapping=MAPPING.replace("[nip, name]", "nip"))
    assert set(table(snapshot, "protected_attribute")["attribute"]) == {"name"}


def test_raw_rows_are_for_their_owner_only_and_no_message_shows_one(tmp_path: Path):
    path = write_small(tmp_path / "exports", mapping=MAPPING, people=DIRTY, terms=TERMS)
    arguments = ("ingest", str(path), "--exports", str(tmp_path / "exports"))
    said = [succeeded(command(tmp_path, *arguments, *more)) for more in ((), ("--json",))]
    snapshot = current_snapshot(tmp_path / "home")
    quarantine = snapshot.folder / "quarantine.parquet"
    assert "Zed Of Nothing" in str(pd.read_parquet(quarantine)["raw"].tolist())
    assert stat.S_IMODE(quarantine.stat().st_mode) == 0o600
    texts = [one.out + one.err for one in said] + [json.dumps(snapshot.manifest)]
    assert all("is not a possible NIP" in text for text in texts)
    assert not [secret for secret in SECRETS for text in texts if secret in text]


def test_a_refused_ingest_shows_nobody_and_issues_nothing(tmp_path: Path):
    strict = MAPPING.replace("refuse_above: 0.6", "refuse_above: 0")
    path = write_small(tmp_path / "exports", mapping=strict, people=DIRTY, terms=TERMS)
    done = command(tmp_path, "ingest", str(path), "--exports", str(tmp_path / "exports"))
    assert done.code == 1
    assert not [secret for secret in (*SECRETS, "zed") if secret in done.out + done.err]
    kept = tmp_path / "home" / "refused" / "quarantine.parquet"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with open_identities(tmp_path / "home", tmp_path / "keys") as identities:
        assert identities.person_ids(["ann", "zed", ANN]) == {}


def test_who_refers_to_nobody_is_rejected_and_no_id_is_issued(tmp_path: Path):
    snapshot = take_in(tmp_path, people=PEOPLE.replace("Ann of Elsewhere,bob", "Ann,nobody"))
    (rejection,) = snapshot.manifest["rejections"]
    assert rejection["reason"] == "is not in person.person_id"
    with open_identities(tmp_path / "home", tmp_path / "keys") as identities:
        assert identities.person_ids(["nobody"]) == {}


def test_two_ids_of_one_person_are_one_after_a_merge_and_two_after_a_split(tmp_path: Path):
    first = take_in(tmp_path)
    ids = issued(tmp_path)
    (pair,) = succeeded(command(tmp_path, "identity", "doubles", "--json")).json
    assert set(pair) == {ids["ann"], ids["eve"]}
    merged = ("identity", "merge", ids["eve"], "--into", ids["ann"], "--why", "letter 1")
    succeeded(command(tmp_path, *merged))
    snapshot = take_in(tmp_path)
    assert set(table(snapshot, "person")["person_id"]) == {ids["ann"], ids["bob"]}
    terms = table(snapshot, "appointment").set_index("appointment_id")["person_id"]
    assert terms["t1"] == terms["t2"] == ids["ann"]
    reasons = {(r["table"], r["reason"]) for r in snapshot.manifest["rejections"]}
    assert ("person", "repeats the key (person_id)") in reasons
    split = ("identity", "split", ids["ann"], "--entry", "2", "--why", "letter 2", "--json")
    assert succeeded(command(tmp_path, *split)).json["other"] == ids["eve"]
    assert take_in(tmp_path).digest == first.digest


def test_what_is_left_of_an_erased_person_verifies(tmp_path: Path):
    snapshot = take_in(tmp_path)
    bob = issued(tmp_path)["bob"]
    erased = ("identity", "erase", bob, "--why", "request 3", "--yes")
    succeeded(command(tmp_path, *erased))
    assert current_snapshot(tmp_path / "home").digest == snapshot.digest
    assert bob in set(table(snapshot, "person")["person_id"])
    done = command(tmp_path, "identity", "show", bob, "--why", "again")
    assert done.code == 1
    assert "was erased" in done.err
    (event,) = succeeded(command(tmp_path, "identity", "events", "--json")).json
    assert (event["kind"], event["person_id"], event["why"]) == ("erase", bob, "request 3")


def test_erasing_asks_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    take_in(tmp_path)
    bob = issued(tmp_path)["bob"]
    monkeypatch.setattr("builtins.input", lambda *_: "n")
    answer(monkeypatch, "n\n")
    command(tmp_path, "identity", "erase", bob, "--why", "request 3")
    assert issued(tmp_path)["bob"] == bob


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """What somebody types, or what a file gives."""
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_who_is_told_who_somebody_is_leaves_an_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    take_in(tmp_path)
    bob = issued(tmp_path)["bob"]
    answer(monkeypatch, f"{BOB}\n")
    found = command(tmp_path, "identity", "find", "--why", "objection 1", "--json")
    assert succeeded(found).json == {"person_id": bob}
    shown = command(tmp_path, "identity", "show", bob, "--why", "objection 2", "--json").json
    assert shown["known"][0]["names"] == ["Bob Of Nowhere"]
    assert shown["known"][0]["nips"] == [BOB]
    assert "Bob Of Nowhere" in command(tmp_path, "identity", "show", bob, "--why", "3").out
    events = succeeded(command(tmp_path, "identity", "events", "--person", bob, "--json")).json
    assert [(e["kind"], e["why"]) for e in events] == [
        ("find", "objection 1"),
        ("show", "objection 2"),
        ("show", "3"),
    ]
    assert "objection 2" in command(tmp_path, "identity", "events").out


def test_an_unknown_alias_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    take_in(tmp_path)
    answer(monkeypatch, "197001012000011999\n")
    done = command(tmp_path, "identity", "find", "--why", "objection 1")
    assert done.code == 1
    assert "197001012000011999" not in done.out + done.err


def test_without_the_key_nobody_is_shown_and_everything_else_works(tmp_path: Path):
    snapshot = take_in(tmp_path)
    bob = issued(tmp_path)["bob"]
    (key,) = (tmp_path / "keys").iterdir()
    key.rename(tmp_path / "kept")
    for arguments in (("show", bob, "--why", "x"), ("doubles",), ("events",)):
        done = command(tmp_path, "identity", *arguments)
        assert done.code == 1
        assert "the key of the identity store is not there" in done.err
    assert current_snapshot(tmp_path / "home").digest == snapshot.digest
    with pytest.raises(IdentityError, match="is not there"):
        take_in(tmp_path)
    assert current_snapshot(tmp_path / "home").digest == snapshot.digest


def test_the_doctor_says_whether_this_account_has_the_key(tmp_path: Path):
    def seen() -> dict:
        findings = command(tmp_path, "doctor", "--json").json
        return {one["thing"]: one for one in findings}["identity store"]

    assert seen()["is_well"]
    take_in(tmp_path)
    assert "has its key" in seen()["seen"]
    (key,) = (tmp_path / "keys").iterdir()
    key.unlink()
    assert not seen()["is_well"]
    assert "restore the key file" in seen()["remedy"]


def test_keys_rotate_and_a_backup_is_restored(tmp_path: Path):
    first = take_in(tmp_path)
    succeeded(command(tmp_path, "identity", "backup", str(tmp_path / "backup")))
    rotated = ("identity", "rotate", "--why", "yearly", "--json")
    assert succeeded(command(tmp_path, *rotated)).json == {"rotated": True, "forgotten_keys": 0}
    assert take_in(tmp_path).digest == first.digest
    store = tmp_path / "home" / "identity" / "identities.sqlite"
    store.write_bytes((tmp_path / "backup").read_bytes())
    assert take_in(tmp_path).digest == first.digest


def test_no_folder_for_the_key_is_refused(tmp_path: Path):
    path = write_small(tmp_path / "exports", mapping=MAPPING, people=PEOPLE, terms=TERMS)
    with pytest.raises(IdentityError, match="SUKSESI_KEY_DIR"):
        ingest(path, tmp_path / "exports", tmp_path / "home")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[nip, name]", "[nip, sex]", "attributes"),
        ("attribute: {constant: nip}", "attribute: {constant: sex}", "writes nip"),
        ("vacancies:", f"{GATE}vacancies:", "the gate reads nip"),
    ],
)
def test_a_section_that_does_not_fit_is_refused_at_its_line(old: str, new: str, message: str):
    text = MAPPING.replace(old, new)
    assert text != MAPPING
    with pytest.raises(MappingError, match=message) as error:
        parse_mapping(text, "small.yaml")
    assert str(error.value).startswith(f"small.yaml, line {line_of(text, 'identity:')}")


def test_a_mapping_without_the_section_is_read_as_before():
    assert mapping_without().identity is None


def mapping_without() -> Mapping:
    return parse_mapping(MAPPING.replace(SECTION, ""), "small.yaml")
