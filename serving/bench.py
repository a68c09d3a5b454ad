"""The bench of a post as an answer: who can be appointed from a day on, within five years.

The rule that must not break: a day says when no rule that time moves holds somebody back, and is
told as no promise and no chance; a learnt chance stands beside it. Whoever is on no bench is
counted with the reason, never dropped.
"""

import threading
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd

from features.agencies.mapping import Mapping as AgencyMapping
from features.documents.written import Words
from features.evidence import recorded_between
from features.packs.declaration import Pack
from features.packs.library import Library
from features.policy.bench import BENCH_BANDS, bench
from features.policy.binding import require_pack
from features.policy.pool import rankable
from features.policy.ready_events import ReadyEvent, ready_event
from features.policy.register import with_registers
from features.policy.vacancies import Spell, route_of, vacancies_of
from features.storage import Snapshot
from features.tables.record import Record
from serving import answers
from serving.chances import Foreseen, foretold
from serving.policy_answers import policy
from serving.posts import Posts
from serving.schemas import BenchOfPost, Chances, OnBench, Post, ReadyEventOfClass, Route, Text

STATEMENT = Text(
    id="Hari pertama menyatakan sejak kapan tidak ada lagi syarat waktu yang belum terpenuhi. Itu "
    "bukan janji dan bukan peluang; manusia yang memutuskan.",
    en="A first day says from when no rule that time moves is unmet. It is no promise and no "
    "chance. A person decides.",
)
UNKNOWN_RETIREMENT = Text(
    id="Hari terakhir masa dinas {n} orang di bawah tidak diketahui; apakah mereka masih berdinas "
    "pada hari pertama itu perlu diperiksa.",
    en="The last day of service of {n} people below is not known; whether they will still serve "
    "on the first day needs checking.",
)


class Benches:
    """Answers about benches on one snapshot; no model is needed.

    Parameters
    ----------
    snapshot : Snapshot
    home : Path, optional
        Where packs and registers of the agency lie; those that come with the program if left out.
    """

    def __init__(self, snapshot: Snapshot, home: Path | None = None) -> None:
        plain = snapshot.record()
        self._snapshot = snapshot
        self._record: Record = plain if home is None else with_registers(plain, home)
        self._library = Library(home)
        self._posts = Posts(self._record, self._mapping)
        self._vacancies: Mapping[str, tuple[Spell, ...]] = vacancies_of(self._record)
        self._recorded = recorded_between(self._record)
        self._lock = threading.Lock()

    @property
    def _mapping(self) -> AgencyMapping:
        return self._snapshot.mapping

    def bench(
        self,
        post: str,
        on: date,
        *,
        route: Route | None = None,
        foreseen: Foreseen | None = None,
    ) -> BenchOfPost:
        """Who of the pool will be eligible for a post within five years, and from which day.

        Parameters
        ----------
        post : str
            Id or title.
        on : date
        route : str, optional
            How the post would be filled; that of its open vacancy, else of the pack, if left out.
        foreseen : Foreseen, optional
            What chances are made of; None on day one, and then there are none.

        Raises
        ------
        PostNotFoundError, DateError, PackError
            If there is no such post, no record of the day, or no pack in force on it.
        """
        newest_on = answers.require_within(self._recorded, on)
        pack = require_pack(self._mapping, self._library, on)
        wanted = self._posts.find(post, on)
        way = route or route_of(self._vacancies, wanted.post_id, on, pack.default_route)
        # One connection: one question at a time.
        with self._lock:
            people = rankable(self._record, self._mapping.pool, [on])["person_id"]
            found = bench(self._record, pack, people, wanted.post_id, on, way)
            event = ready_event(pack, wanted.post_class)
            asked = (pack, event, wanted, on, way)
            told = foretold(foreseen, found.pool, self._record, *asked)
        n_by_band = {name: int((found.people["band"] == name).sum()) for name in BENCH_BANDS}
        return BenchOfPost(
            agency=self._mapping.agency,
            snapshot=self._snapshot.digest,
            post=wanted,
            as_of=on,
            route=way,
            policy=policy(pack),
            ready_event=_event(event),
            notices=self._notices(found.people, pack, wanted, on, newest_on),
            n_pool=len(people),
            n_by_band=n_by_band,
            n_others=found.others,
            horizon=told.horizon,
            no_horizon=told.no_horizon,
            people=tuple(_person(row, told.of_people) for _n, row in found.people.iterrows()),
        )

    def _notices(
        self, people: pd.DataFrame, pack: Pack, post: Post, on: date, newest_on: date
    ) -> tuple[Text, ...]:
        """What to bear in mind with a bench."""
        told = answers.notices(
            post,
            on,
            newest_on,
            is_open=self._posts.is_open(post, on),
            retrospective=False,
            simulated=self._mapping.simulated,
        )
        n_unknown = int(people["last_day_of_service"].isna().sum())
        if not n_unknown or pack.retirement is None:
            return (STATEMENT, *told)
        unknown = Text(
            id=UNKNOWN_RETIREMENT.id.format(n=n_unknown),
            en=UNKNOWN_RETIREMENT.en.format(n=n_unknown),
        )
        return (STATEMENT, *told, unknown)


def _event(event: ReadyEvent) -> ReadyEventOfClass:
    is_of_rules = event.kind == "probability_and_requirements"
    return ReadyEventOfClass(
        event=event.kind,
        title=_text(event.title),
        probability_at_least=event.probability_at_least if is_of_rules else None,
        citation=event.citation,
        notice=None if event.notice is None else _text(event.notice),
    )


def _person(row: pd.Series, chances: Mapping[str, Chances]) -> OnBench:
    return OnBench(
        person_id=str(row["person_id"]),
        band=row["band"],
        first_on=row["first_on"].date(),
        waits_for=row["first_rule"],
        closes_on=_day(row["closes_on"]),
        last_day_of_service=_day(row["last_day_of_service"]),
        to_settle=row["to_settle"],
        chances=chances.get(str(row["person_id"])),
    )


def _day(day: pd.Timestamp) -> date | None:
    return None if pd.isna(day) else day.date()


def _text(words: Words) -> Text:
    return Text(id=words.id, en=words.en)
