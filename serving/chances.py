"""Chances of becoming ready for a post, band by band, from the horizon that came with the champion.

The rule that must not break: a chance is told only of the event and the pack that the horizon was
learnt for, on a day that the model may speak of; otherwise the reason stands in its place. It is
told beside the first day and never instead of it.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from features.packs.declaration import Pack
from features.policy.outlook import years_closed
from features.policy.ready_events import ReadyEvent, first_ready, is_reached, written_spells
from features.tables.record import Record
from models.artefact import Artefact
from models.bands import BANDS, UNKNOWN, band_of, band_probabilities, shares
from models.class_horizons import ClassHorizon
from serving.schemas import Band, Chances, HorizonOfClass, Post, Route, Text

NO_MODEL = Text(
    id="Tidak ada peluang: belum ada model yang diberlakukan.",
    en="No chances: no model was put in service.",
)
NOT_TRAINED = Text(
    id="Tidak ada peluang: model yang berlaku dilatih tanpa cakrawala kesiapan "
    "(suksesi train --horizon).",
    en="No chances: the model in service was trained without horizons (suksesi train --horizon).",
)
TOO_FEW = Text(
    id="Tidak ada peluang: terlalu sedikit orang yang menjadi siap untuk jenjang ini, atau keluar, "
    "dalam catatan untuk dipelajari.",
    en="No chances: too few people have become ready for this class, or left, on record to learn "
    "from.",
)
NOT_STRATEGIC = Text(
    id="Tidak ada peluang: cakrawala hanya dilatih untuk jenjang strategis.",
    en="No chances: horizons are trained for strategic classes only.",
)
ANOTHER_EVENT = Text(
    id="Tidak ada peluang: cakrawala dipelajari di bawah {pack}, jalur {route}; paket, peristiwa "
    "atau jalur yang ditanyakan berbeda.",
    en="No chances: the horizon was learnt under {pack}, route {route}; the pack, the event or the "
    "route that is asked about is not the same.",
)
LOOKS_BACK = Text(
    id="Tidak ada peluang: model mengetahui hasil sampai {cutoff}, setelah tanggal ini.",
    en="No chances: the model knows outcomes up to {cutoff}, after this date.",
)
STATEMENT = Text(
    id="Peluang ({title}) dipelajari dari {n_people} orang, yang {n_ready} kali menjadi siap "
    "menurut syarat yang berlaku sekarang. Syarat yang perlu diperiksa dihitung belum terpenuhi. "
    "Kelompok yang tepat sering meleset, karena itu peluangnya selalu ditampilkan. Manusia yang "
    "memutuskan.",
    en="Chances ({title}) are learnt from {n_people} people, who turned ready {n_ready} times by "
    "the rules in force now. A rule that needs checking counts as unmet. The exact band is often "
    "wrong, so its chances always stand beside it. A person decides.",
)


@dataclass(frozen=True)
class Foreseen:
    """The champion, and what the record shows of a pool for one post.

    Parameters
    ----------
    artefact : Artefact
    X : DataFrame, shape (n_people, n_features), optional
        Under the ids of the people; needed where the artefact has horizons.
    turned_away : Series of int, shape (n_people,), optional
        What the mapping's gate says of each, under their ids; None without a gate.
    """

    artefact: Artefact
    X: pd.DataFrame | None = None
    turned_away: pd.Series | None = None


@dataclass(frozen=True)
class Foretold:
    """Chances of a pool, or why there are none.

    Parameters
    ----------
    horizon : HorizonOfClass or None
    no_horizon : Text or None
    of_people : dict of str to Chances
        By person; whose end of service is not known is not among them, unless ready now.
    """

    horizon: HorizonOfClass | None
    no_horizon: Text | None
    of_people: dict[str, Chances]


def foretold(
    foreseen: Foreseen | None,
    pool: pd.DataFrame,
    record: Record,
    pack: Pack,
    event: ReadyEvent,
    post: Post,
    on: date,
    route: Route,
) -> Foretold:
    """Chances of everybody in a pool for a post.

    Parameters
    ----------
    foreseen : Foreseen or None
        None on day one.
    pool : DataFrame
        See `features.policy.bench.Bench`.
    """
    if foreseen is None:
        return Foretold(None, NO_MODEL, {})
    found = _horizon(foreseen.artefact, pack, event, post, on, route)
    if isinstance(found, Text):
        return Foretold(None, found, {})
    assert foreseen.X is not None
    model, as_of = foreseen.artefact.model, pd.Series(pd.Timestamp(on), index=pool.index)
    X = foreseen.X.loc[pool["person_id"]]
    logit = model.logit(X)
    if event.kind == "probability_and_requirements":
        status = pool["status"].to_numpy()
        if foreseen.turned_away is not None:
            status = np.maximum(status, foreseen.turned_away.loc[pool["person_id"]].to_numpy())
        is_now = is_reached(status, model.probability(X), event.probability_at_least)
        years, closed = pool["looks_to_end"], years_closed(pool["first_on"], as_of).to_numpy()
    else:
        spells = written_spells(record, event.kind, post.post_class, on)
        asked = pd.DataFrame({"person_id": pool["person_id"], "as_of": as_of})
        is_now = (first_ready(asked, spells) == as_of).to_numpy()
        years, closed = pool["years_of_service"], None
    to_settle = pool["n_to_settle"].to_numpy()
    incidence = found.incidence(X, logit, to_settle, years.to_numpy(), closed)
    probabilities = band_probabilities(incidence.ready, is_now)
    bands = band_of(probabilities)
    gone = np.where(is_now, 0.0, incidence.left[:, -1] + incidence.retired[:, -1])
    told = {
        str(person): _chances(probabilities[n], float(gone[n]), int(bands[n]))
        for n, person in enumerate(pool["person_id"])
        if bands[n] != UNKNOWN
    }
    return Foretold(_of_class(found, event, probabilities), None, told)


def _horizon(
    artefact: Artefact, pack: Pack, event: ReadyEvent, post: Post, on: date, route: Route
) -> ClassHorizon | Text:
    """The horizon that may speak, or why none does."""
    if artefact.horizons is None:
        return NOT_TRAINED
    cutoff = artefact.facts.label_cutoff_on
    if on < cutoff:
        return _filled(LOOKS_BACK, cutoff=cutoff)
    found = artefact.horizons.by_class.get(post.post_class)
    if found is None:
        return TOO_FEW if post.post_class in artefact.horizons.without else NOT_STRATEGIC
    # What is written down is so by whatever route.
    is_of_rules = event.kind == "probability_and_requirements"
    by = route if is_of_rules else found.route
    if not found.foretells(event.kind, event.probability_at_least, pack.name, by):
        return _filled(ANOTHER_EVENT, pack=found.pack, route=found.route)
    return found


def _of_class(found: ClassHorizon, event: ReadyEvent, probabilities: np.ndarray) -> HorizonOfClass:
    counts = {"n_people": found.n_people, "n_ready": found.n_ready}
    return HorizonOfClass(
        **counts,
        measured=dict(found.measured),
        shares={name: round(share, 6) for name, share in shares(probabilities).items()},
        statement=Text(
            id=STATEMENT.id.format(title=event.title.id, **counts),
            en=STATEMENT.en.format(title=event.title.en, **counts),
        ),
    )


def _chances(probabilities: np.ndarray, gone: float, band: int) -> Chances:
    told: dict[Band, float] = dict(
        zip(BANDS, (round(float(p), 6) for p in probabilities), strict=True)
    )
    return Chances(bands=told, gone=round(gone, 6), band=BANDS[band])


def _filled(text: Text, **words: object) -> Text:
    return Text(id=text.id.format(**words), en=text.en.format(**words))
