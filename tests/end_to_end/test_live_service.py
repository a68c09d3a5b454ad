"""The service as it runs: a process of its own, real sockets, BentoML's own client."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.lib.command import environment, succeeded, suksesi
from tests.lib.ministers import POST, TRAINED_AS_OF

pytestmark = pytest.mark.xdist_group("ministers")

ASKED = {"post": POST, "as_of": TRAINED_AS_OF}
SECONDS = 60
#: BentoML's own client, in a process that knows nothing of this project.
CLIENT = """
import bentoml, json, sys
url, question = sys.argv[1], json.loads(sys.argv[2])
with bentoml.SyncHTTPClient(url) as client:
    listed = client.recommend(**question, top=10)
    first = listed["candidates"][0]["person_id"]
    print(json.dumps([listed, client.readiness(person=first, **question)]))
"""


@dataclass(frozen=True)
class Service:
    """A service that runs: where, and where its log goes."""

    url: str
    process: subprocess.Popen
    log: Path

    def get(self, path: str, **parameters: str | int) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", params=parameters, timeout=SECONDS)

    def post(self, path: str, body: Any) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", json=body, timeout=SECONDS)

    def wait(self, path: str, status: int) -> None:
        """Wait until a path answers with a status."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                if self.get(path).status_code == status:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"{path} never answered {status}:\n{self.log.read_text()[-2000:]}")


@contextmanager
def served(home: Path, log: Path) -> Generator[Service]:
    """`suksesi serve` on a free port of this machine, stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    others = ("SUKSESI_", "BENTOML_", "MLFLOW_", "PROMETHEUS_")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    environ |= environment(home, SUKSESI_PORT=str(port), PYTHONUNBUFFERED="1")
    with log.open("w") as out:
        command = [sys.executable, "-m", "suksesi.cli", "serve"]
        process = subprocess.Popen(command, env=environ, stdout=out, stderr=out)
        service = Service(f"http://127.0.0.1:{port}", process, log)
        try:
            service.wait("/livez", 200)
            yield service
        finally:
            process.terminate()
            process.wait(SECONDS)


@pytest.fixture(scope="module")
def service(ministers_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with served(ministers_home, tmp_path_factory.mktemp("service") / "log") as service:
        service.wait("/readyz", 200)
        yield service


@pytest.fixture(scope="module")
def listed(ministers_home: Path) -> dict:
    done = suksesi("recommend", POST, "--as-of", TRAINED_AS_OF, "--json", home=ministers_home)
    return succeeded(done).json


def test_running_service_gives_the_list_of_the_command_line(service, listed):
    got = service.get("/v1/recommendation", **ASKED, top=10)
    assert got.status_code == 200
    assert got.json() == listed


def test_native_client_is_given_the_same(service, listed):
    command = [sys.executable, "-c", CLIENT, service.url, json.dumps(ASKED)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS)
    told, first = json.loads(done.stdout)
    assert told == listed
    person = listed["candidates"][0]["person_id"]
    assert first == service.get("/v1/readiness", **ASKED, person=person).json()


@pytest.mark.parametrize(
    ("path", "body", "status", "detail"),
    [
        ("/recommend", {"post": "Secretary for Fun", "as_of": TRAINED_AS_OF}, 404, "no post has"),
        ("/recommend", {"post": POST, "as_of": "2015-01-01"}, 409, "retrospective"),
        ("/recommend", {"post": POST, "as_of": "a day"}, 422, "Malformed: as_of."),
        ("/recommend", {"post": POST, "as_of": TRAINED_AS_OF, "top": 0}, 422, "Malformed: top."),
        ("/recommend", {"post": POST}, 422, "Malformed: as_of."),
        ("/recommend", ["nothing of the kind"], 422, "Malformed: body."),
        ("/readiness", {**ASKED, "person": "somebody-unheard-of"}, 404, "cannot be ranked"),
    ],
)
def test_native_problems_are_problem_details(service, path, body, status, detail):
    got = service.post(path, body)
    assert (got.status_code, got.headers["content-type"]) == (status, "application/problem+json")
    assert got.json()["status"] == status
    assert detail in got.json()["detail"]
    assert "unheard-of" not in got.text
    assert "a day" not in got.text


@pytest.mark.parametrize(
    ("method", "headers", "content", "status", "detail"),
    [
        ("POST", {"content-type": "multipart/form-data; boundary=x"}, b"abc", 415, "one object of"),
        ("POST", {"content-type": "multipart/form-data"}, b"abc", 415, "one object of"),
        ("POST", {"content-type": "application/vnd.bentoml+pickle"}, b"abc", 415, "one object of"),
        (
            "POST",
            {"content-type": "application/json; charset=utf-8"},
            b"{",
            422,
            "Malformed: body.",
        ),
        ("POST", {}, b"{", 422, "Malformed: body."),
        ("PUT", {}, b"", 405, "Use POST"),
        ("DELETE", {}, b"", 405, "Use POST"),
    ],
)
@pytest.mark.parametrize("path", ["/recommend", "/readiness"])
def test_whatever_is_sent_to_a_native_api_is_answered_with_problem_details(
    service, path, method, headers, content, status, detail
):
    url = f"{service.url}{path}"
    got = httpx.request(method, url, content=content, headers=headers, timeout=SECONDS)
    assert (got.status_code, got.headers["content-type"]) == (status, "application/problem+json")
    assert got.json()["status"] == status
    assert detail in got.json()["detail"]


def test_nobody_is_in_metrics_or_log(service, listed):
    person = listed["candidates"][0]["person_id"]
    service.get("/v1/readiness", **ASKED, person=person)
    service.post("/readiness", {**ASKED, "person": person, "as_of": person})
    service.get(f"/v1/{person}")
    metrics, log = service.get("/metrics").text, service.log.read_text()
    assert 'endpoint="/v1/readiness"' in metrics
    assert '"route": "/v1/readiness"' in log
    assert '"status": 422' in log, "a malformed request is logged as it was answered"
    assert person not in metrics + log


def test_second_service_leaves_the_first_alone_and_ends_when_it_is_told_to(service, tmp_path):
    def counted() -> float:
        name = r'^bentoml_service_request_total\{.*endpoint="/v1/posts".*\} (\S+)$'
        return sum(map(float, re.findall(name, service.get("/metrics").text, re.MULTILINE)))

    service.get("/v1/posts")
    before = counted()
    assert before >= 1
    with served(tmp_path / "home", tmp_path / "log") as other:
        # A home with nothing in it: alive, not ready, and says why.
        assert other.get("/readyz").status_code == 503
        problem = other.get("/v1/posts")
        assert problem.status_code == 503
        assert problem.json()["detail"] == "there is no snapshot yet."
        other.process.send_signal(signal.SIGTERM)
        assert other.process.wait(SECONDS) == 0
    service.get("/v1/posts")
    assert counted() == before + 1
    assert "Traceback" not in other.log.read_text()
    written = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")}
    assert written <= {"home", "log"}
    assert not (tmp_path / "home" / "mlflow.db").exists(), "serving makes no database"
