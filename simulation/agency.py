"""The whole agency: some thousand people in a house of posts, year by year, and the truth of it.

The rule that must not break: everything that happens comes from the seed; the equations are those
of `people`, `success`, `measurement` and `panels`, the same that the sampler uses; and what nobody
in the agency could know goes into the truth and not into the tables.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from simulation import chance, measurement, panels, structure, success
from simulation.applying import inclination
from simulation.appointments import Appointments
from simulation.bulk import Bulk
from simulation.days import first_of_month, inauguration, month_after, new_year
from simulation.errors import SimulationError
from simulation.house import KINDS, House, build
from simulation.knobs import Knobs
from simulation.measurement import GAIN_PER_20_HOURS, Dossier
from simulation.observables import NAMES as OBSERVABLES
from simulation.observables import assessed_for_post, observables, official_gap
from simulation.outcomes import label_parts
from simulation.people import DAYS_PER_YEAR, People, entrants, for_post, stock
from simulation.recommending import PAPERS, Learner, Recommender
from simulation.sampler import pool_sizes, rating_of, within_class
from simulation.structure import OFFICIAL, Posts
from simulation.tables import COLUMNS, NEVER
from simulation.vocabulary import (
    ADMINISTRATOR,
    CLASS,
    CLASSES,
    COMPETENCIES,
    FEEDERS,
    LEVEL,
    MOST_RANK,
    N_COMPETENCIES,
    N_FAMILIES,
    N_GENERAL,
    PELAKSANA,
    PENGAWAS,
    PRATAMA,
    RANKS,
    REASON_GROUPS,
    RETIREMENT_AGE,
    ROUTES,
    STRATEGIC,
    STRUCTURAL,
)

DELAYERING_YEAR = 2021
LEAST_IN_POOL = 3
YEARS_IN_CLASS = 2
#: Probability of success, were one appointed to the next class, from which on one is ready.
READY = 0.70
#: Where a holder goes whose seat is lost: the functional class of the same standing.
FUNCTIONAL_TWIN = {
    PENGAWAS: CLASS["ahli_muda"],
    ADMINISTRATOR: CLASS["ahli_madya"],
    PRATAMA: CLASS["ahli_madya"],
    CLASS["jpt_madya"]: CLASS["ahli_utama"],
}
#: Where those go who are taken out of a seat for poor work: a step below.
AFTER_REMOVAL = {
    PENGAWAS: PELAKSANA,
    ADMINISTRATOR: CLASS["ahli_muda"],
    PRATAMA: CLASS["ahli_madya"],
    CLASS["jpt_madya"]: CLASS["ahli_madya"],
}
#: Yearly chance of a step on a functional ladder, once the years are there.
LADDERS = {
    "pemula": ("terampil", 3, 0.20),
    "terampil": ("mahir", 4, 0.14),
    "mahir": ("penyelia", 5, 0.08),
    "ahli_pertama": ("ahli_muda", 4, 0.13),
    "ahli_muda": ("ahli_madya", 6, 0.05),
    "ahli_madya": ("ahli_utama", 8, 0.008),
    "pelaksana": ("ahli_pertama", 5, 0.025),
}
RESIGN_RATE = 0.004
DEATH_RATE = 0.002
MOVE_RATE = 0.05
COURSE_HOURS = 40.0
ACTING_SHARE = 0.6
#: Boards that admit to the succession group, each year anew.
BOARDS = 6
#: Cuts of the agency's own potential score: JPM and the eight aspects, 60 to 40.
TOP_POTENTIAL, MIDDLE_POTENTIAL = 100.0, 82.0
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Agency:
    """A simulated agency.

    Attributes
    ----------
    knobs : Knobs
    seed : int
    tables : dict of str to DataFrame
        What happened, as `tables.COLUMNS` says.
    truth : dict of str to DataFrame
        `pairs`, `plan_gains`, `ratings`, `coverage`, `panels`, `boards`, `labels`, `hazards`.
    states : dict of int to dict of str to array
        By year, what everybody could do on 1 January: `abilities`, `family_years`,
        `units_served`, `post_class`; shorter in years with fewer people.
    people : DataFrame
        What stays of each person: `key`, `conduct`, `learning`, and the day of leaving, `left`.
    posts : Posts
        Every post of the tables, in their order, with its key, difficulty and tacit requirements.
    papers : dict of int to DataFrame
        By year, what the file showed on 1 January of those who have a next class, for the work of
        it: `person` and the columns of `observables.NAMES`. Of the years asked for.
    """

    knobs: Knobs
    seed: int
    tables: dict[str, pd.DataFrame]
    truth: dict[str, pd.DataFrame]
    states: dict[int, dict[str, np.ndarray]]
    people: pd.DataFrame
    posts: Posts
    papers: dict[int, pd.DataFrame]


def simulate(
    knobs: Knobs,
    seed: int,
    progress: Progress | None = None,
    recommender: Recommender | None = None,
    *,
    papers_of: Collection[int] = (),
) -> Agency:
    """Let an agency live for the years that the knobs say.

    Parameters
    ----------
    knobs : Knobs
    seed : int
    progress : callable, optional
        Called with what is being done, years done and years in all.
    recommender : Recommender, optional
        Puts candidates in order from what documents show, and is taught each year by what has
        matured; followed in `followed_share` of vacancies. `recommending.Learner` if left out.
    papers_of : collection of int
        Years whose `papers` are kept. Nothing else comes out differently for it.

    Returns
    -------
    Agency
        The same for the same knobs, seed and recommender.
    """
    life = _Life(knobs, seed, recommender, papers_of)
    for done, year in enumerate(range(knobs.first_year, knobs.last_year + 1)):
        if progress:
            progress(f"simulate {year}", done, knobs.years)
        life.live(year)
    return life.told()


class _Life:
    """The state of the agency, and one method for each thing that happens in a year."""

    def __init__(
        self,
        knobs: Knobs,
        seed: int,
        recommender: Recommender | None,
        papers_of: Collection[int],
    ) -> None:
        self.knobs, self.seed, self.papers_of = knobs, seed, papers_of
        self.papers: dict[int, pd.DataFrame] = {}
        self.recommender: Recommender = Learner() if recommender is None else recommender
        self.appointed_papers: list[dict[str, float]] = []
        self.rng = chance.stream(seed, "agency")
        day = new_year(knobs.first_year)
        self.house: House = build(chance.stream(seed, "house"), knobs)
        self.n_seats = len(self.house.seats)
        self.n_work_units = len(self.house.work_units)
        common = structure.plain_posts(chance.stream(seed, "common posts"), 1_000_000)
        self.posts = _both(self.house.seats, common)
        self.quality = structure.unit_quality(self.rng, self.n_work_units)
        self.people: People = stock(self.rng, knobs, knobs.people, day, self.n_work_units)
        n = len(self.people)
        self.dossier = Dossier.empty(n)
        measurement.first_years(self.dossier, self.people, self.rng)
        self.seat = np.full(n, NEVER, dtype=np.int64)
        self.holder = np.full(self.n_seats, NEVER, dtype=np.int64)
        self.open_since = np.full(self.n_seats, NEVER, dtype=np.int64)
        self.closed = np.full(self.n_seats, NEVER, dtype=np.int64)
        self.left = np.full(n, NEVER, dtype=np.int64)
        self.left_reason = np.zeros(n, dtype=object)
        self.left_reason[:] = ""
        self.breaks = np.full(n, NEVER, dtype=np.int64)
        self.breaks_well = np.zeros(n, dtype=bool)
        self.people.class_since = np.maximum(self.people.class_since, self.people.entered)
        self.rank_since = self.people.class_since.copy()
        self.clean_from = np.zeros(n, dtype=np.int64)
        self.in_group = np.zeros(n, dtype=bool)
        self.appointments = Appointments(n)
        self.bulk = Bulk()
        self.states: dict[int, dict[str, np.ndarray]] = {}
        self.n_vacancies = 0
        self._first_day(day)

    # ---- the first day

    def _first_day(self, day: int) -> None:
        """Everybody is where the years before have brought them."""
        for post_class in STRUCTURAL:
            seats = np.flatnonzero(self.posts.post_class[: self.n_seats] == post_class)
            people = np.flatnonzero(self.people.post_class == post_class)
            seats = seats[np.lexsort((seats, self.posts.family[seats]))]
            people = people[np.lexsort((people, self.people.family[people]))]
            both = min(len(seats), len(people))
            self.holder[seats[:both]] = people[:both]
            self.seat[people[:both]] = seats[:both]
            self.open_since[seats[both:]] = day - 30
        held = np.flatnonzero(self.seat != NEVER)
        self.people.family[held] = self.posts.family[self.seat[held]]
        self.people.unit[held] = self.posts.unit[self.seat[held]]
        everybody = np.arange(len(self.people))
        start = np.maximum(self.people.class_since, self.people.entered)
        self.appointments.begin(
            everybody, self._work(everybody), start, decree=start - 14, recorded=start
        )
        self.bulk.add(
            "rank_history", person=everybody, rank=self.people.rank, start=self.rank_since
        )

    def _work(self, who: np.ndarray) -> np.ndarray:
        """The post of each person as the tables number it before they are closed up."""
        code = (self.people.post_class[who] * N_FAMILIES + self.people.family[who]).astype(np.int64)
        common = self.n_seats + code * self.n_work_units + self.people.unit[who]
        return np.where(self.seat[who] == NEVER, common, self.seat[who])

    def _row(self, who: np.ndarray) -> np.ndarray:
        """The row of `posts` that says what each person's work asks for."""
        common = self.n_seats + self.people.post_class[who] * N_FAMILIES + self.people.family[who]
        return np.where(self.seat[who] == NEVER, common, self.seat[who])

    @property
    def present(self) -> np.ndarray:
        """Who is in service."""
        return self.left == NEVER

    # ---- a year

    def live(self, year: int) -> None:
        """One year, from the first day to the last."""
        day, end = new_year(year), new_year(year + 1)
        self.moved = np.zeros(len(self.people), dtype=bool)
        self.required = structure.required_in(self.posts, self.knobs, year)
        self._remember(year)
        leaving = self._exits(day, end)
        self._breaks(day, end)
        if year == DELAYERING_YEAR:
            self._delayer(new_year(year) + 180)
        self._fill_all(year, day, end)
        # Again, for those who were appointed early in the year and do not last it.
        self._breaks(day, end)
        self._move_on(day, end)
        self._ranks(year, day, end)
        self._records(year, day, leaving)
        self._teach(end)
        self.people.learn()
        if year < self.knobs.last_year:
            self._entrants(end, round(self.knobs.hiring * leaving.sum()))

    def _remember(self, year: int) -> None:
        self.states[year] = {
            "abilities": self.people.abilities(new_year(year)).astype(np.float32),
            "family_years": self.people.family_years.astype(np.float32),
            "units_served": self.people.units_served.astype(np.int16),
            "post_class": self.people.post_class.astype(np.int8),
        }
        # What counts for the year is what is remembered of its first day, to the last digit: a
        # truth asked for later is the truth that was at work.
        self.abilities = self.states[year]["abilities"].astype(np.float64)
        self.family_years = self.states[year]["family_years"].astype(np.float64)
        self.units_served = self.states[year]["units_served"].astype(np.int64)
        at_risk = np.flatnonzero(self.present)
        target = _next_class(self.people.post_class[at_risk])
        ready = np.full(len(at_risk), np.nan)
        people, end = self.people, new_year(year + 1)
        age = np.asarray(RETIREMENT_AGE)[people.post_class[at_risk]]
        retires = month_after(people.born[at_risk], age) < end
        in_class = (new_year(year) - people.class_since[at_risk]) / DAYS_PER_YEAR
        may = target != NEVER
        rows = self.n_seats + target[may] * N_FAMILIES + self.people.family[at_risk[may]]
        ready[may] = self._effects(at_risk[may], rows, motivated=False).probability
        if year in self.papers_of:
            self.papers[year] = self._file(at_risk[may], rows, new_year(year))
        self.bulk.add(
            "hazards",
            person=at_risk,
            year=np.full(len(at_risk), year),
            p_next_class=ready,
            is_ready=((ready >= READY) & (in_class >= YEARS_IN_CLASS)).astype(np.int64),
            exit_hazard=np.where(retires, 1.0, 1 - (1 - RESIGN_RATE) * (1 - DEATH_RATE)),
            retires_this_year=retires.astype(np.int64),
        )

    def _file(self, who: np.ndarray, rows: np.ndarray, day: int) -> pd.DataFrame:
        """What documents show of people for posts."""
        heads = np.bincount(self.people.unit[self.present], minlength=self.n_work_units)
        seen = observables(self.people, self.dossier, self.posts, who, rows, day, heads)
        frame = pd.DataFrame(seen, columns=list(OBSERVABLES))
        frame.insert(0, "person", who)
        return frame

    def _effects(
        self,
        who: np.ndarray,
        rows: np.ndarray,
        *,
        motivated: bool = True,
        more: np.ndarray | None = None,
    ) -> success.Effects:
        """True effects of people in posts, as of this year; `more` is added to their abilities."""
        posts = self.posts
        abilities = for_post(self.abilities, who, posts.family[rows])
        keys = self.people.key[who], posts.key[rows]
        wanted = success.motivation(self.seed, *keys) if motivated else np.zeros(len(who))
        return success.effects(
            self.knobs,
            abilities=abilities if more is None else abilities + more,
            conduct=self.people.conduct[who],
            family_years=self.family_years[who, posts.family[rows]],
            units_served=self.units_served[who],
            motivation=wanted,
            required=self.required[rows],
            weight=posts.weight[rows],
            post_class=posts.post_class[rows],
            changing=posts.changing[rows],
            difficulty=posts.difficulty[rows],
        )

    # ---- leaving

    def _exits(self, day: int, end: int) -> np.ndarray:
        """Retirement in the month after the birthday of the class's age; resignation; death."""
        people, rng = self.people, self.rng
        n = len(people)
        age = np.asarray(RETIREMENT_AGE)[people.post_class]
        retires = month_after(people.born, age)
        retires = np.maximum(retires, day + 1)
        chance_day = day + 1 + rng.integers(0, end - day - 2, n)
        resigns = rng.random(n) < RESIGN_RATE
        dies = rng.random(n) < DEATH_RATE
        leaves = self.present & ((retires < end) | resigns | dies)
        on = np.where(
            resigns | dies, np.minimum(chance_day, np.where(retires < end, retires, end)), retires
        )
        reason = np.where(dies, "died", np.where(resigns, "resigned", "retired")).astype(object)
        reason[(retires < end) & (retires <= on)] = "retired"
        who = np.flatnonzero(leaves)
        self._leave(who, on[who], reason[who])
        # Nobody is appointed in the last year before retirement.
        self.soon_gone = (retires < end + 365) | ~self.present
        return leaves

    def _leave(self, who: np.ndarray, on: np.ndarray, reason: np.ndarray) -> None:
        on = np.maximum(on, self.appointments.column("start")[self.appointments.open_row[who]] + 1)
        self.left[who] = on
        self.left_reason[who] = reason
        self.appointments.end(who, on, list(reason))
        self._give_up_seat(who, on)
        self.moved[who] = True
        self.in_group[who] = False

    def _give_up_seat(self, who: np.ndarray, on: np.ndarray) -> None:
        had = self.seat[who] != NEVER
        seats = self.seat[who[had]]
        self.holder[seats] = NEVER
        self.open_since[seats] = np.asarray(on)[had] + 1
        self.seat[who[had]] = NEVER
        self.breaks[who[had]] = NEVER

    def _breaks(self, day: int, end: int) -> None:
        """What a failure, or sometimes a success, comes to within two years of the appointment."""
        due = (self.breaks >= day) & (self.breaks < end) & self.present
        who = np.flatnonzero(due & (self.seat != NEVER))
        if len(who) == 0:
            return
        on = self.breaks[who]
        well = self.breaks_well[who]
        held = self.people.post_class[who]
        down = np.array([AFTER_REMOVAL[one] for one in held])
        beside = np.array([FUNCTIONAL_TWIN[one] for one in held])
        self._give_up_seat(who, on)
        self._to_class(
            who, np.where(well, beside, down), on + 1, np.where(well, "moved", "removed")
        )

    def _to_class(
        self, who: np.ndarray, post_class: np.ndarray, on: np.ndarray, reason: np.ndarray | str
    ) -> None:
        """Common work of another class, in the same unit."""
        self.people.post_class[who] = post_class
        self.people.class_since[who] = on
        self._begin(who, on, reason)

    def _begin(self, who: np.ndarray, on: np.ndarray, reason: np.ndarray | str) -> None:
        decree, recorded = self._paper(np.asarray(on))
        reasons = list(np.broadcast_to(np.asarray(reason, dtype=object), who.shape))
        self.appointments.begin(
            who, self._work(who), on, decree=decree, recorded=recorded, reason=reasons
        )
        self.moved[who] = True

    def _paper(self, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Day of the decree, before the start, and of entry into the file, after it."""
        n = len(start)
        decree = start - self.rng.integers(3, 31, n)
        recorded = start + self.rng.integers(0, 21, n)
        drift = new_year(self.knobs.drift_year) if self.knobs.drift_year else None
        if drift is not None and self.knobs.drift_entry:
            late = (start >= drift) & (start < drift + 730)
            late &= self.rng.random(n) < self.knobs.drift_entry
            recorded = np.where(late, start + self.rng.integers(200, 500, n), recorded)
        # The file is of the last simulated day; what is entered later is not in it yet.
        return decree, np.minimum(recorded, new_year(self.knobs.last_year + 1) - 1)

    def _delayer(self, on: int) -> None:
        """Penyetaraan: seats are closed and their holders made functional, nobody's fault."""
        shares = {
            ADMINISTRATOR: self.knobs.delayered_administrators,
            PENGAWAS: self.knobs.delayered_supervisors,
        }
        for post_class, share in shares.items():
            seats = np.flatnonzero(
                (self.posts.post_class[: self.n_seats] == post_class) & (self.closed == NEVER)
            )
            # Not those whose holder is known to leave later in the year: they are held until then.
            seats = seats[(self.holder[seats] != NEVER) | (self.open_since[seats] < on)]
            gone = self.rng.permutation(seats)[: round(share * len(seats))]
            who = self.holder[gone]
            who = who[(who != NEVER)]
            who = who[~self.moved[who]]
            stay = np.setdiff1d(gone[self.holder[gone] != NEVER], self.seat[who])
            gone = np.setdiff1d(gone, stay)
            self._give_up_seat(who, np.full(len(who), on - 1))
            self.closed[gone] = on
            self.open_since[gone] = NEVER
            twin = np.full(len(who), FUNCTIONAL_TWIN[post_class])
            self._to_class(who, twin, np.full(len(who), on), "reorganised")

    # ---- vacancies

    def _fill_all(self, year: int, day: int, end: int) -> None:
        """Fill what is vacant, the highest class first, each class in the order of its days."""
        for post_class in STRUCTURAL:
            of_class = self.posts.post_class[: self.n_seats] == post_class
            vacant = np.flatnonzero(of_class & (self.holder == NEVER) & (self.closed == NEVER))
            if len(vacant) == 0:
                continue
            lag = self.rng.integers(40, 240, len(vacant))
            decided = np.maximum(self.open_since[vacant], day - 60) + lag
            decided = np.maximum(decided, day + 15)
            filled = inauguration(decided + self.rng.integers(15, 46, len(vacant)))
            now = filled < end
            pool = _Pool(self, post_class, day)
            for at in np.argsort(decided, kind="stable"):
                if now[at]:
                    self._fill(year, int(vacant[at]), int(decided[at]), int(filled[at]), pool)

    def _fill(self, year: int, seat: int, decided: int, filled: int, pool: "_Pool") -> None:
        """One vacancy: a pool, a panel, an appointment; and the truth of every candidate."""
        who, route = pool.draw(seat)
        if len(who) < LEAST_IN_POOL:
            return
        vacancy = self.n_vacancies
        self.n_vacancies += 1
        rows = np.full(len(who), seat)
        found = self._effects(who, rows)
        keys = self.people.key[who], self.posts.key[rows]
        logit = found.logit
        succeeds = success.happens(self.seed, *keys, year, logit)
        papers = self._papers(who, seat, decided)
        burden = self.people.woman[who] + self.knobs.origin_bias * self.people.minority_origin[who]
        school = self.rng.integers(0, 40)
        panel = panels.decide(
            self.rng,
            self.knobs,
            is_candidate=np.ones((1, len(who)), dtype=bool),
            papers={name: values[None, :] for name, values in papers.items()},
            fit=(logit - found.of("unrecorded"))[None, :],
            motivation=success.motivation(self.seed, *keys)[None, :],
            burden=burden[None, :],
            same_school=(self.people.school[who] == school)[None, :].astype(float),
        )
        chosen = int(panel.chosen[0])
        followed = self.rng.random() < self.knobs.followed_share
        if followed:
            chosen = self._recommended(papers, panel.is_interviewed[0])
        interviewed = panel.is_interviewed[0]
        self._write_vacancy(vacancy, seat, route, decided, filled, who, interviewed, chosen, panel)
        self._write_truth(
            vacancy, seat, year, who, found, succeeds, panel, chosen, followed, burden
        )
        self._acting(vacancy, seat, decided, filled, who, chosen)
        person = int(who[chosen])
        self._appoint(person, seat, filled, vacancy, bool(succeeds[chosen]))
        shown = {name: float(values[chosen]) for name, values in papers.items()}
        stayed = float(self.breaks[person] == NEVER)
        self.appointed_papers.append({**shown, "filled": filled, "stayed": stayed})

    def _papers(self, who: np.ndarray, seat: int, decided: int) -> dict[str, np.ndarray]:
        rows = np.full(len(who), seat)
        levels = assessed_for_post(self.dossier, who, self.posts.family[rows])
        weight = self.posts.official_weight[rows[:1]].repeat(len(who), axis=0)
        gap, _ = official_gap(levels, self.posts.required[rows], weight)
        return {
            "gap": gap,
            "rating": rating_of(self.dossier.at(who)),
            "seniority": (decided - self.people.entered[who]) / DAYS_PER_YEAR,
            "education": self.people.education[who].astype(float),
            "course": self.dossier.course[who].astype(float),
        }

    def _recommended(self, papers: dict[str, np.ndarray], interviewed: np.ndarray) -> int:
        """Whom the recommender puts first of those interviewed."""
        score = np.asarray(self.recommender.score(pd.DataFrame(papers)), dtype=np.float64)
        return int(np.argmax(np.where(interviewed, np.nan_to_num(score, nan=-1e9), -np.inf)))

    def _teach(self, end: int) -> None:
        """What has lasted its two years by the end of a year is shown to the recommender."""
        if self.knobs.followed_share == 0:
            return
        seen = pd.DataFrame(self.appointed_papers)
        if len(seen) and (matured := seen["filled"] + 731 <= end).any():
            rows = seen[matured]
            self.recommender.learn(rows[list(PAPERS)], rows["stayed"].to_numpy())

    def _write_vacancy(
        self,
        vacancy: int,
        seat: int,
        route: int,
        decided: int,
        filled: int,
        who: np.ndarray,
        interviewed: np.ndarray,
        chosen: int,
        panel: panels.Panel,
    ) -> None:
        opened = min(int(self.open_since[seat]), decided - 20)
        self.bulk.add(
            "vacancy",
            vacancy=[vacancy],
            post=[seat],
            route=[route],
            opened=[opened],
            decided=[decided],
            filled=[filled],
        )
        appointed = np.zeros(len(who), dtype=np.int64)
        appointed[chosen] = 1
        self.bulk.add(
            "candidacy",
            vacancy=np.full(len(who), vacancy),
            person=who,
            interviewed=interviewed.astype(np.int64),
            appointed=appointed,
        )
        heard = np.flatnonzero(panel.is_interviewed[0])
        assessors = panel.scores.shape[2]
        # On the form: 70 is the middle, 8 points one standard deviation, whole points.
        score = np.clip(np.round(70 + 8 * panel.scores[0, heard]), 0, 100)
        self.bulk.add(
            "interview_score",
            vacancy=np.full(len(heard) * assessors, vacancy),
            person=np.repeat(who[heard], assessors),
            assessor=np.tile(np.arange(assessors), len(heard)),
            score=score.ravel(),
        )

    def _write_truth(
        self,
        vacancy: int,
        seat: int,
        year: int,
        who: np.ndarray,
        found: success.Effects,
        succeeds: np.ndarray,
        panel: panels.Panel,
        chosen: int,
        followed: bool,
        burden: np.ndarray,
    ) -> None:
        n = len(who)
        appointed = np.arange(n) == chosen
        self.bulk.add(
            "pairs",
            vacancy=np.full(n, vacancy),
            person=who,
            post=np.full(n, seat),
            year=np.full(n, year),
            p=found.probability,
            succeeds=succeeds.astype(np.int64),
            base=found.base,
            **{name: found.groups[:, place] for place, name in enumerate(REASON_GROUPS)},
            documents=panel.documents[0],
            heard=panel.heard[0],
            standing=panel.standing[0],
            panel_bias=panel.open_bias[0] * burden,
            hidden_panel_bias=self.knobs.hidden_panel_bias * burden,
            is_appointed=appointed.astype(np.int64),
            is_followed=np.full(n, int(followed)),
        )
        self.bulk.add(
            "plan_gains", vacancy=np.full(n, vacancy), person=who, **self._gains(who, seat, found)
        )
        self.bulk.add(
            "panels",
            vacancy=np.full(panel.leniency.shape[1], vacancy),
            assessor=np.arange(panel.leniency.shape[1]),
            leniency=panel.leniency[0],
        )

    def _gains(self, who: np.ndarray, seat: int, found: success.Effects) -> dict[str, np.ndarray]:
        """What a course of 40 hours in each competency would add to the probability."""
        n = len(who)
        worth = np.r_[GAIN_PER_20_HOURS[:N_GENERAL], GAIN_PER_20_HOURS[N_GENERAL]]
        gain = worth * COURSE_HOURS / 20.0
        more = np.einsum("i,k,kl->ikl", self.people.learning[who], gain, np.eye(N_COMPETENCIES))
        again = np.repeat(who, N_COMPETENCIES)
        after = self._effects(
            again, np.full(len(again), seat), more=more.reshape(-1, N_COMPETENCIES)
        ).probability.reshape(n, N_COMPETENCIES)
        added = (after - found.probability[:, None]).astype(np.float32)
        return {f"course_{name}": added[:, place] for place, name in enumerate(COMPETENCIES)}

    def _acting(
        self, vacancy: int, seat: int, decided: int, filled: int, who: np.ndarray, chosen: int
    ) -> None:
        """Somebody stands in until the post is filled: Plt for a vacant one, Plh for some weeks."""
        start = max(int(self.open_since[seat]) + 3, decided - 200)
        if start >= filled - 20 or self.rng.random() > ACTING_SHARE:
            return
        person = int(who[chosen] if self.rng.random() < 0.3 else who[self.rng.integers(len(who))])
        if self.people.entered[person] >= start:
            return
        kind = "plt" if self.rng.random() < 0.8 else "plh"
        until = (
            filled - 1 if kind == "plt" else min(start + int(self.rng.integers(10, 60)), filled - 1)
        )
        self.appointments.act(person, seat, start, until, kind, start - 2, vacancy)

    def _appoint(self, person: int, seat: int, filled: int, vacancy: int, succeeds: bool) -> None:
        one = np.array([person])
        rises = CLASSES[self.posts.post_class[seat]] != CLASSES[self.people.post_class[person]]
        self._give_up_seat(one, np.array([filled - 1]))
        if self.people.unit[person] != self.posts.unit[seat]:
            self.people.units_served[person] += 1
        self.people.unit[person] = self.posts.unit[seat]
        self.people.family[person] = self.posts.family[seat]
        self.people.post_class[person] = self.posts.post_class[seat]
        if rises:
            self.people.class_since[person] = filled
        self.seat[person], self.holder[seat] = seat, person
        self.open_since[seat] = NEVER
        decree, recorded = self._paper(np.array([filled]))
        self.appointments.begin(
            one,
            np.array([seat]),
            np.array([filled]),
            decree=decree,
            recorded=recorded,
            reason="promoted" if rises else "moved",
            vacancy=vacancy,
        )
        self.moved[person] = True
        leaves = self.knobs.success_broken if succeeds else self.knobs.failure_shown
        drawn, months = self.rng.random(), self.rng.integers(6, 23)
        self.breaks[person] = filled + int(months * 30.4) if drawn < leaves else NEVER
        self.breaks_well[person] = succeeds

    # ---- those without a seat

    def _move_on(self, day: int, end: int) -> None:
        """Steps on functional ladders, and moves between units."""
        people, rng = self.people, self.rng
        n = len(people)
        free = self.present & (self.seat == NEVER) & ~self.moved & (people.entered <= day)
        years = (day - people.class_since) / DAYS_PER_YEAR
        merit = (
            np.exp(0.4 * np.clip(self.last_performance[:n], -3, 3))
            if hasattr(self, "last_performance")
            else 1.0
        )
        target = people.post_class.copy()
        for name, (above, least, rate) in LADDERS.items():
            rises = free & (people.post_class == CLASS[name]) & (years >= least)
            rises &= rng.random(n) < rate * merit
            if name == "pelaksana":
                rises &= people.education >= 2
            target[rises] = CLASS[above]
        who = np.flatnonzero(target != people.post_class)
        on = first_of_month(day + 20 + rng.integers(0, end - day - 60, n))
        self._to_class(who, target[who], on[who], "promoted")
        free &= ~self.moved
        moves = np.flatnonzero(free & (rng.random(n) < MOVE_RATE))
        people.unit[moves] = (
            people.unit[moves] + 1 + rng.integers(0, max(self.n_work_units - 1, 1), len(moves))
        ) % self.n_work_units
        people.units_served[moves] += 1
        other = rng.random(len(moves)) < 0.25
        people.family[moves[other]] = rng.integers(0, N_FAMILIES, int(other.sum()))
        self._begin(moves, on[moves], "moved")

    def _ranks(self, year: int, day: int, end: int) -> None:
        """Regular rises in rank, every four years, on 1 April or 1 October; monthly from 2025."""
        people, rng = self.people, self.rng
        n = len(people)
        if year >= 2025:
            on = np.array([(date(year, m, 1) - date(1970, 1, 1)).days for m in range(1, 13)])
        else:
            on = np.array([(date(year, m, 1) - date(1970, 1, 1)).days for m in (4, 10)])
        on = on[rng.integers(0, len(on), n)]
        most = np.array([RANKS.index(one) for one in MOST_RANK])[people.post_class]
        due = self.present & (on - self.rank_since >= 4 * 365) & (people.rank < most)
        due &= (rng.random(n) < 0.85) & (self.clean_from < day)
        who = np.flatnonzero(due)
        people.rank[who] += 1
        self.rank_since[who] = on[who]
        self.bulk.add("rank_history", person=who, rank=people.rank[who], start=on[who])

    # ---- what is written down

    def _records(self, year: int, day: int, leaving: np.ndarray) -> None:
        """Ratings, assessments, training and the rest; performance is in the work of the year."""
        people, rng = self.people, self.rng
        n = len(people)
        everybody = np.arange(n)
        present = self.present & (people.entered < day + 90)
        rows = self._row(everybody)
        luck = 0.8 * rng.normal(size=n)
        logit = self._effects(everybody, rows).logit + luck
        performance = np.zeros(n)
        performance[present] = within_class(logit[present], people.post_class[present])
        self.last_performance = performance
        appraiser, leniency = self._appraisers(everybody)
        before = self.dossier.course.copy()
        written = measurement.record_year(
            rng,
            self.knobs,
            people,
            self.dossier,
            performance=performance,
            leniency=leniency,
            unit_quality=self.quality[people.unit],
            year=year,
            day=day + 240,
            present=present,
        )
        who = np.flatnonzero(present)
        score = np.clip(np.round(81 + 4.0 * written.results_before_rounding, 2), 30, 99.9)
        self.bulk.add(
            "appraisal",
            person=who,
            year=np.full(len(who), year),
            results=written.results[who],
            behaviour=written.behaviour[who],
            predicate=written.predicate[who],
            score=score[who],
            appraiser=appraiser[who],
        )
        self.bulk.add(
            "ratings",
            person=who,
            year=np.full(len(who), year),
            performance=performance[who],
            leniency=leniency[who],
            results_before_rounding=written.results_before_rounding[who],
            rating_bias=self.knobs.rating_bias
            * (people.woman + self.knobs.origin_bias * people.minority_origin)[who],
        )
        is_assessed = np.zeros(n, dtype=np.int64)
        is_assessed[written.assessed] = 1
        self.bulk.add(
            "coverage",
            person=who,
            year=np.full(len(who), year),
            log_odds=written.assessment_odds[who],
            is_assessed=is_assessed[who],
            training_rate=written.training_rate[who],
        )
        self._write_learning(year, day, written, before)
        self._write_assessments(day + 240, written.assessed)
        given = np.flatnonzero(~np.isnan(written.feedback))
        self.bulk.add(
            "feedback", person=given, year=np.full(len(given), year), score=written.feedback[given]
        )
        self._write_honours(day, written, present)
        self._write_units(year, present, performance)
        self._boxes(year, present, written.predicate, day)

    def _appraisers(self, everybody: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The head of one's work unit; of a head, whoever heads the directorate."""
        unit = self.people.unit
        head = self.holder[self.house.head[unit]]
        above = self.holder[self.house.directorate[unit]]
        own = (self.seat != NEVER) & (self.people.level >= LEVEL[ADMINISTRATOR])
        appraiser = np.where(own | (head == NEVER) | (head == everybody), above, head)
        appraiser = np.where(appraiser == everybody, NEVER, appraiser)
        named = np.where(appraiser == NEVER, -2 - unit, appraiser)
        return appraiser, chance.normal(self.seed, "leniency", named)

    def _write_learning(
        self, year: int, day: int, written: measurement.YearRecords, before: np.ndarray
    ) -> None:
        n = len(written.trained_who)
        start = day + self.rng.integers(5, 330, n)
        start = np.maximum(start, self.people.entered[written.trained_who] + 1)
        self.bulk.add(
            "training",
            person=written.trained_who,
            subject=written.trained_in,
            hours=written.trained_hours,
            start=start,
            finish=start + np.ceil(written.trained_hours / 8).astype(np.int64),
            course=np.zeros(n, dtype=np.int64),
        )
        n = len(written.course_who)
        start = day + self.rng.integers(20, 200, n)
        self.bulk.add(
            "training",
            person=written.course_who,
            subject=np.full(n, NEVER),
            hours=np.full(n, 900),
            start=start,
            finish=start + 120,
            course=written.course_level,
        )

    def _write_assessments(self, day: int, who: np.ndarray) -> None:
        on = np.maximum(day - self.rng.integers(0, 200, len(who)), self.people.entered[who] + 1)
        self.dossier.assessed_on[who] = on
        levels = {f"k{k}": self.dossier.assessed[who, k] for k in range(N_COMPETENCIES)}
        aspects = {f"p{k}": self.dossier.potential[who, k] for k in range(8)}
        self.bulk.add(
            "assessment",
            person=who,
            day=on,
            method=self.dossier.method[who],
            family=self.dossier.assessed_family[who],
            **levels,
            **aspects,
        )

    def _write_honours(
        self, day: int, written: measurement.YearRecords, present: np.ndarray
    ) -> None:
        rng = self.rng
        who = np.flatnonzero(written.awarded)
        self.bulk.add(
            "award",
            person=who,
            kind=np.zeros(len(who), dtype=np.int64),
            day=np.maximum(day + rng.integers(30, 330, len(who)), self.people.entered[who] + 1),
        )
        served = self.people.service_years(day)
        for place, years in enumerate((10, 20, 30), start=1):
            due = np.flatnonzero(present & (served >= years) & (served < years + 1))
            self.bulk.add(
                "award", person=due, kind=np.full(len(due), place), day=np.full(len(due), day + 228)
            )
        who = np.repeat(np.arange(len(written.assignments)), written.assignments)
        start = np.maximum(day + rng.integers(0, 300, len(who)), self.people.entered[who] + 1)
        lead = rng.random(len(who)) < 0.08 * self.people.level[who]
        self.bulk.add(
            "assignment",
            person=who,
            role=lead.astype(np.int64),
            scope=(rng.random(len(who)) < 0.25).astype(np.int64),
            start=start,
            end=start + rng.integers(30, 300, len(who)),
        )
        who = np.flatnonzero(written.sanction)
        on = np.maximum(day + rng.integers(10, 350, len(who)), self.people.entered[who] + 1)
        gravity = written.sanction[who]
        until = on + np.array([0, 180, 365, 365])[gravity]
        self.bulk.add("discipline", person=who, gravity=gravity, day=on, until=until)
        self.clean_from[who] = until

    def _write_units(self, year: int, present: np.ndarray, performance: np.ndarray) -> None:
        """Units reach their targets by the work of all, and of the head above all."""
        unit = self.people.unit
        count = np.maximum(np.bincount(unit[present], minlength=self.n_work_units), 1)
        mean = (
            np.bincount(unit[present], weights=performance[present], minlength=self.n_work_units)
            / count
        )
        head = self.holder[self.house.head]
        led = np.where(head == NEVER, 0.0, performance[head])
        own = (
            0.5 * led
            + 1.2 * mean
            + 0.3 * self.quality
            + 0.5 * self.rng.normal(size=self.n_work_units)
        )
        achieved = np.clip(np.round(96 + 6 * own, 1), 40, 130)
        units, reached = self.house.work_units, achieved
        for kind in (1, 0):
            # A directorate, and then a directorate general, reaches what those below it reach.
            above = np.flatnonzero(self.house.kind == kind)
            below = self.house.parent[units]
            sums = np.bincount(below, weights=reached, minlength=len(self.house.kind))
            counts = np.bincount(below, minlength=len(self.house.kind))
            above = above[counts[above] > 0]
            self._write_results(year, units, reached)
            units, reached = above, np.round(sums[above] / counts[above], 1)
        self._write_results(year, units, reached)

    def _write_results(self, year: int, units: np.ndarray, achieved: np.ndarray) -> None:
        predicate = np.select([achieved >= 106, achieved >= 90, achieved >= 80], [1, 2, 3], 4)
        self.bulk.add(
            "unit_result",
            unit=units,
            year=np.full(len(units), year),
            achieved=achieved,
            predicate=predicate,
        )

    def _boxes(self, year: int, present: np.ndarray, predicate: np.ndarray, day: int) -> None:
        """The agency's own nine boxes, and the succession group that it draws from them."""
        people = self.people
        recent = self.dossier.assessed_on >= day - 3 * 365
        who = np.flatnonzero(present & recent & (people.level >= 2))
        required = np.maximum(people.level[who], 1)[:, None]
        match = np.nanmean(self.dossier.assessed[who][:, OFFICIAL] / required, axis=1)
        score = 60 * match + 40 * self.dossier.potential[who].mean(axis=1) / 5
        potential = np.select([score >= TOP_POTENTIAL, score >= MIDDLE_POTENTIAL], [3, 2], 1)
        performance = np.select([predicate[who] == 1, predicate[who] == 2], [3, 2], 1)
        box = np.array([[1, 3, 6], [2, 5, 8], [4, 7, 9]])[performance - 1, potential - 1]
        self.bulk.add(
            "source_box",
            person=who,
            year=np.full(len(who), year),
            performance=performance,
            potential=potential,
            box=box,
        )
        admitted = self._boards(year, who[box >= 7])
        members = who[box >= 7][admitted]
        self.in_group = np.zeros(len(people), dtype=bool)
        self.in_group[members] = True
        start = np.full(len(members), new_year(year + 1) + 45)
        national = (box[box >= 7][admitted] == 9).astype(np.int64)
        self.bulk.add(
            "succession_group", person=members, scope=national, start=start, end=start + 364
        )

    def _boards(self, year: int, who: np.ndarray) -> np.ndarray:
        """Boards say yes or no to each of those in boxes 7 to 9, as many as they like.

        Cases are dealt out by chance, and boards differ in leniency: what a comparison of lenient
        and strict deciders needs.
        """
        rng = self.rng
        board = rng.integers(0, BOARDS, len(who))
        leniency = rng.normal(0.0, 0.8, BOARDS)
        target = _next_class(self.people.post_class[who])
        rows = self.n_seats + np.maximum(target, 0) * N_FAMILIES + self.people.family[who]
        found = self._effects(who, rows)
        keys = self.people.key[who], self.posts.key[rows]
        seen = 0.5 * found.logit + rng.normal(size=len(who))
        admitted = seen + leniency[board] > -0.3
        self.bulk.add(
            "boards",
            person=who,
            year=np.full(len(who), year),
            board=board,
            leniency=leniency[board],
            p_next_class=np.where(target == NEVER, np.nan, found.probability),
            succeeds=success.happens(self.seed, *keys, year, found.logit).astype(np.int64),
            is_admitted=admitted.astype(np.int64),
        )
        return admitted

    def _entrants(self, day: int, count: int) -> None:
        if count == 0:
            return
        n = len(self.people)
        new = entrants(self.rng, self.knobs, count, day + 59, self.n_work_units, n)
        self.people = self.people.and_also(new)
        self.dossier = self.dossier.and_also(Dossier.empty(count))
        never = np.full(count, NEVER, dtype=np.int64)
        for name in ("seat", "left", "breaks"):
            setattr(self, name, np.concatenate([getattr(self, name), never]))
        self.left_reason = np.concatenate([self.left_reason, np.full(count, "", dtype=object)])
        self.breaks_well = np.concatenate([self.breaks_well, np.zeros(count, dtype=bool)])
        self.in_group = np.concatenate([self.in_group, np.zeros(count, dtype=bool)])
        self.clean_from = np.concatenate([self.clean_from, np.zeros(count, dtype=np.int64)])
        self.rank_since = np.concatenate([self.rank_since, new.entered])
        self.last_performance = np.concatenate([self.last_performance, np.zeros(count)])
        self.appointments.more_people(count)
        who = np.arange(n, n + count)
        self.appointments.begin(
            who, self._work(who), new.entered, decree=new.entered - 30, recorded=new.entered + 10
        )
        self.bulk.add("rank_history", person=who, rank=new.rank, start=new.entered)

    # ---- the end

    def told(self) -> Agency:
        """Everything that happened, with posts numbered one after another."""
        people = self.people
        n = len(people)
        if self.n_vacancies == 0:
            raise SimulationError(
                "no vacancy was filled",
                where="knobs people and years",
                expected="some vacancies with three candidates at least",
                remedy="take more people or more years",
            )
        tables = self.bulk.frames()
        truth = {
            name: tables.pop(name)
            for name in (
                "pairs",
                "plan_gains",
                "ratings",
                "coverage",
                "panels",
                "boards",
                "hazards",
            )
        }
        for name in ("assignment", "succession_group"):
            tables[name] = _while_in_service(tables[name], self.left)
        appointments = self.appointments.frame()
        codes = np.unique(appointments["post"].to_numpy())
        codes = codes[codes >= self.n_seats]
        place = np.searchsorted(codes, appointments["post"])
        at = appointments["post"].to_numpy()
        appointments["post"] = np.where(at >= self.n_seats, self.n_seats + place, at)
        tables["appointment"] = appointments
        work, unit = np.divmod(codes - self.n_seats, self.n_work_units)
        posts = self.posts.at(np.r_[np.arange(self.n_seats), self.n_seats + work])
        units_of_work = self.house.work_units[unit]
        tables["post"] = pd.DataFrame(
            {
                "post": np.arange(len(posts)),
                "post_class": posts.post_class,
                "family": posts.family,
                "unit": np.r_[np.arange(self.n_seats), units_of_work],
                "changing": posts.changing,
                "is_seat": (np.arange(len(posts)) < self.n_seats).astype(np.int64),
                "closed": np.r_[self.closed, np.full(len(codes), NEVER)],
            }
        )
        tables["post_requirement"] = _requirements(posts)
        tables["unit"] = pd.DataFrame(
            {
                "unit": np.arange(self.n_seats),
                "parent": self.house.parent,
                "kind": np.asarray(KINDS, dtype=object)[self.house.kind],
                "family": self.house.family,
                "remote": self.house.remote,
            }
        )
        tables["person"] = pd.DataFrame(
            {
                "person": np.arange(n),
                **{
                    name: getattr(people, name)
                    for name in (
                        "woman", "minority_origin", "minority_religion", "disabled", "married",
                        "career_break", "school", "field", "education", "born", "entered",
                    )
                },
                "left": self.left,
                "left_reason": self.left_reason,
            }
        )  # fmt: skip
        tables = {name: _in_words(name, tables[name]) for name in COLUMNS}
        truth["labels"] = label_parts(tables, truth["pairs"], self.n_seats, self.knobs)
        return Agency(
            knobs=self.knobs,
            seed=self.seed,
            tables=tables,
            truth=truth,
            states=self.states,
            people=pd.DataFrame(
                {
                    "key": people.key,
                    "conduct": people.conduct,
                    "learning": people.learning,
                    "left": self.left,
                }
            ),
            posts=posts,
            papers=self.papers,
        )


class _Pool:
    """Who may stand for the vacancies of one class this year."""

    def __init__(self, life: _Life, post_class: int, day: int) -> None:
        self._life, self._class = life, post_class
        people = life.people
        may = life.present & ~life.soon_gone[: len(people)] & (life.clean_from < day)
        may &= (day - people.class_since) >= YEARS_IN_CLASS * 365
        may &= people.education >= (1 if post_class == PENGAWAS else 2)
        rises = np.isin(people.post_class, FEEDERS[post_class])
        if post_class == PENGAWAS:
            rises &= (people.post_class != PELAKSANA) | (people.rank >= RANKS.index("III/a"))
        self._rising = np.flatnonzero(may & rises)
        self._lateral = np.flatnonzero(may & (people.post_class == post_class))
        self._group = np.flatnonzero(may & rises & life.in_group)

    def draw(self, seat: int) -> tuple[np.ndarray, int]:
        """Candidates of a vacancy and its route; few or none where nobody may."""
        rng, knobs = self._life.rng, self._life.knobs
        strategic = self._class in STRATEGIC
        drawn = rng.random()
        size = int(pool_sizes(rng, knobs, 1)[0])
        if strategic and drawn < 0.2 and len(self._lateral) >= 2 * LEAST_IN_POOL:
            found = self._some(self._lateral, seat, size, rising=False)
            if len(found) >= LEAST_IN_POOL:
                return found, ROUTES.index("lateral")
        if drawn > 0.6 and len(self._group) >= size:
            found = self._some(self._group, seat, size, rising=True)
            if len(found) >= LEAST_IN_POOL:
                return found, ROUTES.index("succession_group")
        return self._some(self._rising, seat, size, rising=True), ROUTES.index("open_selection")

    def _some(self, among: np.ndarray, seat: int, size: int, *, rising: bool) -> np.ndarray:
        """Draw and thin out: everybody is asked once at most, and the effort goes by the pool."""
        life = self._life
        if len(among) == 0:
            return among
        rng, people, posts = life.rng, life.people, life.posts
        wide = 8 * size
        if len(among) > 2 * wide:
            tried = among[np.unique(rng.integers(0, len(among), wide))]
        else:
            tried = among[:]
        tried = rng.permutation(tried)
        if rising:
            same = people.family[tried] == posts.family[seat]
            weight = inclination(
                life.knobs, people.woman[tried], people.post_class[tried], self._class, same
            )
        else:
            weight = np.where(life.seat[tried] == seat, 0.0, 0.6)
        found = tried[(rng.random(len(tried)) < weight) & ~life.moved[tried]]
        return found[:size]


def _both(seats: Posts, common: Posts) -> Posts:
    return Posts(
        **{
            name: np.concatenate([getattr(seats, name), getattr(common, name)])
            for name in Posts.__dataclass_fields__
        }
    )


def _while_in_service(spells: pd.DataFrame, left: np.ndarray) -> pd.DataFrame:
    """Spells that end with service at the latest, and none that would begin behind it."""
    gone = left[spells["person"]]
    last = np.where(gone == NEVER, spells["end"], np.minimum(spells["end"], gone))
    return spells.assign(end=last)[last >= spells["start"]].reset_index(drop=True)


def _next_class(post_class: np.ndarray) -> np.ndarray:
    """The structural class that each class feeds, `NEVER` where it feeds none."""
    above = np.full(len(CLASSES), NEVER)
    for target, feeders in FEEDERS.items():
        above[list(feeders)] = target
    return above[post_class]


def _requirements(posts: Posts) -> pd.DataFrame:
    """Official standards, post by post."""
    m = len(posts)
    weight = posts.official_weight[:, OFFICIAL]
    critical = posts.weight[:, OFFICIAL] >= structure.CRITICAL_WEIGHT
    return pd.DataFrame(
        {
            "post": np.repeat(np.arange(m), len(OFFICIAL)),
            "competency": np.tile(OFFICIAL, m),
            "level": posts.required[:, OFFICIAL].astype(np.int64).ravel(),
            "weight": np.round(weight, 4).ravel(),
            "critical": critical.astype(np.int64).ravel(),
        }
    )


_WORDS = {
    ("training", "course"): {0: "", 2: "PKP", 3: "PKA", 4: "PKN II"},
    ("award", "kind"): dict(
        enumerate(("prestasi", "karya_satya_10", "karya_satya_20", "karya_satya_30"))
    ),
    ("assignment", "role"): {0: "member", 1: "lead"},
    ("assignment", "scope"): {0: "internal", 1: "inter_agency"},
    ("succession_group", "scope"): {0: "agency", 1: "national"},
}


def _in_words(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A table with its columns in order, and small codes as words."""
    for (table, column), words in _WORDS.items():
        if table == name:
            codes = frame[column].to_numpy(dtype=np.int64)
            known = np.empty(max(words) + 1, dtype=object)
            known[list(words)] = list(words.values())
            frame[column] = known[codes]
    return frame[list(COLUMNS[name])]
