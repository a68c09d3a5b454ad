"""What must hold of boxes and gates, whatever a record and a pack say.

The rule that must not break: more points never give a lower box, one more record only narrows what
is possible, whether it is the first of its kind or one more, and the order of rows says nothing.
"""

import itertools
from collections.abc import Iterable
from datetime import date

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.packs.declaration import PERFORMANCE, POTENTIAL
from features.packs.library import SHIPPED as SHIPPED_PACKS
from features.packs.library import Library
from features.packs.pack import Pack, parse_pack
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


def tables_with(told: dict[str, list[dict]]) -> dict[str, list[dict]]:
    """A person in post, with the rows told; every register is kept, empty or not."""
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
    for name in MISSING:
        found[name] = [
            {"person_id": "ann", **dict.fromkeys(recorded, date(2026, 3, 1)), **row}
            for row in told.get(name, [])
        ]
    found["appointment"] += [{**held, **row} for row in told.get("appointment", [])]
    return found


def boxes_of(pack: Pack, states: Iterable[dict[str, list[dict]]]) -> pd.DataFrame:
    """Boxes of many states of one person, each told as a person of one record."""
    tables: dict[str, list[dict]] = {}
    place = 0
    for place, told in enumerate(states):
        for name, rows in tables_with(told).items():
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
    people = pd.DataFrame({"person_id": [f"ann{n}" for n in range(place + 1)], "as_of": ON})
    return nine_box(record_of(tables), pack, people).frame


def assert_narrower(before: dict, after: dict, *told: object) -> None:
    """No end of a range lies further out, and no box is possible that was not."""
    for axis in ("performance", "potential"):
        assert after[f"{axis}_low"] >= before[f"{axis}_low"], told
        assert after[f"{axis}_high"] <= before[f"{axis}_high"], told
    assert after["boxes"] & before["boxes"] == after["boxes"], told


def test_a_missing_record_that_comes_in_only_narrows_the_set_of_boxes():
    """Of every set of records and each that it lacks: 512 states, asked as one record."""
    names = tuple(MISSING)
    for pack in SHIPPED:
        ranges = {}
        for n in range(len(names) + 1):
            for parts in itertools.combinations(names, n):
                ranges[parts] = None
        frame = boxes_of(pack, ({name: MISSING[name] for name in parts} for parts in ranges))
        state = dict(zip(ranges, frame.to_dict("records"), strict=True))
        for parts, before in state.items():
            for name in set(names) - set(parts):
                after = state[tuple(one for one in names if one in (*parts, name))]
                assert_narrower(before, after, pack.name, parts, name)
        assert frame["boxes"].nunique() > 1


def training(name: str, hours: float | None, **other: object) -> dict:
    (row,) = MISSING["training"]
    return {**row, "training_id": name, "hours": hours, **other}


def acting(kind: str) -> dict:
    return {
        "appointment_id": "acts", "sequence": 2, "kind": kind,
        "start_on": date(2024, 1, 1), "start_recorded_on": date(2024, 1, 1),
        "end_on": date(2024, 6, 30), "end_recorded_on": date(2024, 6, 30),
    }  # fmt: skip


MEMBER = {"title": "t", "role": "member", "scope": "internal", "started_on": date(2025, 1, 1)}
LEAD = {**MEMBER, "title": "u", "role": "lead", "scope": "inter_agency"}
LONG_SERVICE, FOR_WORK = (
    {"kind": kind, "awarded_on": date(2024, 5, 1)}
    for kind in ("satyalancana_karya_satya_10", "prestasi_kerja")
)
ASPECTS = [{"score": 3.5, "assessed_on": date(2025, 3, 1), "aspect": one}
           for one in POTENTIAL_ASPECTS]  # fmt: skip
OFF_SCALE = [{**row, "score": score} for row, score in zip(ASPECTS, (80.0, -1.0), strict=False)]
#: What a dossier says of one thing, as papers come in one by one: only the first state of each is
#: the first row of its kind.
GROWING: dict[str, list[dict[str, list[dict]]]] = {
    "a better award": [
        {}, {"award": [LONG_SERVICE]}, {"award": [LONG_SERVICE, FOR_WORK]},
    ],
    "a better assignment": [
        {}, {"assignment": [MEMBER]}, {"assignment": [MEMBER, LEAD]},
    ],
    "a better post acted in": [
        {}, {"appointment": [acting("acting")]},
        {"appointment": [acting("acting"), {**acting("caretaker"), "appointment_id": "other"}]},
    ],
    "more training": [
        {}, {"training": [training("a", 2.0)]},
        {"training": [training("a", 2.0), training("b", 12.0)]},
        {"training": [training("a", 2.0), training("b", 12.0), training("c", 40.0)]},
    ],
    "a higher leadership training": [
        {}, {"training": [training("a", None, level="pkp")]},
        {"training": [training("a", None, level="pkp"), training("b", None, level="pkn_ii")]},
    ],
    "hours that are written down later": [
        {}, {"training": [training("a", 2.0), training("b", None)]},
        {"training": [training("a", 2.0), training("b", 12.0)]},
    ],
    "scores off the scale, then others": [
        {}, {"potential": ASPECTS[2:5]}, {"potential": [*ASPECTS[2:5], *OFF_SCALE]},
        {"potential": [*ASPECTS[2:5], *OFF_SCALE,
                       *({**row, "assessed_on": date(2025, 9, 1)} for row in ASPECTS[:2])]},
    ],
}  # fmt: skip


def vouched_for(pack: Pack) -> Pack:
    """The pack of an agency that vouches for all of its registers."""
    text = (SHIPPED_PACKS / f"{pack.pack}.yaml").read_text(encoding="utf-8")
    return parse_pack(text.replace("unrecorded: unknown", "unrecorded: none"), "vouched.yaml")


def test_one_more_row_beside_others_only_narrows_too():
    ends = [f"{axis}_{end}" for axis in ("performance", "potential") for end in ("low", "high")]
    moved = set()
    for pack in SHIPPED:
        frame = boxes_of(pack, itertools.chain.from_iterable(GROWING.values()))
        rows = iter(frame.to_dict("records"))
        for name, states in GROWING.items():
            found = list(itertools.islice(rows, len(states)))
            for place, (before, after) in enumerate(itertools.pairwise(found)):
                assert_narrower(before, after, pack.name, name, place)
            moved |= {name for end in ends if found[0][end] != found[-1][end]}
    assert moved == set(GROWING), "each of them says something under one of the packs"


def test_hours_written_down_later_narrow_where_the_register_is_vouched_for():
    for pack in (vouched_for(pack) for pack in SHIPPED):
        states = GROWING["hours that are written down later"][1:]
        before, after = boxes_of(pack, states).to_dict("records")
        assert_narrower(before, after, pack.name)


def test_scores_off_the_scale_say_no_more_than_none():
    names = GROWING["scores off the scale, then others"][1:3]
    for pack in SHIPPED:
        before, after = (rows.to_numpy() for _name, rows in boxes_of(pack, names).iterrows())
        assert pd.Series(before).equals(pd.Series(after)), pack.name


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
