"""The three answers of a rule, from the best to the worst.

The rule that must not break: what the record does not hold is *needs checking*, never *not met*.
"""

from typing import Final, Literal

Status = Literal["met", "not met", "needs checking"]
STATUSES: tuple[Status, ...] = ("met", "needs checking", "not met")
#: Answers as whole numbers, the greater the worse; of a rule that says nothing of a pair, -1.
MET: Final = 0
NEEDS_CHECKING: Final = 1
NOT_MET: Final = 2
NOT_ASKED: Final = -1
