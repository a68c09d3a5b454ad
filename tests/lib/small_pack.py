"""A policy pack small enough to read on one screen, with every section."""

PACK = """\
pack: small
version: 1
title: {id: Kecil, en: Small}
status: reconstruction_unverified
effective: {from: 2020-01-01, until: 2029-12-31}
citations:
  law: {text: Law 1, grade: verified}
  habit: {text: Habit, grade: recalled}
ladder:
  steps:
    - {post_class: staff, title: {id: Staf, en: Staff}}
    - {post_class: expert, title: {id: Ahli, en: Expert}}
    - {post_class: head, title: {id: Kepala, en: Head}}
    - {post_class: chief, title: {id: Pemimpin, en: Chief}}
  cite: law
equivalence:
  competency_levels: {equals: {head: [expert]}, cite: law}
  careers: {equals: {staff: [expert]}, cite: law}
competencies:
  entries:
    - {competency: integrity, group: managerial, title: {id: Integritas, en: Integrity}}
    - {competency: teamwork, group: managerial, title: {id: Kerja sama, en: Teamwork}}
  highest_level: 4
  required_levels:
    of_class: {head: 3, chief: 4}
    exceptions: {head: {teamwork: 2}}
    cite: law
  cite: law
assessment:
  methods: [cact]
  valid_for: {years: 3, cite: law}
  formula: {kind: ratio_of_sums, cite: law}
  selection:
    bands:
      - {at_least: 80, category: fit, title: {id: Cocok, en: Fit}}
      - {below: 80, category: unfit, title: {id: Tidak cocok, en: Unfit}}
    cite: law
  mapping:
    bands: [{category: any, title: {id: Apa pun, en: Any}}]
    cite: law
rules:
  - rule: held
    id: post_before
    classes: [chief]
    routes: [open_selection]
    of: [head]
    years: 2
    sentence: {id: Pernah menjadi kepala., en: Has been a head.}
    settled_by: {id: Keputusan., en: The decree.}
    cite: law
  - rule: job_person_match
    id: match
    classes: [chief, head]
    at_least: fit
    sentence: {id: Cocok., en: Fits.}
    settled_by: {id: Laporan., en: The report.}
    cite: law
  - rule: rank
    id: rank
    classes: [head]
    at_least: III/b
    sentence: {id: Berpangkat III/b., en: Is of rank III/b.}
    settled_by: {id: Keputusan., en: The decree.}
    cite: habit
  - rule: retirement
    id: retirement
    classes: [chief]
    sentence: {id: Belum pensiun., en: Has not retired.}
    settled_by: {id: Keputusan., en: The decree.}
    cite: law
nine_box:
  performance:
    title: {id: Kinerja, en: Performance}
    bands:
      - {at_least: 80, level: above}
      - {at_least: 60, below: 80, level: meets}
      - {below: 60, level: below}
    components:
      - component: main
        title: {id: Utama, en: Main}
        weight: 60
        cite: law
        indicators:
          - indicator: predicate
            title: {id: Predikat, en: Predicate}
            weight: 60
            cite: law
            measure:
              kind: predicate
              years: [70, 30]
              points: {very_good: 100, good: 80, needs_improvement: 60, poor: 40, very_poor: 20}
      - component: more
        title: {id: Penguat, en: More}
        weight: 40
        cite: law
        indicators:
          - indicator: award
            title: {id: Penghargaan, en: Award}
            weight: 20
            cite: law
            measure: {kind: award, within_years: 5, categories: {medal: high}, points: {high: 90}}
          - indicator: feedback
            title: {id: Umpan balik, en: Feedback}
            weight: 20
            cite: law
            measure:
              kind: feedback
              within_years: 1
              bands: [{above: 3, points: 100}, {at_most: 3, points: 50}]
    cite: law
  potential:
    title: {id: Potensial, en: Potential}
    bands:
      - {above: 70, level: high}
      - {above: 40, at_most: 70, level: medium}
      - {at_most: 40, level: low}
    components:
      - component: person
        title: {id: Orang, en: Person}
        weight: 100
        cite: habit
        indicators:
          - indicator: match
            title: {id: Kecocokan, en: Match}
            weight: 100/3
            cite: habit
            measure: {kind: job_person_match, cap: null}
          - indicator: rank
            title: {id: Pangkat, en: Rank}
            weight: 100/3
            cite: habit
            measure: {kind: rank, points: {II/a: 50, IV/a: 100}}
          - indicator: view
            title: {id: Pandangan, en: View}
            weight: 100/3
            cite: habit
            measure: {kind: not_on_record, lowest: 0, highest: 100}
    cite: habit
  boxes:
    below: {low: 1, medium: 3, high: 6}
    meets: {low: 2, medium: 5, high: 8}
    above: {low: 4, medium: 7, high: 9}
    cite: law
  succession: {agency: [8, 9], national: [9], cite: law}
  talent: {performance: 45, potential: 55, cite: law}
post_score:
  of: talent
  technical:
    measure: {kind: technical_match, cap: 120}
    shares: {chief: 30}
    cite: habit
  tie_breakers: [performance]
  cite: law
retirement:
  age_of_class: {head: 58, chief: 61}
  exceptions: [{classes: [expert], age: 65, cite: law}]
  cite: law
ready:
  - {classes: [head], event: probability_and_requirements, probability_at_least: 0.6, cite: habit}
deadlines:
  - step: objection
    title: {id: Keberatan, en: Objection}
    days: 14
    days_are: working
    counted_from: {id: Keputusan, en: The decision}
    cite: law
"""


def changed_pack(*changes: tuple[str, str]) -> str:
    """The pack with some pieces written otherwise; each stands once in it."""
    text = PACK
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the pack"
        text = text.replace(old, new)
    return text
