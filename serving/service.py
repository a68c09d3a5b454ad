"""The BentoML service: workers, probes, metrics and native APIs around the one FastAPI app.

The only module that imports BentoML. The rule that must not break: native APIs and `/v1` call the
same functions and give the same answers.
"""

import gc
import logging
import os
import re
from typing import Any

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")

import bentoml
from bentoml.exceptions import BentoMLException
from pydantic import ValidationError

from features.errors import SuksesiError
from features.settings import Settings
from serving import problems
from serving.app import create_app
from serving.champion import DeskInService
from serving.native import NativeProblems
from serving.request_log import RequestLog, WithoutValues
from serving.schemas import Day, Name, PersonReadiness, Recommendation, Route, TopNumber

# BentoML logs a malformed request with its input; that input may name a person.
logging.getLogger("bentoml._internal.server.http_app").addFilter(
    WithoutValues(BentoMLException, ValidationError)
)

# This machine only, unless the caller says otherwise; no log line and no trace of a request.
_CONFIGURATION: dict[str, Any] = {
    "http": {"host": "127.0.0.1"},
    "logging": {"access": {"enabled": False}},
    "tracing": {"excluded_urls": ".*"},
    "metrics": {"duration": {"buckets": [0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.5, 1.0, 5.0]}},
}
_settings = Settings.from_environment(os.environ)
_in_service = DeskInService(_settings)
_app = create_app(_in_service.desk)
#: Everything that answers here; BentoML's own paths after ours.
PATHS = frozenset(
    {*_app.openapi()["paths"], "/v1/openapi.json", "/recommend", "/readiness"}
    | {"/livez", "/readyz", "/healthz", "/schema.json"}
)


def _told(error: SuksesiError) -> Any:
    """A problem as a response, which BentoML passes through whatever an API is said to return."""
    return problems.response(problems.problem_of(error))


@bentoml.service(
    name="suksesi",
    threads=4,
    **_CONFIGURATION,
)
@bentoml.asgi_app(_app, path="/")
class Suksesi:
    """Recommendations for strategic posts."""

    @bentoml.on_startup
    def open_desk(self) -> None:
        """Load the champion before the first question; without one the service is not ready."""
        try:
            _in_service.desk()
        except SuksesiError as error:
            logging.getLogger("suksesi").warning("nothing to serve yet: %s", error)
        except Exception:
            # Whoever starts workers would start this one over and over: better not ready than that.
            logging.getLogger("suksesi").exception("the desk cannot be opened")
        gc.collect()
        gc.freeze()

    @bentoml.api
    def recommend(
        self,
        post: Name,
        as_of: Day,
        top: TopNumber = 10,
        route: Route | None = None,
        retrospective: bool = False,
    ) -> Recommendation:
        """Give the ranked list for a post."""
        try:
            return _in_service.desk().recommendation(
                post, as_of, top=top, route=route, retrospective=retrospective
            )
        except SuksesiError as error:
            return _told(error)

    @bentoml.api
    def readiness(
        self,
        person: Name,
        post: Name,
        as_of: Day,
        route: Route | None = None,
        retrospective: bool = False,
    ) -> PersonReadiness:
        """Give the readiness of one person for a post."""
        try:
            return _in_service.desk().readiness(
                person, post, as_of, route=route, retrospective=retrospective
            )
        except SuksesiError as error:
            return _told(error)

    def __is_ready__(self) -> bool:
        """Whether a champion is in service: drives `/readyz`."""
        return _in_service.is_ready()

    def __metrics__(self, text: str) -> str:
        """Leave out paths that do not exist: somebody may have written an id into one."""
        return "".join(
            line
            for line in text.splitlines(keepends=True)
            if (found := re.search(r'endpoint="([^"]*)"', line)) is None or found[1] in PATHS
        )


# Around everything: native APIs and BentoML's own paths never pass through the FastAPI app.
# BentoML's type describes how the class is called, and is written as that of its instances.
_native_problems: Any = NativeProblems
_request_log: Any = RequestLog
# What is added first is outermost: the log tells the answer that leaves.
Suksesi.add_asgi_middleware(_request_log, level=_settings.log_level)
Suksesi.add_asgi_middleware(_native_problems)
