"""The one deliberate error of the simulator; the command shows it as one sentence.

The rule that must not break: a message says what is wrong, where, what was expected and what to do.
"""


class SimulationError(Exception):
    """Something that was asked of the simulator and cannot be.

    Parameters
    ----------
    what, where, expected, remedy : str
        As in every error of this project.

    Examples
    --------
    >>> print(SimulationError("is not empty", where="out", expected="a new folder", remedy="x"))
    out: is not empty. Expected: a new folder. To mend it: x.
    """

    def __init__(self, what: str, *, where: str, expected: str, remedy: str) -> None:
        self.what, self.where, self.expected, self.remedy = what, where, expected, remedy
        super().__init__(f"{where}: {what}. Expected: {expected}. To mend it: {remedy}.")
