"""Similar careers as an answer: whose way was like somebody's, and who is on the way to a post.

The rule that must not break: this is no recommendation and says so with every answer; no model of
readiness is asked, and none knows of it.
"""

from datetime import date, timedelta

import pandas as pd
from pydantic import Field

from features.errors import DateError
from features.evidence import recorded_between, require_recorded
from features.storage import Snapshot
from models.careers import CareerRecord, day_numbers
from models.similar import Alike, CareerSearch
from models.spells import closures_of, lines_on, spells_of
from serving.posts import Posts
from serving.schemas import Answer, Post, Text

NO_RECOMMENDATION = Text(
    en="Similarity of careers is no recommendation and enters no readiness estimate.",
    id="Kemiripan karier bukan rekomendasi dan tidak masuk ke perkiraan kesiapan mana pun.",
)


class Place(Answer):
    """An organisation, under the name it goes by now, and a class of posts."""

    unit: str
    post_class: str
    title: Text
    since: date


class SimilarCareer(Answer):
    """Somebody whose career was most like this one when they stood in a place."""

    person_id: str
    similarity: float = Field(ge=-1, le=1, description="Cosine of the two careers.")
    place: Place = Field(description="Where they stood at the point compared.")
    went_to: Place | None = Field(
        description="Where they went next; None where nothing further was recorded."
    )


class CareerTowardsPost(Answer):
    """Somebody whose career is like those that led to a post."""

    person_id: str
    similarity: float = Field(ge=-1, le=1, description="Mean of the two that are known.")
    to_state: float | None = Field(description="Cosine to the post's organisation and class.")
    to_holders: float | None = Field(
        description="Cosine to the mean career of its holders before they came."
    )
    n_holders: int = Field(description="Holders that the mean is of; never the person.")
    place: Place = Field(description="Where the person went last.")


class SimilarityAnswer(Answer):
    """What was asked, of which record, and in how many dimensions careers were compared."""

    agency: str
    snapshot: str
    as_of: date = Field(description="What was recorded before this day counts.")
    statement: Text
    n_dimensions: int
    n_states: int
    n_compared: int


class SimilarToPerson(SimilarityAnswer):
    """Careers like one person's."""

    person_id: str
    careers: tuple[SimilarCareer, ...]


class SimilarToPost(SimilarityAnswer):
    """Careers like those that led to a post."""

    post: Post
    careers: tuple[CareerTowardsPost, ...]


class CareerDesk:
    """Careers of a snapshot as of the day before a date, ready to be compared.

    Parameters
    ----------
    snapshot : Snapshot
    as_of : date

    Raises
    ------
    DateError
        If nothing had been recorded before the date.
    """

    def __init__(self, snapshot: Snapshot, as_of: date) -> None:
        self._snapshot, self._as_of = snapshot, as_of
        self._record = snapshot.record()
        require_recorded(recorded_between(self._record), as_of)
        # Seen from one day: organisations that had become one by then are one all along.
        self._eve = as_of - timedelta(days=1)
        spells = spells_of(self._record, "lineage", known_on=self._eve)
        careers = CareerRecord(spells, closures_of(self._record, "lineage"))
        days = pd.Series(pd.to_datetime([as_of]))
        self._search = CareerSearch(careers, int(day_numbers(days)[0]))
        self._name_places()

    def like_person(self, person_id: str, top: int) -> SimilarToPerson:
        """Careers of others that were most like this one.

        Raises
        ------
        PersonNotFoundError
            If no post of the person had been recorded before the date.
        """
        found = self._search.like_person(person_id, top)
        careers = tuple(
            SimilarCareer(
                person_id=row["person_id"],
                similarity=row["similarity"],
                place=self._place(row["organisation"], row["step"], row["on"]),
                went_to=None
                if row["next_organisation"] is None
                else self._place(row["next_organisation"], row["next_step"], row["next_on"]),
            )
            for row in found.rows.to_dict("records")
        )
        return SimilarToPerson(person_id=person_id, careers=careers, **self._asked(found))

    def like_post(self, post: str, top: int) -> SimilarToPost:
        """Careers most like those that led to a post.

        Raises
        ------
        PostNotFoundError
            If there is no such post, or more than one.
        DateError
            If its organisation was not known by then.
        """
        asked = Posts(self._record, self._snapshot.mapping).find(post, self._as_of)
        units = self._record.table("post").select("post_id", "unit_id").to_pandas()
        unit = units.set_index("post_id").loc[asked.post_id, "unit_id"]
        if unit not in self._lines:
            raise DateError("the post's organisation was not known by then", where="post")
        step = self._steps[asked.post_class]
        found = self._search.like_post(self._lines[unit], step, top)
        careers = tuple(
            CareerTowardsPost(
                person_id=row["person_id"],
                similarity=row["similarity"],
                to_state=None if pd.isna(row["to_state"]) else row["to_state"],
                to_holders=None if pd.isna(row["to_holders"]) else row["to_holders"],
                n_holders=row["n_holders"],
                place=self._place(row["organisation"], row["step"], row["on"]),
            )
            for row in found.rows.to_dict("records")
        )
        return SimilarToPost(post=asked, careers=careers, **self._asked(found))

    def _asked(self, found: Alike) -> dict:
        return {
            "agency": self._snapshot.mapping.agency,
            "snapshot": self._snapshot.digest,
            "as_of": self._as_of,
            "statement": NO_RECOMMENDATION,
            "n_dimensions": found.n_dimensions,
            "n_states": found.n_states,
            "n_compared": found.n_compared,
        }

    def _name_places(self) -> None:
        """Names of lines, of their newest unit that was open by then, and of steps."""
        days = pd.Series(pd.to_datetime([self._eve]))
        lines = lines_on(self._record, days).set_index("unit_id")["lineage_id"]
        self._lines: dict[str, str] = lines.to_dict()
        units = self._record.table("unit").select("unit_id", "name_of_unit", "opened_on")
        rows = units.to_pandas().assign(line=lambda frame: frame["unit_id"].map(self._lines))
        rows["opened_on"] = pd.to_datetime(rows["opened_on"])
        rows = rows[rows["opened_on"].isna() | (rows["opened_on"] <= pd.Timestamp(self._eve))]
        rows = rows.sort_values(["opened_on", "unit_id"], na_position="first")
        self._unit_names = rows.drop_duplicates("line", keep="last").set_index("line")[
            "name_of_unit"
        ]
        classes = self._record.table("post_class").order_by("step").to_pyarrow().to_pylist()
        self._classes = {row["step"]: row for row in classes}
        self._steps = {row["post_class"]: row["step"] for row in classes}

    def _place(self, line: str, step: int, since: pd.Timestamp) -> Place:
        rung = self._classes[step]
        return Place(
            # A line may hold no unit that says when it was opened: its id names it then.
            unit=self._unit_names.get(line, line),
            post_class=rung["post_class"],
            title=Text(id=rung["title_id"], en=rung["title_en"]),
            since=since.date(),
        )
