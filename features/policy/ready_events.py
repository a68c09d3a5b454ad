"""By what event somebody becomes ready for posts of a class, and how that is worded.

The rule that must not break: what rests on appointments is told as likely to be appointed, never as
ready: panels have chosen there. Where no pack says anything, the default is told as such.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from ibis import _

from features.asof import OWN
from features.documents.written import Words
from features.packs.declaration import (
    MONTHS_OF_SUCCESS,
    PROBABILITY_OF_READY,
    Pack,
    ReadyEventKind,
)
from features.policy.statuses import MET
from features.tables.record import Record

DEFAULT: ReadyEventKind = "probability_and_requirements"
#: What a chance by such an event is the chance of.
TITLE: dict[ReadyEventKind, Words] = {
    "board_decision": Words(
        id="siap menurut keputusan komite talenta", en="ready by a board's decision"
    ),
    "probability_and_requirements": Words(
        id="siap menurut peluang berhasil dan syarat", en="ready by chance of success and rules"
    ),
    "appointment": Words(id="kemungkinan akan diangkat", en="likely to be appointed"),
}
BY_DEFAULT = Words(
    id="Paket kebijakan tidak menyebut kapan seseorang siap untuk jenjang ini; dipakai anggapan: "
    "peluang berhasil {probability:.2f} dalam {months} bulan dan semua syarat terpenuhi.",
    en="The policy pack does not say when somebody is ready for this class; assumed: a probability "
    "of success of {probability:.2f} within {months} months, and every rule met.",
)


@dataclass(frozen=True)
class ReadyEvent:
    """The event of one class of posts.

    Parameters
    ----------
    kind : str
        See `features.packs.declaration.Ready`.
    probability_at_least : float
        In [0, 1], and `within_months`: of *probability_and_requirements* alone.
    within_months : int
    title : Words
        What a chance by this event is the chance of.
    citation : str or None
        None where it is the default.
    notice : Words or None
        What has to be told beside it; None where a pack says it.
    """

    kind: ReadyEventKind
    probability_at_least: float
    within_months: int
    title: Words
    citation: str | None
    notice: Words | None


def is_reached(status: np.ndarray, probability: np.ndarray, at_least: float) -> np.ndarray:
    """Who is ready by *probability_and_requirements*: no rule holds them back, and it is enough.

    Parameters
    ----------
    status : ndarray of int, shape (n_people,)
        Eligibility: `features.policy.statuses`.
    probability : ndarray, shape (n_people,)
        Of success.
    at_least : float

    Examples
    --------
    >>> is_reached(np.array([MET, MET + 1, MET]), np.array([0.7, 0.9, 0.6]), 0.7).tolist()
    [True, False, False]
    """
    return (status == MET) & (probability >= at_least)


def written_spells(
    record: Record, kind: ReadyEventKind, post_class: str, known_by: date
) -> pd.DataFrame:
    """From when to when people are ready by an event that is written down.

    Parameters
    ----------
    record : Record
    kind : str
        *appointment*: for as long as a post of the class is held; *board_decision*: for as long as
        somebody is in a succession group.
    post_class : str
    known_by : date
        What was recorded later is not looked at.

    Returns
    -------
    DataFrame
        `person_id`, `from_on`, `until_on` (the last day; NaT while it lasts).

    Raises
    ------
    ValueError
        Of *probability_and_requirements*, which is written nowhere.
    """
    if kind == "appointment":
        posts = record.table("post").filter(_.post_class == post_class)
        held = record.table("appointment").semi_join(posts, "post_id")
        held = held.filter(_.start_recorded_on <= known_by, _.kind == OWN)
        rows = held.select("person_id", _.end_recorded_on, from_on="start_on", until_on="end_on")
        ended = "end_recorded_on"
    elif kind == "board_decision":
        held = record.table("succession_group").filter(_.from_recorded_on <= known_by)
        rows = held.select("person_id", "from_on", "until_on", "until_recorded_on")
        ended = "until_recorded_on"
    else:
        raise ValueError(f"{kind} is no event that is written down")
    found = rows.to_pandas()
    days = {name: pd.to_datetime(found[name]) for name in ("from_on", "until_on", ended)}
    is_known = days[ended] <= pd.Timestamp(known_by)
    return pd.DataFrame(
        {
            "person_id": found["person_id"],
            "from_on": days["from_on"],
            "until_on": days["until_on"].where(is_known),
        }
    )


def first_ready(pairs: pd.DataFrame, spells: pd.DataFrame) -> pd.Series:
    """The first day from each row's day on that lies in a spell of the person; NaT for none.

    Parameters
    ----------
    pairs : DataFrame
        `person_id`, `as_of`.
    spells : DataFrame
        `person_id`, `from_on`, `until_on`; NaT while it lasts.

    Examples
    --------
    >>> day = pd.Timestamp
    >>> days = [day("2020-01-01"), day("2022-01-01")]
    >>> asked = pd.DataFrame({"person_id": ["a", "a"], "as_of": days})
    >>> spell = {"person_id": ["a"], "from_on": [day("2021-06-01")], "until_on": [pd.NaT]}
    >>> spells = pd.DataFrame(spell)
    >>> first_ready(asked, spells).dt.strftime("%Y-%m-%d").tolist()
    ['2021-06-01', '2022-01-01']
    """
    asked = pairs[["person_id", "as_of"]].reset_index(names="row")
    rows = asked.merge(spells[["person_id", "from_on", "until_on"]], on="person_id")
    rows = rows[rows["until_on"].isna() | (rows["until_on"] >= rows["as_of"])]
    first = rows[["from_on", "as_of"]].max(axis=1).groupby(rows["row"]).min()
    return pd.to_datetime(first.reindex(pairs.index)).astype("datetime64[s]")


def ready_event(pack: Pack | None, post_class: str) -> ReadyEvent:
    """The event by which somebody becomes ready for posts of a class.

    Parameters
    ----------
    pack : Pack or None
        In force on the day; None for none.
    post_class : str

    Examples
    --------
    >>> event = ready_event(None, "jpt_pratama")
    >>> event.kind, event.probability_at_least, event.notice is None
    ('probability_and_requirements', 0.7, False)
    """
    said = None if pack is None else pack.ready_for(post_class)
    if pack is None or said is None:
        told = {"probability": PROBABILITY_OF_READY, "months": MONTHS_OF_SUCCESS}
        notice = Words(id=BY_DEFAULT.id.format(**told), en=BY_DEFAULT.en.format(**told))
        return ReadyEvent(
            DEFAULT, PROBABILITY_OF_READY, MONTHS_OF_SUCCESS, TITLE[DEFAULT], None, notice
        )
    return ReadyEvent(
        kind=said.event,
        probability_at_least=said.probability_at_least,
        within_months=said.within_months,
        title=TITLE[said.event],
        citation=pack.citations[said.cite].text,
        notice=None,
    )
