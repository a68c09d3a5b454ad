"""The words of the report's page, in both languages.

The rule that must not break: each key has both languages, and every document and contradiction has
a label. Words that come from the intake itself (reasons of rejections) are English, and marked so.
"""

from typing import Literal

from features.documents.written import Words

Language = Literal["id", "en"]

DOCUMENT_LABELS = {
    "rank": Words(id="Pangkat", en="Rank"),
    "education": Words(id="Pendidikan", en="Education"),
    "appraisal_newest_year": Words(id="Penilaian kinerja {year}", en="Appraisal of {year}"),
    "appraisal_year_before": Words(id="Penilaian kinerja {earlier}", en="Appraisal of {earlier}"),
    "assessment": Words(
        id="Asesmen kompetensi, paling lama {valid} tahun",
        en="Assessment, of the last {valid} years",
    ),
    "potential": Words(id="Potensi", en="Potential"),
    "feedback": Words(id="Umpan balik", en="Feedback"),
    "training": Words(
        id="Pelatihan, {trained} tahun terakhir", en="Training, in the last {trained} years"
    ),
    "legal_status": Words(id="Kedudukan hukum", en="Legal status"),
    "post_requirement": Words(
        id="Standar kompetensi jabatan yang diduduki", en="Requirement of the post held"
    ),
}

CONTRADICTION_LABELS = {
    "definitive_appointments_overlap": Words(
        id="Dua pengangkatan definitif pada waktu yang sama",
        en="Two definitive appointments at one time",
    ),
    "post_in_closed_unit": Words(
        id="Menduduki jabatan di unit yang sudah ditutup",
        en="Holds a post of a unit that was closed",
    ),
    "appointment_after_service": Words(
        id="Diangkat setelah kedudukan hukum berakhir",
        en="Appointed after the last legal status ended",
    ),
    "status_without_post": Words(
        id="Kedudukan hukum berlaku, tanpa jabatan dan unit",
        en="Legal status lasts, without any post or unit",
    ),
    "rank_falls": Words(
        id="Pangkat lebih rendah daripada sebelumnya", en="Rank lower than the one before"
    ),
    "education_falls": Words(
        id="Pendidikan lebih rendah daripada sebelumnya", en="Education lower than the one before"
    ),
    "appraisal_before_entry": Words(
        id="Penilaian tahun sebelum masuk dinas", en="Appraisal of a year before entry"
    ),
    "appraised_by_oneself": Words(id="Menilai diri sendiri", en="Appraised by oneself"),
    "appraiser_without_post": Words(
        id="Penilai tanpa jabatan yang tercatat", en="Appraiser held no post on record"
    ),
    "predicate_differs_from_ratings": Words(
        id="Predikat tidak sesuai dengan kedua penilaiannya",
        en="Predicate is not that of its two ratings",
    ),
    "box_differs_from_levels": Words(
        id="Kotak sumber tidak sesuai dengan kedua tingkatnya",
        en="Box of the source is not that of its two levels",
    ),
    "score_without_candidacy": Words(
        id="Nilai wawancara tanpa pencalonan", en="Interview score without a candidacy"
    ),
}

WORDS = {
    "title": Words(id="Laporan setelah pengambilan data", en="Report after the ingest"),
    "agency": Words(id="Instansi", en="Agency"),
    "snapshot": Words(id="Potret data", en="Snapshot"),
    "before": Words(id="Dibandingkan dengan", en="Compared with"),
    "no before": Words(id="tidak ada", en="none"),
    "as of": Words(id="Per tanggal", en="As of"),
    "given": Words(id="tanggal yang diminta", en="the day that was asked for"),
    "newest_fact": Words(
        id="hari pencatatan fakta terbaru", en="the day on which the newest fact was recorded"
    ),
    "simulated": Words(
        id="Semua orang dalam laporan ini hasil simulasi.",
        en="Everybody in this report is simulated: nobody exists.",
    ),
    "privacy": Words(
        id="Tanpa nama, NIP, dan isi sel: hanya jumlah, tanggal, serta kode unit dan jabatan.",
        en="No names, NIPs or cells: only counts, days, and codes of units and posts.",
    ),
    "rows": Words(id="Baris yang dibaca", en="Rows read"),
    "rows by table": Words(id="Baris menurut tabel", en="Rows by table"),
    "rejections": Words(id="Baris yang ditolak menurut alasan", en="Rejected rows by reason"),
    "no rejections": Words(id="Tidak ada baris yang ditolak.", en="No row was rejected."),
    "table": Words(id="Tabel", en="Table"),
    "column": Words(id="Kolom", en="Column"),
    "source": Words(id="Sumber", en="Source"),
    "reason": Words(id="Alasan", en="Reason"),
    "read": Words(id="Dibaca", en="Read"),
    "accepted": Words(id="Diterima", en="Accepted"),
    "rejected": Words(id="Ditolak", en="Rejected"),
    "withheld": Words(id="Tanggal ditahan", en="Date withheld"),
    "count": Words(id="Baris", en="Rows"),
    "taken out": Words(
        id="NIP dan nama yang dikeluarkan dari isi sel", en="NIPs and names taken out of cells"
    ),
    "taken out note": Words(
        id="Kunci, judul, dan teks lain tidak boleh menyebut orang: perbaiki di sumbernya.",
        en="Keys, titles and other texts should not say who somebody is: mend it at the source.",
    ),
    "nothing taken out": Words(id="Tidak ada.", en="None."),
    "cells with a NIP": Words(id="Sel dengan NIP", en="Cells with a NIP"),
    "cells with a name": Words(id="Sel dengan nama", en="Cells with a name"),
    "completeness": Words(id="Kelengkapan", en="Completeness"),
    "completeness note": Words(
        id="Untuk orang yang menduduki jabatan pada tanggal laporan. Dokumen yang tidak disimpan "
        "instansi atau belum wajib tidak dihitung.",
        en="Of people who hold a post on the day. What the agency does not keep, and what is not "
        "due of somebody, is not counted.",
    ),
    "people in service": Words(id="Orang dalam dinas", en="People in service"),
    "in all": Words(id="Kelengkapan keseluruhan", en="Completeness in all"),
    "document": Words(id="Dokumen", en="Document"),
    "weight": Words(id="Bobot", en="Weight"),
    "due": Words(id="Wajib ada", en="Due"),
    "on record": Words(id="Tercatat", en="On record"),
    "share": Words(id="Bagian", en="Share"),
    "not kept": Words(id="tidak disimpan", en="not kept"),
    "nothing due": Words(id="tidak ada yang wajib", en="nothing due"),
    "documents": Words(id="Dokumen menurut jenis", en="Documents by kind"),
    "distribution": Words(id="Orang menurut kelengkapan", en="People by completeness"),
    "of documents": Words(id="Kelengkapan", en="Completeness"),
    "everything": Words(id="lengkap", en="everything"),
    "people": Words(id="Orang", en="People"),
    "unit": Words(id="Unit", en="Unit"),
    "units": Words(
        id="Unit dengan kelengkapan terendah ({shown} dari {all})",
        en="Units with the least on record ({shown} of {all})",
    ),
    "no unit": Words(id="tanpa jabatan pada tanggal laporan", en="holds no post on the day"),
    "staleness": Words(id="Usia data", en="Age of the record"),
    "staleness by table": Words(
        id="Fakta terbaru menurut tabel", en="Newest recorded fact by table"
    ),
    "newest": Words(id="Tercatat pada", en="Recorded on"),
    "days": Words(id="Hari", en="Days"),
    "no facts": Words(id="kosong", en="no facts"),
    "stale units": Words(
        id="Unit dengan fakta terbaru yang paling lama ({shown} dari {all})",
        en="Units whose newest fact is the oldest ({shown} of {all})",
    ),
    "days since": Words(id="Hari sejak fakta terbaru", en="Days since the newest fact"),
    "old assessments": Words(
        id="Orang yang asesmennya sudah lewat masa berlaku ({valid} tahun)",
        en="People whose assessments are all past validity ({valid} years)",
    ),
    "contradictions": Words(id="Pertentangan antartabel", en="Contradictions between tables"),
    "contradictions note": Words(
        id="Pertanyaan kepada pengelola data, bukan vonis: penurunan pangkat, misalnya, bisa "
        "berupa hukuman disiplin.",
        en="Questions to whoever keeps the record, not verdicts: a lower rank, for one, may be a "
        "demotion.",
    ),
    "kinds": Words(id="Pertentangan menurut jenis", en="Contradictions by kind"),
    "kind": Words(id="Jenis", en="Kind"),
    "contradicting units": Words(
        id="Unit dengan pertentangan terbanyak ({shown} dari {all})",
        en="Units with the most contradictions ({shown} of {all})",
    ),
    "changes": Words(
        id="Perubahan sejak potret data sebelumnya", en="Changes since the snapshot before"
    ),
    "no changes": Words(id="Tidak ada yang berubah.", en="Nothing changed."),
    "changes of tables": Words(id="Baris yang berubah menurut tabel", en="Changed rows by table"),
    "added": Words(id="Bertambah", en="Added"),
    "removed": Words(id="Hilang", en="Removed"),
    "changed": Words(id="Berubah", en="Changed"),
    "columns": Words(id="Kolom yang berubah", en="Columns that changed"),
    "came": Words(id="Datang", en="Came"),
    "went": Words(id="Pergi", en="Went"),
    "came and went": Words(id="Orang dan jabatan", en="People and posts"),
    "posts": Words(id="Jabatan", en="Posts"),
    "what": Words(id="Apa", en="What"),
    "mapping changed": Words(
        id="Bagian berkas pemetaan yang berubah", en="Sections of the mapping that changed"
    ),
    "sources changed": Words(id="Sumber yang berubah", en="Sources that changed"),
    "rejections changed": Words(
        id="Jenis penolakan yang jumlahnya berubah", en="Kinds of rejections whose count changed"
    ),
    "protected changed": Words(
        id="Tabel terlindung yang berubah (barisnya tidak dibandingkan)",
        en="Protected tables that changed (their rows are not compared)",
    ),
}
