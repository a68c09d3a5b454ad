"""The canonical tables that every agency has: people, units, posts, careers, memberships.

Each class says where its rows are *not* to be trusted. Columns named ``*_recorded_on`` hold the
day on which the record knew the fact; a source that does not say is taken to have known it on the
day itself.
"""

from features.tables.schema import Column, Fact, Table

END_REASONS = (
    "moved",
    "promoted",
    "retired",
    "resigned",
    "died",
    "removed",
    "reorganised",
    "ended",
)


class Person(Table):
    """Everyone who appears anywhere in the record. Holds an id and nothing else, on purpose."""

    name = "person"
    key = ("person_id",)

    person_id = Column("text", "Pseudonym of the person.", required=True)


class PostClass(Table):
    """The ladder: classes of posts from the lowest step to the highest."""

    name = "post_class"
    key = ("post_class",)

    post_class = Column("text", "Name of the class.", required=True)
    step = Column("integer", "Place on the ladder, 1 the lowest.", required=True)
    title_id = Column("text", "Title of the class, Indonesian.", required=True)
    title_en = Column("text", "Title of the class, English.", required=True)


class Unit(Table):
    """An organisation. Opening and closing days are often missing for units older than the file."""

    name = "unit"
    key = ("unit_id",)
    facts = (
        Fact("opened_recorded_on", ("opened_on",)),
        Fact("closed_recorded_on", ("closed_on",)),
    )

    unit_id = Column("text", "Identifier of the unit.", required=True)
    name_of_unit = Column("text", "Full name.", required=True)
    short_name = Column("text", "Short name; may recur when a name is used again.", required=True)
    opened_on = Column("date", "First day of the unit.")
    opened_recorded_on = Column("date", "When the record knew the opening.")
    closed_on = Column("date", "Last day of the unit.", not_before="opened_on")
    closed_recorded_on = Column("date", "When the record knew the closing.")
    remote = Column(
        "text",
        "Whether to serve there counts as a remote posting.",
        one_of=("yes", "no"),
        stored_if_mapped=True,
    )


class UnitLink(Table):
    """A reorganisation that joins a unit to its successor. Many small transfers go unrecorded."""

    name = "unit_link"
    key = ("link_id",)
    facts = (Fact("recorded_on"),)

    link_id = Column("text", "Identifier of the link.", required=True)
    predecessor_id = Column("text", "The earlier unit.", required=True, references="unit.unit_id")
    successor_id = Column("text", "The later unit.", required=True, references="unit.unit_id")
    kind = Column(
        "text",
        "What happened; only a rename or a merger makes one organisation for a career.",
        required=True,
        one_of=("rename", "merger", "demerger", "transfer"),
    )
    linked_on = Column("date", "The day of the reorganisation.", required=True)
    recorded_on = Column("date", "When the record knew it.", required=True)


class Post(Table):
    """A seat. Titles are free text and change while the seat stays the same."""

    name = "post"
    key = ("post_id",)

    post_id = Column("text", "Identifier of the post.", required=True)
    title = Column("text", "Title of the post.", required=True)
    unit_id = Column("text", "Unit of the post.", required=True, references="unit.unit_id")
    post_class = Column(
        "text", "Class on the ladder.", required=True, references="post_class.post_class"
    )


class PostField(Table):
    """A field of work of a post; a post has any number of them. Undated in most sources."""

    name = "post_field"
    key = ("post_id", "field")

    post_id = Column("text", "The post.", required=True, references="post.post_id")
    field = Column("text", "The field of work (job family).", required=True)


class Appointment(Table):
    """A person in a post: a start and an end, two facts that the record learns apart.

    One person may hold several posts at once. Most sources do not say why an appointment ended, and
    those that do may call a removal a move: an empty reason is no reason, never "nothing happened".
    """

    name = "appointment"
    key = ("appointment_id",)
    facts = (Fact("start_recorded_on"), Fact("end_recorded_on", ("end_on", "end_reason")))

    appointment_id = Column("text", "Identifier of the appointment.", required=True)
    sequence = Column("integer", "Row of the source: breaks ties of one day.", required=True)
    person_id = Column("text", "The person.", required=True, references="person.person_id")
    post_id = Column("text", "The post.", required=True, references="post.post_id")
    kind = Column(
        "text",
        "Definitive, or acting for somebody (Plt/Plh), or caretaker (Pj).",
        required=True,
        one_of=("definitive", "acting", "caretaker"),
    )
    start_on = Column("date", "First day in the post.", required=True)
    start_recorded_on = Column("date", "When the record knew the start.", required=True)
    end_on = Column("date", "Last day in the post; empty while it is held.", not_before="start_on")
    end_recorded_on = Column("date", "When the record knew the end.")
    end_reason = Column(
        "text",
        "Why it ended; known with the end.",
        one_of=END_REASONS,
        stored_if_mapped=True,
    )


class Membership(Table):
    """A spell as a member of a body outside the ladder, such as a House of Parliament."""

    name = "membership"
    key = ("membership_id",)
    facts = (Fact("start_recorded_on"), Fact("end_recorded_on", ("end_on",)))

    membership_id = Column("text", "Identifier of the spell.", required=True)
    person_id = Column("text", "The member.", required=True, references="person.person_id")
    body = Column("text", "The body.", required=True)
    start_on = Column("date", "First day of membership.", required=True)
    start_recorded_on = Column("date", "When the record knew the start.", required=True)
    end_on = Column("date", "Last day; empty while it lasts.", not_before="start_on")
    end_recorded_on = Column("date", "When the record knew the end.")


CORE_TABLES: tuple[type[Table], ...] = (
    Person,
    PostClass,
    Unit,
    UnitLink,
    Post,
    PostField,
    Appointment,
    Membership,
)
