"""Questions about the careers of ministers that several tests ask, and answers worked out apart.

The rule that must not break: what is expected of an answer is read from the files as published, not
through the code that is tested.
"""

from pathlib import Path

import pandas as pd

MAPPING = Path(__file__).parents[2] / "features" / "agencies" / "uk_ministers.yaml"
TRAINED_AS_OF = "2019-07-01"
POST = "Secretary of State for Education"
QUESTION = (POST, "--as-of", TRAINED_AS_OF)


def appointed_before(exports: Path, day: str) -> set[str]:
    """People whose first appointment began before a day."""
    rows = pd.read_csv(exports / "appointment.csv")
    return set(rows.loc[rows["start_date"] < day, "person_id"])


def sitting_on(exports: Path, day: str) -> set[str]:
    """People who sit in a House on a day."""
    rows = pd.read_csv(exports / "representation.csv")
    lasting = rows["end_date"].isna() | (rows["end_date"] >= day)
    return set(rows.loc[(rows["start_date"] <= day) & lasting, "person_id"])


def protected_values(exports: Path) -> set[str]:
    """Every sex and party in the files, as written there and as this project writes them."""
    people = pd.read_csv(exports / "person.csv")
    spells = pd.read_csv(exports / "representation_characteristics.csv")
    values = set(spells["party"].dropna()) | set(people["gender"].dropna())
    return {value for value in values | {"male", "female"} if len(value) > 1}
