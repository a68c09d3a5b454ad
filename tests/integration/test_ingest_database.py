"""Sources on a real PostgreSQL: read only, on one snapshot, as text that every file would have."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from features.agencies.engine import Means
from features.agencies.mapping import load_mapping
from features.agencies.reading import Reading, read_exports
from features.errors import IntakeError, MappingError
from features.intake import ingest
from tests.lib.command import succeeded, suksesi
from tests.lib.database import execute, fresh_database, running_postgres
from tests.lib.small_agency import MAPPING, changed_mapping, write_small

pytestmark = pytest.mark.xdist_group("postgres")

PEOPLE = "CREATE TABLE people (id text)", "INSERT INTO people VALUES ('bob'), ('ann')"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running_postgres() as address:
        yield address


@pytest.fixture
def database(server: str) -> Iterator[str]:
    with fresh_database(server) as address:
        yield address


def means(address: str, seconds: int = 60) -> Means:
    return Means(databases={"simpeg": SecretStr(address)}, statement_seconds=seconds)


def with_people(rest: str) -> str:
    return changed_mapping("people: {file: people.csv}", f"people: {{database: simpeg, {rest}}}")


@pytest.fixture
def read(tmp_path: Path, database: str) -> Iterator[Callable[..., Reading]]:
    """Read the small agency with its people in the database."""
    readings: list[Reading] = []

    def _read(mapping: str, seconds: int = 60, address: str = database) -> Reading:
        path = write_small(tmp_path, mapping=mapping, people=None)
        space = tmp_path / "space"
        space.mkdir(exist_ok=True)
        known = means(address, seconds)
        readings.append(read_exports(load_mapping(path), tmp_path, space, means=known))
        return readings[-1]

    yield _read
    for reading in readings:
        reading.close()


def source_rows(reading: Reading, name: str = "people") -> list[tuple]:
    return reading._backend.con.execute(f"SELECT * FROM {name}").fetchall()


@pytest.mark.parametrize("rest", ["table: people", "table: public.people", "query: TABLE people"])
def test_a_table_or_query_is_a_source(read, database, rest):
    execute(database, *PEOPLE)
    reading = read(with_people(rest))
    assert source_rows(reading) == [("ann",), ("bob",)]
    assert (reading.sources["people"].file, reading.sources["people"].read) == (None, 2)


def test_values_have_the_text_that_a_file_would_give_them(read, database):
    execute(
        database,
        "CREATE TABLE people AS SELECT 'ann' AS id, DATE '2020-01-31' AS day, "
        "TIMESTAMP '2020-01-31' AS midnight, TIMESTAMP '2020-01-31 08:30' AS morning, "
        "TIMESTAMPTZ '2020-01-31 08:30+07' AS instant, true AS yes, 5::float8 AS whole, "
        "0.1::float8 AS part, 198001012005011001::float8 AS mangled, "
        "198001012005011001::bigint AS nip, 12.50::numeric AS score, '007' AS code, "
        "''::text AS nothing, NULL::text AS absent, 'a\"b, c' || chr(10) || 'd' AS quoted",
        f"ALTER DATABASE {database.split('/')[3].split('?')[0]} SET datestyle = 'German'",
    )
    (row,) = source_rows(read(with_people("table: people")))
    assert row == (
        "ann", "2020-01-31", "2020-01-31", "2020-01-31 08:30:00", "2020-01-31 01:30:00+00:00",
        "true", "5", "0.1", "1.98001012005011e+17", "198001012005011001", "12.50", "007", None,
        None, 'a"b, c\nd',
    )  # fmt: skip


def test_missing_values_are_empty(read, database):
    execute(database, "CREATE TABLE people AS SELECT 'ann' AS id, '-' AS note")
    rows = source_rows(read(with_people("table: people, missing_values: ['-']")))
    assert rows == [("ann", None)]


def test_the_same_content_gives_the_same_snapshot_in_whatever_order_it_lies(tmp_path, database):
    mapping = write_small(tmp_path, mapping=with_people("table: people"), people=None)
    execute(database, *PEOPLE)
    first = ingest(mapping, tmp_path, tmp_path / "one", means=means(database))
    execute(database, "DROP TABLE people", "CREATE TABLE people (id text COLLATE \"C\")",
            "INSERT INTO people VALUES ('ann'), ('bob')")  # fmt: skip
    again = ingest(mapping, tmp_path, tmp_path / "two", means=means(database))
    assert again.digest == first.digest
    execute(database, "INSERT INTO people VALUES ('cal')")
    assert ingest(mapping, tmp_path, tmp_path / "two", means=means(database)).digest != first.digest


def test_a_declared_key_orders_the_rows(read, database):
    execute(database, "CREATE TABLE people (id text, nr int)")
    execute(database, "INSERT INTO people VALUES ('ann', 2), ('bob', 1)")
    assert source_rows(read(with_people("table: people, key: nr"))) == [("bob", "1"), ("ann", "2")]


@pytest.mark.parametrize(
    ("key", "found"), [("nr", "the key (nr) repeats"), ("nrr", "the key names a column 'nrr'")]
)
def test_a_key_that_cannot_order_the_rows_is_refused(read, database, key, found):
    execute(database, "CREATE TABLE people (id text, nr int)")
    execute(database, "INSERT INTO people VALUES ('ann', 1), ('bob', 1)")
    with pytest.raises(IntakeError) as caught:
        read(with_people(f"table: people, key: [{key}]"))
    assert found in str(caught.value)
    assert "small.yaml, line" in str(caught.value)


def test_more_rows_than_a_batch_arrive(read, database):
    execute(database, "CREATE TABLE people AS SELECT 'p' || generate_series(1, 23001) AS id")
    execute(database, "INSERT INTO people VALUES ('ann'), ('bob')")
    assert read(with_people("table: people")).counts["person"].accepted == 23_003


def test_all_sources_of_a_database_are_read_as_of_one_moment(tmp_path, database):
    """Somebody is added, everywhere at once, between the reading of two tables."""
    execute(database, *PEOPLE, "CREATE TABLE guests (id text)")
    mapping = MAPPING.replace(
        "people: {file: people.csv}",
        "people: {database: simpeg, table: people}\n  guests: {database: simpeg, table: guests}",
    )
    path = write_small(tmp_path, mapping=mapping, people=None)
    space = tmp_path / "space"
    space.mkdir()

    def tell(what: str, _done: int, _total: int) -> None:
        if what == "database simpeg, source guests":
            execute(database, "INSERT INTO guests VALUES ('late')")

    reading = read_exports(load_mapping(path), tmp_path, space, tell, means=means(database))
    assert source_rows(reading, "guests") == []
    reading.close()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT id FROM guests").fetchall() == [("late",)]


@pytest.mark.parametrize(
    "query",
    [
        "WITH gone AS (DELETE FROM people RETURNING id) SELECT id FROM gone",
        "SELECT 1) AS asked; COMMIT; DELETE FROM people; SELECT id FROM (SELECT id FROM people",
        "SELECT id FROM people; DELETE FROM people",
        "DELETE FROM people",
        "SELECT id, nextval('counter') FROM people",
    ],
)
def test_nothing_is_written(read, database, query):
    execute(database, *PEOPLE, "CREATE SEQUENCE counter")
    with pytest.raises(IntakeError):
        read(with_people(f'query: "{query}"'))
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM people").fetchone() == (2,)
        assert connection.execute("SELECT is_called FROM counter").fetchone() == (False,)


@pytest.mark.parametrize("query", ["SELECT id FROM people -- all", "SELECT id FROM people ;"])
def test_a_query_may_end_as_a_statement_does(read, database, query):
    execute(database, *PEOPLE)
    assert len(source_rows(read(with_people(f'query: "{query}"')))) == 2


def test_signs_of_the_driver_are_only_signs(read, database):
    execute(database, *PEOPLE)
    query = "SELECT id FROM people WHERE id LIKE 'a%' AND '{}' <> '%s'"
    assert source_rows(read(with_people(f'query: "{query}"'))) == [("ann",)]


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("table: peopel", 'relation "peopel" does not exist'),
        ("query: SELECT idd FROM people", 'column "idd" does not exist'),
        ("query: SELEC", "syntax error"),
        ('query: "SELECT id, id FROM people"', "the header cannot name columns: 'id'"),
    ],
)
def test_a_question_that_the_database_refuses_is_told_with_its_line(read, database, rest, found):
    execute(database, *PEOPLE)
    with pytest.raises(IntakeError) as caught:
        read(with_people(rest))
    assert found in str(caught.value)
    assert "small.yaml, line 6, database simpeg" in str(caught.value)


def test_a_value_that_fails_stays_out_of_the_message(read, database):
    execute(database, *PEOPLE)
    with pytest.raises(IntakeError) as caught:
        read(with_people("query: 'SELECT id::int FROM people'"))
    assert "InvalidTextRepresentation" in str(caught.value)
    assert "bob" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_statement_that_takes_too_long_is_stopped(read, database):
    execute(database, *PEOPLE)
    with pytest.raises(IntakeError, match="took longer over a statement than it may"):
        read(with_people("query: 'SELECT id, pg_sleep(60)::text AS s FROM people'"), seconds=1)


def test_no_message_shows_the_address(read, database):
    wrong = database.replace("postgres:", "somebody:hidden", 1)
    with pytest.raises(IntakeError, match="cannot be reached") as caught:
        read(with_people("table: people"), address=wrong)
    for secret in ("somebody", "hidden", "host=", database.split("?")[1]):
        assert secret not in str(caught.value)
    assert "hidden" not in repr(means(wrong))


def test_a_database_that_nobody_knows_is_refused_with_the_variable_to_set(tmp_path):
    path = write_small(tmp_path, mapping=with_people("table: people"), people=None)
    with pytest.raises(IntakeError, match="set SUKSESI_SOURCE_SIMPEG_URL"):
        ingest(path, tmp_path, tmp_path / "home")


def test_a_connection_that_breaks_is_told(tmp_path, database, server):
    execute(database, *PEOPLE)
    query = "query: 'SELECT id, pg_sleep(30)::text AS s FROM people'"
    path = write_small(tmp_path, mapping=with_people(query), people=None)

    def cut() -> None:
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'FETCH%'"
        with psycopg.connect(server, autocommit=True) as connection:
            while not connection.execute(ended).fetchall():
                pass

    ending = threading.Thread(target=cut)
    ending.start()
    with pytest.raises(IntakeError):
        ingest(path, tmp_path, tmp_path / "home", means=means(database))
    ending.join()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{database: simpeg}", "either table or query"),
        ("{database: simpeg, table: a, query: SELECT 1}", "either table or query"),
        ("{database: simpeg, table: a, sheet: b}", "sheet belongs to a file"),
        ("{file: people.csv, table: a}", "has table and no database"),
        ("{database: simpeg, table: a, sql: SELECT 1}", "one of file, database, sql"),
        ("{database: 'postgresql://a:b@c/d', table: a}", "database"),
    ],
)
def test_a_wrong_declaration_is_refused_with_its_line(tmp_path, source, found):
    path = write_small(tmp_path, mapping=changed_mapping("{file: people.csv}", source))
    with pytest.raises(MappingError, match="line 6") as caught:
        load_mapping(path)
    assert found in str(caught.value)


def test_the_command_finds_the_address_in_the_environment(tmp_path, database):
    execute(database, *PEOPLE)
    path = write_small(tmp_path, mapping=with_people("table: people"), people=None)
    asked = ("ingest", path, "--exports", tmp_path, "--json")
    done = suksesi(*asked, home=tmp_path / "home", SUKSESI_SOURCE_SIMPEG_URL=database)
    assert succeeded(done).json["tables"]["person"]["accepted"] == 2
    assert database not in done.out + done.err
    written = [p.read_bytes() for p in (tmp_path / "home").rglob("*") if p.is_file()]
    assert not any(database.encode() in content for content in written)
