import numpy as np
import pandas as pd
import pytest

from features.errors import AuditError
from training.audits.disparity import GroupRate, disparity, share_shown


def pools(n_vacancies: int, taken_off: float, seed: int = 3) -> pd.DataFrame:
    """Pools of twenty, half of them women, from whose scores something is taken."""
    draw = np.random.default_rng(seed)
    rows = pd.DataFrame({"vacancy": np.repeat(np.arange(n_vacancies), 20)})
    rows["group"] = draw.permuted(np.tile(["woman", "man"], (n_vacancies, 10)), axis=1).ravel()
    rows["score"] = draw.normal(0, 1, len(rows)) - taken_off * (rows["group"] == "woman")
    return rows


def by_hand(rows: pd.DataFrame, shown: int) -> dict[str, float]:
    """Rates where no two scores are alike."""
    first = rows.sort_values("score", ascending=False).groupby("vacancy").head(shown)
    return (first["group"].value_counts() / rows["group"].value_counts()).to_dict()


@pytest.mark.parametrize("shown", [1, 5])
def test_rates_are_those_counted_by_hand(shown: int):
    rows = pools(80, 0.4)
    found = disparity(rows.sample(frac=1, random_state=1), shown=shown)
    expected = by_hand(rows, shown)
    assert {one.group: one.rate for one in found.groups} == pytest.approx(expected)
    assert (found.reference, found.n_vacancies) == ("man", 80)
    assert found.impact_ratio.group == "woman"
    assert found.impact_ratio.ratio == pytest.approx(expected["woman"] / expected["man"])
    assert [one.n_candidates for one in found.groups] == [800, 800]


def test_verdicts_need_enough_vacancies():
    assert disparity(pools(600, 0.9)).impact_ratio.verdict == "below 0.8"
    assert disparity(pools(600, 0.0)).impact_ratio.verdict == "at or above 0.8"
    assert disparity(pools(12, 0.3)).impact_ratio.verdict == "cannot tell"


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.5, 0.79, "below 0.8"),
        (0.5, 0.8, "cannot tell"),
        (0.79, 0.9, "cannot tell"),
        (0.8, 0.9, "at or above 0.8"),
    ],
)
def test_a_verdict_is_given_where_the_interval_lies_on_one_side(low, high, verdict):
    assert GroupRate("woman", 10, 0.1, 0.7, low, high).verdict == verdict


def test_the_interval_holds_the_truth_about_as_often_as_it_is_said():
    # A score that knows nothing of groups: the ratio of the woman's rate to the man's is one.
    held = []
    for seed in range(40):
        found = disparity(pools(60, 0.0, seed))
        (other,) = [one for one in found.groups if one.group != found.reference]
        assert other.low < other.ratio < other.high
        held.append(other.low <= 1 <= other.high)
    assert np.mean(held) > 0.85


def test_the_interval_narrows_with_the_root_of_the_vacancies():
    few, many = (disparity(pools(n, 0.2)).impact_ratio for n in (100, 1600))
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(4, rel=0.25)


def test_whole_vacancies_are_drawn():
    # The same vacancy fifty times over tells no more than once: within it, nothing varies by lot.
    rows = pools(30, 0.2)
    again = pd.concat([rows, rows.assign(vacancy=rows["vacancy"])], ignore_index=True)
    apart = pd.concat([rows, rows.assign(vacancy=rows["vacancy"] + 30)], ignore_index=True)
    one, two = disparity(again, shown=10).impact_ratio, disparity(apart).impact_ratio
    assert one.ratio == pytest.approx(two.ratio)
    assert one.high - one.low > 1.25 * (two.high - two.low)


def test_groups_that_are_too_small_are_counted_and_not_judged():
    rows = pools(40, 0.0)
    rows.loc[:9, "group"] = "other"
    found = disparity(rows)
    assert {one.group for one in found.groups} == {"woman", "man"}
    assert found.left_out == {"other": 10}


def test_who_is_of_no_group_keeps_the_place_in_the_list():
    rows = pd.DataFrame(
        {
            "vacancy": [1, 1, 1],
            "score": [0.9, 0.5, 0.1],
            "group": [None, "woman", "man"],
        }
    )
    found = disparity(rows, shown=2)
    assert {one.group: one.rate for one in found.groups} == {"woman": 1.0, "man": 0.0}


def test_those_tied_share_the_places():
    score = pd.Series([0.5, 0.9, 0.5, 0.5, 0.1, 0.7])
    vacancy = pd.Series([1, 1, 1, 1, 1, 2])
    shares = share_shown(vacancy, score, 2)
    np.testing.assert_allclose(shares, [1 / 3, 1, 1 / 3, 1 / 3, 0, 1])
    assert share_shown(vacancy, score, 9).tolist() == [1.0] * 6


def test_the_same_rows_give_the_same_interval_in_any_order():
    rows = pools(50, 0.1)
    one, other = disparity(rows), disparity(rows.sort_values(["vacancy", "score"]))
    assert one == other


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("score", np.nan, "no score"),
        ("group", "woman", "1 groups can be compared"),
        ("group", None, "0 groups can be compared"),
    ],
)
def test_what_cannot_be_compared_is_refused(column: str, value: object, what: str):
    rows = pools(5, 0.0)
    rows[column] = value
    with pytest.raises(AuditError, match=what):
        disparity(rows)


def test_one_candidate_of_no_vacancy_is_refused():
    rows = pools(5, 0.0).astype({"vacancy": "object"})
    rows.loc[7, "vacancy"] = None
    with pytest.raises(AuditError, match=r"disparity: a candidate is of no vacancy\..*Expected:"):
        disparity(rows)


def test_of_a_few_vacancies_nothing_is_told_however_clear_they_look():
    # Women never stand first: each resample of the same vacancies says so again.
    found = disparity(pools(9, 5.0)).impact_ratio
    assert (found.group, found.verdict) == ("woman", "cannot tell")
    assert (found.low, found.high) == (0.0, np.inf)
    assert disparity(pools(40, 5.0)).impact_ratio.verdict == "below 0.8"


def test_a_group_without_a_place_is_judged_by_how_many_it_could_have_had():
    # Of 4 % of the candidates one or two of forty places would be theirs; none is no finding.
    rows = pools(40, 0.0)
    rows["group"] = "man"
    rows.loc[rows.groupby("vacancy").head(1).index[:32], "group"] = "woman"
    rows.loc[rows["group"] == "woman", "score"] = -9.0
    found = disparity(rows, shown=1).impact_ratio
    assert (found.group, found.rate, found.verdict) == ("woman", 0.0, "cannot tell")
    # A count of nought allows 3.69 at most; 32 candidates would have 32 * 40 / 768.
    assert found.high == pytest.approx(3.689 / (32 * 40 / 768), rel=0.001)
