"""By what event somebody becomes ready for posts of a class, and how that is worded.

The rule that must not break: what rests on appointments is told as likely to be appointed, never as
ready: panels have chosen there. Where no pack says anything, the default is told as such.
"""

from dataclasses import dataclass

from features.documents.written import Words
from features.packs.declaration import (
    MONTHS_OF_SUCCESS,
    PROBABILITY_OF_READY,
    Pack,
    ReadyEventKind,
)

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
