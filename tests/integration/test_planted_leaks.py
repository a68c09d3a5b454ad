"""Every leak that a readiness model is known to fall for, planted, and what stops it.

One leak after the other: it is refused by name while its guard stands, and goes through unseen once
the guard is taken away, so that no test here passes for another reason. What is planted has always
seen the outcome: each twin shows how well it tells it.
"""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from ibis import _

from features.agencies.mapping import Mapping, parse_mapping
from features.asof import AsOf, days_between
from features.assemble import FeatureQuery
from features.errors import LeakageError
from features.tables.record import Record
from tests.lib.careers import drawn_record
from tests.lib.planted import Plant, appointments, each, looked_up, planted_alone
from tests.lib.small_agency import MAPPING as SMALL
from training import backtest, dataset
from training.backtest import Evidence, evidence, split_figures, vacancy_figures, vacancy_rows
from training.dataset import TrainingSet, training_set
from training.figures import Figure
from training.plausibility import auc_of_one

ROOT = Path(__file__).parents[2]
N_PEOPLE = 120
AS_OF = date(2016, 1, 1)
RULES = """\
ladder:
  - {post_class: staff, title: {id: Staf, en: Staff}}
  - {post_class: head, title: {id: Kepala, en: Head}}
  - {post_class: chief, title: {id: Pimpinan, en: Chief}}
vacancies: {classes: [CLASS]}
label: {months: 12, promotion_after_months: 0}
"""
POSTS = """
    post  | unit  | class
    clerk | ports | staff
    scout | roads | staff
    head  | ports | head
    boss  | roads | head
    chief | ports | chief
"""
PACKAGES = ("simulation", "features", "models", "training", "serving", "suksesi")
#: The contracts of import-linter by which nobody reads the truth.
TRUTH_CONTRACTS = (
    "The simulated ministry is known to the protocol and to the command",
    "The truth is written with the ministry and read by the report and the protocol",
)
#: Every guard that stands before a training set.
GUARDS = (
    "require_eves",
    "require_point_in_time",
    "require_no_names",
    "require_no_protected_attribute",
    "require_no_copies",
    "require_plausible",
)


def taken_away(*_args: object, **_kwargs: object) -> None:
    """What stands in the place of a guard that is gone."""


def rules(post_class: str) -> Mapping:
    before, _ladder, _after = SMALL.partition("ladder:\n")
    return parse_mapping(before + RULES.replace("CLASS", post_class), "small.yaml")


def on_the_roads(n: int) -> bool:
    return n % 4 > 1


def fails(n: int) -> bool:
    """One in five on the roads, two in five at the ports."""
    return n % 5 < (1 if on_the_roads(n) else 2)


@cache
def record() -> Record:
    """Clerks and scouts since 2000 who become heads on one of twelve days, announced before.

    Who fails leaves after some months, the others become chiefs after three years; the appraisal of
    the year in the post tells the one from the other.
    """
    lines = ["person | post | start_on | start_recorded_on | end_on"]
    appraisals = []
    for n in range(N_PEOPLE):
        name, year = f"p{n:03}", 2005 + n % 6
        seats = ("scout", "boss") if on_the_roads(n) else ("clerk", "head")
        end = f"{year}-11-01" if fails(n) else f"{year + 3}-01-01"
        lines.append(f"{name} | {seats[0]} | 2000-01-{n % 28 + 1:02} | - | -")
        lines.append(f"{name} | {seats[1]} | {year}-0{n % 2 + 3}-01 | {year}-01-15 | {end}")
        if not fails(n):
            lines.append(f"{name} | chief | {year + 3}-02-01 | - | -")
        appraisals += [appraised(name, year - 1, "good")]
        appraisals += [appraised(name, year, "poor" if fails(n) else "good")]
    return drawn_record(
        posts=POSTS, appointments="\n".join(lines), papers={"appraisal": appraisals}
    )


def appraised(name: str, year: int, predicate: str) -> dict:
    days = dict.fromkeys(("appraised_on", "recorded_on"), f"{year + 1}-02-01")
    return {
        "appraisal_id": f"{name} {year}",
        "person_id": name,
        "year": year,
        "predicate": predicate,
        **days,
    }


def future_rating(asof: AsOf, people: ibis.Table) -> ibis.Table:
    """The share of good ratings, of the years in the new post too."""
    rows = people.join(asof._record.table("appraisal"), "person_id")
    return each(rows, (rows.predicate == "good").mean())


def later_promotion(asof: AsOf, people: ibis.Table) -> ibis.Table:
    """Whether somebody rose within four years after the decision, and so had done well."""
    posts = asof._record.table("post").select("post_id", "post_class")
    rows = appointments(asof, people).join(posts, "post_id")
    until = rows.as_of + ibis.interval(years=4)
    rose = (rows.post_class == "chief") & (rows.start_on > rows.as_of) & (rows.start_on < until)
    return each(rows, rose.any().cast("int64"))


def appointment_flag(asof: AsOf, people: ibis.Table) -> ibis.Table:
    """Whether somebody begins in a post the day after the eve; the record knew of it before."""
    rows = appointments(asof, people)
    return each(rows, (days_between(rows.as_of, rows.start_on) == 1).any().cast("int64"))


def label_period_duration(asof: AsOf, people: ibis.Table) -> ibis.Table:
    """How long the appointment that is decided about will have lasted."""
    rows = appointments(asof, people)
    rows = rows.filter(days_between(rows.as_of, rows.start_on) == 1)
    return each(rows, days_between(rows.start_on, rows.end_on).max())


def unit_encoded_on_all_rows(asof: AsOf, people: ibis.Table) -> ibis.Table:
    """The share of heads of the present unit who stayed a year, whenever that was."""
    heads = asof._record.table("post").filter(_.post_class == "head").select("post_id", "unit_id")
    heads = asof._record.table("appointment").join(heads, "post_id")
    stayed = days_between(heads.start_on, heads.end_on.coalesce(ibis.date(2100, 1, 1))) > 365
    rates = heads.group_by("unit_id").agg(rate=stayed.mean())
    return each(present_units(asof, people).join(rates, "unit_id"), _.rate.max())


def unit_encoded_elsewhere(asof: AsOf, people: ibis.Table) -> ibis.Table:
    """The same share, worked out in another program and brought along."""
    rows = present_units(asof, people)
    return each(rows, looked_up(rows.unit_id, {"ports": 0.6, "roads": 0.8}).max())


def unit_encoded_as_known(asof: AsOf, people: ibis.Table) -> ibis.Table:
    """The same share as it may be used: of heads whose year was over by the date of the row."""
    held = asof.held_of_everybody
    over = held.filter((held.post_class == "head") & (days_between(_.start_on, _.as_of) > 365))
    stayed = days_between(over.start_on, over.until_on) > 365
    rates = over.group_by("unit_id", "as_of").agg(rate=stayed.mean())
    return each(present_units(asof, people).join(rates, ["unit_id", "as_of"]), _.rate.max())


def present_units(asof: AsOf, people: ibis.Table) -> ibis.Table:
    """The unit that each person serves in since 2000."""
    held = asof.held_of_everybody
    held = held.filter(held.post_class == "staff").select("person_id", "as_of", "unit_id")
    return people.join(held, ["person_id", "as_of"])


def truth_of_people(_asof: AsOf, people: ibis.Table) -> ibis.Table:
    """What a file beside the exports says of everybody."""
    n = people.person_id.substr(1, 3).try_cast("int64")
    is_failure = n % 5 < ibis.ifelse(n % 4 > 1, 1, 2)
    return each(people, (~is_failure).cast("int64").max())


@dataclass(frozen=True)
class Planted:
    """A leak in a feature, the guards each of which stops it, and how well it tells the outcome."""

    plant: Plant
    guards: tuple[str, ...]
    auc: float


LEAKS = {
    "future_rating_in_features": Planted(
        future_rating, ("require_point_in_time", "require_plausible"), 0.99
    ),
    "post_decision_promotion": Planted(
        later_promotion, ("require_point_in_time", "require_plausible"), 0.99
    ),
    "appointment_flag_among_the_features": Planted(
        appointment_flag, ("require_point_in_time",), 0.5
    ),
    "label_period_duration": Planted(
        label_period_duration, ("require_point_in_time", "require_plausible"), 0.99
    ),
    "target_encoded_unit_fitted_on_test": Planted(
        unit_encoded_on_all_rows, ("require_point_in_time",), 0.54
    ),
    "target_encoded_unit_fitted_elsewhere": Planted(
        unit_encoded_elsewhere, ("require_no_names",), 0.54
    ),
    "truth_of_people": Planted(truth_of_people, ("require_no_names", "require_plausible"), 0.99),
}


def trained_with(plant: Plant) -> TrainingSet:
    return training_set(record(), rules("head"), AS_OF, **planted_alone(planted=plant))


@pytest.mark.parametrize(
    ("leak", "guard"), [(leak, guard) for leak, one in LEAKS.items() for guard in one.guards]
)
def test_leak_in_a_feature_is_refused_by_each_of_its_guards_alone(
    leak: str, guard: str, monkeypatch: pytest.MonkeyPatch
):
    for other in set(GUARDS) - {guard}:
        monkeypatch.setattr(dataset, other, taken_away)
    with pytest.raises(LeakageError, match=r": .*\bplanted\b"):
        trained_with(LEAKS[leak].plant)


@pytest.mark.parametrize("leak", LEAKS)
def test_leak_in_a_feature_goes_through_unseen_without_its_guard(
    leak: str, monkeypatch: pytest.MonkeyPatch
):
    for guard in LEAKS[leak].guards:
        monkeypatch.setattr(dataset, guard, taken_away)
    made = trained_with(LEAKS[leak].plant)
    told = auc_of_one(made.X["planted"].to_numpy(), made.y.to_numpy() == 1)
    assert told >= LEAKS[leak].auc


def test_appointment_flag_tells_who_was_chosen_from_who_was_not(monkeypatch: pytest.MonkeyPatch):
    """It tells no success: all with a label were chosen, and nobody of the others was."""
    monkeypatch.setattr(dataset, "require_point_in_time", taken_away)
    made = trained_with(appointment_flag)
    assert set(made.X["planted"]) == {1.0}
    assert set(made.background["planted"]) == {0.0}


def test_outcomes_of_a_unit_known_on_the_date_of_each_row_are_a_feature():
    made = trained_with(unit_encoded_as_known)
    assert made.X["planted"].isna()[made.day < "2006-01-01"].all()
    assert set(made.X["planted"][made.day > "2009-01-01"]) == {0.6, 0.8}


def with_the_last_snapshot(rows: pd.DataFrame) -> pd.DataFrame:
    """One snapshot a person, the last: what a table without dates is."""
    return rows.assign(as_of=pd.Timestamp(AS_OF))


def test_later_snapshot_of_a_person_is_refused_in_a_training_set(monkeypatch: pytest.MonkeyPatch):
    known = dataset.matured
    monkeypatch.setattr(dataset, "matured", lambda rows: with_the_last_snapshot(known(rows)))
    with pytest.raises(LeakageError, match="another snapshot than that of their eve"):
        trained_with(unit_encoded_as_known)
    # As known on its date each feature is honest: no other guard sees that the date is wrong.
    monkeypatch.setattr(dataset, "require_eves", taken_away)
    assert len(trained_with(unit_encoded_as_known).X)


FIRST_TESTED, CHANGE = 2006, 2007
DAYS = [f"{2001 + place // 3}-{1 + place % 3 * 4:02}-01" for place in range(36)]
PER_DAY = 12


@cache
def days_record() -> Record:
    """Clerks of 2000 who become heads, twelve a day, twice each.

    Since a change of government most fail; how many years somebody was a clerk tells under which.
    """
    lines = ["person | post | start_on | end_on"]
    n_people = len(DAYS) * PER_DAY // 2
    lines += [f"p{n:03} | clerk | 2000-01-01 | -" for n in range(n_people)]
    draw = np.random.default_rng(3)
    for place, on in enumerate(map(pd.Timestamp, DAYS)):
        for n in range(PER_DAY):
            name = f"p{(place * PER_DAY + n) % n_people:03}"
            is_short = draw.random() < (0.25 if on.year < CHANGE else 0.9)
            end = on + pd.DateOffset(days=120 if is_short else 700)
            seat = ("head", "boss")[n % 2]
            lines.append(f"{name} | {seat} | {on.date()} | {end.date()}")
    return drawn_record(posts=POSTS, appointments="\n".join(lines))


@cache
def of_the_backtest() -> Evidence:
    """No post of the highest class is ever filled, so that there are no pools to rank."""
    return evidence(days_record(), rules("chief"), date(2015, 1, 1))


def told(given: Evidence) -> dict[str, Figure]:
    tested = vacancy_rows(given, FIRST_TESTED, lambda _text: None)
    rows = [*vacancy_figures(tested), *split_figures(given, tested)]
    return {row.name: row for row in rows}


def values(name: str, *reports: dict[str, Figure]) -> list[float]:
    """A figure of several backtests, which each must have it."""
    found = [report[name].value for report in reports]
    assert None not in found
    return [value for value in found if value is not None]


@cache
def honest() -> dict[str, Figure]:
    return told(of_the_backtest())


def test_later_snapshot_of_a_person_on_both_sides_is_refused_in_a_backtest(
    monkeypatch: pytest.MonkeyPatch,
):
    given = of_the_backtest()
    late = with_the_last_snapshot(given.decisions)
    features = FeatureQuery(days_record()).frame(late).set_axis(late["appointment_id"])
    planted = replace(given, decisions=late, decision_features=features)
    is_tested = late["decided_on"] >= pd.Timestamp(FIRST_TESTED, 1, 1)
    assert set(late["person_id"][is_tested]) & set(late["person_id"][~is_tested])
    with pytest.raises(LeakageError, match="another snapshot than that of their eve"):
        told(planted)
    monkeypatch.setattr(backtest, "require_apart", taken_away)
    flattered, fair = values("readiness.auc", told(planted), honest())
    assert flattered > 0.8 > 0.5 > fair


def test_random_instead_of_temporal_split_is_refused(monkeypatch: pytest.MonkeyPatch):
    given = of_the_backtest()
    planted = replace(given, known_on=lambda _on: given.decisions)
    with pytest.raises(LeakageError, match="tested whose day is learnt from"):
        told(planted)
    monkeypatch.setattr(backtest, "require_apart", taken_away)
    flattered, fair = values("readiness.log_loss", told(planted), honest())
    assert flattered < fair - 0.5


def test_report_shows_by_how_much_a_random_split_would_flatter():
    """How it went under a government is known to the rows of its own days only."""
    figures = honest()
    by_loss = figures["readiness.random_split_optimism"]
    by_auc = figures["readiness.random_split_optimism_auc"]
    assert by_loss.low is not None
    assert by_auc.low is not None
    assert by_loss.low > 0.2
    assert by_auc.low > 0


def test_report_shows_nothing_to_flatter_once_the_backtest_itself_splits_at_random(
    monkeypatch: pytest.MonkeyPatch,
):
    """What the report compares with is the split by time; without it the difference is gone."""
    given = of_the_backtest()
    monkeypatch.setattr(backtest, "require_apart", taken_away)
    report = told(replace(given, known_on=lambda _on: given.decisions))
    (optimism,) = values("readiness.random_split_optimism", report)
    assert optimism < 0.05


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter over a copy of the packages, apart from this checkout."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The packages with an import of the truth planted where training sets are made."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=only_python)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / "training" / "dataset.py"
    planted.write_text(
        planted.read_text(encoding="utf-8") + "\nimport simulation.truth\n", encoding="utf-8"
    )
    return tmp_path


def only_python(folder: str, names: list[str]) -> set[str]:
    return {n for n in names if not n.endswith(".py") and not (Path(folder) / n).is_dir()}


def test_truth_store_import_breaks_the_contracts(copied: Path):
    done = linted(copied)
    assert done.returncode == 1
    for contract in TRUTH_CONTRACTS:
        assert re.search(rf"{contract}.* BROKEN", " ".join(done.stdout.split()))
    assert "training.dataset -> simulation.truth" in done.stdout
    assert f"{len(TRUTH_CONTRACTS)} broken" in done.stdout


def test_truth_store_import_goes_through_unseen_without_its_contracts(copied: Path):
    path = copied / "pyproject.toml"
    head, *contracts = path.read_text(encoding="utf-8").split("[[tool.importlinter.contracts]]")
    kept = [one for one in contracts if not any(name in one for name in TRUTH_CONTRACTS)]
    assert len(contracts) - len(kept) == len(TRUTH_CONTRACTS)
    path.write_text("[[tool.importlinter.contracts]]".join([head, *kept]), encoding="utf-8")
    done = linted(copied)
    assert done.returncode == 0, done.stdout
