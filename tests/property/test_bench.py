"""Everybody on a bench has a first day inside the band, is eligible on it and not on its eve."""

import random
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from features.intake import ingest
from features.packs.pack import parse_pack
from features.policy.bench import BEYOND, BLOCKED, NOW, RETIRED, Bench, bench
from features.policy.eligibility import eligibility
from features.policy.statuses import MET, NOT_MET
from features.tables.record import Record
from tests.integration.test_policy_dates import NAMED
from tests.integration.test_policy_dates import PACK as FIVE_YEARS
from tests.lib.small_agency import write_small

ON = date(2026, 3, 1)
DAYS_OF_QUESTION = (ON, date(2024, 2, 29))
N_PEOPLE, YEARS = 600, 7
PACK = FIVE_YEARS.replace("years: 5", f"years: {YEARS}")


def day(lot: random.Random, first: int, last: int) -> date:
    return date(first, 1, 1) + timedelta(days=lot.randrange(365 * (last - first + 1)))


def later(on: date, years: int) -> date:
    """The same day so many years later; of 29 February, 1 March where there is none."""
    try:
        return on.replace(year=on.year + years)
    except ValueError:
        return date(on.year + years, 3, 1)


@pytest.fixture(scope="module")
def people() -> list[tuple[str, date | None, date]]:
    """Id, day of birth, first day as a clerk: seven years of which a chief must have been one."""
    lot = random.Random(4)
    made = []
    for n in range(N_PEOPLE):
        born = None if n % 20 == 0 else day(lot, 1962, 1995)
        made.append((f"p{n:03}", born, day(lot, 2016, 2023)))
    return [*made, ("leap", date(1990, 2, 28), date(2020, 2, 29))]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory, people) -> Record:
    folder = tmp_path_factory.mktemp("bench")
    home = folder / "home"
    (home / "packs").mkdir(parents=True)
    (home / "packs" / "harbour.yaml").write_text(PACK, encoding="utf-8")
    files = {
        "people": "id,born\n" + "\n".join(f"{one},{born or ''}" for one, born, _ in people),
        "posts": "id,name,unit,class\nclerk,Clerk,u1,low\nchief,Chief,u1,high",
        "terms": "id,person,post,kind,begun,ended\n"
        + "\n".join(f"t{one},{one},clerk,D,{begun}," for one, _, begun in people),
    }
    exports: Path = folder / "exports"
    return ingest(write_small(exports, mapping=NAMED, **files), exports, home).record()


@pytest.fixture(scope="module", params=DAYS_OF_QUESTION, ids=str)
def asked(request, record: Record, people) -> tuple[date, Bench]:
    ids = pd.Series([one for one, _, _ in people])
    pack = parse_pack(PACK, "harbour.yaml")
    return request.param, bench(record, pack, ids, "chief", request.param, "open_selection")


def test_everybody_is_on_the_bench_or_counted(asked, people):
    _on, found = asked
    assert len(found.people) + sum(found.others.values()) == len(people)
    assert len(found.people) > 100


def test_a_first_day_lies_inside_its_band(asked):
    on, found = asked
    near, far = (pd.Timestamp(later(on, years)) for years in (2, 5))
    for row in found.people.to_dict("records"):
        assert pd.Timestamp(on) < row["first_on"]
        assert row["first_on"] <= near if row["band"] == "1-2" else near < row["first_on"] <= far
    assert set(found.people["band"]) == {"1-2", "3-5"}
    assert (found.others[BEYOND] > 0) == (on != ON)


def test_a_first_day_is_seven_years_after_the_start(asked, people):
    _on, found = asked
    begun = {one: start for one, _, start in people}
    for row in found.people.to_dict("records"):
        assert row["first_on"].date() == later(begun[row["person_id"]], YEARS)


def test_on_the_first_day_every_rule_of_time_is_met_and_on_its_eve_one_is_not(record, asked):
    _on, found = asked
    pack = parse_pack(PACK, "harbour.yaml")
    for shift, is_kept in ((0, True), (1, False)):
        pairs = found.people[["person_id", "first_on"]].rename(columns={"first_on": "as_of"})
        pairs["as_of"] -= pd.Timedelta(days=shift)
        pairs = pairs.assign(post_id="chief", route="open_selection")
        codes = eligibility(record, pack, pairs).codes["been_low"]
        assert (codes == (MET if is_kept else NOT_MET)).all()


def test_nobody_is_on_it_who_retires_before(asked, people):
    on, found = asked
    born = {one: birth for one, birth, _ in people}
    kept = found.people.dropna(subset=["last_day_of_service"])
    assert (kept["last_day_of_service"] >= kept["first_on"]).all()
    for row in found.people.to_dict("records"):
        birth = born[row["person_id"]]
        if birth is None:
            assert pd.isna(row["last_day_of_service"])
            assert "age" in row["to_settle"]
        else:
            # The month in which 58 is reached, to its end.
            assert row["last_day_of_service"].year == birth.year + 58
            assert row["last_day_of_service"].month == birth.month
    if on == ON:
        assert min(found.others[reason] for reason in (NOW, BLOCKED)) > 0


def test_who_will_have_retired_is_counted_as_such(record):
    # Without the rule of age nothing but retirement stands between the old and the bench.
    text = PACK[: PACK.index("  - rule: age")] + PACK[PACK.index("retirement:") :]
    pack = parse_pack(text, "harbour.yaml")
    ids = record.table("person").select("person_id").to_pandas()["person_id"]
    found = bench(record, pack, ids, "chief", DAYS_OF_QUESTION[1], "open_selection")
    assert found.others[RETIRED] > 0
    assert not (found.people["last_day_of_service"] < found.people["first_on"]).any()
