"""A policy pack on a large agency: eligibility of a million pairs, and the boxes of 100,000 people.

The agency is a simulated ministry, everybody in it copied under new ids until enough people are in
post. The same arithmetic, written by hand in SQL for the pack *asn-kepka-411-2025*, runs on the
same connection, alternating with the engine; both sides take the questions as a frame and give the
answers back in memory. The rule that must not break: a time counts only where both sides give the
same answers.
"""

import resource
import time
from collections.abc import Callable
from datetime import date
from math import ceil
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

import features.agencies
import features.packs
from features.intake import ingest
from features.packs.pack import load_pack
from features.packs.rules import ROUTES
from features.policy.eligibility import Eligibility, eligibility
from features.policy.scores import Scores, nine_box
from features.tables.record import Record
from simulation.ministry import EXPORTS, write_ministry
from simulation.presets import preset
from training.figures import Figure, figure

MAPPING = Path(features.agencies.__file__).parent / "siasn.yaml"
PACK = Path(features.packs.__file__).parent / "asn-kepka-411-2025.yaml"
SQL = Path(__file__).parent
AS_OF = date(2026, 1, 1)
SIMULATED, SEED = 5_000, 7
N_PEOPLE, N_CANDIDATES, N_POSTS = 100_000, 10_000, 100
STRATEGIC = ("jpt_madya", "jpt_pratama", "administrator")
TIMES = 3
#: Sums are rounded to nine decimals; what lies half-way between two may go to either.
SAME = 1.001e-9
_Result = TypeVar("_Result")


def measure(space: Path) -> list[Figure]:
    """All figures of the engine of policy packs.

    Parameters
    ----------
    space : Path
        An empty folder.

    Raises
    ------
    RuntimeError
        If the engine and the SQL differ in any answer.
    """
    record, pack = copied(_ministry(space), N_PEOPLE), load_pack(PACK)
    people = in_post(record).head(N_PEOPLE)
    pairs = candidates(record, people.head(N_CANDIDATES), N_POSTS)
    asked = _compared(
        "eligibility_1m",
        lambda: _with_codes(eligibility(record, pack, pairs)),
        lambda: eligibility_by_sql(record, pairs),
        require_same_answers,
        within="< 5",
    )
    placed = _compared(
        "boxes_100k",
        lambda: nine_box(record, pack, people),
        lambda: boxes_by_sql(record, people),
        require_same_boxes,
        within="< 3",
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return [
        figure("policy.people", len(people), unit="people", bound=f">= {N_PEOPLE}"),
        figure("policy.pairs", len(pairs), unit="pairs", bound=f">= {N_CANDIDATES * N_POSTS}"),
        *asked,
        *placed,
        figure("policy.peak_memory", peak, unit="GB"),
    ]


def _ministry(space: Path) -> Record:
    write_ministry(preset("realistic", people=SIMULATED), SEED, space / "ministry")
    return ingest(
        MAPPING, space / "ministry" / EXPORTS, space / "home", keys=space / "keys"
    ).record()


def copied(record: Record, n_in_post: int) -> Record:
    """The record in memory, its people copied under new ids until so many are in post.

    Units and posts stay as they are: a post is held by as many people as there are copies.
    """
    whole = record.apart()
    n_copies = ceil(n_in_post / len(in_post(whole)))
    for name in whole.names:
        table = whole.class_of(name)
        if "person_id" not in table.columns:
            continue
        ids = {"person_id", *(("appraiser_id",) if "appraiser_id" in table.columns else ())}
        ids |= set(table.key) if len(table.key) == 1 else set()
        renamed = ", ".join(f"{column} || '-' || nth AS {column}" for column in sorted(ids))
        whole.backend.raw_sql(
            f"CREATE OR REPLACE TABLE {name} AS "
            f"SELECT * EXCLUDE (nth) REPLACE ({renamed}) FROM {name}, range({n_copies}) AS _(nth)"
        )
    return whole


def in_post(record: Record) -> pd.DataFrame:
    """Who holds a definitive post on the day, in an order that is none: `person_id`, `as_of`."""
    rows = _rows(
        record,
        "SELECT DISTINCT person_id FROM appointment WHERE kind = 'definitive' AND start_on <= $day "
        "AND (end_on IS NULL OR end_on > $day) ORDER BY md5(person_id)",
        day=AS_OF,
    )
    return rows.to_pandas().assign(as_of=pd.Timestamp(AS_OF))


def candidates(record: Record, people: pd.DataFrame, n_posts: int) -> pd.DataFrame:
    """Everybody against so many strategic posts, the highest first, routes by turns."""
    posts = _rows(
        record,
        "SELECT post_id FROM post JOIN post_class USING (post_class) "
        "WHERE list_contains($classes, post_class) ORDER BY step DESC, post_id LIMIT $n_posts",
        classes=list(STRATEGIC),
        n_posts=n_posts,
    ).to_pandas()
    posts["route"] = np.resize(list(ROUTES), len(posts))
    return people.merge(posts, how="cross")


def eligibility_by_sql(record: Record, pairs: pd.DataFrame) -> pa.Table:
    """Answers by name of a rule, and the status, a row a pair, as the hand-written query has them.

    Parameters
    ----------
    record : Record
        Of an agency that keeps a register of discipline.
    pairs : DataFrame
        `person_id`, `post_id`, `as_of`, `route`.
    """
    return _by_sql(record, "policy_eligibility", "pairs", pairs.assign(pair=np.arange(len(pairs))))


def boxes_by_sql(record: Record, people: pd.DataFrame) -> pa.Table:
    """Columns of the frame of `nine_box`, as the hand-written query has them."""
    return _by_sql(record, "policy_boxes", "people", people.assign(place=np.arange(len(people))))


def _by_sql(record: Record, query: str, name: str, asked: pd.DataFrame) -> pa.Table:
    connection = record.backend.con
    connection.register("asked", pa.Table.from_pandas(asked, preserve_index=False))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS "
        "SELECT * REPLACE (CAST(as_of AS DATE) AS as_of) FROM asked"
    )
    connection.unregister("asked")
    text = (SQL / f"{query}.sql").read_text(encoding="utf-8")
    return connection.execute(text).to_arrow_table()


def _rows(record: Record, query: str, **values: Any) -> pa.Table:
    return record.backend.con.execute(query, values).to_arrow_table()


def _with_codes(found: Eligibility) -> Eligibility:
    """The answers, by name of a rule too: what the query gives."""
    _ = found.codes
    return found


def require_same_answers(found: Eligibility, rows: pa.Table) -> None:
    """Every answer and every status of the engine is that of the query.

    Raises
    ------
    RuntimeError
        If one is not.
    """
    theirs = {name: rows[name].to_numpy() for name in rows.column_names}
    ours = {name: found.codes[name].to_numpy() for name in found.codes}
    ours["status"] = found.status
    if set(ours) != set(theirs):
        raise RuntimeError(f"other rules: {sorted(set(ours) ^ set(theirs))}")
    for name, values in ours.items():
        _require_none(name, values != theirs[name])


def require_same_boxes(found: Scores, rows: pa.Table) -> None:
    """Every score is that of the query to nine decimals, and every level and box.

    Raises
    ------
    RuntimeError
        If one is not.
    """
    for name in found.frame:
        ours = found.frame[name].astype("Float64").to_numpy("float64", na_value=np.nan)
        theirs = rows[name].to_pandas().to_numpy("float64")
        is_same = (np.abs(ours - theirs) <= SAME) | (np.isnan(ours) & np.isnan(theirs))
        _require_none(str(name), ~is_same)


def _require_none(name: str, differs: np.ndarray) -> None:
    places = np.flatnonzero(differs)
    if len(places):
        raise RuntimeError(f"engine and SQL differ in {name} in {len(places)} rows: {places[:5]}")


def _compared(
    name: str,
    engine: Callable[[], _Result],
    sql: Callable[[], pa.Table],
    require_same: Callable[[_Result, pa.Table], None],
    within: str,
) -> list[Figure]:
    """The least seconds of the engine and of the query, by turns."""
    ours, theirs = [], []
    for _nth in range(TIMES):
        rows, spent = _timed(sql)
        theirs.append(spent)
        found, spent = _timed(engine)
        ours.append(spent)
        require_same(found, rows)
        del found, rows
    ratio = min(ours) / min(theirs)
    return [
        figure(f"policy.{name}.seconds", min(ours), unit="s", bound=within),
        figure(f"policy.{name}.seconds_of_sql", min(theirs), unit="s"),
        figure(f"policy.{name}.ratio_to_sql", ratio, unit="ratio", bound="<= 3"),
    ]


def _timed(work: Callable[[], _Result]) -> tuple[_Result, float]:
    started = time.perf_counter()
    done = work()
    return done, time.perf_counter() - started
