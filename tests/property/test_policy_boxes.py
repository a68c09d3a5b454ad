"""What must hold of boxes and gates, whatever a record and a pack say.

The rule that must not break: more points never give a lower box, one more record only narrows what
is possible, and the order of rows says nothing.
"""

import itertools
from datetime import date

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.packs.declaration import PERFORMANCE, POTENTIAL
from features.packs.library import Library
from features.packs.pack import Pack
from features.policy.eligibility import eligibility
from features.policy.levels import LEVELS, possible_boxes, possible_levels
from features.policy.scores import boxes_in, nine_box, post_scores
from features.tables.dossier import POTENTIAL_ASPECTS
from tests.lib.policy_strategies import Case, cases, record_of

quick = settings(
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=False,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SHIPPED = [Library().get(name) for name in ("asn-kepka-411-2025", "pu-per-post", "manado")]
ON = date(2026, 6, 1)
scores = st.floats(0, 120, allow_nan=False).map(lambda score: round(score, 2))


def box_at(pack: Pack, performance: float, potential: float) -> int:
    section = pack.nine_box
    assert section is not None
    levels = [
        possible_levels(axis, LEVELS[name], np.array([score]), np.array([score]))
        for name, axis, score in (
            ("performance", section.performance, performance),
            ("potential", section.potential, potential),
        )
    ]
    (mask,) = possible_boxes(section, *levels)
    (box,) = boxes_in(int(mask))
    return box


@settings(quick, max_examples=300)
@given(
    pack=st.sampled_from(SHIPPED),
    place=st.tuples(scores, scores),
    more=st.tuples(st.floats(0, 60), st.floats(0, 60)),
)
def test_more_points_never_give_a_lower_box(pack: Pack, place, more):
    before = box_at(pack, *place)
    assert box_at(pack, place[0] + more[0], place[1]) >= before
    assert box_at(pack, place[0], place[1] + more[1]) >= before
    assert box_at(pack, place[0] + more[0], place[1] + more[1]) >= before


def test_boxes_rise_along_both_axes_in_every_shipped_pack():
    for pack in SHIPPED:
        assert pack.nine_box is not None
        grid = [[pack.nine_box.boxes.box(y, x) for x in POTENTIAL] for y in PERFORMANCE]
        assert grid == [[1, 3, 6], [2, 5, 8], [4, 7, 9]]


# --- one more record


#: Rows that a dossier may lack, each the first of its kind for the person.
MISSING = {
    "appraisal": [
        {"appraisal_id": "a", "year": 2025, "predicate": "good", "appraised_on": date(2026, 1, 5)},
        {"appraisal_id": "b", "year": 2024, "predicate": "poor", "appraised_on": date(2025, 1, 5)},
    ],
    "award": [{"kind": "prestasi_kerja", "awarded_on": date(2024, 5, 1)}],
    "assignment": [
        {"title": "t", "role": "lead", "scope": "internal", "started_on": date(2025, 1, 1)}
    ],
    "feedback": [
        {
            "subject": "s",
            "rater": "peer",
            "sequence": 1,
            "score": 4.2,
            "given_on": date(2026, 1, 1),
        }
    ],
    "education": [
        {
            "education_id": "e",
            "level": "master",
            "field": "hukum",
            "graduated_on": date(2010, 1, 1),
        }
    ],
    "training": [
        {
            "training_id": "t",
            "kind": "technical",
            "hours": 12.0,
            "started_on": date(2026, 2, 1),
            "finished_on": date(2026, 2, 3),
            "finished_recorded_on": date(2026, 2, 3),
        }
    ],
    "rank_history": [{"rank_id": "r", "rank": "III/d", "from_on": date(2020, 4, 1)}],
    "potential": [
        {"aspect": aspect, "score": 3.5, "assessed_on": date(2025, 3, 1)}
        for aspect in POTENTIAL_ASPECTS[:5]
    ],
    "assessment": [
        {
            "assessment_id": f"c{place}",
            "competency": name,
            "level": 2.5,
            "method": "assessment_centre",
            "assessed_on": date(2025, 3, 1),
        }
        for place, name in enumerate(SHIPPED[0].competency_names[:6])
    ],
}
POST = {"post_id": "post", "title": "Kepala", "unit_id": "unit", "post_class": "administrator"}


def tables_with(parts: tuple[str, ...]) -> dict[str, list[dict]]:
    """A person in post, with the records named; every register is kept, empty or not."""
    classes = [
        {"post_class": name, "step": step, "title_id": name, "title_en": name}
        for step, name in enumerate(SHIPPED[0].classes, start=1)
    ]
    held = {
        "appointment_id": "x",
        "sequence": 1,
        "person_id": "ann",
        "post_id": "post",
        "kind": "definitive",
        "start_on": date(2021, 3, 1),
        "start_recorded_on": date(2021, 3, 1),
    }
    found = {
        "person": [{"person_id": "ann"}],
        "post_class": classes,
        "unit": [{"unit_id": "unit", "name_of_unit": "unit", "short_name": "unit"}],
        "post": [POST],
        "post_field": [{"post_id": "post", "field": "hukum"}],
        "appointment": [held],
        "discipline": [],
    }
    recorded = ("recorded_on", "started_recorded_on")
    for name, rows in MISSING.items():
        kept = [{"person_id": "ann", **row} for row in rows] if name in parts else []
        found[name] = [{**dict.fromkeys(recorded, date(2026, 3, 1)), **row} for row in kept]
    return found


def test_a_missing_record_that_comes_in_only_narrows_the_set_of_boxes():
    """Of every set of records and each that it lacks: 512 states, asked as one record."""
    names = tuple(MISSING)
    for pack in SHIPPED:
        ranges = {}
        for n in range(len(names) + 1):
            for parts in itertools.combinations(names, n):
                ranges[parts] = None
        # Every state is a person of one record.
        tables: dict[str, list[dict]] = {}
        for place, parts in enumerate(ranges):
            for name, rows in tables_with(parts).items():
                of_person = name in (*MISSING, "appointment", "person")
                if of_person:
                    rows = [
                        {
                            key: f"{value}{place}" if key.endswith("_id") and key != "post_id"
                            else value
                            for key, value in row.items()
                        }
                        for row in rows
                    ]  # fmt: skip
                if of_person or place == 0:
                    tables.setdefault(name, []).extend(rows)
        people = pd.DataFrame(
            {"person_id": [f"ann{place}" for place in range(len(ranges))], "as_of": ON}
        )
        frame = nine_box(record_of(tables), pack, people).frame
        state = dict(zip(ranges, frame.to_dict("records"), strict=True))
        for parts, before in state.items():
            for name in set(names) - set(parts):
                after = state[tuple(one for one in names if one in (*parts, name))]
                for axis in ("performance", "potential"):
                    assert after[f"{axis}_low"] >= before[f"{axis}_low"], (pack.name, parts, name)
                    assert after[f"{axis}_high"] <= before[f"{axis}_high"], (pack.name, parts, name)
                assert after["boxes"] & before["boxes"] == after["boxes"], (pack.name, parts, name)
        assert frame["boxes"].nunique() > 1


# --- order


@settings(quick, max_examples=3)
@given(case=cases(most_days=3), order=st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(case: Case, order):
    turned = {}
    for name, rows in case.tables.items():
        turned[name] = list(rows)
        order.shuffle(turned[name])
    people = [row["person_id"] for row in case.tables["person"]]
    posts = [row["post_id"] for row in case.tables["post"]]
    routes = ("lateral", "open_selection")
    rows = itertools.product(people, posts, case.days, routes)
    pairs = pd.DataFrame(rows, columns=["person_id", "post_id", "as_of", "route"])
    shuffled = pairs.sample(frac=1.0, random_state=7)
    one, other = record_of(case.tables), record_of(turned)
    wanted = eligibility(one, case.pack, pairs)
    got = eligibility(other, case.pack, shuffled)
    assert got.codes.loc[pairs.index].equals(wanted.codes)
    assert (got.status[np.argsort(shuffled.index)] == wanted.status).all()
    asked = pairs[["person_id", "post_id", "as_of"]]
    turned_scores = post_scores(other, case.pack, asked.loc[shuffled.index]).frame
    assert turned_scores.loc[pairs.index].equals(post_scores(one, case.pack, asked).frame)
