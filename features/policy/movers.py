"""What would move the answer of a rule beside time: an appointment, a decree, an assessment.

The rule that must not break: what is said here is the law's doing or an officer's, and nothing that
somebody is told to be. Of an age nothing is said but that nothing moves it.
"""

from functools import singledispatch

from features.documents.written import Words
from features.packs.declaration import Pack
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
from features.policy.statuses import Status


def mover(rule: RuleBase, pack: Pack, status: Status) -> Words:
    """What would move the answer of a rule.

    Parameters
    ----------
    rule : RuleBase
    pack : Pack
        Names the classes of posts.
    status : {"met", "needs checking", "not met"}
        What needs checking is settled by the document that the rule names, but for a competency
        that nobody has measured.

    Examples
    --------
    For a rule that asks for two years as a head: ``An appointment to: Head.``.
    """
    if status == "needs checking" and not isinstance(rule, MatchRule | AssessmentRule):
        return rule.settled_by
    return _mover(rule, pack)


@singledispatch
def _mover(rule: RuleBase, _pack: Pack) -> Words:
    raise TypeError(f"nothing is known to move rules of the kind {type(rule).__name__}")


@_mover.register
def _education(_rule: EducationRule, _pack: Pack) -> Words:
    return Words(
        id="Ijazah pendidikan yang diminta, tercatat.",
        en="A diploma of the education asked for, on record.",
    )


@_mover.register
def _experience(_rule: ExperienceRule, _pack: Pack) -> Words:
    return Words(
        id="Pengangkatan dalam jabatan pada bidang tugas jabatan yang dituju.",
        en="An appointment to a post of the field of the target post.",
    )


@_mover.register(HeldRule)
@_mover.register(PresentRule)
def _of_classes(rule: HeldRule | PresentRule, pack: Pack) -> Words:
    titles = {step.post_class: step.title for step in pack.ladder.steps}
    classes = pack.same_career(rule.of) if rule.or_equal else rule.of
    named = [titles[one] for one in classes if one in titles]
    return Words(
        id=f"Pengangkatan dalam jabatan: {', '.join(title.id for title in named)}.",
        en=f"An appointment to: {', '.join(title.en for title in named)}.",
    )


@_mover.register
def _age(rule: AgeRule, _pack: Pack) -> Words:
    other = rule.alternative
    return Words(
        id="Tidak ada: usia tidak berubah oleh keputusan." + (f" {other.id}" if other else ""),
        en="Nothing: no decision changes an age." + (f" {other.en}" if other else ""),
    )


@_mover.register
def _retirement(_rule: RetirementRule, _pack: Pack) -> Words:
    return Words(
        id="Pengangkatan dalam jabatan yang batas usia pensiunnya lebih tinggi.",
        en="An appointment to a post with a higher age of retirement.",
    )


@_mover.register
def _rank(rule: RankRule, _pack: Pack) -> Words:
    return Words(
        id=f"Kenaikan pangkat menjadi {rule.at_least}.", en=f"A promotion to rank {rule.at_least}."
    )


@_mover.register
def _predicate(_rule: PredicateRule, _pack: Pack) -> Words:
    return Words(
        id="Predikat kinerja tahun berikutnya, atau yang belum tercatat.",
        en="The predicate of the next year, or of one that is not on record.",
    )


@_mover.register(MatchRule)
@_mover.register(AssessmentRule)
def _assessment(_rule: MatchRule | AssessmentRule, _pack: Pack) -> Words:
    return Words(id="Penilaian kompetensi yang baru.", en="A new assessment of the competencies.")


@_mover.register
def _training(rule: TrainingRule, _pack: Pack) -> Words:
    levels = ", ".join(rule.levels)
    return Words(
        id=f"Sertifikat pelatihan kepemimpinan: {levels}.",
        en=f"A certificate of leadership training: {levels}.",
    )


@_mover.register
def _sanction(_rule: SanctionRule, _pack: Pack) -> Words:
    return Words(
        id="Keputusan yang mengakhiri atau membatalkan hukuman disiplin.",
        en="A decision that ends or annuls the sanction.",
    )


@_mover.register
def _legal_status(rule: LegalStatusRule, _pack: Pack) -> Words:
    allowed = ", ".join(rule.allowed)
    return Words(
        id=f"Keputusan tentang kedudukan hukum: {allowed}.",
        en=f"A decision on the legal status: {allowed}.",
    )


@_mover.register
def _succession_group(_rule: SuccessionGroupRule, _pack: Pack) -> Words:
    return Words(
        id="Penetapan dalam kelompok rencana suksesi.",
        en="A decision that places the person in a succession group.",
    )


@_mover.register
def _membership(rule: MembershipRule, _pack: Pack) -> Words:
    bodies = ", ".join(rule.bodies)
    return Words(id=f"Keanggotaan: {bodies}.", en=f"A seat in: {bodies}.")


@_mover.register
def _approval(rule: ApprovalRule, _pack: Pack) -> Words:
    return Words(id=f"Persetujuan: {rule.of.id}.", en=f"Approval by: {rule.of.en}.")


@_mover.register
def _document(rule: DocumentRule, _pack: Pack) -> Words:
    return rule.settled_by
