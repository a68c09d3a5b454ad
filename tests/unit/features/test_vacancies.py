"""The route by which a post is filled, as the record knew its vacancies on a day."""

from datetime import date

import pytest

from features.policy.vacancies import route_of, vacancies_of
from tests.lib.policy_strategies import record_of

POST = {"post_id": "chief", "title": "Chief", "unit_id": "u", "post_class": "high"}
# The older one: opened in January, entered in February; chosen in March, entered in April.
OLDER = {
    "vacancy_id": "1",
    "post_id": "chief",
    "route": "lateral",
    "opened_on": date(2025, 1, 10),
    "opened_recorded_on": date(2025, 2, 1),
    "decided_on": date(2025, 3, 1),
    "decided_recorded_on": date(2025, 4, 1),
}
# The newer one was never decided.
NEWER = {
    "vacancy_id": "2",
    "post_id": "chief",
    "route": "succession_group",
    "opened_on": date(2025, 6, 1),
    "opened_recorded_on": date(2025, 6, 1),
}


@pytest.mark.parametrize(
    ("day", "route"),
    [
        ("2025-01-31", "open_selection"),
        ("2025-02-01", "lateral"),
        ("2025-03-31", "lateral"),
        ("2025-04-01", "open_selection"),
        ("2025-06-01", "succession_group"),
        ("2030-01-01", "succession_group"),
    ],
)
def test_a_vacancy_is_seen_from_its_entry_to_the_entry_of_the_choice(day: str, route: str):
    record = record_of({"post": [POST], "vacancy": [OLDER, NEWER]})
    spells = vacancies_of(record)
    assert route_of(spells, "chief", date.fromisoformat(day), "open_selection") == route
    assert route_of(spells, "another", date.fromisoformat(day), "lateral") == "lateral"
