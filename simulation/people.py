"""People: who is in service, what they can do, and how that grows.

The rule that must not break: sex, origin, religion, disability and marriage change nothing in what
a person can do. What differs between groups comes from a knob, or from who got which post before.
"""

from dataclasses import dataclass, fields

import numpy as np

from simulation.knobs import Knobs
from simulation.vocabulary import (
    ADMINISTRATOR,
    CLASS,
    DIGITAL,
    ENTRY_RANK,
    LEAST_RANK,
    LEVEL,
    MADYA,
    MOST_RANK,
    N_BEHAVIOURAL,
    N_FAMILIES,
    N_GENERAL,
    PELAKSANA,
    PENGAWAS,
    PRATAMA,
    RANKS,
)

N_ABILITIES = N_GENERAL + N_FAMILIES
FIELDS_PER_FAMILY = 3
SCHOOLS = 40
DAYS_PER_YEAR = 365.25

#: Age bands of PNS in 2015 (lower ends 26, 31 … 56), women and men, per cent.
AGE_BANDS = np.array([26, 31, 36, 41, 46, 51, 56])
AGE_SHARES = {
    1: np.array([9.4, 16.2, 14.5, 15.1, 19.0, 17.8, 6.4]),
    0: np.array([6.1, 12.3, 13.0, 15.0, 20.8, 22.4, 8.6]),
}
#: Education SD-SMA, D1-D3, D4/S1, S2, S3, per cent (November 2025).
EDUCATION_SHARES = np.array([15.0, 11.9, 62.2, 10.1, 0.9]) / 100.1
WOMEN = 0.534
#: Share of women by structural class, 2022.
WOMEN_BY_CLASS = {PENGAWAS: 0.396, ADMINISTRATOR: 0.265, PRATAMA: 0.155, MADYA: 0.158}
#: Functional posts as shares of everybody who holds no structural post.
FUNCTIONAL_SHARES = {
    "ahli_utama": 0.003,
    "ahli_madya": 0.055,
    "ahli_muda": 0.16,
    "ahli_pertama": 0.19,
    "penyelia": 0.05,
    "mahir": 0.07,
    "terampil": 0.08,
    "pemula": 0.03,
}
#: Age and years in service at which a class is commonly held, and how far from that people are.
COMMON_AGE = {
    "jpt_madya": (55, 3),
    "jpt_pratama": (53, 4),
    "administrator": (49, 5),
    "pengawas": (45, 6),
    "ahli_utama": (57, 4),
    "ahli_madya": (50, 5),
    "ahli_muda": (41, 6),
    "ahli_pertama": (32, 5),
    "penyelia": (48, 6),
    "mahir": (42, 6),
    "terampil": (34, 6),
    "pemula": (28, 5),
}
LEAST_EDUCATION = {"penyelia": 0, "mahir": 0, "terampil": 0, "pemula": 0}
MOST_EDUCATION_OF_SKILLED = 1
LEAST_EDUCATION_OF_EXPERT = 2

TALENT_SPREAD = 0.62
SHARED = 0.62
GROUPED = 0.40
FIRST_LEVEL = 1.25
PRACTICE = 0.9
PRACTICE_YEARS = 15.0
EXPOSURE = 0.7
EXPOSURE_RATE = 0.33
FAMILY_PRACTICE = 0.9
FAMILY_YEARS = 8.0
DIGITAL_PER_COHORT_YEAR = 0.02
MIDDLE_COHORT = 1975


@dataclass
class People:
    """People as arrays, one row each. Days are counted from 1970-01-01.

    Attributes
    ----------
    key : int64, shape (n,)
        Names the person in keyed draws.
    woman, minority_origin, minority_religion, disabled, married : int8, shape (n,)
        Protected; `career_break` and `school` go along with them and have no effect.
    born, entered : int64, shape (n,)
        Days of birth and of entry.
    education, field, family, unit, post_class, rank : int, shape (n,)
    talent : float64, shape (n, n_general + n_families)
        What stays of a person: levels above or below the common one.
    learning : float64, shape (n,)
        How fast somebody learns, 1 the common speed.
    conduct : float64, shape (n,)
        BerAKHLAK conduct, standard normal.
    exposure : float64, shape (n,)
        Level of post whose work somebody has learnt, 1-5; moves towards that of the present post.
    trained : float64, shape (n, n_general + n_families)
        Levels gained by training.
    family_years : float64, shape (n, n_families)
        Years worked in each family of posts.
    units_served : int, shape (n,)
    class_since : int64, shape (n,)
        Day since which the present class is held.
    """

    key: np.ndarray
    woman: np.ndarray
    minority_origin: np.ndarray
    minority_religion: np.ndarray
    disabled: np.ndarray
    married: np.ndarray
    career_break: np.ndarray
    school: np.ndarray
    born: np.ndarray
    entered: np.ndarray
    education: np.ndarray
    field: np.ndarray
    family: np.ndarray
    unit: np.ndarray
    post_class: np.ndarray
    rank: np.ndarray
    talent: np.ndarray
    learning: np.ndarray
    conduct: np.ndarray
    exposure: np.ndarray
    trained: np.ndarray
    family_years: np.ndarray
    units_served: np.ndarray
    class_since: np.ndarray

    def __len__(self) -> int:
        """How many people."""
        return len(self.key)

    @property
    def level(self) -> np.ndarray:
        """Level of competency that the present class asks for."""
        return np.asarray(LEVEL)[self.post_class]

    def at(self, rows: np.ndarray) -> "People":
        """Some of them, in the order asked for."""
        return People(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})

    def and_also(self, others: "People") -> "People":
        """These and others behind them."""
        return People(
            **{
                one.name: np.concatenate([getattr(self, one.name), getattr(others, one.name)])
                for one in fields(self)
            }
        )

    def service_years(self, day: int) -> np.ndarray:
        """Years since entry."""
        return np.maximum(day - self.entered, 0) / DAYS_PER_YEAR

    def age(self, day: int) -> np.ndarray:
        """Age in years, with its fraction."""
        return (day - self.born) / DAYS_PER_YEAR

    def abilities(self, day: int) -> np.ndarray:
        """What everybody can do on a day, on the scale of competency levels.

        Returns
        -------
        float64, shape (n, n_general + n_families)
            The general competencies, then the technical one of each family.
        """
        practice = PRACTICE * (1 - np.exp(-self.service_years(day) / PRACTICE_YEARS))
        common = FIRST_LEVEL + self.learning * (practice + EXPOSURE * (self.exposure - 1))
        levels = self.talent + self.trained + common[:, None]
        in_family = 1 - np.exp(-self.family_years / FAMILY_YEARS)
        levels[:, N_GENERAL:] += FAMILY_PRACTICE * (2 * in_family - 1) * self.learning[:, None]
        cohort = self.born / DAYS_PER_YEAR + 1970 - MIDDLE_COHORT
        levels[:, DIGITAL] += DIGITAL_PER_COHORT_YEAR * cohort
        return levels

    def learn(self, years: float = 1.0) -> None:
        """Time goes by in the present post."""
        rows = np.arange(len(self))
        self.exposure += (1 - np.exp(-EXPOSURE_RATE * years)) * (self.level - self.exposure)
        self.family_years[rows, self.family] += years


def for_post(abilities: np.ndarray, people: np.ndarray, family: np.ndarray) -> np.ndarray:
    """Abilities of some people as posts ask for them: general ones, then that of the post's family.

    Returns
    -------
    float64, shape (m, n_competencies)

    Examples
    --------
    >>> of = for_post(np.arange(42.0).reshape(2, 21), np.array([1]), np.array([3]))
    >>> float(of[0, -1]), of.shape
    (37.0, (1, 14))
    """
    technical = abilities[people, N_GENERAL + family]
    return np.concatenate([abilities[people, :N_GENERAL], technical[:, None]], axis=1)


def stock(
    rng: np.random.Generator, knobs: Knobs, n: int, day: int, units: int, first_key: int = 0
) -> People:
    """People in service on a day, in the classes that they have reached.

    Parameters
    ----------
    rng : Generator
    n : int
        How many.
    day : int
        The day, counted from 1970-01-01.
    units : int
        How many units they are spread over.

    Returns
    -------
    People
    """
    woman = (rng.random(n) < WOMEN).astype(np.int8)
    age = _ages(rng, woman)
    people = _newborn(rng, knobs, woman, age, day, units, first_key)
    _assign_classes(rng, knobs, people, day)
    people.career_break = _breaks(rng, knobs, people.woman)
    people.exposure = 1 + (people.level - 1) * rng.uniform(0.55, 1.0, n)
    _look_back(rng, people, day)
    return people


def entrants(
    rng: np.random.Generator, knobs: Knobs, n: int, day: int, units: int, first_key: int
) -> People:
    """New civil servants on a day, most of them pelaksana or Ahli Pertama."""
    woman = (rng.random(n) < WOMEN + 0.02).astype(np.int8)
    people = _newborn(rng, knobs, woman, rng.triangular(22, 25, 35, n), day, units, first_key)
    people.entered[:] = day
    expert = (people.education >= LEAST_EDUCATION_OF_EXPERT) & (rng.random(n) < 0.5)
    skilled = (people.education <= MOST_EDUCATION_OF_SKILLED) & (rng.random(n) < 0.45)
    people.post_class[expert] = CLASS["ahli_pertama"]
    people.post_class[skilled] = CLASS["terampil"]
    people.exposure[:] = 1.0
    people.family_years[:] = 0.0
    people.units_served[:] = 1
    people.class_since[:] = day
    people.rank = np.asarray(ENTRY_RANK)[people.education]
    return people


def _ages(rng: np.random.Generator, woman: np.ndarray) -> np.ndarray:
    """Ages by band and sex; inside a band evenly, nobody beyond the age of retirement."""
    age = np.empty(len(woman))
    for sex, shares in AGE_SHARES.items():
        rows = np.flatnonzero(woman == sex)
        band = rng.choice(len(AGE_BANDS), size=len(rows), p=shares / shares.sum())
        width = np.where(band == len(AGE_BANDS) - 1, 2.0, 5.0)
        age[rows] = AGE_BANDS[band] + rng.random(len(rows)) * width
    return age


def _newborn(
    rng: np.random.Generator,
    knobs: Knobs,
    woman: np.ndarray,
    age: np.ndarray,
    day: int,
    units: int,
    first_key: int,
) -> People:
    n = len(woman)
    born = np.floor(day - age * DAYS_PER_YEAR).astype(np.int64)
    education = rng.choice(len(EDUCATION_SHARES), size=n, p=EDUCATION_SHARES)
    # Entry at 19 to 34, later with more education; and nobody enters tomorrow.
    entry_age = np.array([19.5, 22.0, 23.5, 25.5, 28.0])[education] + rng.gamma(2.0, 1.6, n)
    entered = np.minimum(born + entry_age * DAYS_PER_YEAR, day - 200.0 * rng.random(n) - 1)
    minority = (rng.random(n) < 0.14).astype(np.int8)
    career_break = _breaks(rng, knobs, woman)
    # Schools of the outer regions are, most of them, those of minority origin: a proxy, no more.
    school = np.where(
        (minority == 1) & (rng.random(n) < 0.7),
        rng.integers(SCHOOLS * 3 // 4, SCHOOLS, n),
        rng.integers(0, SCHOOLS, n),
    )
    family = rng.integers(0, N_FAMILIES, n)
    fits = rng.random(n) < 0.7
    field = np.where(fits, family, rng.integers(0, N_FAMILIES, n))
    talent, conduct = _talent(rng, n, education)
    return People(
        key=np.arange(first_key, first_key + n, dtype=np.int64),
        woman=woman,
        minority_origin=minority,
        minority_religion=(rng.random(n) < 0.13).astype(np.int8),
        disabled=(rng.random(n) < 0.02).astype(np.int8),
        married=(rng.random(n) < np.clip((age - 22) / 14, 0.05, 0.85)).astype(np.int8),
        career_break=career_break,
        school=school,
        born=born,
        entered=np.floor(entered).astype(np.int64),
        education=education,
        field=field,
        family=family,
        unit=rng.integers(0, units, n),
        post_class=np.full(n, PELAKSANA),
        rank=np.asarray(ENTRY_RANK)[education],
        talent=talent,
        learning=np.exp(rng.normal(0.0, 0.22, n)),
        conduct=conduct,
        exposure=np.ones(n),
        trained=np.zeros((n, N_ABILITIES)),
        family_years=np.zeros((n, N_FAMILIES)),
        units_served=np.ones(n, dtype=np.int64),
        class_since=np.floor(entered).astype(np.int64),
    )


def _breaks(rng: np.random.Generator, knobs: Knobs, woman: np.ndarray) -> np.ndarray:
    """Career breaks: a proxy of sex without any effect of its own."""
    odds = -3.2 + knobs.career_break_gap * woman
    return (rng.random(len(woman)) < 1 / (1 + np.exp(-odds))).astype(np.int8)


def _talent(
    rng: np.random.Generator, n: int, education: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One general factor, one for each kind of competency, and what is particular to each."""
    own = np.sqrt(1 - SHARED**2 - GROUPED**2)
    general = rng.normal(size=n)
    kinds = np.r_[
        np.zeros(N_BEHAVIOURAL), np.ones(N_GENERAL - N_BEHAVIOURAL), np.full(N_FAMILIES, 2)
    ].astype(int)
    grouped = rng.normal(size=(n, 3))[:, kinds]
    talent = SHARED * general[:, None] + GROUPED * grouped + own * rng.normal(size=(n, N_ABILITIES))
    talent = TALENT_SPREAD * talent + 0.12 * (education[:, None] - 1.7)
    integrity = talent[:, 0] / TALENT_SPREAD
    conduct = 0.35 * integrity + np.sqrt(1 - 0.35**2) * rng.normal(size=n)
    return talent, conduct


def _assign_classes(rng: np.random.Generator, knobs: Knobs, people: People, day: int) -> None:
    """Who has reached which class: by age, education and merit; then who among them is a woman."""
    n = len(people)
    age = people.age(day)
    merit = people.talent[:, :N_GENERAL].mean(axis=1) / 0.45 + 0.3 * people.conduct
    free = np.ones(n, dtype=bool)
    for name, seats in _seats(knobs, n).items():
        post_class = CLASS[name]
        common, spread = COMMON_AGE[name]
        standing = -0.5 * ((age - common) / spread) ** 2 + 0.8 * merit + rng.gumbel(0, 0.7, n)
        standing += 0.3 * (people.education - LEAST_EDUCATION_OF_EXPERT)
        may = free & _may_hold(name, people.education)
        chosen = _best(standing, may, seats)
        if post_class in WOMEN_BY_CLASS:
            # Sex is dealt out among holders by chance: who holds a class is a matter of merit, and
            # women who hold it are no better and no worse. Rounded by chance, as seats are few.
            women = int(np.floor(len(chosen) * WOMEN_BY_CLASS[post_class] + rng.random()))
            people.woman[chosen] = 0
            people.woman[rng.permutation(chosen)[:women]] = 1
        people.post_class[chosen] = post_class
        free[chosen] = False


def _seats(knobs: Knobs, n: int) -> dict[str, int]:
    """Holders of each class, the highest first."""
    pratama = max(1, round(n * knobs.pratama_share))
    structural = {
        "jpt_madya": max(1, round(pratama / 6)),
        "jpt_pratama": pratama,
        "administrator": round(pratama * knobs.administrators),
        "pengawas": round(pratama * knobs.supervisors),
    }
    others = n - sum(structural.values())
    functional = {name: round(others * share) for name, share in FUNCTIONAL_SHARES.items()}
    return structural | functional


def _may_hold(name: str, education: np.ndarray) -> np.ndarray:
    if name in LEAST_EDUCATION:
        return education <= MOST_EDUCATION_OF_SKILLED
    return education >= (1 if name == "pengawas" else LEAST_EDUCATION_OF_EXPERT)


def _best(standing: np.ndarray, may: np.ndarray, count: int) -> np.ndarray:
    rows = np.flatnonzero(may)
    if count <= 0:
        return rows[:0]
    count = min(count, len(rows))
    return rows[np.argpartition(-standing[rows], count - 1)[:count]]


def _look_back(rng: np.random.Generator, people: People, day: int) -> None:
    """What the years before have left: time in class, families and units worked in, rank."""
    n = len(people)
    rows = np.arange(n)
    served = people.service_years(day)
    in_class = np.minimum(served, rng.gamma(2.0, 2.2, n))
    lowest = people.level == 1
    in_class = np.where(lowest, np.minimum(served, rng.gamma(2.0, 5.0, n)), in_class)
    people.class_since = np.floor(day - in_class * DAYS_PER_YEAR).astype(np.int64)
    changed = rng.random(n) < 0.35
    elsewhere = np.where(changed, served * rng.uniform(0.2, 0.7, n), 0.0)
    other = (people.family + rng.integers(1, N_FAMILIES, n)) % N_FAMILIES
    people.family_years[rows, people.family] = served - elsewhere
    people.family_years[rows, other] += elsewhere
    people.units_served = 1 + rng.poisson(np.minimum(served, 30) / 11.0)
    entry = np.asarray(ENTRY_RANK)[people.education]
    rise = np.floor(served / 4.0 + rng.uniform(-0.5, 0.3, n)).astype(int)
    floor = np.array(
        [RANKS.index(least) for least in LEAST_RANK],
    )[people.post_class]
    ceiling = np.array([RANKS.index(most) for most in MOST_RANK])[people.post_class]
    people.rank = np.clip(entry + np.maximum(rise, 0), floor, ceiling)
