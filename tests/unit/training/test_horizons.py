from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.horizon import CENSORED, LEFT, READY
from training.horizons import closing_a_year, follow_ups

DAY = pd.Timestamp("2020-01-01")
COLUMNS = ("ready_on", "left_on", "retires_on")


def rows(*people: tuple[str | None, str | None, str | None]) -> pd.DataFrame:
    days = pd.DataFrame(people, columns=list(COLUMNS)).apply(pd.to_datetime)
    ids = [f"p{n}" for n in range(len(people))]
    return days.assign(person_id=ids, as_of=DAY, gap=1.0)


def followed(*people, until: date = date(2026, 6, 30)) -> list[tuple[int, int]]:
    found = follow_ups(rows(*people), ["gap"], until)
    return list(zip(found.years.tolist(), found.outcome.tolist(), strict=True))


def test_the_first_of_two_events_counts():
    got = followed(
        ("2022-05-01", None, None),
        ("2022-05-01", "2021-05-01", None),
        ("2022-05-01", "2022-08-01", None),
        (None, "2020-01-02", None),
    )
    assert got == [(3, READY), (2, LEFT), (3, READY), (1, LEFT)]


def test_an_anniversary_ends_its_year():
    assert followed(("2021-01-01", None, None), ("2021-01-02", None, None)) == [
        (1, READY),
        (2, READY),
    ]


def test_who_was_watched_too_short_is_kept_for_the_whole_years():
    got = followed((None, None, None), ("2023-02-01", None, None), until=date(2022, 12, 31))
    assert got == [(2, CENSORED), (2, CENSORED)]


def test_nothing_is_seen_that_happened_after_the_last_day_of_the_record():
    for until in (date(2021, 6, 30), date(2022, 1, 31)):
        seen = followed(("2022-05-01", "2022-03-01", None), until=until)
        assert seen == [(whole(until), CENSORED)]


def whole(until: date) -> int:
    return until.year - 2020


def test_retirement_ends_the_watch_and_is_no_event():
    got = followed((None, "2022-06-30", "2022-06-30"), ("2021-06-01", None, "2022-06-30"))
    assert got == [(2, CENSORED), (2, READY)]


def test_who_is_ready_on_the_day_is_not_followed():
    assert followed(("2020-01-01", None, None), ("2019-01-01", None, None)) == []


def test_years_are_five_at_most():
    assert followed((None, None, None), until=date(2031, 1, 1)) == [(5, CENSORED)]


def test_a_gap_that_was_never_measured_anew_does_not_close():
    table = pd.DataFrame(
        {"person_id": ["a", "a", "b"], "gap": [0.5, 0.5, np.nan], "as_of": [DAY, DAY, DAY]}
    )
    assert closing_a_year(table, "gap") == 0.0


def test_a_gap_closes_by_what_all_pairs_say():
    table = pd.DataFrame(
        {
            "person_id": ["a", "a", "b", "b"],
            "gap": [1.0, 0.4, 0.5, 0.7],
            "as_of": pd.to_datetime(["2020-01-01", "2022-01-01", "2020-01-01", "2022-01-01"]),
        }
    )
    assert closing_a_year(table, "gap") == pytest.approx(0.1, abs=1e-3)


def test_who_was_ready_in_a_closed_year_was_not_held_back_in_it():
    asked = rows(("2021-05-01", None, None), (None, None, None)).assign(closed=[3, 3])
    found = follow_ups(asked, ["gap"], date(2026, 6, 30))
    assert found.closed is not None
    assert (found.years.tolist(), found.closed.tolist()) == ([2, 5], [1, 3])
    assert follow_ups(rows((None, None, None)), ["gap"], date(2026, 6, 30)).closed is None
