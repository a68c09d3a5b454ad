"""An invented agency: a harbour authority with files, columns and a ladder of its own.

The rule that must not break: nobody in it ever lived, and everything follows from the seed. It
shares no file name, column name, separator, date format or post class with any other agency, so
that whatever works on it works without code for it.
"""

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

FIRST_YEAR, N_YEARS = 1998, 25
LADDER = ("Officer", "Section head", "Department head", "Director")
SEATS_PER_PERSON = (0.30, 0.15, 0.10, 0.08)
OFFICES = {
    "pil": "Pilotage",
    "dre": "Dredging",
    "car": "Cargo",
    "saf": "Safety",
    "fin": "Finance",
    "per": "Personnel",
}
RENAMED = ("car", "fre", "01/03/2010")
FIELDS = ("navigation", "engineering", "trade", "law", "budget", "people")

MAPPING = """\
agency: harbour
title: {id: Otoritas Pelabuhan, en: Harbour Authority}
licence: invented
refuse_above: 0.1

sources:
  staff: {file: staff.csv, separator: ";"}
  offices: {file: offices.csv, separator: ";"}
  renamings: {file: renamings.csv, separator: ";"}
  seats: {file: seats.csv, separator: ";"}
  duties: {file: duties.csv, separator: ";"}
  service: {file: service.csv, separator: ";", missing_values: ["", "-"]}

tables:
  person:
    from: staff
    columns: {person_id: staff_no}
  unit:
    from: offices
    columns:
      unit_id: code
      name_of_unit: designation
      short_name: {column: code, case: upper}
      opened_on: {column: founded, date: "%Y"}
  unit_link:
    from: renamings
    columns:
      link_id: {columns: [was, became], separator: ">"}
      predecessor_id: was
      successor_id: became
      kind: {constant: rename}
      linked_on: {column: day, date: "%d/%m/%Y"}
  post:
    from: seats
    columns:
      post_id: seat
      title: {columns: [rank, office]}
      unit_id: office
      post_class:
        column: rank
        map: {I: Officer, II: Section head, III: Department head, IV: Director}
  post_field:
    from: duties
    columns: {post_id: seat, field: duty}
  appointment:
    from: service
    columns:
      appointment_id: entry
      person_id: holder
      post_id: seat
      kind: {column: capacity, map: {full: definitive, standing in: acting}}
      start_on: {column: from_day, date: "%d/%m/%Y"}
      start_recorded_on: {column: entered, date: "%d/%m/%Y"}
      end_on: {column: to_day, date: "%d/%m/%Y"}

ladder:
  - {post_class: Officer, title: {id: Petugas, en: Officer}}
  - {post_class: Section head, title: {id: Kepala seksi, en: Section head}}
  - {post_class: Department head, title: {id: Kepala bagian, en: Department head}}
  - {post_class: Director, title: {id: Direktur, en: Director}}

vacancies: {classes: [Department head, Director], decided_days_before: 31}
label:
  months: 12
  promotion_is_success: true
  promotion_after_months: 0
  gap_days: 31
  censored_by_reason: []
  failed_by_reason: []
  failed_by_sanction: []
  failed_by_demotion: false
  failed_by_unit_result: []
pool: {appointed_before: true, in_post_within_years: 5}
"""


@dataclass
class Person:
    """An invented person; ability is what no file tells."""

    staff_no: str
    ability: float
    seat: "Seat | None" = None
    since: date | None = None
    highest: int = -1


@dataclass
class Seat:
    """A post, and who sits in it."""

    number: str
    step: int
    office: str
    holder: Person | None = None


@dataclass
class Harbour:
    """The authority on a day, and its service record so far."""

    people: list[Person]
    seats: list[Seat]
    draw: random.Random
    entries: list[list[str]] = field(default_factory=list)

    def vacate(self, seat: Seat, day: date) -> None:
        """End the appointment of a holder on the day before."""
        person = seat.holder
        assert person is not None
        entry = next(e for e in reversed(self.entries) if e[1] == person.staff_no and e[5] == "-")
        entry[5] = _written(day - timedelta(days=1))
        seat.holder, person.seat = None, None

    def fill(self, seat: Seat, day: date) -> None:
        """Appoint the most promising of those below, as far as anybody can see it."""
        below = [
            p
            for p in self.people
            if p.highest >= seat.step - 1
            and (p.seat is None or p.seat.step < seat.step)
            and (p.since is None or (day - p.since).days > 200)
        ]
        if not below:
            return
        person = max(below, key=lambda p: (p.ability + self.draw.gauss(0, 1.2), p.staff_no))
        if person.seat is not None:
            self.vacate(person.seat, day)
        self.enter(person, seat, day, "full")
        seat.holder, person.seat, person.since = person, seat, day
        person.highest = max(person.highest, seat.step)

    def enter(self, person: Person, seat: Seat, day: date, capacity: str) -> None:
        """Write a line of the service record; the office is up to three weeks late."""
        late = self.draw.choice((0, 0, 3, 21))
        number = f"E{len(self.entries) + 1:05d}"
        days = (_written(day), "-", _written(day + timedelta(days=late)))
        self.entries.append([number, person.staff_no, seat.number, capacity, *days])


def write_harbour(folder: Path, *, n_people: int = 60, seed: int = 7) -> Path:
    """Write the export files and the mapping of an invented harbour authority.

    Returns
    -------
    Path
        The mapping file; the exports are in the same folder.
    """
    draw = random.Random(seed)
    harbour = _careers(draw, n_people)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "staff.csv", ["staff_no"], [[p.staff_no] for p in harbour.people])
    offices = [[c, f"Office of {n}", str(1950 + 7 * i)] for i, (c, n) in enumerate(OFFICES.items())]
    offices.append(["fre", "Office of Freight", "2010"])
    _write(folder / "offices.csv", ["code", "designation", "founded"], offices)
    _write(folder / "renamings.csv", ["was", "became", "day"], [RENAMED])
    ranks = ("I", "II", "III", "IV")
    seats = [[s.number, ranks[s.step], s.office] for s in harbour.seats]
    _write(folder / "seats.csv", ["seat", "rank", "office"], seats)
    _write(folder / "duties.csv", ["seat", "duty"], _duties(harbour.seats))
    header = ["entry", "holder", "seat", "capacity", "from_day", "to_day", "entered"]
    _write(folder / "service.csv", header, harbour.entries)
    mapping = folder / "harbour.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    return mapping


def _careers(draw: random.Random, n_people: int) -> Harbour:
    people = [Person(f"S{i:04d}", draw.gauss(0, 1)) for i in range(1, n_people + 1)]
    codes = [*OFFICES, "fre"]
    seats: list[Seat] = []
    for step, share in enumerate(SEATS_PER_PERSON):
        for _ in range(max(1, round(share * n_people))):
            seats.append(Seat(f"P{len(seats) + 1:04d}", step, codes[len(seats) % len(codes)]))
    for person in people[: n_people // 2]:
        person.highest = draw.choice((0, 1, 2))
    harbour = Harbour(people, seats, draw)
    for month in range(12 * N_YEARS):
        year, place = FIRST_YEAR + month // 12, month % 12 + 1
        for nth, seat in enumerate(sorted(seats, key=lambda s: -s.step)):
            # Higher seats earlier in the month: who moves up leaves a seat that is filled later.
            _month_of(harbour, seat, date(year, place, 1 + 27 * nth // len(seats)))
    return harbour


def _month_of(harbour: Harbour, seat: Seat, day: date) -> None:
    """A holder stays or leaves; an empty seat is filled, or somebody stands in."""
    holder = seat.holder
    if holder is None:
        if harbour.draw.random() < 0.7:
            harbour.fill(seat, day)
        return
    assert holder.since is not None
    days = (day - holder.since).days
    if days < 30:
        return
    able = holder.ability > harbour.draw.gauss(0, 0.8)
    hazard = 0.018 if able else (0.075 if days < 365 else 0.04)
    if harbour.draw.random() < hazard:
        harbour.vacate(seat, day)
        idle = [p for p in harbour.people if p.seat is None and p is not holder and p.highest >= 0]
        if idle and harbour.draw.random() < 0.15:
            stand_in = harbour.draw.choice(idle)
            harbour.enter(stand_in, seat, day, "standing in")
            harbour.entries[-1][5] = _written(day + timedelta(days=60))


def _duties(seats: Sequence[Seat]) -> Iterable[list[str]]:
    for place, seat in enumerate(seats):
        first = [*OFFICES, "fre"].index(seat.office) % len(FIELDS)
        yield [seat.number, FIELDS[first]]
        if place % 3 == 0:
            yield [seat.number, FIELDS[(first + 1) % len(FIELDS)]]


def _written(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(header)
        writer.writerows(rows)
