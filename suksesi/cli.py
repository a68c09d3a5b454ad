"""One command, composed of the subcommands that the floors below offer.

The rule that must not break: a deliberate error is one sentence on stderr and exit code 1; a bug
keeps its traceback; wrong usage is exit code 2.
"""

import gc
import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from errno import EACCES, ENOSPC, EPERM, EROFS
from pathlib import Path

import typer

from features.commands import app as features_commands
from features.commands_corrections import app as correct_commands
from features.commands_corrections import corrections_app as correction_commands
from features.commands_normalisation import app as normalise_commands
from features.console import stderr
from features.errors import SettingsError, SuksesiError
from features.identity.commands import app as identity_commands
from features.intake_report.commands import app as report_commands
from features.intake_report.commands import snapshots_app as snapshot_commands
from features.policy.commands_dates import dates_app as date_commands
from features.policy.commands_packs import app as pack_commands
from features.policy.commands_register import app as register_commands
from features.settings import Settings
from serving.commands import app as serving_commands
from serving.commands_bench import app as bench_commands
from serving.commands_missing import app as missing_commands
from serving.commands_score import app as score_commands
from serving.commands_similar import app as similar_commands
from suksesi.audit import app as audit_commands
from suksesi.demo import app as demo_commands
from suksesi.doctor import app as doctor_commands
from suksesi.simulate import app as simulate_commands
from suksesi.stopping import stoppable
from training.commands import app as training_commands

#: Exit code of a command that was stopped by hand, as shells have it.
STOPPED = 130
GARBAGE_THRESHOLDS = (100_000, 50, 50)

app = typer.Typer(
    name="suksesi",
    help="Recommendations for strategic posts: explained, replayable, decided by people.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for commands in (
    simulate_commands,
    features_commands,
    report_commands,
    correct_commands,
    date_commands,
    training_commands,
    serving_commands,
    missing_commands,
    bench_commands,
    score_commands,
    similar_commands,
    audit_commands,
    demo_commands,
    doctor_commands,
):
    app.registered_commands += commands.registered_commands
for group in (
    normalise_commands,
    correction_commands,
    snapshot_commands,
    identity_commands,
    pack_commands,
    register_commands,
):
    app.add_typer(group)


def main(arguments: list[str] | None = None, environ: Mapping[str, str] | None = None) -> None:
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, optional
        Without the program's name; those of the process if left out.
    environ : mapping of str to str, optional
        That of the process if left out. Read here, and nowhere deeper.
    """
    # Before LightGBM is loaded: threads that wait must not keep other processes from working.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Expressions are made of many small objects; looking through all of them after every 700 new
    # ones takes a sixth of a training's time.
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    try:
        settings = Settings.from_environment(os.environ if environ is None else environ)
        with home_needed(settings.home), stoppable():
            app(arguments, obj=settings, prog_name="suksesi")
    except SuksesiError as error:
        stderr.print(f"suksesi: {error}", style="red", soft_wrap=True, markup=False)
        sys.exit(1)
    except (KeyboardInterrupt, RuntimeError) as error:
        if not _was_stopped(error):
            raise
        stderr.print("suksesi: stopped; what was not finished is not kept", style="dim")
        sys.exit(STOPPED)


def _was_stopped(error: BaseException | None) -> bool:
    """Whether somebody pressed Ctrl-C; DuckDB makes another error of it while it is asked."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt) or "Query interrupted" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def home_needed(home: Path) -> Generator[None]:
    """Tell a home that cannot be written to from a bug.

    Raises
    ------
    SettingsError
        If the system refuses a file or folder under the home.
    """
    try:
        yield
    except OSError as error:
        path = Path(os.fsdecode(error.filename)) if error.filename else None
        if path is None or not path.is_relative_to(home):
            raise
        if home.is_dir() and error.errno not in (EACCES, EPERM, EROFS, ENOSPC):
            raise
        raise SettingsError(
            f"{error.strerror}: {path}",
            where="SUKSESI_HOME",
            expected="a folder that can be written to",
        ) from error


if __name__ == "__main__":
    main()
