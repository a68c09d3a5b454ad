"""A browser for an ASGI app in this process: no socket, no server, real requests."""

import asyncio

import httpx
from starlette.types import ASGIApp

NOWHERE = "http://suksesi.invalid"


def get(app: ASGIApp, path: str, **parameters: str | int) -> httpx.Response:
    """Ask an app for a path."""
    return ask(app, "GET", path, **parameters)


def ask(app: ASGIApp, method: str, path: str, **parameters: str | int) -> httpx.Response:
    """Ask an app in any way."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=NOWHERE) as client:
            return await client.request(method, path, params=parameters)

    return asyncio.run(asked())
