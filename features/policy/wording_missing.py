"""Sentences about absent documents, in both languages.

The rule that must not break: an absent document is nobody's fault and no bad mark: a sentence says
what could happen, and where nobody can hand anything in, it says who else would have to act.
"""

import pandas as pd

from features.documents.written import Words
from features.policy.handed_in import HANDED_IN
from features.policy.wording_packs import AXIS, joined, said

#: Kinds of documents, as people call them.
DOCUMENT: dict[str, Words] = {
    "appraisal": Words(id="penilaian kinerja (SKP)", en="appraisal (SKP)"),
    "award": Words(id="piagam penghargaan", en="certificate of an award"),
    "assignment": Words(id="surat tugas dalam tim kerja", en="letter of assignment to a team"),
    "acting": Words(id="surat perintah Plt, Plh atau Pj", en="order to act in a post"),
    "feedback": Words(id="hasil umpan balik", en="result of feedback"),
    "assessment": Words(id="hasil asesmen kompetensi", en="assessment of competencies"),
    "training": Words(id="sertifikat pelatihan", en="certificate of training"),
    "potential": Words(id="hasil penilaian potensi", en="assessment of potential"),
    "education": Words(id="ijazah", en="diploma"),
    "rank_history": Words(id="keputusan kenaikan pangkat", en="decree of the rank"),
    "discipline": Words(id="catatan hukuman disiplin", en="record of sanctions"),
    "appointment": Words(
        id="keputusan pengangkatan dan data jabatan", en="decrees of appointment and data of posts"
    ),
    "judgement": Words(id="pertimbangan pejabat", en="judgement of an official"),
}
#: What has to happen so that a range closes, by reason.
SETTLED: dict[str, Words] = {
    "missing": Words(id="belum ada, atau tidak berlaku lagi", en="not there, or out of date"),
    "register": Words(
        id="bila ada, menaikkan batas bawah; hanya instansi yang dapat menyatakan daftarnya "
        "lengkap",
        en="if there is one, it raises the lower end; only the agency can vouch that the register "
        "is complete",
    ),
    "not_kept": Words(
        id="tidak dicatat oleh instansi: tidak seorang pun dapat menyerahkannya",
        en="not kept by the agency: nobody can hand it in",
    ),
    "unclear": Words(
        id="yang tercatat bertentangan atau tidak lengkap: perlu dikoreksi",
        en="what is on record contradicts itself or is not complete: it needs a correction",
    ),
    "post": Words(
        id="data jabatan atau riwayat jabatan tidak cukup: instansi yang melengkapinya",
        en="the data of posts or appointments do not say enough: the agency completes them",
    ),
    "judgement": Words(
        id="paket kebijakan menyerahkannya kepada pejabat",
        en="the policy pack leaves it to an official",
    ),
}
NO_CHANGE = Words(
    id="Kotak yang mungkin tetap sama, apa pun isinya.",
    en="The possible boxes stay the same, whatever it says.",
)
NO_PROBABILITY = Words(
    id="Hasil yang mungkin dihitung sama; bagiannya bukan peluang.",
    en="Possible outcomes count alike; their share is no probability.",
)


def told_of_document(row: "pd.Series") -> Words:
    """One row of `MissingRecord.frame` in words.

    Parameters
    ----------
    row : Series
    """
    kind, settled = DOCUMENT[row["kind"]], SETTLED[row["reason"]]
    widths = [
        said("{axis} {width}", "{axis} {width}", axis=AXIS[axis], width=f"{width:.2f}")
        for axis, width in (
            ("performance", row["width_performance"]), ("potential", row["width_potential"]),
        )
        if width > 0
    ]  # fmt: skip
    first = said(
        "{kind}: {settled}. Rentang yang terbuka karenanya: {widths}.",
        "{kind}: {settled}. Points left open by it: {widths}.",
        kind=kind,
        settled=settled,
        widths=joined(widths, ", "),
    )
    if not row["n_outcomes"]:
        return first
    if not row["n_changed"]:
        return joined([first, NO_CHANGE])
    changed = said(
        "Kotak yang mungkin berubah pada {changed} dari {n} hasil; tinggal satu kotak pada "
        "{settles}.",
        "The possible boxes change in {changed} of {n} outcomes; one box is left in {settles}.",
        changed=int(row["n_changed"]),
        n=int(row["n_outcomes"]),
        settles=int(row["n_settled"]),
    )
    return joined([first, changed])


def told_of_kind(row: "pd.Series") -> Words:
    """One row of `MissingRecord.by_kind` in words."""
    parts = {"kind": DOCUMENT[row["kind"]], "settled": SETTLED[row["reason"]]}
    if row["reason"] not in HANDED_IN:
        return said(
            "{kind} ({settled}). Terbuka pada (orang): {people}.",
            "{kind} ({settled}). People for whom it is open: {people}.",
            people=int(row["people"]),
            **parts,
        )
    return said(
        "{kind} ({settled}). Terbuka pada (orang): {people}; yang kotaknya dapat berubah: {moves}, "
        "pasti berubah: {moves_surely}; yang kotaknya pasti menjadi satu: {settles}, mungkin "
        "menjadi satu: {may_settle}.",
        "{kind} ({settled}). People for whom it is open: {people}; whose possible boxes could "
        "change: {moves}, would change in any case: {moves_surely}; whose box it would settle: "
        "{settles}, could settle: {may_settle}.",
        **{name: int(row[name]) for name in ("people", "moves", "moves_surely")},
        **{name: int(row[name]) for name in ("settles", "may_settle")},
        **parts,
    )
