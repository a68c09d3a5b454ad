"""What an answer of a rule rests on, as one sentence in each language.

The rule that must not break: a sentence says what the record holds or that it holds nothing, and
never a birth date or an age: of these only the day on which something ends.
"""

from collections.abc import Mapping
from datetime import date
from functools import singledispatch
from typing import cast

from features.documents.written import Words
from features.packs.rules import (
    AgeRule,
    ApprovalRule,
    AssessmentRule,
    DocumentRule,
    EducationRule,
    ExperienceRule,
    HeldRule,
    LegalStatusRule,
    MatchRule,
    MembershipRule,
    PredicateRule,
    PresentRule,
    RankRule,
    RetirementRule,
    RuleBase,
    SanctionRule,
    SuccessionGroupRule,
    TrainingRule,
)
from features.tables.dossier import EDUCATION_LEVELS, PREDICATES, RANKS

Values = Mapping[str, object]
MONTHS = {
    "id": (
        "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
        "Oktober", "November", "Desember",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
}  # fmt: skip
_LEVELS = {
    "primary_secondary": Words(id="SD sampai SLTA", en="school"),
    "diploma": Words(id="diploma", en="diploma"),
    "bachelor": Words(id="S1/D4", en="bachelor"),
    "master": Words(id="S2", en="master"),
    "doctorate": Words(id="S3", en="doctorate"),
}
_PREDICATES = {
    "very_good": Words(id="Sangat Baik", en="very good"),
    "good": Words(id="Baik", en="good"),
    "needs_improvement": Words(id="Butuh Perbaikan", en="needs improvement"),
    "poor": Words(id="Kurang", en="poor"),
    "very_poor": Words(id="Sangat Kurang", en="very poor"),
}


def day_in_words(day: date) -> Words:
    """A day as it is written in each language.

    >>> day_in_words(date(2027, 4, 1)).id
    '1 April 2027'
    """
    return Words(
        id=f"{day.day} {MONTHS['id'][day.month - 1]} {day.year}",
        en=f"{day.day} {MONTHS['en'][day.month - 1]} {day.year}",
    )


def found(rule: RuleBase, values: Values) -> Words:
    """What the record holds on a rule.

    Parameters
    ----------
    rule : RuleBase
    values : mapping of str to object
        What `Eligibility.values` gives for it.
    """
    return _found(rule, values)


def _said(indonesian: str, english: str, **parts: object) -> Words:
    """A sentence in both languages; parts that are `Words` come in each language's own."""
    told = {
        language: {
            name: getattr(part, language) if isinstance(part, Words) else part
            for name, part in parts.items()
        }
        for language in ("id", "en")
    }
    return Words(id=indonesian.format(**told["id"]), en=english.format(**told["en"]))


def _day(values: Values, name: str) -> Words | None:
    day = values.get(name)
    return day_in_words(day) if isinstance(day, date) else None


def _number(values: Values, name: str) -> int | None:
    number = values.get(name)
    return None if number is None else int(cast(float, number))


@singledispatch
def _found(rule: RuleBase, _values: Values) -> Words:
    raise TypeError(f"no sentence for rules of the kind {type(rule).__name__}")


@_found.register
def _education(_rule: EducationRule, values: Values) -> Words:
    level = _number(values, "level")
    if level is None:
        return _said("Tidak ada pendidikan dalam catatan.", "No education is on record.")
    return _said(
        "Pendidikan tertinggi dalam catatan: {level}.",
        "Highest education on record: {level}.",
        level=_LEVELS[EDUCATION_LEVELS[level]],
    )


@_found.register
def _experience(rule: ExperienceRule, values: Values) -> Words:
    sure, possible = _number(values, "sure") or 0, _number(values, "possible") or 0
    if possible > sure:
        return _said(
            "{sure} tahun penuh dalam bidang jabatan ini, sampai {possible} bila bidang lain "
            "dinilai terkait; diminta {years}.",
            "{sure} full years in the fields of this post, up to {possible} if other posts are "
            "held to be related; {years} are asked for.",
            sure=sure,
            possible=possible,
            years=rule.years,
        )
    return _said(
        "{sure} tahun penuh dalam bidang jabatan ini; diminta {years}.",
        "{sure} full years in the fields of this post; {years} are asked for.",
        sure=sure,
        years=rule.years,
    )


@_found.register
def _held(rule: HeldRule, values: Values) -> Words:
    years = _number(values, "years")
    if years is None:
        return _said(
            "Tidak ada jabatan jenjang itu dalam catatan.", "No post of that class is on record."
        )
    return _said(
        "{years} tahun penuh pada jenjang itu; diminta {asked}.",
        "{years} full years in that class; {asked} are asked for.",
        years=years,
        asked=rule.years,
    )


@_found.register
def _present(rule: PresentRule, values: Values) -> Words:
    since = _day(values, "since")
    if since is None:
        return _said("Tidak sedang menduduki jabatan jenjang itu.", "Holds no post of that class.")
    return _said(
        "Pada jenjang itu tanpa jeda sejak {since}; diminta {asked} tahun.",
        "In that class without a break since {since}; {asked} years are asked for.",
        since=since,
        asked=rule.years,
    )


@_found.register
def _age(_rule: AgeRule, values: Values) -> Words:
    surely, latest = _day(values, "last_on"), _day(values, "at_latest_on")
    if surely is None or latest is None:
        return _said(
            "Tidak ada tanggal lahir yang jelas dalam catatan.",
            "No clear date of birth is on record.",
        )
    if surely == latest:
        return _said(
            "Batas usia terpenuhi sampai {last}.", "Within the age limit up to {last}.", last=surely
        )
    return _said(
        "Batas usia terpenuhi sampai {first}, atau sampai {last} menurut cara baca lain.",
        "Within the age limit up to {first}, or up to {last} by another reading.",
        first=surely,
        last=latest,
    )


@_found.register
def _retirement(_rule: RetirementRule, values: Values) -> Words:
    last = _day(values, "last_day_of_service")
    if last is None:
        return _said(
            "Hari terakhir dinas tidak dapat dihitung dari catatan.",
            "The last day of service cannot be worked out from the record.",
        )
    return _said("Hari terakhir dinas: {last}.", "Last day of service: {last}.", last=last)


@_found.register
def _rank(_rule: RankRule, values: Values) -> Words:
    low, high = _number(values, "low"), _number(values, "high")
    if low is None or high is None:
        return _said("Tidak ada pangkat dalam catatan.", "No rank is on record.")
    if low != high:
        return _said(
            "Dua pangkat pada hari yang sama dalam catatan: {low} dan {high}.",
            "Two ranks of one day are on record: {low} and {high}.",
            low=RANKS[low],
            high=RANKS[high],
        )
    return _said(
        "Golongan ruang dalam catatan: {rank}.", "Rank on record: {rank}.", rank=RANKS[low]
    )


@_found.register
def _predicate(rule: PredicateRule, values: Values) -> Words:
    years = [_number(values, f"year_{n}") for n in range(rule.years)]
    nothing = Words(id="tidak ada", en="none")
    told = [nothing if one is None else _PREDICATES[PREDICATES[one]] for one in years]
    return Words(
        id=f"Predikat, tahun terbaru dahulu: {', '.join(one.id for one in told)}.",
        en=f"Predicates, the newest year first: {', '.join(one.en for one in told)}.",
    )


@_found.register
def _match(_rule: MatchRule, values: Values) -> Words:
    low, high = values.get("low"), values.get("high")
    if not values.get("measured") or low is None or high is None:
        return _said(
            "Tidak ada penilaian kompetensi yang berlaku.",
            "No assessment of the competencies is in force.",
        )
    least, most = float(cast(float, low)), float(cast(float, high))
    if least == most:
        return _said("JPM {jpm:.1f} persen.", "Job person match {jpm:.1f} percent.", jpm=least)
    return _said(
        "JPM antara {least:.1f} dan {most:.1f} persen: tidak semua kompetensi dinilai.",
        "Job person match from {least:.1f} to {most:.1f} percent: not every competency was "
        "assessed.",
        least=least,
        most=most,
    )


@_found.register
def _assessment(_rule: AssessmentRule, values: Values) -> Words:
    on, last = _day(values, "on"), _day(values, "last_on")
    if on is None or last is None:
        return _said("Tidak ada penilaian dalam catatan.", "No assessment is on record.")
    return _said(
        "Penilaian terakhir {on}, berlaku sampai {last}.",
        "Newest assessment {on}, in force up to {last}.",
        on=on,
        last=last,
    )


@_found.register
def _training(_rule: TrainingRule, values: Values) -> Words:
    on = _day(values, "on")
    if on is None:
        return _said("Tidak ada pelatihan itu dalam catatan.", "No such training is on record.")
    return _said("Selesai {on}.", "Completed {on}.", on=on)


@_found.register
def _sanction(_rule: SanctionRule, values: Values) -> Words:
    if "until_on" not in values:
        return _said(
            "Instansi tidak mengirim catatan hukuman disiplin.",
            "The agency sends no register of sanctions.",
        )
    until = _day(values, "until_on")
    if _number(values, "unended"):
        return _said(
            "Ada hukuman yang hari terakhirnya tidak tercatat.",
            "There is a sanction whose last day is not on record.",
        )
    if until is None:
        return _said("Tidak ada hukuman itu dalam catatan.", "No such sanction is on record.")
    return _said(
        "Hukuman terakhir sampai {until}.", "The last sanction lasts up to {until}.", until=until
    )


@_found.register
def _legal_status(_rule: LegalStatusRule, values: Values) -> Words:
    if "statuses" not in values:
        return _said(
            "Instansi tidak mengirim kedudukan hukum.", "The agency sends no legal status."
        )
    n, allowed = _number(values, "statuses") or 0, _number(values, "allowed") or 0
    if not n:
        return _said("Tidak ada kedudukan hukum dalam catatan.", "No legal status is on record.")
    if 0 < allowed < n:
        return _said(
            "Kedudukan hukum dalam catatan saling bertentangan.",
            "Legal statuses on record contradict each other.",
        )
    if allowed:
        return _said("Kedudukan hukum memenuhi.", "The legal status is one of those allowed.")
    return _said("Kedudukan hukum lain.", "The legal status is another one.")


@_found.register
def _succession_group(_rule: SuccessionGroupRule, values: Values) -> Words:
    until = _day(values, "until_on")
    if not values.get("is_member"):
        return _said(
            "Tidak tercantum dalam KRS yang berlaku pada hari itu.",
            "Is in no succession group that is in force on the day.",
        )
    if until is None:
        return _said(
            "Dalam KRS; hari terakhirnya tidak diketahui.",
            "In a succession group; its last day is not known.",
        )
    return _said("Dalam KRS sampai {until}.", "In a succession group up to {until}.", until=until)


@_found.register(MembershipRule)
@_found.register(ApprovalRule)
@_found.register(DocumentRule)
def _nothing(_rule: MembershipRule | ApprovalRule | DocumentRule, _values: Values) -> Words:
    return _said("Dijawab di luar catatan jabatan.", "Answered outside the record of careers.")
