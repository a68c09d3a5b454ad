"""One FastAPI app: the `/v1` contract, its problems and its OpenAPI 3.1 document.

The rule that must not break: whatever goes wrong deliberately leaves as problem details.
"""

from collections.abc import Callable
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from features.errors import SuksesiError
from serving import problems
from serving.api import router
from serving.recommend import Desk
from serving.schemas import Problem


def create_app(desk: Callable[[], Desk]) -> FastAPI:
    """The app over whatever desk is in service.

    Parameters
    ----------
    desk : callable
        Returns the desk, or raises a deliberate error while there is none.
    """
    app = FastAPI(
        title="Suksesi",
        summary="Recommendations for strategic posts. A person decides.",
        version=version("suksesi"),
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(router(desk))

    @app.get("/{path:path}", include_in_schema=False)
    def nothing(path: str) -> None:
        # Before BentoML's own pages, which load what a browser would fetch from elsewhere.
        raise HTTPException(404)

    @app.exception_handler(SuksesiError)
    def deliberate(_request: Request, error: SuksesiError) -> Response:
        return problems.response(problems.problem_of(error))

    @app.exception_handler(RequestValidationError)
    def malformed(_request: Request, error: RequestValidationError) -> Response:
        places = [str(found["loc"][-1]) for found in error.errors()]
        return problems.response(problems.malformed(places))

    @app.exception_handler(HTTPException)
    def elsewhere(_request: Request, error: HTTPException) -> Response:
        problem = Problem(title=str(error.detail), status=error.status_code, detail=_HINT)
        return problems.response(problem, error.headers)

    return app


_HINT = "See /v1/openapi.json for what there is."
