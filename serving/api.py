"""The `/v1` contract.

The rule that must not break: a path under `/v1` keeps its meaning; what must change gets `/v2`. No
path holds an id: paths become labels of metrics, and a person's id is no label.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query

from serving.recommend import Desk
from serving.schemas import (
    BenchOfPost,
    Day,
    Name,
    PersonReadiness,
    PostList,
    Problem,
    Recommendation,
    Route,
    TopNumber,
)

PROBLEMS = {
    404: "Nobody heard of the post or the person.",
    409: "Dated before the model's label cut-off, and that was not asked for.",
    422: "A parameter is malformed.",
    503: "No champion, or no record, is in service.",
}

PostRef = Annotated[Name, Query(description="Id or title of the post.")]
PersonRef = Annotated[Name, Query(description="Id of the person.")]
AsOf = Annotated[Day, Query(description="The date as of which the record is read, YYYY-MM-DD.")]
Top = Annotated[TopNumber, Query(description="How many candidates to show.")]
RouteRef = Annotated[
    Route | None,
    Query(description="How the post is filled; as its vacancy says, else as the policy pack says."),
]
LookBack = Annotated[bool, Query(description="Whether a date before the label cut-off is meant.")]


def router(desk: Callable[[], Desk]) -> APIRouter:
    """The routes of `/v1`, over whatever desk is in service."""
    routes = APIRouter(
        prefix="/v1",
        responses={
            status: {
                "description": why,
                "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
            }
            for status, why in PROBLEMS.items()
        },
    )

    @routes.get("/posts", summary="Posts of the strategic classes", operation_id="posts")
    def posts() -> PostList:
        return desk().posts()

    @routes.get(
        "/recommendation",
        summary="The ranked list for a post, with reasons",
        operation_id="recommendation",
    )
    def recommendation(
        post: PostRef,
        as_of: AsOf,
        top: Top = 10,
        route: RouteRef = None,
        retrospective: LookBack = False,
    ) -> Recommendation:
        return desk().recommendation(post, as_of, top=top, route=route, retrospective=retrospective)

    @routes.get(
        "/readiness",
        summary="The readiness of one person for a post, with reasons",
        operation_id="readiness",
    )
    def readiness(
        person: PersonRef,
        post: PostRef,
        as_of: AsOf,
        route: RouteRef = None,
        retrospective: LookBack = False,
    ) -> PersonReadiness:
        return desk().readiness(person, post, as_of, route=route, retrospective=retrospective)

    @routes.get(
        "/bench",
        summary="Who will be eligible for a post within five years, and from which day",
        operation_id="bench",
    )
    def bench(post: PostRef, as_of: AsOf, route: RouteRef = None) -> BenchOfPost:
        return desk().bench(post, as_of, route=route)

    return routes
