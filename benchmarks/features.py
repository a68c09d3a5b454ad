"""The feature frame of a million people, against the same figures written by hand in SQL.

A simulated agency is tiled: everybody in it is copied under new ids, each copy with all its days
moved by some days of its own. Of everybody twelve events are kept, and whoever has fewer is left
out. The rule that must not break: a time counts only where both sides give the same answers, and
where the frame was read back from the disk it was written to.
"""

import json
import resource
import subprocess
import sys
import time
from datetime import date
from math import ceil
from pathlib import Path

import duckdb
import ibis
import numpy as np

import features.agencies
from features.agencies.consistency import SNAPSHOT_TABLES
from features.catalogue import CATALOGUE
from features.duck import OnDuckDB
from features.frames import write_frame
from features.intake import ingest
from features.tables.record import Record, record_from_parquet
from features.tables.schema import Table
from simulation.ministry import EXPORTS, write_ministry
from simulation.presets import preset
from training.figures import Figure, figure

MAPPING = Path(features.agencies.__file__).parent / "siasn.yaml"
AS_OF = date(2026, 1, 1)
SIMULATED, SEED = 20_000, 7
N_PEOPLE, N_NATION = 1_000_000, 5_600_000
SIZES = (250_000, 500_000, 1_000_000)
EVENTS = 12
#: Where cost grows with the number of people and not with its square, with room for noise.
LINEAR = "<= 1.2"
#: The features that cost most, which the hand-written query computes as well.
TEN = (
    "years_in_service",
    "pace_percentile",
    "n_organisations",
    "level_mean",
    "level_uncertainty",
    "gap_weighted",
    "gap_uncertainty",
    "rating_in_unit",
    "rating_adjusted",
    "potential_mean",
)
SQL = Path(__file__).parent / "features.sql"
#: What the two sides may differ by: the last digit of doubles added in another order.
SAME = 1e-9
MEMORY = 3000
STRATEGIC = ("jpt_pratama", "administrator")
#: What one event is, and how many of a person's newest are kept before another kind has its turn.
KINDS = {
    "appointment": ("appointment_id", "start_on", 3),
    "rank_history": ("rank_id", "from_on", 1),
    "education": ("education_id", "graduated_on", 1),
    "training": ("training_id", "started_on", 2),
    "appraisal": ("appraisal_id", "appraised_on", 3),
    "assessment": ("assessed_on", "assessed_on", 1),
    "potential": ("assessed_on", "assessed_on", 1),
    "feedback": ("given_on", "given_on", 1),
    "award": ("awarded_on", "awarded_on", 1),
    "assignment": ("started_on", "started_on", 1),
    "discipline": ("sanctioned_on", "sanctioned_on", 1),
}
#: Days by which a copy is moved, at most.
JITTER = 180


def measure(space: Path) -> list[Figure]:
    """Frames of three sizes, all features, and ten of them against SQL.

    Parameters
    ----------
    space : Path
        An empty folder.

    Raises
    ------
    RuntimeError
        If the frame and the SQL differ in any answer.
    """
    snapshot = _snapshot(space)
    figures, seconds = [], []
    for n_people in SIZES:
        folder = space / f"tiled-{n_people}"
        n_events = tiled(snapshot, n_people, folder)
        told = _apart("frame", folder, space / "frame")
        seconds.append(told["seconds"])
        is_largest = n_people == max(SIZES)
        name = f"features.{n_people}"
        figures += [
            figure(f"{name}.events_a_person", n_events / n_people, unit="events"),
            figure(
                f"{name}.seconds", told["seconds"], unit="s", bound="< 60" if is_largest else None
            ),
            figure(
                f"{name}.peak_memory",
                told["memory"],
                unit="GB",
                bound="< 4" if is_largest else None,
            ),
        ]
    slope = np.polyfit(np.log(SIZES), np.log(seconds), 1)[0]
    ten, by_hand = (_apart(one, folder, space / one) for one in ("ten", "sql"))
    _require_same(space / "ten", space / "sql")
    return [
        *figures,
        figure("features.exponent", float(slope), unit="exponent", bound=LINEAR),
        figure("features.ten_heaviest.seconds", ten["seconds"], unit="s"),
        figure("features.ten_heaviest.by_hand", by_hand["seconds"], unit="s"),
        figure(
            "features.ten_heaviest.ratio",
            ten["seconds"] / by_hand["seconds"],
            unit="times",
            bound="<= 1.5",
        ),
        figure("features.catalogued", len(CATALOGUE.names), unit="features", bound=">= 60"),
    ]


def measure_nation(space: Path) -> list[Figure]:
    """All features of as many people as the whole civil service has."""
    folder = space / "tiled"
    tiled(_snapshot(space), N_NATION, folder)
    told = _apart("frame", folder, space / "frame")
    return [
        figure("features.nation.people", N_NATION, unit="people"),
        figure("features.nation.seconds", told["seconds"], unit="s"),
        figure("features.nation.peak_memory", told["memory"], unit="GB"),
    ]


def _snapshot(space: Path) -> Path:
    write_ministry(preset("realistic", people=SIMULATED), SEED, space / "ministry")
    exports = space / "ministry" / EXPORTS
    return ingest(MAPPING, exports, space / "home", keys=space / "keys").folder


def _apart(what: str, folder: Path, out: Path) -> dict[str, float]:
    """Seconds and gigabytes of a process of its own, from its first import to the last file."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.features", what, str(folder), str(out)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return {"seconds": time.perf_counter() - began, **json.loads(done.stdout)}


def compute(what: str, folder: Path, out: Path) -> None:
    """Write a frame: all features (`frame`), `ten` of them, or these by hand (`sql`)."""
    spill = out.with_name(f"{out.name}-spill")
    spill.mkdir(exist_ok=True)
    record = record_from_parquet(folder, SNAPSHOT_TABLES)
    engine = OnDuckDB(record, spill, MEMORY)
    pairs = engine.stage("asked", _asked(record))
    if what == "sql":
        _write_by_hand(record, engine, pairs, out)
    else:
        write_frame(record, pairs, out, engine, only=TEN if what == "ten" else None)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    sys.stdout.write(json.dumps({"memory": peak}))


def _asked(record: Record) -> ibis.Table:
    """Everybody for one strategic post, which is another for each."""
    posts = record.table("post")
    posts = posts.filter(posts.post_class.isin(STRATEGIC))
    posts = posts.mutate(place=ibis.row_number().over(order_by="post_id"))
    n_posts = int(posts.count().to_pyarrow().as_py())
    people = record.table("person")
    people = people.mutate(place=people.person_id.hash().abs() % n_posts)
    rows = people.join(posts, "place").select("person_id", "post_id")
    return rows.mutate(as_of=ibis.date(AS_OF.year, AS_OF.month, AS_OF.day))


def _write_by_hand(record: Record, engine: OnDuckDB, pairs: ibis.Table, out: Path) -> None:
    con = record.backend.con
    con.execute(f"CREATE TEMP VIEW asked AS FROM {pairs.get_name()}")
    sql = SQL.read_text(encoding="utf-8").replace("$day", f"DATE '{AS_OF}'")
    *steps, frame = sql.split(";\n")
    for step in steps:
        con.execute(step)
    con.execute(f"COPY ({frame}) TO '{out}' {engine.written_as('person_part')}")


def _require_same(one: Path, other: Path) -> None:
    """Refuse to measure where ten features of anybody differ between two frames."""
    keys = "person_id, post_id"
    columns = ", ".join(
        f"count(*) FILTER (WHERE (a.{n} IS NULL) <> (b.{n} IS NULL) OR abs(a.{n} - b.{n}) > {SAME})"
        for n in TEN
    )
    found = duckdb.execute(
        f"SELECT count(*), {columns} FROM '{one}/**/*.parquet' AS a "
        f"FULL JOIN '{other}/**/*.parquet' AS b USING ({keys})"
    ).fetchall()[0]
    differing = {name: n for name, n in zip(TEN, found[1:], strict=True) if n}
    if differing or not found[0]:
        raise RuntimeError(f"frame and SQL differ: {differing} of {found[0]}")


def tiled(snapshot: Path, n_people: int, folder: Path) -> int:
    """Copies of the people of a snapshot with twelve events each, as Parquet; how many events."""
    folder.mkdir(parents=True)
    with duckdb.connect() as con:
        con.execute("SET preserve_insertion_order = false")
        turns = " UNION ALL ".join(
            f"SELECT person_id, '{name}' AS kind, {key}::VARCHAR AS event, (row_number() OVER "
            f"(PARTITION BY person_id ORDER BY {on} DESC, {key}) - 1) // {quota} AS turn "
            f"FROM (SELECT DISTINCT person_id, {key}, {on} FROM '{snapshot}/{name}.parquet' "
            f"WHERE {on} <= DATE '{AS_OF}' - {JITTER})"
            for name, (key, on, quota) in KINDS.items()
        )
        con.execute(
            f"CREATE TABLE kept AS SELECT person_id, kind, event FROM ({turns}) "
            "QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY turn, kind, event) "
            f"<= {EVENTS}"
        )
        con.execute(
            "CREATE TABLE person AS SELECT person_id FROM kept GROUP BY person_id "
            f"HAVING count(*) = {EVENTS}"
        )
        n_all = con.execute("SELECT count(*) FROM person").fetchall()[0][0]
        con.execute(
            "CREATE TABLE copy AS SELECT person_id, nth, "
            "md5(person_id || '-' || nth) AS new_id, "
            f"(hash(person_id, nth) % {2 * JITTER + 1})::INTEGER - {JITTER} AS days "
            f"FROM person, range({ceil(n_people / n_all)}) AS _(nth) "
            f"ORDER BY nth, person_id LIMIT {n_people}"
        )
        for table in SNAPSHOT_TABLES:
            _tile(con, table, snapshot, folder)
        return int(
            con.execute("SELECT count(*) FROM kept JOIN copy USING (person_id)").fetchall()[0][0]
        )


def _tile(con: duckdb.DuckDBPyConnection, table: type[Table], snapshot: Path, folder: Path) -> None:
    path = snapshot / f"{table.name}.parquet"
    if not path.exists():
        return
    if table.protected:
        con.execute(f"COPY (FROM '{path}' LIMIT 0) TO '{folder / path.name}'")
        return
    stored = con.execute(f"DESCRIBE FROM '{path}'").fetchall()
    names = [row[0] for row in stored]
    if "person_id" not in names or table.name in ("candidacy", "interview_score", "source_box"):
        con.execute(f"COPY (FROM '{path}') TO '{folder / path.name}' (COMPRESSION zstd)")
        return
    replaced = {"person_id": "copy.new_id"}
    for name, kind, *_rest in stored:
        if name == "appraiser_id":
            replaced[name] = "md5(r.appraiser_id || '-' || nth)"
        elif name in table.key and name.endswith("_id") and name not in ("person_id", "post_id"):
            replaced[name] = f"r.{name} || '-' || nth"
        elif kind == "DATE":
            replaced[name] = f"r.{name} + copy.days"
    cells = ", ".join(f"{replaced.get(name, 'r.' + name)} AS {name}" for name in names)
    kept = ""
    if table.name in KINDS:
        event = f"r.{KINDS[table.name][0]}::VARCHAR"
        same = (
            f"kept.person_id = r.person_id AND kept.kind = '{table.name}' AND kept.event = {event}"
        )
        kept = f"JOIN kept ON {same}"
    con.execute(
        f"COPY (SELECT {cells} FROM '{path}' AS r {kept} "
        f"JOIN copy ON copy.person_id = r.person_id) "
        f"TO '{folder / path.name}' (COMPRESSION zstd)"
    )


if __name__ == "__main__":
    compute(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
