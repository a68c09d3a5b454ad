"""How many people are in each box, for the whole agency and by class of their present posts.

The rule that must not break: somebody who may be in several boxes is counted as certain in none of
them and as possible in each.
"""

from datetime import date

import numpy as np
import pandas as pd
from ibis import _

from features.packs.declaration import Pack
from features.policy.asking import Asked
from features.policy.facts import Facts
from features.policy.scores import Scores, nine_box
from features.tables.record import Record

BOXES = range(1, 10)


def boxes_of(
    record: Record, pack: Pack, people: pd.DataFrame, on: date
) -> tuple[pd.DataFrame, Scores]:
    """The boxes of people as of a day, with the class of the post that each holds.

    Parameters
    ----------
    record : Record
    pack : Pack
        With a section `nine_box`.
    people : DataFrame, shape (n_people, 1)
        `person_id`, each once.
    on : date

    Returns
    -------
    frame : DataFrame, shape (n_people, 4)
        `person_id`; `post_class`, missing for whoever holds no definitive post; `boxes`, nine bits;
        `box`, the only possible one, or missing.
    scores : Scores
        What the boxes are made of, in the same order.

    Raises
    ------
    ValueError
        If the pack has no nine-box.
    """
    asked = people[["person_id"]].reset_index(drop=True).assign(as_of=pd.Timestamp(on))
    scores = nine_box(record, pack, asked)
    spine = Asked(asked["person_id"], asked["person_id"], asked["as_of"]).spine
    held = Facts(record, pack, spine).present_posts.select(_.person_id, _.post_class).to_pandas()
    class_of = held.set_index("person_id")["post_class"]
    frame = asked[["person_id"]].assign(
        post_class=asked["person_id"].map(class_of).astype("str"),
        boxes=scores.frame["boxes"],
        box=scores.frame["box"],
    )
    return frame, scores


def counted(frame: pd.DataFrame) -> pd.DataFrame:
    """How many people are certainly, and how many possibly, in each box.

    Parameters
    ----------
    frame : DataFrame, shape (n_people, 2)
        `boxes`, `box`.

    Returns
    -------
    DataFrame, shape (9, 3)
        `box`; `certain`, people of whom it is the only box; `possible`, people of whom it is one,
        the certain ones among them.

    Examples
    --------
    One person in box 9, another in 8 or 9:

    >>> found = counted(pd.DataFrame({"boxes": [256, 384], "box": [9, None]}))
    >>> found.tail(2).values.tolist()
    [[8, 0, 1], [9, 1, 2]]
    """
    masks = frame["boxes"].to_numpy(dtype="int64")
    certain = frame["box"].value_counts()
    return pd.DataFrame(
        {
            "box": list(BOXES),
            "certain": [int(certain.get(box, 0)) for box in BOXES],
            "possible": [int(np.sum(masks >> (box - 1) & 1)) for box in BOXES],
        }
    )
