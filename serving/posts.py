"""Posts by id or by title, as people ask for them.

The rule that must not break: a title that means several posts is refused with their ids, never
resolved by chance.
"""

import difflib
from datetime import date

from ibis import _

from features.agencies.mapping import Mapping
from features.errors import PostNotFoundError
from features.tables.record import Record
from serving.schemas import Post


class Posts:
    """All posts of a record."""

    def __init__(self, record: Record, mapping: Mapping) -> None:
        units = record.table("unit").select("unit_id", "name_of_unit", "opened_on", "closed_on")
        rows = record.table("post").join(units, "unit_id").order_by(_.title, _.post_id)
        strategic = set(mapping.vacancies.classes)
        self._posts: dict[str, Post] = {}
        self._life: dict[str, tuple[date | None, date | None]] = {}
        for row in rows.to_pyarrow().to_pylist():
            self._life[row["post_id"]] = (row["opened_on"], row["closed_on"])
            self._posts[row["post_id"]] = Post(
                post_id=row["post_id"],
                title=row["title"],
                unit=row["name_of_unit"],
                post_class=row["post_class"],
                is_strategic=row["post_class"] in strategic,
            )

    @property
    def strategic(self) -> tuple[Post, ...]:
        """Posts of the strategic classes, by title."""
        return tuple(post for post in self._posts.values() if post.is_strategic)

    def find(self, asked: str, on: date) -> Post:
        """The post with that id, or the one post of an open unit with that title.

        Raises
        ------
        PostNotFoundError
            If there is none, or more than one.
        """
        if asked in self._posts:
            return self._posts[asked]
        wanted = asked.strip().casefold()
        titled = [post for post in self._posts.values() if post.title.casefold() == wanted]
        open_now = [post for post in titled if self.is_open(post, on)]
        chosen = open_now or titled
        if len(chosen) == 1:
            return chosen[0]
        if chosen:
            ids = "; ".join(f"{post.post_id} ({self._unit_in_words(post)})" for post in chosen)
            raise PostNotFoundError(
                "several posts have that title", where="post", expected=f"one of the ids {ids}"
            )
        titles = sorted({post.title for post in self._posts.values()})
        close = difflib.get_close_matches(asked, titles, n=3, cutoff=0.5)
        raise PostNotFoundError(
            "no post has that id or title",
            where="post",
            remedy=f"perhaps {', '.join(map(repr, close))} was meant" if close else None,
        )

    def _unit_in_words(self, post: Post) -> str:
        """The unit with its days: a name may be used again by another unit."""
        opened, closed = self._life[post.post_id]
        days = [f"from {opened}"] if opened else []
        days += [f"to {closed}"] if closed else []
        return " ".join([post.unit, *days])

    def is_open(self, post: Post, on: date) -> bool:
        """Whether the unit of a post exists on a day."""
        opened, closed = self._life[post.post_id]
        return (opened is None or opened <= on) and (closed is None or closed >= on)
