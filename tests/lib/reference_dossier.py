"""The features about papers and people's measures once more, slow and obvious.

The rule that must not break: nothing of `features` is used to compute anything, so that agreement
with the frame means something. Exact fractions stand where the frame has fixed points.
"""

from collections import defaultdict
from datetime import date, timedelta
from math import sqrt

from features.tables.record import Record
from tests.lib.reference import YEAR, Rows, Values, held_on

TABLES = (
    "rank_history",
    "education",
    "training",
    "appraisal",
    "unit_result",
    "assessment",
    "potential",
    "feedback",
    "award",
    "assignment",
    "discipline",
    "post_requirement",
)
PAPERS = (
    "rank_history",
    "education",
    "training",
    "appraisal",
    "assessment",
    "potential",
    "feedback",
)
NINE = (
    "integritas",
    "kerja_sama",
    "komunikasi",
    "orientasi_pada_hasil",
    "pelayanan_publik",
    "pengembangan_diri_dan_orang_lain",
    "mengelola_perubahan",
    "pengambilan_keputusan",
    "perekat_bangsa",
)
ASPECTS = (
    "intelektual",
    "interpersonal",
    "kesadaran_diri",
    "berpikir_kritis_strategis",
    "menyelesaikan_masalah",
    "kecerdasan_emosional",
    "belajar_cepat",
    "motivasi_komitmen",
)
AKHLAK = (
    *("berakhlak", "berorientasi_pelayanan", "akuntabel", "kompeten"),
    *("harmonis", "loyal", "adaptif", "kolaboratif"),
)
POINTS = {"very_poor": 1, "poor": 2, "needs_improvement": 3, "good": 4, "very_good": 5}
EXPECTED = {"below": -1, "meets": 0, "above": 1}
LEADERSHIP = {"sepada": 1, "pim_iv": 2, "pkp": 2, "pim_iii": 3, "pka": 3, "pim_ii": 4, "pkn_ii": 4}
LEADERSHIP |= {"pim_i": 5, "pkn_i": 5}
DEGREES = ("primary_secondary", "diploma", "bachelor", "master", "doctorate")
RANKS = [f"{r}/{s}" for r in ("I", "II", "III") for s in "abcd"] + [f"IV/{s}" for s in "abcde"]


def papers(record: Record) -> Rows:
    """The tables of papers as lists of rows."""
    return {name: record.table(name).to_pyarrow().to_pylist() for name in TABLES}


def kept(record: Record) -> set[str]:
    """The tables that the agency keeps."""
    return {name for name in TABLES if record.holds(name)}


def paper_features_of(rows: Rows, kept: set[str], person: str, post: str, on: date) -> Values:
    """Every feature of these tables for a person and post as of a day; None is missing."""
    return {
        **_ranks(rows, kept, person, on),
        **_competency(rows, person, on),
        **_gap(rows, person, post, on),
        **_potential(rows, person, on),
        **_akhlak(rows, person, on),
        **_discipline(rows, kept, person, on),
        **_ratings(rows, person, on),
        **_training(rows, kept, person, on),
        **_studied(rows, person, post, on),
        **_papers(rows, kept, person, on),
    }


def _seen(rows: Rows, table: str, on: date, happened: str, recorded: str = "recorded_on"):
    return [r for r in rows[table] if r[recorded] <= on and r[happened] <= on]


def _years(since: date | None, on: date) -> float | None:
    return None if since is None else (on - since).days / YEAR


def _mean(values) -> float | None:
    values = [v for v in values if v is not None]
    return sum(values) / len(values) if values else None


def _spread(values) -> tuple[float, float]:
    mean = sum(values) / len(values)
    return mean, sum((v - mean) ** 2 for v in values) / len(values)


def _z(value: float | None, population: list[float], least: int) -> float | None:
    if value is None or len(population) < least:
        return None
    mean, variance = _spread(population)
    return None if variance < 1e-12 else max(-5.0, min(5.0, (value - mean) / sqrt(variance)))


# Ranks


def _rank_of(rows: Rows, person: str, on: date) -> tuple[int, date] | None:
    held = [
        (r["from_on"], RANKS.index(r["rank"]) + 1)
        for r in _seen(rows, "rank_history", on, "from_on")
        if r["person_id"] == person
    ]
    return (max(held)[1], max(held)[0]) if held else None


def _ranks(rows: Rows, kept: set[str], person: str, on: date) -> Values:
    mine = _rank_of(rows, person, on)
    if mine is None:
        return dict.fromkeys(("rank_step", "years_in_rank", "rank_pace_percentile"))
    serving = {h.person for h in held_on(rows, on) if h.lasts}
    peers = [_rank_of(rows, p, on) for p in serving]
    peers = [p for p in peers if p is not None and p[0] == mine[0]]
    longer = [p for p in peers if p[1] > mine[1]]
    place = len(longer) / (len(peers) - 1) if person in serving and len(peers) > 1 else None
    return {
        "rank_step": mine[0],
        "years_in_rank": _years(mine[1], on),
        "rank_pace_percentile": place,
    }


# Competencies


def _estimate(rows: Rows, person: str, competency: str, on: date) -> tuple | None:
    """Level, variance, day of the newest measurement and whether a centre made one."""
    everybody = [
        r for r in _seen(rows, "assessment", on, "assessed_on") if r["competency"] == competency
    ]
    mine = [r for r in everybody if r["person_id"] == person]
    if not mine:
        return None
    fresh = {"assessment_centre": 0.25, "cact": 0.36, "self_report": 1.0}
    weights = [1 / (fresh[r["method"]] + 0.05 * (on - r["assessed_on"]).days / YEAR) for r in mine]
    above = sum(w * r["level"] for w, r in zip(weights, mine, strict=True))
    prior = 0.0
    if len(everybody) >= 30:
        mean, variance = _spread([r["level"] for r in everybody])
        prior = 1 / max(variance - 0.25, 0.0625)
        above += prior * mean
    whole = sum(weights) + prior
    centre = any(r["method"] == "assessment_centre" for r in mine)
    return above / whole, 1 / whole, max(r["assessed_on"] for r in mine), centre


def _competency(rows: Rows, person: str, on: date) -> Values:
    general = (*NINE, "literasi_digital")
    found = {name: _estimate(rows, person, name, on) for name in general}
    every = {r["competency"] for r in rows["assessment"]}
    estimates = [e for e in (_estimate(rows, person, c, on) for c in every) if e]
    nine = [e for name, e in found.items() if e and name in NINE]
    newest = max((e[2] for e in estimates), default=None)
    return {
        **{f"level_{name}": e[0] if e else None for name, e in found.items()},
        "level_mean": _mean([e[0] for e in nine]),
        "level_lowest": min((e[0] for e in nine), default=None),
        "level_uncertainty": _mean([sqrt(e[1]) for e in nine]),
        "n_competencies_measured": len([e for e in found.values() if e]) if estimates else None,
        "share_measured_at_centre": _mean([float(e[3]) for e in estimates]),
        "years_since_assessment": _years(newest, on),
    }


def _gap(rows: Rows, person: str, post: str, on: date) -> Values:
    asked = [r for r in rows["post_requirement"] if r["post_id"] == post]
    names = ("gap_weighted", "gap_deficit", "gap_worst_critical", "gap_technical")
    names += (
        "n_below_requirement",
        "requirement_coverage",
        "gap_uncertainty",
        "gap_evidence_years",
    )
    if not asked:
        return dict.fromkeys(names)
    met = [(r, _estimate(rows, person, r["competency"], on)) for r in asked]
    weight = {r["competency"]: 1.0 if r["weight"] is None else r["weight"] for r in asked}
    known = [(r, e, e[0] - r["level"], weight[r["competency"]]) for r, e in met if e]
    covered = sum(w for *_, w in known)
    values: Values = dict.fromkeys(names)
    values["requirement_coverage"] = covered / sum(weight.values())
    if not known:
        return values
    critical = [g for r, _e, g, _w in known if r["critical"] == "yes"]
    technical = [g for r, _e, g, _w in known if r["competency"].startswith("teknis")]
    return values | {
        "gap_weighted": sum(w * min(g, 1.0) for _r, _e, g, w in known) / covered,
        "gap_deficit": sum(w * min(g, 0.0) for _r, _e, g, w in known) / covered,
        "gap_worst_critical": min(critical, default=None),
        "gap_technical": min(technical, default=None),
        # A mean of equal levels is off by the last digit.
        "n_below_requirement": len([g for _r, _e, g, _w in known if g <= -1 + 1e-9]),
        "gap_uncertainty": sqrt(sum(w * w * e[1] for _r, e, _g, w in known)) / covered,
        "gap_evidence_years": sum(w * (on - e[2]).days for _r, e, _g, w in known) / covered / YEAR,
    }


def _potential(rows: Rows, person: str, on: date) -> Values:
    seen = _seen(rows, "potential", on, "assessed_on")
    values: Values = {}
    for aspect in ASPECTS:
        everybody = [r for r in seen if r["aspect"] == aspect]
        mine = [r for r in everybody if r["person_id"] == person]
        newest = max(mine, key=lambda r: r["assessed_on"])["score"] if mine else None
        values[f"potential_{aspect}"] = _z(newest, [r["score"] for r in everybody], 30)
    days = [r["assessed_on"] for r in seen if r["person_id"] == person]
    return values | {
        "potential_mean": _mean(values.values()),
        "years_since_potential": _years(max(days, default=None), on),
    }


# Conduct


def _akhlak(rows: Rows, person: str, on: date) -> Values:
    seen = [
        r
        for r in _seen(rows, "feedback", on, "given_on")
        if r["subject"].lower().replace(" ", "_") in AKHLAK
    ]
    mine = [r for r in seen if r["person_id"] == person]
    recent = [r for r in mine if (on - r["given_on"]).days <= 1096]
    values: Values = {}
    for rater in ("superior", "peer", "subordinate"):
        given = _mean([r["score"] for r in recent if r["rater"] == rater])
        everybody = [r["score"] for r in seen if r["rater"] == rater]
        values[f"akhlak_{rater}"] = _z(given, everybody, 30)
    return values | {
        "akhlak_mean": _mean(values.values()),
        "n_akhlak_ratings": len(recent) if mine else None,
        "years_since_akhlak": _years(max((r["given_on"] for r in mine), default=None), on),
    }


def _discipline(rows: Rows, kept: set[str], person: str, on: date) -> Values:
    mine = [
        r
        for r in _seen(rows, "discipline", on, "sanctioned_on", "sanctioned_recorded_on")
        if r["person_id"] == person
    ]
    ends = [
        r["until_on"] if r["until_recorded_on"] and r["until_recorded_on"] <= on else None
        for r in mine
    ]
    awards = [
        r["awarded_on"]
        for r in _seen(rows, "award", on, "awarded_on")
        if r["person_id"] == person and not r["kind"].startswith("satyalancana_karya_satya")
    ]
    severity = {"light": 1, "medium": 2, "heavy": 3}
    held = "discipline" in kept
    lasting: int | None = int(any(end is not None and end >= on for end in ends))
    if not lasting and None in ends:
        lasting = None
    newest = max((r["sanctioned_on"] for r in mine), default=None)
    return {
        "n_sanctions": len(mine) if held else None,
        "worst_sanction": max((severity[r["level"]] for r in mine), default=None),
        "is_under_sanction": lasting if held else None,
        "years_since_sanction": _years(newest, on),
        "n_awards": len(awards) if "award" in kept else None,
        "years_since_award": _years(max(awards, default=None), on),
    }


# Performance


def _unit_of(rows: Rows, appraisal: dict) -> str | None:
    units = {r["post_id"]: r["unit_id"] for r in rows["post"]}
    seen_on = max(appraisal["recorded_on"], appraisal["appraised_on"])
    held = [
        (r["start_on"], r["sequence"], units[r["post_id"]])
        for r in rows["appointment"]
        if r["person_id"] == appraisal["person_id"]
        and r["start_on"] <= appraisal["appraised_on"]
        and r["start_recorded_on"] <= seen_on
    ]
    return max(held)[2] if held else None


def _ratings(rows: Rows, person: str, on: date) -> Values:
    seen = _seen(rows, "appraisal", on, "appraised_on")
    points = {r["appraisal_id"]: POINTS[r["predicate"]] for r in seen}
    years, units, appraisers = defaultdict(list), defaultdict(list), defaultdict(list)
    unit_of = {r["appraisal_id"]: _unit_of(rows, r) for r in seen}
    for r in seen:
        years[r["year"]].append(points[r["appraisal_id"]])
        units[unit_of[r["appraisal_id"]], r["year"]].append(points[r["appraisal_id"]])
        appraisers[r["appraiser_id"]].append((points[r["appraisal_id"]], r["year"]))
    mine = [r for r in seen if r["person_id"] == person]
    mine.sort(key=lambda r: (r["year"], r["appraised_on"], r["appraisal_id"]), reverse=True)
    mine = [r for r in mine if mine[0]["year"] - r["year"] < 5]
    names = (
        *("rating_latest", "rating_mean", "rating_in_unit", "rating_adjusted"),
        *("appraiser_leniency", "share_very_good", "rating_trend", "results_latest"),
        *("results_mean", "behaviour_latest", "behaviour_mean", "unit_result"),
        *("rating_beyond_unit", "n_years_rated", "years_since_rating"),
    )
    if not mine:
        return dict.fromkeys(names)
    recent = [r for r in mine if mine[0]["year"] - r["year"] < 3]
    of = [points[r["appraisal_id"]] for r in mine]
    results = {
        (r["unit_id"], r["year"]): POINTS[r["predicate"]]
        for r in _seen(rows, "unit_result", on, "resulted_on")
    }
    t = [r["year"] for r in mine]
    middle = sum(t) / len(t)
    slope = sum((x - middle) * (x - middle) for x in t)
    standing, adjusted, beyond = [], [], []
    for r in recent:
        p, unit = points[r["appraisal_id"]], unit_of[r["appraisal_id"]]
        mean, variance = _spread(years[r["year"]])
        lenient = _lenient(appraisers, years, r["appraiser_id"])
        adjusted.append(_held((p - mean - (lenient or 0.0)), variance))
        if unit is not None:
            mine_there = units[unit, r["year"]]
            n, own = len(mine_there), sum(mine_there) / len(mine_there)
            within = sum((v - own) ** 2 for v in mine_there)
            variance = (within + 10 * variance) / (n + 10)
            mean = (sum(mine_there) + 10 * mean) / (n + 10)
        standing.append(_held(p - mean, variance))
        if (unit, r["year"]) in results:
            beyond.append(p - results[unit, r["year"]])
    newest = mine[0]
    return {
        "rating_latest": of[0],
        "rating_mean": _mean([points[r["appraisal_id"]] for r in recent]),
        "rating_in_unit": _mean(standing),
        "rating_adjusted": _mean(adjusted),
        "appraiser_leniency": _lenient(appraisers, years, newest["appraiser_id"]),
        "share_very_good": len([p for p in of if p == 5]) / len(of),
        "rating_trend": sum((x - middle) * p for x, p in zip(t, of, strict=True)) / slope
        if slope
        else None,
        "results_latest": EXPECTED.get(newest["results"]),
        "results_mean": _mean([EXPECTED.get(r["results"]) for r in recent]),
        "behaviour_latest": EXPECTED.get(newest["behaviour"]),
        "behaviour_mean": _mean([EXPECTED.get(r["behaviour"]) for r in recent]),
        "unit_result": results.get((unit_of[newest["appraisal_id"]], newest["year"])),
        "rating_beyond_unit": _mean(beyond),
        "n_years_rated": len(set(t)),
        "years_since_rating": _years(max(r["appraised_on"] for r in mine), on),
    }


def _lenient(appraisers, years, appraiser: str | None) -> float | None:
    if appraiser is None:
        return None
    above = [p - sum(years[y]) / len(years[y]) for p, y in appraisers[appraiser]]
    return sum(above) / (len(above) + 5)


def _held(above: float, variance: float) -> float | None:
    return None if variance < 1e-12 else max(-5.0, min(5.0, above / sqrt(variance)))


# Development


def _training(rows: Rows, kept: set[str], person: str, on: date) -> Values:
    known: list[dict] = [
        {**r, "finished_on": _learnt(r["finished_on"], r["finished_recorded_on"], on)}
        for r in _seen(rows, "training", on, "started_on", "started_recorded_on")
        if r["person_id"] == person
    ]
    counted = [r for r in known if r["finished_on"] is None or r["finished_on"] <= on]
    # Ended for certain; one that nobody says the end of is over a year after it began.
    done = [r for r in counted if _possible(r)[1] <= on]
    is_told = has_none = False
    if "training" in kept:
        is_told, has_none = bool(done), not counted
    led = [r for r in done if r["level"] in LEADERSHIP]
    technical = [r for r in done if r["kind"] == "technical"]
    schools = [r for r in _seen(rows, "education", on, "graduated_on") if r["person_id"] == person]
    teams = [
        r
        for r in _seen(rows, "assignment", on, "started_on", "started_recorded_on")
        if r["person_id"] == person
    ]
    fields = {r["field"] for r in schools if r["field"]}
    has_teams = "assignment" in kept
    return {
        "n_trainings": len(done) if is_told or has_none else None,
        "n_recent_trainings": _if_certain(len, done, 1096, on) if is_told or has_none else None,
        "n_training_kinds": len({r["kind"] for r in done}) if done else None,
        "training_hours_1y": _if_certain(_hours, done, 365, on),
        "training_hours_3y": _if_certain(_hours, done, 1096, on),
        "technical_hours_3y": _if_certain(_hours, technical, 1096, on),
        "leadership_training": max((LEADERSHIP[r["level"]] for r in led), default=None),
        "years_since_training": _since(done, on),
        "years_since_leadership_training": _since(led, on),
        "education_level": max((DEGREES.index(r["level"]) + 1 for r in schools), default=None),
        "n_study_fields": len(fields) or None,
        "n_assignments": len(teams) if has_teams else None,
        "n_assignments_led": len([r for r in teams if r["role"] == "lead"]) if has_teams else None,
        "n_assignments_beyond": len([r for r in teams if r["scope"] == "inter_agency"])
        if has_teams
        else None,
    }


def _learnt(day: date | None, recorded_on: date | None, on: date) -> date | None:
    return day if recorded_on is not None and recorded_on <= on else None


def _possible(training: dict) -> tuple[date, date]:
    """The first and the last day on which a training can have been finished."""
    told, begun = training["finished_on"], training["started_on"]
    return (begun, begun + timedelta(days=365)) if told is None else (told, told)


def _if_certain(figure, trainings: list[dict], days: int, on: date):
    """A figure of the trainings finished within some days, if it is the same whenever they were."""

    def among(place: int):
        ends = [(r, _possible(r)[place]) for r in trainings]
        return figure([r for r, end in ends if (on - end).days <= days])

    at_least, at_most = among(0), among(1)
    return at_least if at_least == at_most else None


def _since(trainings: list[dict], on: date) -> float | None:
    longest = min(((on - _possible(r)[0]).days for r in trainings), default=None)
    shortest = min(((on - _possible(r)[1]).days for r in trainings), default=None)
    return longest / YEAR if longest is not None and longest == shortest else None


def _hours(rows: list[dict]) -> float | None:
    told = [r["hours"] for r in rows if r["hours"] is not None]
    return sum(told) if told else None


def _studied(rows: Rows, person: str, post: str, on: date) -> Values:
    wanted = {r["field"] for r in rows["post_field"] if r["post_id"] == post}
    studied = {
        r["field"]
        for r in _seen(rows, "education", on, "graduated_on")
        if r["person_id"] == person and r["field"]
    }
    known = wanted and studied
    return {"has_studied_field": int(bool(wanted & studied)) if known else None}


def _papers(rows: Rows, kept: set[str], person: str, on: date) -> Values:
    came = {
        "training": "started_recorded_on",
        **dict.fromkeys(("appraisal", "assessment", "potential"), "recorded_on"),
    }
    there, valid, newest = 0, 0, []
    ageing = {"appraisal": "appraised_on", "assessment": "assessed_on", "potential": "assessed_on"}
    used = [name for name in PAPERS if name in kept]
    for name in used:
        recorded = came.get(name, "recorded_on")
        mine = [r for r in rows[name] if r["person_id"] == person and r[recorded] <= on]
        if name in ageing:
            mine = [r for r in mine if r[ageing[name]] <= on]
        there += bool(mine)
        newest += [r[recorded] for r in mine]
        if name in ageing:
            valid += any((on - r[ageing[name]]).days <= 1096 for r in mine)
    n_ageing = len([name for name in used if name in ageing])
    return {
        "share_papers_held": there / len(used) if used else None,
        "share_papers_valid": valid / n_ageing if n_ageing else None,
        "years_since_paper": _years(max(newest, default=None), on),
    }
