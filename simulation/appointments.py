"""Appointments: who sat where from when to when, as arrays that grow.

The rule that must not break: a person has one open definitive appointment at most, and it ends on
the day before the next one begins.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from simulation.tables import NEVER

_WHOLE = ("person", "post", "start", "end", "decree", "recorded", "vacancy")


class Appointments:
    """Rows of appointments; `open_row` is each person's open definitive one."""

    def __init__(self, people: int) -> None:
        self._n = 0
        self._rows = {name: np.full(4 * people + 64, NEVER, dtype=np.int64) for name in _WHOLE}
        self._kind = np.zeros(4 * people + 64, dtype=object)
        self._reason = np.zeros(4 * people + 64, dtype=object)
        self.open_row = np.full(people, NEVER, dtype=np.int64)

    def more_people(self, count: int) -> None:
        """Room for entrants."""
        self.open_row = np.concatenate([self.open_row, np.full(count, NEVER, dtype=np.int64)])

    def begin(
        self,
        person: np.ndarray,
        post: np.ndarray,
        start: np.ndarray,
        *,
        decree: np.ndarray,
        recorded: np.ndarray,
        reason: str | Sequence[str] = "moved",
        vacancy: int = NEVER,
    ) -> np.ndarray:
        """Definitive appointments begin; what people held ends on the eve, for a reason."""
        self.end(person, np.asarray(start) - 1, reason)
        rows = self._add(person, post, start, NEVER, decree, recorded, "definitive", vacancy)
        self.open_row[person] = rows
        return rows

    def act(
        self, person: int, post: int, start: int, end: int, kind: str, decree: int, vacancy: int
    ) -> None:
        """An acting appointment (Plt or Plh), with its end."""
        one = np.array([person])
        rows = self._add(one, np.array([post]), start, end, decree, start, kind, vacancy)
        self._reason[rows] = "ended"

    def end(self, person: np.ndarray, day: np.ndarray, reason: str | Sequence[str]) -> None:
        """Open definitive appointments of some people end; those who have none are passed over."""
        rows = self.open_row[person]
        has = rows != NEVER
        self._rows["end"][rows[has]] = np.broadcast_to(day, rows.shape)[has]
        reasons = np.broadcast_to(np.asarray(reason, dtype=object), rows.shape)
        self._reason[rows[has]] = reasons[has]
        self.open_row[np.asarray(person)[has]] = NEVER

    def column(self, name: str) -> np.ndarray:
        """A column of whole numbers, as it stands."""
        return self._rows[name][: self._n]

    def frame(self) -> pd.DataFrame:
        """All rows, in the order in which they were made."""
        whole = {name: self.column(name) for name in ("person", "post")}
        return pd.DataFrame(
            {
                **whole,
                "kind": self._kind[: self._n],
                "start": self.column("start"),
                "end": self.column("end"),
                "reason": self._reason[: self._n],
                "decree": self.column("decree"),
                "recorded": self.column("recorded"),
                "vacancy": self.column("vacancy"),
            }
        )

    def _add(
        self,
        person: np.ndarray,
        post: np.ndarray,
        start: np.ndarray | int,
        end: np.ndarray | int,
        decree: np.ndarray | int,
        recorded: np.ndarray | int,
        kind: str,
        vacancy: int,
    ) -> np.ndarray:
        rows = np.arange(self._n, self._n + len(person))
        self._n += len(person)
        while self._n > len(self._kind):
            self._grow()
        values = (person, post, start, end, decree, recorded, vacancy)
        for name, value in zip(_WHOLE, values, strict=True):
            self._rows[name][rows] = value
        self._kind[rows] = kind
        self._reason[rows] = ""
        return rows

    def _grow(self) -> None:
        more = len(self._kind)
        for name, values in self._rows.items():
            self._rows[name] = np.concatenate([values, np.full(more, NEVER, dtype=np.int64)])
        self._kind = np.concatenate([self._kind, np.zeros(more, dtype=object)])
        self._reason = np.concatenate([self._reason, np.zeros(more, dtype=object)])
