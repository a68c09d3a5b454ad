"""The parts of an answer, from figures to what a reader is shown.

The rule that must not break: what is not known is said to be unknown, in words, in both languages.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from features.agencies.rules import Pool
from features.catalogue import CATALOGUE
from features.errors import DateError
from features.evidence import require_recorded
from features.packs.declaration import Pack
from features.storage import Snapshot
from models.artefact import Artefact
from models.classifier import Selection
from models.explain import Explanation
from models.odds_bounds import ODDS_RATIOS_SHOWN, OddsBounds, odds_bounds
from models.panel_stage import PanelStage
from models.readiness import ReadinessModel
from models.switch import fewest_labels
from models.uncertainty import UNLIKE, Doubts
from models.uncertainty import Flag as Reservation
from models.wording import reasons
from serving.policy_answers import policy
from serving.schemas import (
    Evidence,
    Flag,
    Model,
    OddsBound,
    Order,
    Post,
    Question,
    Range,
    Readiness,
    Reason,
    Route,
    Text,
)

#: How long after the newest fact a question still makes sense.
MOST_DAYS_AHEAD = 3653
A_PERSON_DECIDES = Text(
    id="Daftar ini saran. Keputusan ada pada manusia.",
    en="This list is advice. A person decides.",
)
SIMULATED = Text(
    id="Orang-orang dalam daftar ini rekaan: datanya hasil simulasi.",
    en="The people on this list are invented: the record is simulated.",
)
LOOKING_BACK = Text(
    id="Melihat ke belakang: model ini mengetahui hasil setelah tanggal ini, sehingga urutannya "
    "bisa tampak lebih baik daripada yang dapat dihasilkan pada hari itu.",
    en="Looking back: this model knows outcomes from after this date, so the order may look better "
    "than any that could have been had on the day.",
)
CALIBRATED = Text(
    id="Peluang ini terkalibrasi pada {rows} pengangkatan terdahulu yang dipisahkan, {failures} di "
    "antaranya gagal. Apakah itu berlaku untuk yang kemudian, ditunjukkan oleh uji balik.",
    en="The probability is calibrated on {rows} earlier appointments kept apart, {failures} of "
    "which failed. Whether that holds for later ones, the backtest shows.",
)
CALIBRATED_AS_IT_IS = Text(
    id="Peluang ini terkalibrasi: diperiksa pada {rows} pengangkatan terdahulu yang dipisahkan, "
    "{failures} di antaranya gagal; tidak perlu disesuaikan. Apakah itu berlaku untuk yang "
    "kemudian, ditunjukkan oleh uji balik.",
    en="The probability is calibrated: checked on {rows} earlier appointments kept apart, "
    "{failures} of which failed; nothing had to be adjusted. Whether that holds for later ones, "
    "the backtest shows.",
)
NOT_CHECKED = Text(
    id="Peluang ini tidak boleh disebut terkalibrasi: {rows} pengangkatan yang dipisahkan berasal "
    "dari terlalu sedikit hari untuk memeriksanya.",
    en="The probability may not be called calibrated: the {rows} appointments kept apart are of "
    "too few days to check it by.",
)
CONTRADICTED = Text(
    id="Peluang ini tidak boleh disebut terkalibrasi: {rows} pengangkatan yang dipisahkan, "
    "{failures} di antaranya gagal, bertentangan dengannya.",
    en="The probability may not be called calibrated: {rows} appointments kept apart, {failures} "
    "of which failed, contradict it.",
)
RECORDED = Text(
    id="Dipelajari juga dari {people} wawancara untuk {vacancies} lowongan, yang diangkat maupun "
    "tidak: perkiraan ini berlaku bagi setiap kandidat. Tidak tampak bahwa panitia mengetahui "
    "lebih daripada catatan.",
    en="Learnt from {people} interviews for {vacancies} vacancies too, of those appointed and of "
    "those not: the estimate speaks of every candidate. Nothing shows that panels knew more than "
    "the record.",
)
RECORDED_AND_MORE = Text(
    id="Dipelajari juga dari {people} wawancara untuk {vacancies} lowongan, yang diangkat maupun "
    "tidak: perkiraan ini berlaku bagi setiap kandidat. Panitia mengetahui lebih daripada catatan, "
    "dan wawancara berikutnya pun akan demikian.",
    en="Learnt from {people} interviews for {vacancies} vacancies too, of those appointed and of "
    "those not: the estimate speaks of every candidate. Panels knew more than the record, and so "
    "will the next interview.",
)
VOUCHED_FOR = Text(
    id="Dipelajari dari mereka yang diangkat. Instansi menjamin bahwa panitia hanya memakai yang "
    "tercatat; bila tidak, perkiraan bagi kandidat lain keliru.",
    en="Learnt from those appointed. The agency vouches that panels use nothing but the record; "
    "where they do not, estimates of everybody else are wrong.",
)
NOT_IDENTIFIED = Text(
    id="Dipelajari dari mereka yang diangkat, yang dipilih panitia juga berdasarkan hal yang tidak "
    "tercatat. Bagi kandidat lain perkiraan ini tidak teridentifikasi: dapat terlalu tinggi, dan "
    "catatan tidak dapat menunjukkan seberapa jauh.",
    en="Learnt from those appointed, whom panels chose by what is on no record as well. For "
    "anybody else the estimate is not identified: it may be too high, and no record tells how far.",
)
BOUNDED = Text(
    id="Batas kesiapan berlaku bila rasio peluang (odds) berhasil antara mereka yang diangkat dan "
    "mereka yang catatannya sama tetapi tidak diangkat paling banyak {ratios} kali, ke atas maupun "
    "ke bawah. Berapa kali sebenarnya hanyalah asumsi; data apa pun tidak dapat menunjukkannya.",
    en="The bounds hold if the odds of success of those appointed differ by a factor of at most "
    "{ratios} from those of people with the same record who were not appointed. The factor is "
    "assumed: it cannot be learnt from any data.",
)
UNIT_NOT_THERE = Text(
    id="Unit jabatan ini tidak ada pada tanggal tersebut.",
    en="The unit of this post does not exist on this date.",
)
NOT_STRATEGIC = Text(
    id="Jabatan ini tidak termasuk jenjang strategis.",
    en="This post is not of a strategic class.",
)
RECORD_ENDS = Text(
    id="Fakta terbaru dalam catatan bertanggal {on}; yang terjadi sesudahnya tidak diketahui.",
    en="The newest fact on record is of {on}; what happened later is not known.",
)
FEW_LABELS = Text(
    id="Model ini dilatih dengan {n} hasil pengangkatan, kurang dari {least}: baru dari jumlah itu "
    "model terukur lebih baik daripada nilai kebijakan.",
    en="This model was trained on {n} outcomes, fewer than the {least} from which models were "
    "measured to order better than the policy score.",
)
BY_READINESS = Order(
    by="readiness",
    weighted_gap=None,
    sentence=Text(id="Urut menurut kesiapan.", en="Ordered by readiness."),
)
STANDS_OUT = Text(id="Paling menonjol: {feature}.", en="What stands out most: {feature}.")
NOT_CALIBRATED = Text(
    id="Peluang ini tidak boleh disebut terkalibrasi: hanya {failures} kegagalan di antara {rows} "
    "pengangkatan yang dipisahkan.",
    en="The probability may not be called calibrated: only {failures} failures among the {rows} "
    "appointments kept apart.",
)


def question(
    snapshot: Snapshot,
    artefact: Artefact | None,
    post: Post,
    as_of: date,
    *,
    route: Route,
    pack: Pack | None,
    retrospective: bool,
    notices: tuple[Text, ...],
) -> Question:
    """What was asked, of which record, pack and model; without a model it is day one."""
    return Question(
        agency=snapshot.mapping.agency,
        snapshot=snapshot.digest,
        post=post,
        as_of=as_of,
        mode="day_one" if artefact is None else "model",
        route=route,
        policy=None if pack is None else policy(pack),
        retrospective=retrospective,
        notices=notices,
        model=None if artefact is None else _model(artefact),
    )


def require_within(recorded: tuple[date, date] | None, as_of: date) -> date:
    """Refuse a date that the record cannot say anything of; else the day of its newest fact.

    Parameters
    ----------
    recorded : tuple of date or None
        See `features.evidence.recorded_between`.

    Raises
    ------
    DateError
        If the date lies before the record, or far behind it.
    """
    newest = require_recorded(recorded, as_of)
    if (as_of - newest).days > MOST_DAYS_AHEAD:
        raise DateError(
            f"the newest fact on record is of {newest}",
            where=f"as of {as_of}",
            expected="a date at most ten years later",
            remedy="ask for an earlier date, or ingest newer exports",
        )
    return newest


def notices(
    post: Post,
    as_of: date,
    newest_on: date,
    *,
    is_open: bool,
    retrospective: bool,
    simulated: bool,
    n_labels: int | None = None,
) -> tuple[Text, ...]:
    """What to bear in mind with an answer.

    Parameters
    ----------
    newest_on : date
        The day of the newest fact on record.
    is_open : bool
        Whether the post's unit exists on the date.
    simulated : bool
        Whether the mapping says that the people are invented.
    n_labels : int or None
        Of the model in service; None on day one.
    """
    ends = Text(
        id=RECORD_ENDS.id.format(on=newest_on.isoformat()),
        en=RECORD_ENDS.en.format(on=newest_on.isoformat()),
    )
    least = fewest_labels()
    few = Text(
        id=FEW_LABELS.id.format(n=n_labels, least=least),
        en=FEW_LABELS.en.format(n=n_labels, least=least),
    )
    told = (
        (SIMULATED, simulated),
        (A_PERSON_DECIDES, True),
        (LOOKING_BACK, retrospective),
        (NOT_STRATEGIC, not post.is_strategic),
        (UNIT_NOT_THERE, not is_open),
        (ends, as_of > newest_on),
        (few, n_labels is not None and n_labels < least),
    )
    return tuple(text for text, applies in told if applies)


def bounds(
    artefact: Artefact, probability: np.ndarray, doubts: Doubts | None
) -> list[OddsBounds] | None:
    """Bounds of some estimates where selection is not identified, else None.

    Nobody knows how likely a panel is to appoint somebody: bounds are those of people whom none
    would have appointed, the widest.

    Parameters
    ----------
    artefact : Artefact
    probability : ndarray, shape (n_people,)
    doubts : Doubts or None
        About the same people: bounds hold their intervals.

    Returns
    -------
    list of OddsBounds or None
        One for each of `ODDS_RATIOS_SHOWN`.
    """
    if artefact.selection != "not identified":
        return None
    interval = None if doubts is None else (doubts.low, doubts.high)
    return odds_bounds(probability, 0.0, ODDS_RATIOS_SHOWN, interval)


def readiness(
    explanation: Explanation,
    doubts: Doubts | None,
    bounds: Sequence[OddsBounds] | None,
    place: int,
) -> Readiness:
    """An estimate, what it is made of, its reasons in both languages, and what is uncertain.

    Parameters
    ----------
    explanation : Explanation
    doubts : Doubts or None
        None where the model was fitted without its uncertainty.
    bounds : sequence of OddsBounds or None
        None where selection is identified.
    place : int
        Of the person among those that doubts and bounds are about.
    """
    in_indonesian = reasons(explanation, "id")
    in_english = reasons(explanation, "en")
    return Readiness(
        probability=explanation.probability,
        logit=explanation.logit,
        base=explanation.base,
        contributions=explanation.groups,
        calibration_term=explanation.calibration_term,
        reasons=tuple(
            Reason(
                group=one.group,
                contribution=one.contribution,
                sentence=Text(id=one.text, en=other.text),
            )
            for one, other in zip(in_indonesian, in_english, strict=True)
        ),
        bounds=None if bounds is None else tuple(_bound(one, place) for one in bounds),
        **_uncertain(doubts, place),
    )


def _bound(one: OddsBounds, place: int) -> OddsBound:
    """Bounds of one person under one assumption."""
    low, high = float(one.low[place]), float(one.high[place])
    return OddsBound(odds_ratio=one.odds_ratio, low=low, high=high)


def _uncertain(doubts: Doubts | None, place: int) -> dict[str, Any]:
    """Interval, set of outcomes and flags of one person."""
    if doubts is None:
        return {"interval": None, "outcomes": None, "abstains": False, "flags": ()}
    sets = {"failure": doubts.may_fail[place], "success": doubts.may_succeed[place]}
    flags = doubts.flags_of(place)
    return {
        "interval": Range(low=float(doubts.low[place]), high=float(doubts.high[place])),
        "outcomes": tuple(name for name, is_possible in sets.items() if is_possible),
        "abstains": bool(flags),
        "flags": tuple(
            Flag(flag=flag.name, sentence=_sentence(flag, int(doubts.column[place])))
            for flag in flags
        ),
    }


def _sentence(flag: Reservation, column: int) -> Text:
    """A flag in words; of whoever is unfamiliar with the feature that stands out most."""
    told = Text(id=flag.in_indonesian, en=flag.in_english)
    if flag is not UNLIKE or column < 0:
        return told
    feature = CATALOGUE[CATALOGUE.names[column]]
    return Text(
        id=f"{told.id} {STANDS_OUT.id.format(feature=feature.label_id)}",
        en=f"{told.en} {STANDS_OUT.en.format(feature=feature.label_en)}",
    )


def evidence(
    features: pd.Series, newest_on: pd.Timestamp, kept: Collection[str] = CATALOGUE.names
) -> Evidence:
    """What is missing from one row of a feature frame, what does not apply, and how old it all is.

    Parameters
    ----------
    features : Series, shape (n_features,)
    newest_on : Timestamp
        When the newest fact about the person's career was recorded; NaT where there is none.
    kept : collection of str
        Features whose papers the agency keeps; what it does not keep is nobody's gap.
    """
    empty = [f for f in CATALOGUE if f.name in kept and pd.isna(features[f.name])]
    missing = tuple(feature.name for feature in empty if feature.absent_en is None)
    return Evidence(
        newest_career_fact_on=None if pd.isna(newest_on) else newest_on.date(),
        n_features=len(kept),
        n_missing=len(missing),
        missing=missing,
        not_applicable=tuple(f.name for f in empty if f.absent_en is not None),
    )


def who_can_be_ranked(pool: Pool) -> str:
    """The pool rules of a mapping, in words.

    >>> who_can_be_ranked(Pool(member_of=("Commons", "Lords")))
    'an appointment recorded before the date; a seat in Commons or Lords on it'
    """
    wanted = ["an appointment recorded before the date"] if pool.appointed_before else []
    if pool.member_of is not None:
        wanted.append(f"a seat in {' or '.join(pool.member_of)} on it")
    if pool.in_service:
        wanted.append("a post held on it")
    if pool.in_classes is not None:
        wanted.append(f"a post of the class {' or '.join(pool.in_classes)} held on it")
    if pool.in_post_within_years is not None:
        wanted.append(f"a post held at most {pool.in_post_within_years:g} years before it")
    return "; ".join(wanted) or "somebody in the record"


def _model(artefact: Artefact) -> Model:
    model, facts, selection = artefact.model, artefact.facts, artefact.selection
    says = _of_calibration(model)
    figures = {"rows": model.n_calibration_rows, "failures": model.n_calibration_failures}
    return Model(
        digest=artefact.digest,
        agency=facts.agency,
        catalogue=model.catalogue.version,
        trained_as_of=facts.trained_as_of,
        label_cutoff_on=facts.label_cutoff_on,
        label_rule=facts.label_rule,
        n_labels=model.n_labels,
        n_failures=model.n_failures,
        selection=selection,
        selection_statement=_of_selection(selection, model.panel),
        bounds_statement=_of_bounds() if selection == "not identified" else None,
        is_calibrated=model.is_calibrated_claim,
        statement=Text(id=says.id.format(**figures), en=says.en.format(**figures)),
    )


def _of_selection(selection: Selection, panel: PanelStage | None) -> Text:
    if panel is None:
        return VOUCHED_FOR if selection == "ignorable" else NOT_IDENTIFIED
    figures = {"people": panel.n_interviewed, "vacancies": panel.n_vacancies}
    said = RECORDED_AND_MORE if panel.panels_knew_more else RECORDED
    return Text(id=said.id.format(**figures), en=said.en.format(**figures))


def _of_bounds() -> Text:
    *fewer, most = (f"{ratio:g}" for ratio in ODDS_RATIOS_SHOWN)
    listed = ", ".join(fewer)
    return Text(
        id=BOUNDED.id.format(ratios=f"{listed} atau {most}"),
        en=BOUNDED.en.format(ratios=f"{listed} or {most}"),
    )


def _of_calibration(model: ReadinessModel) -> Text:
    if not model.has_enough_to_claim:
        return NOT_CALIBRATED
    if not model.calibration.is_checked:
        return NOT_CHECKED
    if model.calibration.is_contradicted:
        return CONTRADICTED
    return CALIBRATED_AS_IT_IS if model.calibration.kind == "none" else CALIBRATED
