"""The audit itself: what is planted is found, and nothing else."""

import json
from functools import cache

import pytest

from features.errors import AuditError
from features.tables.record import Record
from tests.lib.backtested import record, rows
from training.audits import wording
from training.audits.selection_rates import AttributeAudit, SelectionAudit, selection_audit
from training.backtest_rows import BacktestRows
from training.figures import as_json


@cache
def known(without: tuple[str, ...] = ()) -> Record:
    return record(without=without)


@cache
def audit(
    *,
    n_vacancies: int = 60,
    taken_off: float = 0.0,
    shift: float = 0.0,
    without: tuple[str, ...] = (),
) -> SelectionAudit:
    told = rows(n_vacancies=n_vacancies, taken_off=taken_off, shift=shift)
    return selection_audit(told, known(without))


def by_sex(found: SelectionAudit) -> AttributeAudit:
    return found.attributes[0]


@pytest.mark.parametrize(
    ("n_vacancies", "taken_off", "verdict"),
    [(200, 1.0, "below 0.8"), (200, 0.0, "at or above 0.8"), (14, 0.3, "cannot tell")],
)
def test_a_planted_disparity_changes_the_verdict_and_the_sentence(n_vacancies, taken_off, verdict):
    one = by_sex(audit(n_vacancies=n_vacancies, taken_off=taken_off))
    readiness, _panel = one.rates
    assert readiness.verdict == verdict
    assert wording.rates_finding(one, readiness).startswith(f"Finding: {verdict}: in the order of")
    if verdict == "below 0.8":
        assert readiness.found is not None
        assert readiness.found.impact_ratio.group == "female"


def test_the_panel_is_measured_by_whom_it_chose_and_not_by_the_scores():
    without, planted = (by_sex(audit(taken_off=off)).rates[1] for off in (0.0, 1.5))
    assert without == planted
    assert planted.shown == 1
    assert planted.found is not None
    told = rows()
    sexes = dict(zip(told.candidates["person_id"], told.candidates["person_id"], strict=True))
    chosen = told.candidates[told.candidates["is_appointed"]]["person_id"]
    women = sum(int(sexes[person][1:]) % 2 for person in chosen)
    pool_women = sum(int(person[1:]) % 2 for person in told.candidates["person_id"])
    rates = {one.group: one.rate for one in planted.found.groups}
    assert rates["female"] == pytest.approx(women / pool_women)
    assert planted.n_people == chosen.nunique()


def test_a_vacancy_whose_holder_came_from_elsewhere_is_no_panels_choice():
    told = rows()
    candidates = told.candidates.copy()
    candidates.loc[candidates["vacancy_id"] < "v010", "is_appointed"] = False
    found = selection_audit(BacktestRows(told.made_of, candidates, told.decisions), known())
    readiness, panel = by_sex(found).rates
    assert (readiness.n_vacancies, panel.n_vacancies) == (60, 50)


def test_the_pool_is_counted_and_bands_stand_from_the_youngest_on():
    sex, age = audit().attributes
    assert sum(sex.pool.values()) == 60 * 20
    assert list(age.pool) == ["under 35", "35-44", "45-54", "55 and over"]
    assert (sex.n_not_recorded, age.n_not_recorded) == (0, 0)


@pytest.mark.parametrize(
    ("shift", "verdict"), [(0.15, "estimates too high"), (-0.2, "estimates too low")]
)
def test_estimates_that_flatter_a_group_are_told(shift: float, verdict: str):
    found = {one.group: one.verdict for one in by_sex(audit(shift=shift)).calibration}
    assert found == {"female": "cannot tell", "male": verdict}
    text = wording.calibration_finding(by_sex(audit(shift=shift)))
    assert f"male: estimates are {verdict.removeprefix('estimates ')}" in text


def test_an_attribute_that_is_not_on_record_is_no_group_and_no_finding():
    sex, age = audit(without=("sex",)).attributes
    assert (sex.pool, sex.calibration, sex.n_not_recorded) == ({}, (), 1200)
    assert [rates.found for rates in sex.rates] == [None, None]
    assert [rates.verdict for rates in sex.rates] == ["cannot tell", "cannot tell"]
    assert "not recorded for any of 1,200" in wording.pool_finding(sex)
    assert age.pool
    names = {row.name for row in audit(without=("sex",)).figures}
    assert "audit.sex.pool.not_recorded" in names
    assert not [name for name in names if "unknown" in name or "nan" in name]


def test_people_of_no_known_group_keep_their_places():
    told = rows(taken_off=1.0)
    half = told.candidates["person_id"].str[1:].astype(int) >= 120
    without = told.candidates[~half]
    apart = selection_audit(BacktestRows(told.made_of, without, told.decisions), known())
    beside = told.candidates.assign(person_id=told.candidates["person_id"].where(~half, "stranger"))
    together = selection_audit(BacktestRows(told.made_of, beside, told.decisions), known())
    one, other = by_sex(apart), by_sex(together)
    assert one.pool == other.pool
    assert other.n_not_recorded == int(half.sum())
    # Strangers take places among the first, so the others' rates are lower and not the same.
    alone, beside_others = one.rates[0].found, other.rates[0].found
    assert alone is not None
    assert beside_others is not None
    assert beside_others.groups[0].rate < alone.groups[0].rate


def test_the_same_rows_give_the_same_figures_and_they_are_json():
    one = selection_audit(rows(n_vacancies=9), known()).figures
    other = selection_audit(rows(n_vacancies=9), record()).figures
    assert one == other
    told = json.loads(as_json(one), parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    assert len({row["name"] for row in told}) == len(told)
    names = {row["name"]: row for row in told}
    ratio = names["audit.sex.readiness.impact_ratio5"]
    assert ratio["low"] <= ratio["value"]
    assert ratio["high"] is None
    assert names["audit.sex.calibration.female.gap"]["low"] is not None


@pytest.mark.parametrize(
    ("column", "what"), [("score", "no score"), ("vacancy_id", "of no vacancy")]
)
def test_a_missing_score_or_vacancy_is_an_error_and_not_a_group_that_cannot_be_compared(
    column: str, what: str
):
    told = rows()
    candidates = told.candidates.copy()
    candidates.loc[3, column] = None
    with pytest.raises(AuditError, match=what):
        selection_audit(BacktestRows(told.made_of, candidates, told.decisions), known())


def test_no_sentence_calls_anything_fair_and_each_has_a_limit():
    for found in (audit(taken_off=1.0, shift=0.15), audit(n_vacancies=14, taken_off=0.3)):
        for row in wording.findings(found):
            assert row["finding"].startswith("Finding: ")
            assert row["limit"].startswith("Limit: ")
            words = f"{row['finding']} {row['limit']}".lower()
            assert "fair" not in words
            assert "nan" not in words.split()
