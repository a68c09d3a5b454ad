"""The command `suksesi`, run in this process as somebody at a terminal runs it.

The rule that must not break: what a test sees is what leaves the process: exit code, standard
output, standard error. A bug's traceback is not swallowed but raised.
"""

import contextlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow

from models.registry import CHAMPION, MODEL_NAME
from suksesi.cli import main


@dataclass(frozen=True)
class Done:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON value that it holds; refused if there is more."""
        return json.loads(self.out)


def environment(home: Path, **others: str) -> dict[str, str]:
    """What a command is told by its environment: a home, and one thread a booster."""
    kept = {"SUKSESI_HOME": str(home), "SUKSESI_KEY_DIR": str(home.parent / "keys")}
    return {**kept, "SUKSESI_THREADS": "1", **others}


def suksesi(*arguments: str | Path, home: Path, **others: str) -> Done:
    """Run a command in a home."""
    return run(arguments, environment(home, **others))


def run(arguments: tuple[str | Path, ...], environ: Mapping[str, str]) -> Done:
    """Run a command in an environment."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments], environ)
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


def succeeded(done: Done) -> Done:
    """The same, after it was found to have ended well."""
    assert done.code == 0, done.err
    return done


def demote(home: Path) -> None:
    """Leave a home without a champion; its versions stay."""
    store = f"sqlite:///{home}/mlflow.db"
    mlflow.MlflowClient(store, store).delete_registered_model_alias(MODEL_NAME, CHAMPION)
