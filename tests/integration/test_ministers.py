"""The main job on real careers: exports in, a ranked and explained list out.

All through the command line, in this process.
"""

import json
import re
from datetime import date
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from tests.lib.command import Done, succeeded, suksesi
from tests.lib.ministers import (
    POST,
    QUESTION,
    TRAINED_AS_OF,
    appointed_before,
    protected_values,
    sitting_on,
)
from tests.lib.written import read_written

pytestmark = pytest.mark.xdist_group("ministers")

EARLIER = "2015-01-01"


@pytest.fixture(scope="module")
def listed(ministers_home: Path) -> Done:
    return succeeded(suksesi("recommend", *QUESTION, "--top", "10", "--json", home=ministers_home))


@pytest.fixture(scope="module")
def everybody(ministers_home: Path) -> dict:
    """The whole list, down to its last candidate."""
    done = suksesi("recommend", *QUESTION, "--top", "1000", "--json", home=ministers_home)
    return succeeded(done).json


@pytest.fixture(scope="module")
def frame(ministers_home: Path) -> pd.DataFrame:
    """The feature frame of the date, of all who can be ranked and all strategic posts."""
    done = suksesi("features", "--as-of", TRAINED_AS_OF, "--json", home=ministers_home)
    return read_written(Path(succeeded(done).json["folder"]))


@pytest.fixture(scope="module")
def turned_away(everybody: dict, frame: pd.DataFrame) -> str:
    """Somebody who can be ranked and is not on the list."""
    listed = {candidate["person_id"] for candidate in everybody["candidates"]}
    return min(set(frame["person_id"]) - listed)


def test_list_is_ranked_and_probabilities_descend(listed):
    candidates = listed.json["candidates"]
    assert len(candidates) == 10
    assert [c["position"] for c in candidates][0] == 1
    assert [c["position"] for c in candidates] == sorted(c["position"] for c in candidates)
    shown = [c["readiness"]["probability"] for c in candidates]
    assert shown == sorted(shown, reverse=True)
    assert len({c["person_id"] for c in candidates}) == 10


def test_list_names_the_question_the_record_and_the_model(listed, ministers_home):
    answer = listed.json
    assert answer["agency"] == "uk_ministers"
    assert answer["post"]["title"] == POST
    assert answer["post"]["is_strategic"] is True
    assert answer["as_of"] == TRAINED_AS_OF
    assert answer["snapshot"] == (ministers_home / "snapshots" / "current").read_text()
    assert answer["model"]["label_cutoff_on"] == TRAINED_AS_OF
    assert answer["retrospective"] is False
    assert len(answer["notices"]) == 1
    assert "A person decides" in answer["notices"][0]["en"]


def test_every_candidate_is_explained_to_the_shown_probability(everybody):
    for candidate in everybody["candidates"]:
        told = candidate["readiness"]
        total = told["base"] + sum(told["contributions"].values()) + told["calibration_term"]
        assert total == pytest.approx(told["logit"], abs=1e-6)
        assert logit(told["probability"]) == pytest.approx(told["logit"], abs=1e-6)


def test_reasons_are_sentences_in_both_languages_with_their_contribution(listed):
    for candidate in listed.json["candidates"]:
        assert candidate["readiness"]["reasons"]
        for reason in candidate["readiness"]["reasons"]:
            assert reason["sentence"]["en"].endswith(".")
            assert reason["sentence"]["id"].endswith(".")
            assert reason["sentence"]["en"] != reason["sentence"]["id"]
            if reason["group"] is not None:
                told = candidate["readiness"]["contributions"][reason["group"]]
                assert reason["contribution"] == told


def test_four_outputs_stand_side_by_side(listed):
    for candidate in listed.json["candidates"]:
        assert candidate["eligibility"]["status"] in ("met", "needs checking")
        rules = candidate["eligibility"]["rules"]
        assert [rule["rule"] for rule in rules] == ["governing_party", "parliament", "appointment"]
        assert all(rule["citation"] for rule in rules)
        assert [rule["due"] for rule in rules] == ["list", "list", "appointment"]
        assert candidate["policy_lane"]["status"] == "unknown"
        assert 0 < candidate["readiness"]["probability"] < 1
        evidence = candidate["evidence"]
        assert evidence["n_missing"] == len(evidence["missing"]) <= evidence["n_features"]


def test_evidence_tells_the_newest_start_or_end_in_the_published_file(everybody, ministers_exports):
    rows = pd.read_csv(ministers_exports / "appointment.csv")
    # An end before its start is withheld: nobody knows when it was.
    ends = rows["end_date"].where(rows["end_date"] >= rows["start_date"])
    days = pd.concat([rows["start_date"], ends]).set_axis([*rows["person_id"]] * 2)
    newest = days[days <= TRAINED_AS_OF].groupby(level=0).max()
    for candidate in everybody["candidates"]:
        assert candidate["evidence"]["newest_career_fact_on"] == newest[candidate["person_id"]]


def test_list_and_those_turned_away_are_everybody_who_can_be_ranked(everybody, frame):
    n_listed = len(everybody["candidates"])
    assert n_listed + everybody["n_turned_away"] == everybody["n_rankable"]
    assert everybody["n_rankable"] == frame["person_id"].nunique()


def test_the_first_ten_are_the_first_ten_of_all(listed, everybody):
    assert everybody["candidates"][:10] == listed.json["candidates"]


def test_nobody_listed_was_first_appointed_on_or_after_the_date(everybody, ministers_exports):
    listed = {candidate["person_id"] for candidate in everybody["candidates"]}
    assert listed <= appointed_before(ministers_exports, TRAINED_AS_OF)


def test_everybody_listed_sits_in_a_house_on_the_date(everybody, ministers_exports):
    listed = {candidate["person_id"] for candidate in everybody["candidates"]}
    assert listed <= sitting_on(ministers_exports, TRAINED_AS_OF)


def test_everybody_who_can_be_ranked_was_appointed_and_sits(frame, ministers_exports):
    expected = appointed_before(ministers_exports, TRAINED_AS_OF)
    expected &= sitting_on(ministers_exports, TRAINED_AS_OF)
    assert set(frame["person_id"]) == expected


def test_a_second_run_gives_the_same_bytes(listed, ministers_home):
    again = suksesi("recommend", *QUESTION, "--top", "10", "--json", home=ministers_home)
    assert again.out == listed.out


def test_a_second_training_is_the_same_model_and_no_new_version(listed, ministers_home):
    asked = ("train", "--as-of", TRAINED_AS_OF, "--horizon", "--json")
    again = succeeded(suksesi(*asked, home=ministers_home))
    assert again.json["is_new"] is False
    assert again.json["version"] == 1
    assert again.json["digest"] == listed.json["model"]["digest"]


def test_the_bench_of_a_real_post_tells_why_there_are_no_chances(ministers_home):
    answer = succeeded(suksesi("bench", *QUESTION, "--json", home=ministers_home)).json
    # By the rules of the pack everybody is ready; whose party holds the office is no event.
    assert answer["horizon"] is None
    assert "too few people have become ready" in answer["no_horizon"]["en"]
    shown = succeeded(suksesi("bench", *QUESTION, home=ministers_home)).out
    assert "too few people have become ready" in " ".join(shown.split())


def test_everybody_has_an_interval_a_set_and_a_tie_band_and_nobody_is_left_out(everybody):
    candidates = everybody["candidates"]
    assert len(candidates) == everybody["n_rankable"] - everybody["n_turned_away"]
    bands = [one["tie_band"] for one in candidates]
    assert bands[0] == 1
    assert set(np.diff(bands)) == {0, 1}
    assert bands[-1] < len(candidates)
    for one in candidates:
        told = one["readiness"]
        assert told["interval"]["low"] <= told["probability"] <= told["interval"]["high"]
        assert set(told["outcomes"]) <= {"failure", "success"}
        assert told["abstains"] == bool(told["flags"])
    # The order is that of readiness, whoever has a flag.
    shown = [one["readiness"]["probability"] for one in candidates]
    assert shown == sorted(shown, reverse=True)
    assert sum(one["readiness"]["abstains"] for one in candidates) > 0


def test_flags_are_told_in_both_languages_and_on_the_command_line(everybody, ministers_home):
    flags = {f["flag"]: f for one in everybody["candidates"] for f in one["readiness"]["flags"]}
    assert "undecided" in flags
    # This agency keeps no assessments: that is nobody's gap.
    assert not {"old_assessment", "thin_requirements"} & set(flags)
    flagged = next(one for one in everybody["candidates"] if one["readiness"]["flags"])
    low = f"({flagged['readiness']['interval']['low']:.2f} "
    for language, abstains in (("en", "not to be relied on"), ("id", "jangan dijadikan pegangan")):
        arguments = (flagged["person_id"], *QUESTION, "--language", language)
        said = succeeded(suksesi("explain", *arguments, home=ministers_home)).out
        assert low in said
        for flag in flagged["readiness"]["flags"]:
            assert f"{abstains}: {flag['sentence'][language]}" in said


def test_explain_tells_what_the_list_tells(listed, ministers_home):
    first = listed.json["candidates"][0]
    done = suksesi("explain", first["person_id"], *QUESTION, "--json", home=ministers_home)
    told = succeeded(done).json["candidate"]
    assert told == {**first, "position": None, "tie_band": None}


def test_readiness_of_somebody_turned_away_is_told_beside_the_rule(turned_away, ministers_home):
    done = suksesi("explain", turned_away, *QUESTION, "--json", home=ministers_home)
    told = succeeded(done).json["candidate"]
    assert told["eligibility"]["status"] == "not met"
    assert 0 < told["readiness"]["probability"] < 1
    assert told["readiness"]["reasons"]


def test_registry_predicts_the_probabilities_shown(everybody, frame, ministers_home):
    mlflow.set_tracking_uri(f"sqlite:///{ministers_home}/mlflow.db")
    loaded = mlflow.pyfunc.load_model("models:/suksesi-readiness@champion")
    rows = frame[frame["post_id"] == everybody["post"]["post_id"]].set_index("person_id")
    predicted = loaded.predict(rows.drop(columns=["post_id", "as_of"]))
    assert isinstance(predicted, pd.DataFrame)
    candidates = everybody["candidates"]
    shown = pd.Series({c["person_id"]: c["readiness"]["probability"] for c in candidates})
    told = predicted.loc[shown.index, "probability"]
    np.testing.assert_allclose(told, shown, rtol=0, atol=1e-12)


def test_a_date_before_the_label_cut_off_is_refused(ministers_home):
    done = suksesi("recommend", POST, "--as-of", EARLIER, home=ministers_home)
    assert (done.code, done.out) == (1, "")
    assert "knows outcomes up to 2019-07-01" in done.err
    assert "Traceback" not in done.err


def test_who_looks_back_on_purpose_is_told_so(ministers_home):
    done = suksesi(
        "recommend", POST, "--as-of", EARLIER, "--retrospective", "--json", home=ministers_home
    )
    answer = succeeded(done).json
    assert answer["retrospective"] is True
    assert any("Looking back" in notice["en"] for notice in answer["notices"])
    assert any("Melihat ke belakang" in notice["id"] for notice in answer["notices"])


def test_looking_back_is_said_only_where_it_is_done(ministers_home, listed):
    done = suksesi("recommend", *QUESTION, "--retrospective", "--json", home=ministers_home)
    assert succeeded(done).out == listed.out


def test_unknown_post_is_refused_with_the_closest_titles(ministers_home):
    done = suksesi(
        "recommend", "Secretary of State for Educaton", *QUESTION[1:], home=ministers_home
    )
    assert (done.code, done.out) == (1, "")
    assert f"'{POST}'" in done.err


def test_a_title_that_means_several_posts_is_refused_with_their_ids(ministers_home):
    # No Department for Education was open in 1985, and two have been since.
    done = suksesi(
        "recommend", POST, "--as-of", "1985-01-01", "--retrospective", home=ministers_home
    )
    assert done.code == 1
    assert "several posts have that title" in done.err
    assert len(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", done.err)) == 2


def test_more_candidates_than_there_are_gives_all(everybody):
    assert len(everybody["candidates"]) < 1000


def test_training_long_after_the_record_ends_is_refused(ministers_home):
    # Whoever was in post when it ends would count as a success.
    done = suksesi("train", "--as-of", "2035-01-01", home=ministers_home)
    assert done.code == 1
    assert "at most a year later" in done.err


def test_backtest_from_a_year_without_appointments_is_refused(ministers_home):
    done = suksesi("backtest", "--from-year", "2200", home=ministers_home)
    assert done.code == 1
    assert "no appointment begins from then on" in done.err


@pytest.fixture(scope="module")
def for_reading(ministers_home: Path) -> dict[str, str]:
    """The list as text, in each language."""
    return {
        language: succeeded(
            suksesi("recommend", *QUESTION, "--language", language, home=ministers_home)
        ).out
        for language in ("en", "id")
    }


def test_list_for_reading_shows_the_same_people_in_either_language(listed, for_reading):
    expected = [candidate["person_id"] for candidate in listed.json["candidates"]]
    for language, decides in (("en", "A person decides."), ("id", "Keputusan ada pada manusia.")):
        lines = for_reading[language].splitlines()
        ranked = [line.split()[1] for line in lines if re.match(r" *\d+\. ", line)]
        assert ranked == expected
        assert any(decides in line for line in lines)


def test_lines_around_the_sentences_are_in_the_language_asked_for(
    for_reading, turned_away, ministers_home
):
    asked = ("explain", turned_away, *QUESTION, "--language")
    for language, told, others in (
        ("en", "eligibility: needs checking|eligibility: met", "kelayakan|orang dapat|kesiapan"),
        ("id", "kelayakan: perlu diperiksa|kelayakan: memenuhi", "eligib|people can|readiness"),
    ):
        text = for_reading[language]
        assert re.search(told, text)
        assert not re.search(others, text)
    explained = {name: suksesi(*asked, name, home=ministers_home).out for name in ("en", "id")}
    assert re.search(
        r"eligibility: not met.*typical candidate.*calibration.*sum", explained["en"], re.DOTALL
    )
    assert re.search(
        r"kelayakan: tidak memenuhi.*kandidat pada umumnya.*jumlah", explained["id"], re.DOTALL
    )


def test_neither_party_nor_sex_is_in_any_output(
    everybody, for_reading, turned_away, frame, ministers_home, ministers_exports
):
    explained = succeeded(suksesi("explain", turned_away, *QUESTION, home=ministers_home)).out
    told = [json.dumps(everybody, ensure_ascii=False), " ".join(frame.columns), explained]
    told += for_reading.values()
    values = protected_values(ministers_exports)
    assert {"Conservative", "Labour", "female"} <= values
    for value in values:
        pattern = re.compile(rf"\b{re.escape(value)}\b", re.IGNORECASE)
        assert not [text for text in told if pattern.search(text)], value


def test_frame_is_of_one_date_and_every_strategic_post(frame, everybody):
    assert {date.fromisoformat(str(day)[:10]) for day in frame["as_of"]} == {date(2019, 7, 1)}
    assert everybody["post"]["post_id"] in set(frame["post_id"])
    assert len(frame) == frame["person_id"].nunique() * frame["post_id"].nunique()
