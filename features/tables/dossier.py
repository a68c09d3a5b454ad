"""What an agency keeps on a person and a post beside the career; no agency needs to have any of it.

Each class says where its rows are *not* to be trusted. The rule that must not break: whatever was
learnt after the row itself (an end, a completion) is a fact of its own, with its own recorded date.
A table that is not mapped is empty, and empty means *not on record*: never that somebody was not
trained, not rated, not sanctioned.
"""

from features.tables.schema import Column, Fact, Table

RANKS = (
    *(f"{level}/{step}" for level in ("I", "II", "III") for step in "abcd"),
    *(f"IV/{step}" for step in "abcde"),
)
EDUCATION_LEVELS = ("primary_secondary", "diploma", "bachelor", "master", "doctorate")
EXPECTATIONS = ("below", "meets", "above")
PREDICATES = ("very_good", "good", "needs_improvement", "poor", "very_poor")
#: Aspects of potential in the words of the regulation, as exports have them.
POTENTIAL_ASPECTS = (
    "intelektual",
    "interpersonal",
    "kesadaran_diri",
    "berpikir_kritis_strategis",
    "menyelesaikan_masalah",
    "kecerdasan_emosional",
    "belajar_cepat",
    "motivasi_komitmen",
)


class RankHistory(Table):
    """A rank (golongan/ruang) and the day from which it holds.

    A promotion is often dated back: the decree comes months after the day from which it counts, and
    an export that holds no day of the decree lets the record know too early.
    """

    name = "rank_history"
    key = ("rank_id",)
    facts = (Fact("recorded_on"),)
    stored_if_mapped = True

    rank_id = Column("text", "Identifier of the row.", required=True)
    person_id = Column("text", "The person.", required=True, references="person.person_id")
    rank = Column("text", "The rank, I/a the lowest.", required=True, one_of=RANKS)
    from_on = Column("date", "First day of the rank.", required=True)
    recorded_on = Column("date", "When the record knew it.", required=True)


class Education(Table):
    """A completed education. Fields and schools are free text, and one school has many spellings.

    Whoever never handed in a later diploma shows the education that they entered service with.
    """

    name = "education"
    key = ("education_id",)
    facts = (Fact("recorded_on"),)
    stored_if_mapped = True

    education_id = Column("text", "Identifier of the row.", required=True)
    person_id = Column("text", "The person.", required=True, references="person.person_id")
    level = Column("text", "How far it goes.", required=True, one_of=EDUCATION_LEVELS)
    field = Column("text", "Field of study.")
    school = Column("text", "School or university.")
    graduated_on = Column("date", "Day of graduation.", required=True)
    recorded_on = Column("date", "When the record knew it.", required=True)


class Training(Table):
    """A training: begun, and completed later. Without a last day it counts when a year is over.

    Hours are those of the certificate, not of attendance, and training that nobody handed in a
    certificate for is absent. Leadership training is often given because of a post, not before it.
    """

    name = "training"
    key = ("training_id",)
    facts = (Fact("started_recorded_on"), Fact("finished_recorded_on", ("finished_on",)))
    stored_if_mapped = True

    training_id = Column("text", "Identifier of the row.", required=True)
    person_id = Column("text", "The person.", required=True, references="person.person_id")
    kind = Column("text", "Kind of training, such as structural or technical.", required=True)
    title = Column("text", "Title of the training.")
    hours = Column("number", "Hours of the programme (JP).", between=(0, 10_000))
    level = Column("text", "Level of a leadership training; empty for any other.")
    started_on = Column("date", "First day.", required=True)
    started_recorded_on = Column("date", "When the record knew the start.", required=True)
    finished_on = Column(
        "date", "Last day; empty while it lasts, or where nobody knows.", not_before="started_on"
    )
    finished_recorded_on = Column("date", "When the record knew the completion.")


class Appraisal(Table):
    """The rating of a person's year by their superior.

    Ratings crowd at the top, differ from appraiser to appraiser, and are given months after the
    year they speak of. An appraiser from outside the agency is nobody in the record: leave the cell
    empty. The predicate is the one on file, not worked out from the two ratings.
    """

    name = "appraisal"
    key = ("appraisal_id",)
    facts = (Fact("recorded_on"),)
    stored_if_mapped = True

    appraisal_id = Column("text", "Identifier of the row.", required=True)
    person_id = Column("text", "Who was appraised.", required=True, references="person.person_id")
    year = Column("integer", "The year that was appraised.", required=True, between=(1900, 2100))
    results = Column("text", "Results against expectation.", one_of=EXPECTATIONS)
    behaviour = Column("text", "Behaviour against expectation.", one_of=EXPECTATIONS)
    predicate = Column("text", "The predicate of the year.", required=True, one_of=PREDICATES)
    appraiser_id = Column("text", "Who appraised.", references="person.person_id")
    appraised_on = Column("date", "Day of the appraisal.", required=True)
    recorded_on = Column("date", "When the record knew it.", required=True)


class UnitResult(Table):
    """The rating of a unit's year. A unit that was split or merged in the year has no fair one."""

    name = "unit_result"
    key = ("unit_id", "year")
    facts = (Fact("recorded_on"),)
    stored_if_mapped = True

    unit_id = Column("text", "The unit.", required=True, references="unit.unit_id")
    year = Column("integer", "The year that was rated.", required=True, between=(1900, 2100))
    predicate = Column("text", "The predicate of the year.", required=True, one_of=PREDICATES)
    achieved = Column("number", "How much of the targets was achieved, as the source counts it.")
    resulted_on = Column("date", "Day of the rating.", required=True)
    recorded_on = Column("date", "When the record knew it.", required=True)


class Assessment(Table):
    """A measured level of one competency.

    Levels of different methods do not mean the same: what people say of themselves lies higher and
    tells less. Who was assessed was often chosen for it.
    """

    name = "assessment"
    key = ("assessment_id",)
    facts = (Fact("recorded_on"),)
    stored_if_mapped = True

    assessment_id = Column("text", "Identifier of the row.", required=True)
    person_id = Column("text", "The person.", required=True, references="person.person_id")
    competency = Column("text", "The competency.", required=True)
    level = Column("number", "Level measured, 5 the highest.", required=True, between=(0, 5))
    method = Column(
        "text",
        "How it was measured.",
        required=True,
        one_of=("assessment_centre", "cact", "self_report"),
    )
    assessed_on = Column("date", "Day of the assessment.", required=True)
    recorded_on = Column("date", "When the record knew it.", required=True)


class Potential(Table):
    """A score of one aspect of potential. Scales differ between providers and are not told here."""

    name = "potential"
    key = ("person_id", "aspect", "assessed_on")
    facts = (Fact("recorded_on"),)
    stored_if_mapped = True

    person_id = Column("text", "The person.", required=True, references="person.person_id")
    aspect = Column("text", "The aspect.", required=True, one_of=POTENTIAL_ASPECTS)
    score = Column("number", "The score, on the scale of the source.", required=True)
    assessed_on = Column("date", "Day of the assessment.", required=True)
    recorded_on = Column("date", "When the record knew it.", required=True)


class Feedback(Table):
    """What one rater gave a person for one value or competency.

    Raters are not told, on purpose. Peers and subordinates are few, often picked by the person who
    is rated, and kind.
    """

    name = "feedback"
    key = ("person_id", "subject", "rater", "given_on", "sequence")
    facts = (Fact("recorded_on"),)
    stored_if_mapped = True

    person_id = Column("text", "Who was rated.", required=True, references="person.person_id")
    subject = Column("text", "The value or competency that was rated.", required=True)
    rater = Column(
        "text",
        "Where the rater stands.",
        required=True,
        one_of=("superior", "peer", "subordinate"),
    )
    sequence = Column("integer", "Row of the source: tells raters of one day apart.", required=True)
    score = Column("number", "The score, on the scale of the source.", required=True)
    given_on = Column("date", "Day of the rating.", required=True)
    recorded_on = Column("date", "When the record knew it.", required=True)


class Award(Table):
    """An award. Those for long service say how long somebody has served, and nothing else."""

    name = "award"
    key = ("person_id", "kind", "awarded_on")
    facts = (Fact("recorded_on"),)
    stored_if_mapped = True

    person_id = Column("text", "The person.", required=True, references="person.person_id")
    kind = Column("text", "Which award.", required=True)
    awarded_on = Column("date", "Day of the award.", required=True)
    recorded_on = Column("date", "When the record knew it.", required=True)


class Assignment(Table):
    """Work in a team beside the post. Informal teams are absent, and ends are seldom recorded."""

    name = "assignment"
    key = ("person_id", "title", "role", "scope", "started_on")
    facts = (Fact("started_recorded_on"), Fact("ended_recorded_on", ("ended_on",)))
    stored_if_mapped = True

    person_id = Column("text", "The person.", required=True, references="person.person_id")
    title = Column("text", "Name of the team; tells two that begin on one day apart.")
    role = Column("text", "Part in the team.", required=True, one_of=("lead", "member"))
    scope = Column(
        "text",
        "Whether the team reaches beyond the agency.",
        required=True,
        one_of=("internal", "inter_agency"),
    )
    started_on = Column("date", "First day.", required=True)
    started_recorded_on = Column("date", "When the record knew the start.", required=True)
    ended_on = Column("date", "Last day; empty while it lasts.", not_before="started_on")
    ended_recorded_on = Column("date", "When the record knew the end.")


class Discipline(Table):
    """A sanction, and the day on which it ends.

    The end moves: a sanction can be shortened or cancelled on appeal, so it is a fact of its own.
    No row means that none is on record, not that nothing happened.
    """

    name = "discipline"
    key = ("person_id", "level", "sanctioned_on")
    facts = (Fact("sanctioned_recorded_on"), Fact("until_recorded_on", ("until_on",)))
    stored_if_mapped = True

    person_id = Column("text", "The person.", required=True, references="person.person_id")
    level = Column("text", "How severe.", required=True, one_of=("light", "medium", "heavy"))
    sanctioned_on = Column("date", "First day of the sanction.", required=True)
    sanctioned_recorded_on = Column("date", "When the record knew the sanction.", required=True)
    until_on = Column("date", "Last day; empty if not known.", not_before="sanctioned_on")
    until_recorded_on = Column("date", "When the record knew the end.")


class LegalStatus(Table):
    """Somebody's standing in the service for a period (kedudukan hukum).

    Many registers hold the present one only, without the day on which it began: where that is so,
    leave the table out, for a status of today says nothing of a day that is past.
    """

    name = "legal_status"
    key = ("person_id", "status", "from_on")
    facts = (Fact("from_recorded_on"), Fact("until_recorded_on", ("until_on",)))
    stored_if_mapped = True

    person_id = Column("text", "The person.", required=True, references="person.person_id")
    status = Column("text", "The standing, such as active or suspended.", required=True)
    from_on = Column("date", "First day.", required=True)
    from_recorded_on = Column("date", "When the record knew it.", required=True)
    until_on = Column("date", "Last day; empty while it lasts.", not_before="from_on")
    until_recorded_on = Column("date", "When the record knew the end.")


class PostRequirement(Table):
    """The level of a competency that a post asks for. Undated: the standard in force at the export.

    A standard that was written anew is held to have been so always.
    """

    name = "post_requirement"
    key = ("post_id", "competency")
    stored_if_mapped = True

    post_id = Column("text", "The post.", required=True, references="post.post_id")
    competency = Column("text", "The competency.", required=True)
    level = Column("integer", "Level required, 5 the highest.", required=True, between=(1, 5))
    weight = Column("number", "How much it counts, where the standard says.")
    critical = Column("text", "Whether nobody may lack it.", one_of=("yes", "no"))


DOSSIER_TABLES: tuple[type[Table], ...] = (
    RankHistory,
    Education,
    Training,
    Appraisal,
    UnitResult,
    Assessment,
    Potential,
    Feedback,
    Award,
    Assignment,
    Discipline,
    LegalStatus,
    PostRequirement,
)
