"""Malformed requests to BentoML's native APIs, told as problem details like all others.

BentoML answers them with 400 and a body that repeats the input. The rule that must not break: what
was asked is not repeated, and no other answer is touched.
"""

import json
from collections.abc import Iterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving import problems

PATHS = ("/recommend", "/readiness")


class NativeProblems:
    """ASGI middleware around the native APIs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; answer a malformed one with 422 and what is malformed."""
        if scope["type"] != "http" or scope["path"] not in PATHS:
            await self._app(scope, receive, send)
            return
        is_malformed, body = False, b""

        async def watched(message: Message) -> None:
            nonlocal is_malformed, body
            if message["type"] == "http.response.start":
                is_malformed = message["status"] == 400
            elif is_malformed:
                body += message.get("body", b"")
            if not is_malformed:
                await send(message)

        await self._app(scope, receive, watched)
        if is_malformed:
            answer = problems.response(problems.malformed(_places(body)))
            await answer(scope, receive, send)


def _places(body: bytes) -> Iterator[str]:
    """Names of the parameters that BentoML found fault with; *body* where it is no JSON object."""
    try:
        found = [str(error["loc"][0]) for error in json.loads(body)["detail"]]
    except (ValueError, KeyError, IndexError, TypeError):
        found = []
    yield from found or ["body"]
