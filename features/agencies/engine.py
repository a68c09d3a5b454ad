"""The engine that an ingest runs on, and what an installation gives it to work with.

The rule that must not break: memory has a bound that does not depend on the size of a file. What
does not fit is spilled into the workspace, which nobody but this account can look into.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import ibis
from ibis.backends.duckdb import Backend
from pydantic import SecretStr

from features.agencies import numbered

#: Each holds pieces of files and of tables that cannot be spilled while it works on them.
_MEGABYTES_A_THREAD = 125


@dataclass(frozen=True)
class Means:
    """What an ingest may use of the installation.

    Parameters
    ----------
    memory : int
        Megabytes that the engine takes before it spills to the disk.
    databases : mapping of str to SecretStr
        Addresses of databases by the names that mappings call them.
    statement_seconds : int
        How long a database may take over one statement.
    """

    memory: int = 1_000
    databases: Mapping[str, SecretStr] = field(default_factory=dict)
    statement_seconds: int = 600


def open_engine(workspace: Path, means: Means) -> Backend:
    """A connection of its own, which writes to the workspace and nowhere else."""
    backend = ibis.duckdb.connect()
    backend.raw_sql("SET enable_progress_bar = false")
    backend.raw_sql(f"SET memory_limit = '{means.memory}MB'")
    most_threads = max(1, means.memory // _MEGABYTES_A_THREAD)
    (threads,) = backend.con.execute("SELECT current_setting('threads')").fetchall()[0]
    backend.raw_sql(f"SET threads = {min(int(threads), most_threads)}")
    backend.raw_sql(f"SET temp_directory = {numbered.text(str(workspace / 'spill'))}")
    backend.raw_sql(f"SET allowed_directories = [{numbered.text(str(workspace))}]")
    numbered.open_database(backend)
    return backend


def lacks_room(error: Exception) -> bool:
    """Whether work stopped for want of memory or disk, and not for what a file holds."""
    return isinstance(error, duckdb.OutOfMemoryException) or "No space left" in str(error)
