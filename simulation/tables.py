"""Tables of a simulated agency: what happened, in whole numbers, before anybody wrote it down.

The rule that must not break: what is in here is what an agency could know. Latent abilities,
probabilities and biases are in the truth, never in these tables.

People, units, posts and vacancies are numbered from 0 and are rows of their own table. Days are
counted from 1970-01-01; `NEVER` stands where there is none. Codes are places in `vocabulary`.
"""

from collections.abc import Mapping
from typing import Final

NEVER: Final = -1

#: Columns of each table.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    # left_reason: "", retired, resigned, died, removed
    "person": (
        "person", "woman", "minority_origin", "minority_religion", "disabled", "married",
        "career_break", "school", "field", "education", "born", "entered", "left", "left_reason",
    ),
    # kind: ditjen, direktorat, subdirektorat, seksi; parent NEVER for the topmost
    "unit": ("unit", "parent", "kind", "family", "remote"),
    # is_seat: one holder at a time; otherwise the work that many do in one unit
    "post": ("post", "post_class", "family", "unit", "changing", "is_seat", "closed"),
    # official competencies only; level 1-5
    "post_requirement": ("post", "competency", "level", "weight", "critical"),
    # kind: definitive, plt, plh; reason of the end: "", moved, promoted, retired, resigned, died,
    # removed, reorganised, ended; decree: day of the SK; recorded: day the file knew of the start
    "appointment": (
        "person", "post", "kind", "start", "end", "reason", "decree", "recorded", "vacancy",
    ),
    "rank_history": ("person", "rank", "start"),
    # subject: general competency or, from 13 on, a family's technical one;
    # course: "", PKP, PKA, PKN II
    "training": ("person", "subject", "hours", "start", "finish", "course"),
    # ratings 1 below, 2 meets, 3 above; predicate 1-5; score 0-100, of the older scheme
    "appraisal": ("person", "year", "results", "behaviour", "predicate", "score", "appraiser"),
    "unit_result": ("unit", "year", "achieved", "predicate"),
    # method 0 centre, 1 CACT; k0 … k13 levels in the order of COMPETENCIES; p0 … p7 of POTENTIAL
    "assessment": (
        "person", "day", "method", "family", *(f"k{n}" for n in range(14)),
        *(f"p{n}" for n in range(8)),
    ),
    "feedback": ("person", "year", "score"),
    # kind: karya_satya_10, karya_satya_20, karya_satya_30, prestasi
    "award": ("person", "kind", "day"),
    # role: lead, member; scope: internal, inter_agency
    "assignment": ("person", "role", "scope", "start", "end"),
    # gravity 1 light, 2 medium, 3 heavy
    "discipline": ("person", "gravity", "day", "until"),
    # route: place in ROUTES
    "vacancy": ("vacancy", "post", "route", "opened", "decided", "filled"),
    "candidacy": ("vacancy", "person", "interviewed", "appointed"),
    # assessor 0 …; score 0-100
    "interview_score": ("vacancy", "person", "assessor", "score"),
    # scope: agency, national
    "succession_group": ("person", "scope", "start", "end"),
    # performance, potential 1-3; box by the diagonal numbering
    "source_box": ("person", "year", "performance", "potential", "box"),
}  # fmt: skip
