"""A province is taken in by a mapping that was written from the guides: no code, and real systems.

Everything is invented. A workbook of three sheets, JSON lines, Parquet, CSV in Latin-1, and a view
of a PostgreSQL database; two languages, decimal commas, days in words, a NIP where another system
has a number. Figures of `tests.lib.province._people_by_hand` are worked out here, on paper.
"""

import io
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.lib import province
from tests.lib.command import Done, succeeded, suksesi
from tests.lib.database import fresh_database, running_postgres
from tests.lib.province import LADDER, Province, nip_by_hand

pytestmark = pytest.mark.xdist_group("provincial_agency")

AS_OF, TRAINED_AS_OF = "2026-06-30", "2026-01-01"
POST = "JAUH-A1"
#: However few labels an invented province has.
FEW = ("--below-switch", "the province is invented")


@dataclass(frozen=True)
class Chain:
    """What was written, and what each command said of it."""

    made: Province
    folder: Path
    home: Path
    address: str
    ingested: Done
    framed: Done
    trained: Done
    promoted: Done
    listed: Done

    @property
    def snapshot(self) -> Path:
        return Path(self.ingested.json["folder"])

    @property
    def frame(self) -> pd.DataFrame:
        return duckdb.read_parquet(f"{self.framed.json['folder']}/**/*.parquet").df()

    def issued(self, number: str) -> str:
        """The issued id behind a NIP, as the one who holds the key asks for it."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdin", io.StringIO(f"{nip_by_hand(number)}\n"))
            found = suksesi("identity", "find", "--why", "objection 1", "--json", home=self.home)
        return succeeded(found).json["person_id"]


def ingested(folder: Path, home: Path, address: str) -> Done:
    """An ingest by the mapping, in an installation that knows the database."""
    question = ("ingest", folder / "provinsi_contoh.yaml", "--exports", folder, "--json")
    return succeeded(suksesi(*question, home=home, SUKSESI_SOURCE_KINERJA_PROV_URL=address))


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """The commands, one after the other, as somebody with the mapping alone gives them."""
    folder = tmp_path_factory.mktemp("province") / "exports"
    made, home = province.province(), folder.parent / "home"
    province.write_files(made, folder)
    with running_postgres() as server, fresh_database(server) as address:
        province.fill_database(made, address)

        def said(*arguments: str) -> Done:
            return succeeded(suksesi(*arguments, home=home))

        yield Chain(
            made,
            folder,
            home,
            address,
            ingested(folder, home, address),
            said("features", "--as-of", AS_OF, "--json"),
            said("train", "--as-of", TRAINED_AS_OF, "--json"),
            promoted(home),
            said("recommend", POST, "--as-of", AS_OF, "--top", "1000", "--json"),
        )


def promoted(home: Path) -> Done:
    """The version promoted, after the soonest backtest that speaks for it."""
    succeeded(suksesi("backtest", "--quick", home=home))
    return succeeded(suksesi("promote", "1", *FEW, "--json", home=home))


def test_rejected_rows_are_those_that_were_made_wrong_each_for_its_reason(chain: Chain):
    found = {
        (row["table"], row["column"], row["reason"]): row["rows"]
        for row in chain.ingested.json["rejections"]
    }
    nip = chain.made.people[province.MANGLED].nip
    of_nobody_known = sum(row["nip"] == nip for row in chain.made.penilaian) + 1
    assert of_nobody_known > 1
    empty = "is empty; a value is required"
    assert found == {
        ("person", "person_id", empty): 1,
        ("rank_history", "person_id", empty): 1,
        ("education", "person_id", empty): 1,
        ("protected_attribute", "person_id", empty): 5,
        (
            "protected_attribute",
            "value",
            "is a NIP that a spreadsheet has mangled into a number",
        ): 1,
        ("appointment", "post_id", "is not in post.post_id"): 1,
        ("appointment", "start_recorded_on", "not a date in the format %d %B %Y"): 1,
        ("appointment", "kind", "is not in the map"): 1,
        ("appointment", "end_on", "is before start_on; withheld, the row stays"): 1,
        ("appraisal", "predicate", "is not in the map"): 1,
        ("appraisal", "person_id", empty): of_nobody_known,
        ("training", "training_id", "repeats the key (training_id)"): 1,
        ("training", "hours", "is not a number"): 1,
        ("training", "kind", "waits for a person to decide what it means"): 1,
        (None, None, "is not JSON: Unterminated string starting at"): 1,
        ("assessment", "level", "is not between 0 and 5"): 1,
        ("feedback", "rater", "is not in the map"): 1,
        ("discipline", "person_id", "is not in person.person_id"): 1,
    }


def test_what_came_with_a_row_that_was_rejected_in_part_is_in_the_record(chain: Chain):
    """An end before its start leaves the post held; a course of no known kind is asked about."""
    kept = duckdb.read_parquet(str(chain.snapshot / "appointment.parquet"))
    number = f"821.2/{len(chain.made.riwayat):05}"
    assert kept.filter(f"appointment_id = '{number}'").select("end_on").fetchall() == [(None,)]
    queue = succeeded(suksesi("normalise", "queue", "--json", home=chain.home)).json
    assert [row["value"] for row in queue["waiting"]] == ["zxqv wkjh"]


def test_the_frame_has_three_score_features_of_somebody_at_least(chain: Chain):
    frame = chain.frame
    features = frame.columns.difference(["person_id", "post_id", "as_of", "person_part"])
    held = [name for name in features if frame[name].notna().any()]
    assert len(held) >= 60
    # No table of bodies, of potential years or of teams: what lacks is missing, and not nought.
    lacking = {"years_as_member", "n_assignments", "unit_result", "rating_beyond_unit"}
    assert lacking <= set(features) - set(held)
    assert frame.post_id.nunique() == 61


# Worked out on paper from the rows of `_people_by_hand`, as of 30 June 2026.
UNIT_AND_YEAR = (1 / ((4 * 0.5 + 10 * (1 / 3)) / 14)) ** 0.5
BY_HAND = [
    # Four posts, one of them as Plt. Two in a remote unit: 1 March 2014 to 28 February 2018 are
    # 1,460 days, 1 January to 30 June 2021 another 180. In the present one since 1 March 2018.
    ("PC9001", "n_appointments", 4),
    ("PC9001", "n_acting", 1),
    ("PC9001", "n_promotions", 1),
    ("PC9001", "n_remote_posts", 2),
    ("PC9001", "years_remote", 1640 / 365.25),
    ("PC9001", "years_in_post", 3043 / 365.25),
    # The year 2019 rated six people: 5 4 4 3 in one unit, 4 4 in the other. Mean 4, variance 2/6;
    # the unit of the first has mean 4, variance 2/4, and with ten of the year's (2 + 10/3) / 14.
    ("PC9001", "rating_in_unit", UNIT_AND_YEAR),
    ("PC9002", "rating_in_unit", 0),
    ("PC9004", "rating_in_unit", -UNIT_AND_YEAR),
    ("PC9005", "rating_in_unit", 0),
    ("PC9001", "rating_latest", 5),
    # 40 hours of 10 May 2024, 16 of 20 November 2025, 8.5 of 5 February 2026; one is not finished,
    # and leadership training for supervisors (PKP, step 2) is of 2019.
    ("PC9001", "n_trainings", 4),
    ("PC9001", "training_hours_1y", 24.5),
    ("PC9001", "training_hours_3y", 64.5),
    ("PC9001", "technical_hours_3y", 40),
    ("PC9001", "leadership_training", 2),
    # The medal for long service is no award for merit; the other one is of 17 August 2022.
    ("PC9001", "n_awards", 1),
    ("PC9001", "years_since_award", 1413 / 365.25),
    ("PC9001", "n_akhlak_ratings", 2),
    # The post asks for level 3 of one technical competency, which only two people were measured in.
    ("PC9001", "gap_technical", 0.5),
    ("PC9001", "n_below_requirement", 0),
    ("PC9002", "gap_technical", -1.5),
    ("PC9002", "gap_worst_critical", -1.5),
    ("PC9002", "n_below_requirement", 1),
    ("PC9002", "requirement_coverage", 1),
    ("PC9003", "requirement_coverage", 0),
    ("PC9001", "has_studied_field", 1),
    # A light sanction of 30 June 2021, over since; five years with one leap day.
    ("PC9002", "worst_sanction", 1),
    ("PC9002", "is_under_sanction", 0),
    ("PC9002", "years_since_sanction", 1826 / 365.25),
    # III/d is the twelfth rank, S2 the fourth education; 1 April 2020 is 2,281 days ago.
    ("PC9003", "rank_step", 12),
    ("PC9003", "years_in_rank", 2281 / 365.25),
    ("PC9003", "education_level", 4),
]


@pytest.fixture(scope="module")
def of_the_post(chain: Chain) -> pd.DataFrame:
    """Features of the people by hand for the post by hand, by staff number."""
    rows = chain.frame.set_index(["post_id", "person_id"]).loc[POST]
    return pd.DataFrame({number: rows.loc[chain.issued(number)] for number in province.RATED_2019})


@pytest.mark.parametrize(("number", "feature", "value"), BY_HAND)
def test_a_feature_is_what_paper_says(of_the_post: pd.DataFrame, number, feature, value):
    assert of_the_post[number][feature] == pytest.approx(value, abs=2e-6)


def texts_of(path: Path) -> str:
    """All different texts of a table, one a line."""
    texts = pd.read_parquet(path, partitioning=None).select_dtypes(exclude="number")
    return "\n".join(str(value) for name in texts for value in texts[name].unique())


def test_nobody_is_known_by_name_or_number_where_others_read(chain: Chain):
    """Report, frame, tables, answers: of the files of a snapshot, the quarantine alone has them."""
    known = [text for p in chain.made.people for text in (p.name, p.nip, p.number)]
    texts = {
        str(done): done.out + done.err for done in vars(chain).values() if isinstance(done, Done)
    }
    report = Path(chain.ingested.json["report"])
    for path in (*report.glob("report.*"), chain.snapshot / "manifest.json"):
        texts[path.name] = path.read_text(encoding="utf-8")
    tables = [*report.glob("*.parquet")]
    tables += Path(chain.framed.json["folder"]).rglob("*.parquet")
    tables += [p for p in chain.snapshot.glob("*.parquet") if p.stem != "quarantine"]
    for path in tables:
        texts[str(path)] = texts_of(path)
    assert len(texts) > 25
    found = [(where, text) for where, said in texts.items() for text in known if text in said]
    assert found == []
    assert not any(chain.address in text for text in texts.values())
    quarantine = texts_of(chain.snapshot / "quarantine.parquet")
    assert any(text in quarantine for text in known)


def test_the_report_says_what_was_rejected_and_what_is_kept(chain: Chain):
    path = Path(chain.ingested.json["report"]) / "report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["rows"]["tables"] == chain.ingested.json["tables"]
    assert report["rows"]["rejections"] == chain.ingested.json["rejections"]
    assert report["rows"]["tables"]["appointment"]["rejected"] == 3


def test_ranked_are_those_in_the_classes_that_the_pool_names(chain: Chain):
    step = {row["Post code"]: LADDER.index(province.class_of(row)) for row in chain.made.seats}
    in_pool = {
        row["ID Pegawai"]
        for row in chain.made.riwayat
        if row["Status"] == "Definitif" and step.get(row["Kode Jabatan"]) in (1, 2)
        if str(row["TMT"]) < AS_OF < str(row["Selesai"])  # "sekarang" is later than any day
    }
    listed = chain.listed.json
    candidates = {row["person_id"]: row for row in listed["candidates"]}
    assert listed["n_rankable"] == len(in_pool)
    assert listed["n_turned_away"] == len(in_pool) - len(candidates)
    assert listed["policy"]["pack"] == "asn-kepka-411-2025@1"
    one = candidates[chain.issued("PC9001")]
    rules = {rule["rule"]: rule["status"] for rule in one["eligibility"]["rules"]}
    known = {"rank": "met", "post_before": "met", "education": "met", "discipline": "met"}
    assert known.items() <= rules.items()
    # None of the nine competencies was measured: the match is open, and so is health.
    assert (rules["assessment"], rules["health"]) == ("needs checking", "needs checking")
    # Of the rank III/a, where an administrator has III/d, or III/c and a check.
    assert chain.issued("PC9002") not in candidates


def test_an_ingest_of_the_same_files_gives_the_same_snapshot(chain: Chain):
    again = ingested(chain.folder, chain.home, chain.address)
    assert again.json["snapshot"] == chain.ingested.json["snapshot"]


def test_rows_in_any_other_order_give_the_same_tables(chain: Chain, tmp_path: Path):
    lot = random.Random(5)

    def shuffled(rows):
        return lot.sample(list(rows), len(rows))

    province.write_files(chain.made, tmp_path, shuffled)
    province.fill_database(chain.made, chain.address, shuffled)
    other = ingested(tmp_path, chain.home, chain.address).json
    assert other["rejections"] == chain.ingested.json["rejections"]
    for name in chain.ingested.json["tables"]:
        table = f"{name}.parquet"
        same = Path(other["folder"]) / table
        assert same.read_bytes() == (chain.snapshot / table).read_bytes(), name
