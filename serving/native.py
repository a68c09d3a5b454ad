"""What goes wrong in BentoML's native APIs, told as problem details like everything else.

BentoML answers a malformed request with 400 and a body that repeats the input. The rule that must
not break: what was asked is not repeated, and an answer that is none of a problem is not touched.
"""

import json
from collections.abc import Iterator
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving import problems
from serving.schemas import Problem

PATHS = ("/recommend", "/readiness")
JSON = "application/json"


class NativeProblems:
    """ASGI middleware around the native APIs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; tell a malformed one with 422 what is malformed."""
        if scope["type"] != "http" or scope["path"] not in PATHS:
            await self._app(scope, receive, send)
            return
        if _media_type(Headers(scope=scope), JSON) != JSON:
            answer = problems.response(_problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE))
            await answer(scope, receive, send)
            return
        held: Message | None = None
        body = b""

        async def watched(message: Message) -> None:
            nonlocal held, body
            if message["type"] == "http.response.start" and _is_to_be_told(message):
                held = message
            elif held is not None:
                body += message.get("body", b"")
            if held is None:
                await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            # An error may be raised once more behind its answer, for the server to log.
            if held is not None:
                await _told(held, body)(scope, receive, send)


def _is_to_be_told(start: Message) -> bool:
    """Whether an answer is of something gone wrong, and not yet a problem."""
    media_type = _media_type(Headers(raw=start["headers"]), "")
    return start["status"] >= 400 and media_type != problems.MEDIA_TYPE


def _told(start: Message, body: bytes) -> ASGIApp:
    if start["status"] == HTTPStatus.BAD_REQUEST:
        return problems.response(problems.malformed(_places(body)))
    allowed = Headers(raw=start["headers"]).get("allow")
    return problems.response(
        _problem(HTTPStatus(start["status"])), {"allow": allowed} if allowed else None
    )


def _problem(status: HTTPStatus) -> Problem:
    return Problem(title=status.phrase, status=status, detail=_HINTS.get(status, _ELSE))


def _media_type(headers: Headers, absent: str) -> str:
    return headers.get("content-type", absent).partition(";")[0].strip().lower()


def _places(body: bytes) -> Iterator[str]:
    """Names of the parameters that BentoML found fault with; *body* where it is no JSON object."""
    try:
        found = [str(error["loc"][0]) for error in json.loads(body)["detail"]]
    except (ValueError, KeyError, IndexError, TypeError):
        found = []
    yield from found or ["body"]


_ELSE = "The request was not answered; the server's log tells more."
_HINTS = {
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: f"Send the parameters as one object of {JSON}.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Use POST; /v1 is read by GET.",
}
