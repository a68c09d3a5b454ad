"""One structured line a request: which route, how it ended, how long it took.

The rule that must not break: nothing of what was asked is logged. A path that is none of the
routes is called *other*, since anybody can write anything into a path; of an error its kind and its
place in the code are told, and not its message.
"""

import logging
import sys
import time
import traceback
from collections.abc import Mapping

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROUTES = (
    "/v1/posts",
    "/v1/recommendation",
    "/v1/readiness",
    "/v1/openapi.json",
    "/recommend",
    "/readiness",
)
PROBES = ("/livez", "/readyz", "/healthz", "/metrics")


class RequestLog:
    """ASGI middleware around everything that the service answers.

    Parameters
    ----------
    app : ASGIApp
    level : str
        The least level that is logged: debug, info, warning or error. Probes and metrics are of
        level debug, answers from 500 on of level error, all others of level info.
    """

    def __init__(self, app: ASGIApp, level: str = "info") -> None:
        self._app = app
        self._log = structlog.wrap_logger(
            structlog.WriteLogger(sys.stderr),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
                structlog.processors.JSONRenderer(sort_keys=True),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and log how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            route = scope["path"] if scope["path"] in (*ROUTES, *PROBES) else "other"
            taken = round(1000 * (time.perf_counter() - started), 1)
            level = _level(route, status)
            self._log.log(
                level, "request", route=route, method=scope["method"], status=status, ms=taken
            )


class WithoutValues(logging.Filter):
    """Filter for a logger that tells failed requests together with what was asked.

    Parameters
    ----------
    expected : type of Exception
        Errors in what was asked: they are answered, and are none of the server's.
    """

    def __init__(self, *expected: type[Exception]) -> None:
        super().__init__()
        self._expected = expected

    def filter(self, record: logging.LogRecord) -> bool:
        """Let unexpected errors through, without their messages, and nothing else."""
        kind, _error, places = record.exc_info or (None, None, None)
        if kind is None or issubclass(kind, self._expected):
            return False
        where = "".join(traceback.format_tb(places))
        record.msg, record.args = f"a request failed: {kind.__name__}\n{where}", ()
        record.exc_info = record.exc_text = None
        return True


def _level(route: str, status: int) -> int:
    if status >= 500 and route != "/readyz":
        return logging.ERROR
    return logging.DEBUG if route in PROBES else logging.INFO


_LEVELS: Mapping[str, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
