"""No fact recorded after a date reaches a feature, whatever the careers; and the numbers are right.

Each example is a whole small agency, asked about on several dates at once: asking is cheap, putting
a question together is not.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

import ibis
import numpy as np
import pandas as pd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from features.agencies.consistency import SNAPSHOT_TABLES
from features.assemble import FeatureQuery
from features.catalogue import CATALOGUE
from features.tables.record import Record, record_from_arrow
from tests.lib.careers import LADDER, drawn_record
from tests.lib.papers import Papers, drawn_papers, together
from tests.lib.reference import features_of, plain
from tests.lib.reference_dossier import kept, paper_features_of, papers

PEOPLE = ("ann", "bob", "cid", "dan", "eve")
UNITS = ("ports", "roads", "rails", "canals")
POSTS = ("p1", "p2", "p3", "p4", "p5", "p6")
FIELDS = ("cargo", "bridges", "law")
FIRST = date(2000, 1, 1)
#: Days are drawn from a grid, so that many coincide, touch, or lie within a handover of each other.
GRID, LAST = 15, 240
#: Nothing is asked about after this day of the grid; much is recorded after it.
LAST_ASKED = 180
#: Months by which the record is early or late.
LAGS = (-60, 0, 0, 0, 45, 400, 1500)

#: What the fixed points of the frame cut off: parts of a sum are whole millionths.
FIXED_POINT = {
    name: 5e-6
    for name in CATALOGUE.names
    if name.startswith(("level_", "gap_", "rating_", "appraiser_", "field_entropy"))
}

#: Whole agencies: to make a failing one smaller would take many minutes.
quick = settings(
    derandomize=True, deadline=None, database=None, print_blob=False, phases=(Phase.generate,)
)
days = st.integers(0, LAST).map(lambda n: FIRST + timedelta(days=GRID * n))
lags = st.sampled_from(LAGS).map(lambda n: timedelta(days=n))
later = st.integers(LAST_ASKED + 1, LAST).map(lambda n: FIRST + timedelta(days=GRID * n))


seeds = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Agency:
    """Tables drawn as text, the days to ask about, and the seeds of the papers."""

    posts: str
    appointments: str
    memberships: str
    links: str
    protected: str
    asked_on: tuple[date, ...]
    seed: int
    later_seed: int | None = None

    def record(self) -> Record:
        return drawn_record(
            posts=self.posts,
            appointments=self.appointments,
            memberships=self.memberships,
            links=self.links,
            protected=self.protected,
            people=" ".join(PEOPLE),
            papers=self.papers(),
        )

    def papers(self) -> Papers:
        drawn = drawn_papers(self.seed, PEOPLE, POSTS, UNITS)
        if self.later_seed is None:
            return drawn
        known = (LAST_ASKED + 1, LAST)
        later = drawn_papers(
            self.later_seed, PEOPLE, POSTS, UNITS, known=known, prefix="z", share=0.3
        )
        return together(drawn, later)

    def pairs(self) -> pd.DataFrame:
        rows = product(PEOPLE, POSTS, self.asked_on)
        return pd.DataFrame(rows, columns=["person_id", "post_id", "as_of"])


@st.composite
def posts(draw: st.DrawFn) -> str:
    remote = {unit: draw(st.sampled_from(("yes", "no", "-"))) for unit in UNITS}
    lines = []
    for post in POSTS:
        unit = draw(st.sampled_from(UNITS))
        fields = " ".join(draw(st.sets(st.sampled_from(FIELDS))))
        lines.append(
            f"{post} | {unit} | {draw(st.sampled_from(LADDER))} | {fields} | {remote[unit]}"
        )
    return "\n".join(["post | unit | class | fields | remote", *lines])


@st.composite
def spans(draw: st.DrawFn, known: st.SearchStrategy[date] | None = None) -> str:
    """Start and end of a spell and the days on which they were recorded, before or after."""
    start = draw(days)
    start_known = draw(known) if known is not None else start + draw(lags)
    if draw(st.integers(0, 3)) == 0:
        return f"{start} | {start_known} | - | - | -"
    end = start + timedelta(days=draw(st.sampled_from((0, 10, 45, 360, 375, 900, 2000))))
    end_known = draw(known) if known is not None else end + draw(lags)
    why = draw(st.sampled_from(("-", "-", "reorganised", "moved")))
    return f"{start} | {start_known} | {end} | {end_known} | {why}"


def some(lines: st.SearchStrategy[str], low: int, high: int) -> st.SearchStrategy[str]:
    """Some lines of a table."""
    return st.lists(lines, min_size=low, max_size=high).map("\n".join)


def seats(known: st.SearchStrategy[date] | None = None) -> st.SearchStrategy[str]:
    kinds = st.sampled_from(("definitive", "definitive", "definitive", "acting", "caretaker"))
    parts = (st.sampled_from(PEOPLE), st.sampled_from(POSTS), kinds, spans(known))
    return st.tuples(*parts).map(" | ".join)


def terms(known: st.SearchStrategy[date] | None = None) -> st.SearchStrategy[str]:
    parts = (st.sampled_from(PEOPLE), st.sampled_from(("house", "lords")), spans(known))
    return st.tuples(*parts).map(" | ".join)


@st.composite
def reorganisations(draw: st.DrawFn, known: st.SearchStrategy[date] | None = None) -> str:
    one, other = draw(st.permutations(UNITS))[:2]
    kind = draw(st.sampled_from(("rename", "merger", "demerger")))
    on = draw(days)
    return (
        f"{one} | {other} | {kind} | {on} | {draw(known) if known is not None else on + draw(lags)}"
    )


def sexes() -> st.SearchStrategy[str]:
    lines = [st.sampled_from("fm").map(lambda v, p=p: f"{p} | sex | {v}") for p in PEOPLE]
    return st.tuples(*lines).map("\n".join)


SPAN = "start_on | start_recorded_on | end_on | end_recorded_on | end_reason"
agencies = st.builds(
    Agency,
    posts=posts(),
    appointments=some(seats(), 18, 36).map(f"person | post | kind | {SPAN}\n".__add__),
    memberships=some(terms(), 3, 6).map(f"person | body | {SPAN}\n".__add__),
    links=some(reorganisations(), 2, 4).map("from | to | kind | on | recorded_on\n".__add__),
    protected=sexes().map("person | attribute | value\n".__add__),
    asked_on=st.lists(
        st.integers(60, LAST_ASKED).map(lambda n: FIRST + timedelta(days=GRID * n)),
        min_size=3,
        max_size=3,
        unique=True,
    ).map(tuple),
    seed=seeds,
)


def require_equal(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Every catalogued feature is equal to the last bit."""
    assert list(one.columns) == CATALOGUE.names
    same = (one == other) | (one.isna() & other.isna())
    assert same.all(axis=None), [name for name in one.columns if not same[name].all()]


@settings(quick, max_examples=4)
@given(agencies)
def test_blanking_what_was_recorded_later_leaves_every_feature_equal(agency: Agency):
    record, pairs = agency.record(), agency.pairs()
    frame = FeatureQuery(record).frame(pairs)
    for on in agency.asked_on:
        is_on = pairs["as_of"] == on
        # On tables of its own, so that the question is not put together anew for each date.
        blanked = FeatureQuery(record.blanked(ibis.literal(on)).apart()).frame(pairs[is_on])
        require_equal(frame[is_on], blanked)


@settings(quick, max_examples=4)
@given(agencies, seeds)
def test_the_order_of_source_rows_never_matters(agency: Agency, seed: int):
    record, pairs = agency.record(), agency.pairs()
    require_equal(
        FeatureQuery(record).frame(pairs), FeatureQuery(shuffled(record, seed)).frame(pairs)
    )


@settings(quick, max_examples=4)
@given(
    agencies,
    some(seats(later), 3, 6),
    some(terms(later), 2, 3),
    some(reorganisations(later), 2, 3),
    seeds,
)
def test_rows_recorded_later_never_change_a_feature(
    agency: Agency, appointments: str, memberships: str, links: str, seed: int
):
    longer = Agency(
        agency.posts,
        f"{agency.appointments}\n{appointments}",
        f"{agency.memberships}\n{memberships}",
        f"{agency.links}\n{links}",
        agency.protected,
        agency.asked_on,
        agency.seed,
        seed,
    )
    pairs = agency.pairs()
    require_equal(
        FeatureQuery(agency.record()).frame(pairs), FeatureQuery(longer.record()).frame(pairs)
    )


def test_features_agree_with_a_slow_and_obvious_computation():
    """And no feature agrees for want of anything to compute: each is told, and differs."""
    met: dict[str, set[float]] = {name: set() for name in CATALOGUE.names}

    @settings(quick, max_examples=8)
    @given(agencies)
    def agree(agency: Agency):
        record, pairs = agency.record(), agency.pairs()
        frame, rows = FeatureQuery(record).frame(pairs), {**plain(record), **papers(record)}
        expected = pd.DataFrame(
            [
                {**features_of(rows, *pair), **paper_features_of(rows, kept(record), *pair)}
                for pair in pairs.itertuples(index=False, name=None)
            ],
            dtype="float64",
        )
        assert sorted(expected.columns) == sorted(CATALOGUE.names)
        for name in CATALOGUE.names:
            np.testing.assert_allclose(
                frame[name], expected[name], rtol=0, atol=FIXED_POINT.get(name, 1e-9), err_msg=name
            )
            met[name].update(expected[name].dropna())

    agree()
    assert not {name: values for name, values in met.items() if len(values) < 2}


def shuffled(record: Record, seed: int) -> Record:
    """The same record with the rows of every table in another order."""
    random = np.random.default_rng(seed)
    frames = {}
    for table in SNAPSHOT_TABLES:
        protected = table.protected
        rows = record.protected_table(table.name) if protected else record.table(table.name)
        arrow = rows.to_pyarrow()
        frames[table.name] = arrow.take(random.permutation(len(arrow)))
    return record_from_arrow(frames, SNAPSHOT_TABLES)
