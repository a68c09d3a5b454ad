"""A ministry whose papers are not all there: what its files lack is named, and nothing else."""

import csv
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis
import pandas as pd
import pytest

from features.identity.store import open_identities
from features.intake import ingest
from features.policy.pool import rankable
from features.tables.record import Record
from tests.lib.command import succeeded, suksesi
from tests.lib.promoted import promote_invented
from tests.lib.simulated import MAPPING, exported
from tests.lib.written import read_written

pytestmark = pytest.mark.xdist_group("absent_papers")

ON = date(2024, 1, 1)
COURSES, LEADERSHIP = "rw-kursus.csv", "rw-diklat.json"
#: Feedback older than this is in no figure of BerAKHLAK.
FORGOTTEN = date(2020, 6, 1)


@dataclass(frozen=True)
class Ministry:
    """A ministry with a champion, and the people whose papers were taken away."""

    home: Path
    record: Record
    people: list[str]
    post: str
    never_trained: str
    undated: str

    def readiness(self, person: str) -> dict[str, dict]:
        """What `suksesi missing` tells of each kind of paper."""
        asked = ("missing", person, self.post, "--as-of", str(ON), "--json")
        papers = succeeded(suksesi(*asked, home=self.home)).json["readiness"]["papers"]
        return {one["kind"]: one for one in papers}

    def newest(self, table: str, day: str) -> dict[str, date]:
        """The day of the newest row of each person, of those that were known."""
        rows = self.record.blanked(ibis.literal(ON)).table(table)
        newest = rows.group_by("person_id").agg(newest_on=rows[day].max()).to_pyarrow()
        return dict(zip(*(newest[name].to_pylist() for name in newest.column_names), strict=True))


@pytest.fixture(scope="module")
def ministry(tmp_path_factory: pytest.TempPathFactory) -> Ministry:
    """Of one person no training is left, of another no last day of any."""
    folder = tmp_path_factory.mktemp("absent")
    exports, home, keys = (folder / name for name in ("exports", "home", "keys"))
    exported(exports)
    sources = trained_of_late(exports)[:2]
    take_away(exports, *sources)
    snapshot = ingest(MAPPING, exports, home, keys=keys)
    with open_identities(home, keys) as identities:
        issued = identities.person_ids(set(sources))
    # It looks at trainings and at feedback.
    promote_invented(home, "siasn", ON)
    record, mapping = snapshot.record(), snapshot.mapping
    people = rankable(record, mapping.pool, [ON])["person_id"].tolist()
    chosen = [issued[source] for source in sources]
    assert set(chosen) <= set(people)
    posts = record.table("post")
    posts = posts.filter(posts.post_class.isin(mapping.vacancies.classes))
    return Ministry(home, record, people, posts.post_id.min().to_pyarrow().as_py(), *chosen)


def trained_of_late(exports: Path) -> list[str]:
    """Ids of the source of some people in office who were at a course in the last year."""
    courses = pd.read_csv(exports / COURSES, dtype="str")
    led = json.loads((exports / LEADERSHIP).read_text(encoding="utf-8"))["data"]
    of_last_year = courses.loc[courses["tahunKursus"] == "2023", "idPns"]
    return sorted(set(of_last_year) & {row["idPns"] for row in led})


def take_away(exports: Path, never_trained: str, undated: str) -> None:
    """Take all trainings of one person out of the files, and the last days of another's."""
    courses = pd.read_csv(exports / COURSES, dtype="str", keep_default_na=False)
    courses = courses[courses["idPns"] != never_trained]
    courses.loc[courses["idPns"] == undated, "tanggalSelesaiKursus"] = ""
    courses.to_csv(exports / COURSES, index=False, quoting=csv.QUOTE_ALL)
    told = json.loads((exports / LEADERSHIP).read_text(encoding="utf-8"))
    told["data"] = [row for row in told["data"] if row["idPns"] != never_trained]
    for row in told["data"]:
        if row["idPns"] == undated:
            row["tanggalSelesai"] = None
    (exports / LEADERSHIP).write_text(json.dumps(told), encoding="utf-8")


def test_who_has_no_training_on_record_is_told_so_though_it_counts_as_nought(ministry: Ministry):
    assert ministry.never_trained not in ministry.newest("training", "started_on")
    told = ministry.readiness(ministry.never_trained)
    assert told["training"]["reason"] == "register"
    assert "and there may be none" in told["training"]["sentence"]["en"]
    assert told["training"]["n_donors"] > 0
    # Of the other no last day is on record; the trainings are.
    assert "training" not in ministry.readiness(ministry.undated)


def test_feedback_is_missing_of_those_alone_of_whom_there_is_none(ministry: Ministry):
    newest = ministry.newest("feedback", "given_on")
    without = [person for person in ministry.people if person not in newest]
    old = [person for person in ministry.people if newest.get(person, ON) < FORGOTTEN]
    assert without
    assert old
    assert ministry.readiness(without[0])["feedback"]["reason"] == "missing"
    assert "feedback" not in ministry.readiness(old[0])


def test_a_sanction_is_asked_of_nobody(ministry: Ministry):
    assert ministry.people[0] not in ministry.newest("discipline", "sanctioned_on")
    assert "discipline" not in ministry.readiness(ministry.people[0])


def test_trainings_without_a_last_day_count_when_a_year_is_over(ministry: Ministry):
    command = suksesi("features", "--as-of", str(ON), "--json", home=ministry.home)
    rows = read_written(Path(succeeded(command).json["folder"])).groupby("person_id").first()
    known = ministry.record.blanked(ibis.literal(ON)).table("training").to_pandas()
    begun, ended = (pd.to_datetime(known[name]) for name in ("started_on", "finished_on"))
    known = known[ended.fillna(begun) <= pd.Timestamp(ON)]
    is_done = known["finished_on"].notna() | (
        pd.to_datetime(known["started_on"]) <= pd.Timestamp(ON) - pd.Timedelta(days=365)
    )
    n_done = known[is_done].groupby("person_id").size().reindex(rows.index, fill_value=0)
    only_under_way = rows.index.isin(known["person_id"]) & (n_done == 0)
    wanted = n_done.astype("float64").mask(only_under_way)
    pd.testing.assert_series_equal(rows["n_trainings"], wanted, check_names=False)
    assert rows.loc[ministry.never_trained, "n_trainings"] == 0
    undated = rows.loc[ministry.undated]
    assert undated["n_trainings"] > 0
    assert undated[["years_since_training"]].isna().all()
