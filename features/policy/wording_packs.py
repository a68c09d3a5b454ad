"""Sentences about packs: that one is not confirmed, how two differ, how a box was come by.

The rule that must not break: what an unconfirmed pack says is never shown without saying so.
"""

from collections.abc import Iterable

from features.documents.written import Words
from features.packs.declaration import Pack
from features.policy.scores import boxes_in

UNVERIFIED = Words(
    id=(
        "Paket kebijakan ini rekonstruksi yang belum diverifikasi; belum ada pejabat yang "
        "menegaskannya."
    ),
    en="This policy pack is a reconstruction that no officer has confirmed.",
)
NOTHING = Words(id="tidak ada", en="none")
AXIS = {
    "performance": Words(id="kinerja", en="performance"),
    "potential": Words(id="potensial", en="potential"),
}
LEVEL = {
    "below": Words(id="di bawah ekspektasi", en="below expectation"),
    "meets": Words(id="sesuai ekspektasi", en="as expected"),
    "above": Words(id="di atas ekspektasi", en="above expectation"),
    "low": Words(id="rendah", en="low"),
    "medium": Words(id="menengah", en="medium"),
    "high": Words(id="tinggi", en="high"),
}
STATUS = {
    "met": Words(id="memenuhi", en="met"),
    "needs checking": Words(id="perlu diperiksa", en="needs checking"),
    "not met": Words(id="tidak memenuhi", en="not met"),
    "not asked": Words(id="tidak ditanyakan", en="not asked"),
}


def said(indonesian: str, english: str, **parts: object) -> Words:
    """A sentence in both languages, with the same parts filled in.

    Parts that are `Words` are put in by language.

    >>> said("kotak {box}", "box {box}", box=7).en
    'box 7'
    """
    return Words(
        id=indonesian.format_map({k: _in(v, "id") for k, v in parts.items()}),
        en=english.format_map({k: _in(v, "en") for k, v in parts.items()}),
    )


def joined(sentences: Iterable[Words], between: str = " ") -> Words:
    """Sentences or words one after the other.

    >>> joined([Words(id="satu", en="one"), Words(id="dua", en="two")], ", ").id
    'satu, dua'
    """
    told = list(sentences)
    return Words(id=between.join(s.id for s in told), en=between.join(s.en for s in told))


def notice_of(*packs: Pack) -> Words | None:
    """What has to be said beside results of some packs; None if all are confirmed."""
    open_ones = [pack for pack in packs if pack.status != "confirmed"]
    return UNVERIFIED if open_ones else None


def boxes_in_words(mask: int) -> Words:
    """Possible boxes, the lowest first.

    >>> boxes_in_words(0b110000000).en, boxes_in_words(0b1000).id
    ('one of the boxes 8, 9', 'kotak 4')
    """
    boxes = boxes_in(mask)
    if len(boxes) == 1:
        return said("kotak {box}", "box {box}", box=boxes[0])
    listed = ", ".join(map(str, boxes))
    return said("salah satu dari kotak {boxes}", "one of the boxes {boxes}", boxes=listed)


def _in(part: object, language: str) -> object:
    return getattr(part, language) if isinstance(part, Words) else part
