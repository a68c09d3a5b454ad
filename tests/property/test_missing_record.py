"""What must hold of absent documents, whatever a record and a pack say.

The rule that must not break: a document never widens a range and never brings a box that was not
possible, every open point of an axis is told once, and the order of rows says nothing.
"""

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.policy.handed_in import HANDED_IN
from features.policy.missing_record import missing_record
from features.policy.scores import AXES
from tests.lib.policy_strategies import Case, cases, record_of


@settings(
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=False,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    max_examples=4,
)
@given(case=cases(most_days=1), order=st.randoms(use_true_random=False))
def test_open_points_are_told_once_and_documents_only_narrow(case: Case, order):
    ids = [row["person_id"] for row in case.tables["person"]]
    people, (on,) = pd.DataFrame({"person_id": ids}), case.days
    told = missing_record(record_of(case.tables), case.pack, people, on)
    frame, now = told.frame, told.scores.frame
    for axis in AXES:
        low, high = (now[f"{axis}_{end}"].to_numpy() for end in ("low", "high"))
        width = frame.groupby("row")[f"width_{axis}"].sum().reindex(range(len(ids)), fill_value=0.0)
        np.testing.assert_allclose(width.astype("float64"), high - low, atol=1e-6)
        assert (frame[f"surely_{axis}"] <= frame[f"width_{axis}"] + 1e-6).all()
    for row in frame[frame["reason"].isin(HANDED_IN)].to_dict("records"):
        place = np.array([row["row"]])
        outcomes = told.outcomes(row["kind"], row["reason"], place)
        possible = outcomes.boxes[0] > 0
        assert possible.any()
        masks = outcomes.boxes[0][possible]
        assert (masks & int(now["boxes"].iloc[row["row"]]) == masks).all(), row["kind"]
        for axis in AXES:
            ends = (outcomes.low[axis][0][possible], outcomes.high[axis][0][possible])
            assert (ends[0] <= ends[1] + 1e-9).all(), row["kind"]
            assert (ends[0] >= now[f"{axis}_low"].iloc[row["row"]] - 1e-6).all(), row["kind"]
            assert (ends[1] <= now[f"{axis}_high"].iloc[row["row"]] + 1e-6).all(), row["kind"]
    turned_tables = {}
    for name, rows in case.tables.items():
        turned_tables[name] = list(rows)
        order.shuffle(turned_tables[name])
    turned = missing_record(record_of(turned_tables), case.pack, people.iloc[::-1], on)
    for person in ids:
        one, other = (
            found.of_person(person).drop(columns="row").reset_index(drop=True)
            for found in (told, turned)
        )
        pd.testing.assert_frame_equal(one, other)
