"""Errors as problem details (RFC 9457).

The rule that must not break: a problem says what is wrong and what to do; it holds no value that
belongs to a person, and no traceback.
"""

from collections.abc import Mapping

from starlette.responses import Response

from features.errors import (
    ArtefactError,
    ChampionError,
    DateError,
    NotFoundError,
    RetrospectiveError,
    SnapshotError,
    SuksesiError,
)
from serving.schemas import Problem

MEDIA_TYPE = "application/problem+json"

_STATUS: tuple[tuple[type[SuksesiError], int, str], ...] = (
    (NotFoundError, 404, "Not found"),
    (DateError, 422, "The request does not fit"),
    (RetrospectiveError, 409, "Dated before the label cut-off"),
    (ChampionError, 503, "No model is in service"),
    (ArtefactError, 503, "No model is in service"),
    (SnapshotError, 503, "No record is in service"),
)


def problem_of(error: SuksesiError) -> Problem:
    """The problem that a deliberate error is told as.

    >>> problem_of(ChampionError("no model has been promoted")).status
    503
    """
    for kind, status, title in _STATUS:
        if isinstance(error, kind):
            return Problem(title=title, status=status, detail=str(error))
    return Problem(title="The service is not in order", status=500, detail=str(error))


def response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """A problem as an HTTP response."""
    return Response(problem.model_dump_json(), problem.status, headers, media_type=MEDIA_TYPE)


def malformed(places: list[str]) -> Problem:
    """The problem of a request whose parameters do not have the right form.

    Parameters
    ----------
    places : list of str
        Names of the parameters; their values are not repeated.
    """
    detail = f"Malformed: {', '.join(sorted(set(places)))}. Dates are written YYYY-MM-DD."
    return Problem(title="The request does not fit", status=422, detail=detail)
