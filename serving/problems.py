"""Errors as problem details (RFC 9457).

The rule that must not break: a problem says what is wrong and what to do; it holds no value that
belongs to a person, no path of the server, and no traceback.
"""

from collections.abc import Iterable, Mapping

from starlette.responses import Response

from features.errors import (
    ArtefactError,
    ChampionError,
    DateError,
    NotFoundError,
    PackError,
    RegisterError,
    RetrospectiveError,
    SnapshotError,
    SuksesiError,
)
from features.packs.rules import ROUTES
from serving.schemas import MOST_CANDIDATES, Problem

MEDIA_TYPE = "application/problem+json"

_STATUS: tuple[tuple[type[SuksesiError], int, str], ...] = (
    (NotFoundError, 404, "Not found"),
    (DateError, 422, "The request does not fit"),
    (RetrospectiveError, 409, "Dated before the label cut-off"),
    (ChampionError, 503, "No model is in service"),
    (ArtefactError, 503, "No model is in service"),
    (SnapshotError, 503, "No record is in service"),
    (PackError, 503, "A policy pack is not in order"),
    (RegisterError, 503, "A succession register is not in order"),
)


def problem_of(error: SuksesiError) -> Problem:
    """The problem that a deliberate error is told as.

    What is wrong with the server itself is told without the place: whoever asks cannot mend it,
    and need not learn how folders are called. It stands in the server's log.

    >>> problem_of(ChampionError("no model has been promoted")).status
    503
    >>> problem_of(SnapshotError("a file is missing", where="/srv/suksesi/x")).detail
    'a file is missing.'
    """
    for kind, status, title in _STATUS:
        if isinstance(error, kind):
            detail = f"{error.what}." if status >= 500 else str(error)
            return Problem(title=title, status=status, detail=detail)
    return Problem(title="The service is not in order", status=500, detail=f"{error.what}.")


def response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """A problem as an HTTP response."""
    return Response(problem.model_dump_json(), problem.status, headers, media_type=MEDIA_TYPE)


def malformed(places: Iterable[str]) -> Problem:
    """The problem of a request whose parameters do not have the right form.

    Parameters
    ----------
    places : iterable of str
        Names of the parameters; their values are not repeated.

    Examples
    --------
    >>> malformed(["top"]).detail
    'Malformed: top. It is a whole number from 1 to 1000.'
    """
    names = sorted(set(places))
    hints = [_FORMS[name] for name in names if name in _FORMS]
    detail = " ".join([f"Malformed: {', '.join(names)}.", *hints])
    return Problem(title="The request does not fit", status=422, detail=detail)


_FORMS = {
    "as_of": "A date is written YYYY-MM-DD.",
    "route": f"It is one of {', '.join(ROUTES)}.",
    "top": f"It is a whole number from 1 to {MOST_CANDIDATES}.",
}
