"""The tree of deliberate errors: what a person outside the code can act on.

Anything that is not one of these is a bug and keeps its traceback.

    SuksesiError
    ├── SettingsError            the environment asks for something that cannot be
    ├── DocumentError            a document that an agency wrote is wrong, at a line
    │   ├── MappingError         a mapping file
    │   ├── VocabularyError      a vocabulary, or a decision about a value of one
    │   └── PackError            a policy pack
    ├── RegisterError            a succession register that cannot be drafted, approved or read
    ├── JournalError             what people decided cannot be read, or an entry cannot be added
    ├── CorrectionError          a correction that cannot be made or taken back
    ├── IntakeError              the exports do not fit the mapping, or cannot be read
    ├── IdentityError            an identity store that cannot be opened, or an id nobody was issued
    ├── SnapshotError            no snapshot yet, or one that was damaged
    ├── NotFoundError
    │   ├── PostNotFoundError    a post nobody heard of
    │   └── PersonNotFoundError  a person nobody heard of, or one who cannot be ranked on that date
    ├── DateError                a date that is malformed or outside the record
    ├── LeakageError             a feature or a split that sees what was not known on its date
    ├── ProtectedAttributeError  a protected attribute where it must not be
    ├── CatalogueError           a feature that is not what the catalogue says
    ├── FrameError               a written frame that is being written, or cannot be read
    ├── LabelError               too few labels, or only one class of them
    ├── ArtefactError            a stored model that is damaged or belongs to another catalogue
    ├── AuditError               nothing to compare, or a row that an audit cannot count
    ├── RetrospectiveError       a recommendation dated before the model's label cut-off
    └── ChampionError            no model has been promoted, or the promoted one does not fit

Every message says what is wrong, where, what was expected and what to do; none holds a value
that belongs to a person.
"""


class SuksesiError(Exception):
    """A deliberate error: shown without traceback, exit code 1.

    Parameters
    ----------
    what : str
        What is wrong.
    where : str, optional
        File and line, table and column, command or field.
    expected : str, optional
        What would have been right.
    remedy : str, optional
        What to do now.

    Examples
    --------
    >>> print(SuksesiError("no such column", where="a.csv", remedy="check the header"))
    a.csv: no such column. To mend it: check the header.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.what, self.where, self.expected, self.remedy = what, where, expected, remedy
        sentence = f"{where}: {what}." if where else f"{what}."
        if expected:
            sentence += f" Expected: {expected}."
        if remedy:
            sentence += f" To mend it: {remedy}."
        super().__init__(sentence)


class SettingsError(SuksesiError):
    """The environment asks for something that cannot be."""


class DocumentError(SuksesiError):
    """A document that an agency wrote is wrong, at a line."""


class MappingError(DocumentError):
    """A mapping file is wrong, at a line."""


class VocabularyError(DocumentError):
    """A vocabulary is wrong, at a line, or something is asked of it that it does not have."""


class PackError(DocumentError):
    """A policy pack is wrong, at a line, or there is none of that name."""


class RegisterError(SuksesiError):
    """A succession register cannot be drafted, approved or read."""


class JournalError(SuksesiError):
    """What people decided cannot be read, or an entry cannot be added."""


class CorrectionError(SuksesiError):
    """A correction cannot be made or taken back."""


class IntakeError(SuksesiError):
    """The exports do not fit the mapping, or cannot be read."""


class IdentityError(SuksesiError):
    """The identity store cannot be opened, or what is asked of it cannot be."""


class DependencyError(SuksesiError):
    """A library that only some need is not installed."""


class SnapshotError(SuksesiError):
    """There is no snapshot yet, or it was damaged."""


class NotFoundError(SuksesiError):
    """Something named does not exist in the record."""


class PostNotFoundError(NotFoundError):
    """A post nobody heard of."""


class PersonNotFoundError(NotFoundError):
    """A person nobody heard of, or one who cannot be ranked on that date."""


class DateError(SuksesiError):
    """A date that is malformed or outside the record."""


class LeakageError(SuksesiError):
    """A feature or a split sees what was not known on its date."""


class ProtectedAttributeError(SuksesiError):
    """A protected attribute stands where it must not."""


class CatalogueError(SuksesiError, ValueError):
    """A feature is not what the catalogue says; a ValueError to those who expect one."""


class FrameError(SuksesiError):
    """A frame or scores on the disk that are being written, or cannot be read."""


class LabelError(SuksesiError, ValueError):
    """There are too few labels, or one class only; a ValueError to those who expect one."""


class AuditError(SuksesiError):
    """An audit has nothing to compare, or a row that it cannot count."""


class ArtefactError(SuksesiError):
    """A stored model is damaged or belongs to another catalogue."""


class RetrospectiveError(SuksesiError):
    """A recommendation is dated before the model's label cut-off."""


class ChampionError(SuksesiError):
    """No model has been promoted, or the promoted one does not fit."""
