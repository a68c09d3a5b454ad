"""How posts were filled: vacancies, who was considered, what panels gave, who was held ready.

Each class says where its rows are *not* to be trusted. The rule that must not break: what a
decision told is not known before the decision. Who was appointed is no property of a candidate, and
nothing of a candidacy is seen until it is decided.
"""

from features.tables.dossier import EXPECTATIONS
from features.tables.schema import Column, Fact, Table


class Vacancy(Table):
    """A post to be filled: opened, decided and filled, three facts that the record learns apart.

    A post that was filled without being opened is absent, and posts may be opened with somebody in
    mind: how long a vacancy lasts says little about how hard it was to fill.
    """

    name = "vacancy"
    key = ("vacancy_id",)
    facts = (
        Fact("opened_recorded_on"),
        Fact("decided_recorded_on", ("decided_on",)),
        Fact("filled_recorded_on", ("filled_on",)),
    )
    stored_if_mapped = True

    vacancy_id = Column("text", "Identifier of the vacancy.", required=True)
    post_id = Column("text", "The post.", required=True, references="post.post_id")
    route = Column(
        "text",
        "How somebody is found.",
        required=True,
        one_of=("succession_group", "lateral", "open_selection"),
    )
    opened_on = Column("date", "First day of the vacancy.", required=True)
    opened_recorded_on = Column("date", "When the record knew it.", required=True)
    decided_on = Column("date", "Day of the choice.", not_before="opened_on")
    decided_recorded_on = Column("date", "When the record knew the choice.")
    filled_on = Column("date", "First day in post.", not_before="opened_on")
    filled_recorded_on = Column("date", "When the record knew that it was filled.")


class Candidacy(Table):
    """Somebody who was considered for a vacancy, and what became of it.

    One fact, learnt with the decision. Where only those interviewed are on file, who was passed
    over before is absent, and a share of candidates who succeed is too high.
    """

    name = "candidacy"
    key = ("vacancy_id", "person_id")
    facts = (Fact("recorded_on"),)
    stored_if_mapped = True

    vacancy_id = Column("text", "The vacancy.", required=True, references="vacancy.vacancy_id")
    person_id = Column("text", "The candidate.", required=True, references="person.person_id")
    interviewed = Column(
        "text", "Whether a panel saw the candidate.", required=True, one_of=("yes", "no")
    )
    outcome = Column(
        "text", "What was decided.", required=True, one_of=("appointed", "not_appointed")
    )
    decided_on = Column("date", "Day of the decision.", required=True)
    recorded_on = Column("date", "When the record knew it.", required=True)


class InterviewScore(Table):
    """What one assessor gave a candidate for one criterion.

    Assessors share a table and talk: their scores are not independent, and some are written after
    the choice was made.
    """

    name = "interview_score"
    key = ("vacancy_id", "person_id", "assessor", "criterion")
    facts = (Fact("recorded_on"),)
    stored_if_mapped = True

    vacancy_id = Column("text", "The vacancy.", required=True, references="vacancy.vacancy_id")
    person_id = Column("text", "The candidate.", required=True, references="person.person_id")
    assessor = Column("text", "Code of the assessor, not a name.", required=True)
    criterion = Column("text", "What was scored.", required=True)
    score = Column("number", "The score, on the scale of the source.", required=True)
    scored_on = Column("date", "Day of the score.", required=True)
    recorded_on = Column("date", "When the record knew it.", required=True)


class SuccessionGroup(Table):
    """A spell in a succession group (KRS): who was held ready for higher posts.

    Groups are small, and renewed once a year: an end that is the day of the next list says nothing
    about the person.
    """

    name = "succession_group"
    key = ("person_id", "scope", "from_on")
    facts = (Fact("from_recorded_on"), Fact("until_recorded_on", ("until_on",)))
    stored_if_mapped = True

    person_id = Column("text", "The person.", required=True, references="person.person_id")
    scope = Column("text", "Whose group.", required=True, one_of=("agency", "national"))
    from_on = Column("date", "First day in the group.", required=True)
    from_recorded_on = Column("date", "When the record knew it.", required=True)
    until_on = Column("date", "Last day; empty while it lasts.", not_before="from_on")
    until_recorded_on = Column("date", "When the record knew the end.")


class SourceBox(Table):
    """The nine-box position that the agency's own system gave a person (SIMATA).

    Its thresholds change from year to year and are not told; boxes of two years do not compare
    without them. Levels and box are kept as sent, even where they do not fit together.
    """

    name = "source_box"
    key = ("person_id", "year", "boxed_on")
    facts = (Fact("recorded_on"),)
    stored_if_mapped = True

    person_id = Column("text", "The person.", required=True, references="person.person_id")
    year = Column("integer", "The year that was judged.", required=True, between=(1900, 2100))
    performance = Column("text", "Level of performance.", required=True, one_of=EXPECTATIONS)
    potential = Column(
        "text", "Level of potential.", required=True, one_of=("low", "medium", "high")
    )
    box = Column("integer", "The box, 9 the best.", required=True, between=(1, 9))
    boxed_on = Column("date", "Day on which it was given.", required=True)
    recorded_on = Column("date", "When the record knew it.", required=True)


DECISION_TABLES: tuple[type[Table], ...] = (
    Vacancy,
    Candidacy,
    InterviewScore,
    SuccessionGroup,
    SourceBox,
)
