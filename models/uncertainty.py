"""What an estimate says of its own uncertainty: interval, set of outcomes, and why to abstain.

The rule that must not break: an interval holds the estimate, what the calibration rows allow
(Venn-Abers) and what every bagged model says, and is only ever widened: whoever is unfamiliar or
has thin evidence has a wider one. Abstaining takes nobody off a list and moves
nobody.

Interval and set are read off the logit of the blend, on rows that neither half was fitted on. Both
hang on its order only, so that the calibration, which never changes an order, cannot spoil them by
having seen those rows.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from scipy.special import expit, logit
from threadpoolctl import threadpool_limits

from features.catalogue import CATALOGUE, Catalogue
from models.bagging import Bags
from models.conformal import LabelConditional
from models.labels import Labels
from models.unfamiliar import Unfamiliar
from models.venn_abers import VennAbers

#: How often the set that is shown holds the outcome, within each outcome.
COVERAGE: Final = 0.9
#: A set of both outcomes at this coverage is a reason to abstain.
UNDECIDED_COVERAGE: Final = 0.8
MOST_WIDTH: Final = 0.25
LEAST_COVERAGE_OF_REQUIREMENTS: Final = 0.6
MOST_YEARS_SINCE_ASSESSMENT: Final = 3.0
FEWEST_COMPARABLE: Final = 30
REQUIREMENTS, ASSESSMENT = "requirement_coverage", "years_since_assessment"


FlagName = Literal[
    "unfamiliar",
    "few_comparable",
    "thin_requirements",
    "old_assessment",
    "wide_interval",
    "undecided",
]


@dataclass(frozen=True)
class Flag:
    """A reason to abstain, in words.

    Parameters
    ----------
    name : FlagName
    in_indonesian, in_english : str
    """

    name: FlagName
    in_indonesian: str
    in_english: str


UNDECIDED = Flag(
    "undecided",
    "Berhasil dan gagal sama-sama tidak dapat dikesampingkan, bahkan pada tingkat 80%.",
    "Neither success nor failure can be shut out, not even at 80%.",
)
WIDE = Flag(
    "wide_interval",
    "Selang peluangnya lebih lebar daripada 0,25.",
    "The interval of the probability is wider than 0.25.",
)
THIN = Flag(
    "thin_requirements",
    "Kurang dari 60% syarat kompetensi jabatan telah diukur.",
    "Less than 60% of the competencies that the post asks for has been measured.",
)
OLD = Flag(
    "old_assessment",
    "Penilaian kompetensi terbaru lebih dari 36 bulan yang lalu, atau tidak ada.",
    "The newest assessment is more than 36 months old, or there is none.",
)
UNLIKE = Flag(
    "unfamiliar",
    "Tidak serupa dengan siapa pun yang menjadi bahan belajar model ini.",
    "Unlike anybody that the model has learnt from.",
)
FEW = Flag(
    "few_comparable",
    "Kurang dari 30 pengangkatan yang sebanding pada jenjang jabatan ini.",
    "Fewer than 30 comparable appointments in the class of the post.",
)
#: In the order of the columns of `Doubts.flags`.
FLAGS: Final = (UNLIKE, FEW, THIN, OLD, WIDE, UNDECIDED)


@dataclass(frozen=True, eq=False)
class Doubts:
    """What is uncertain about the estimates of some people.

    Parameters
    ----------
    low, high : ndarray, shape (n_people,)
        The interval of the probability; the estimate lies in it.
    may_fail, may_succeed : ndarray of bool, shape (n_people,)
        The set that holds the outcome in nine of ten cases, within each outcome.
    flags : ndarray of bool, shape (n_people, len(FLAGS))
        Which reasons to abstain there are.
    column : ndarray of int, shape (n_people,)
        Of somebody unfamiliar the feature that stands out most, -1 where none does.
    """

    low: np.ndarray
    high: np.ndarray
    may_fail: np.ndarray
    may_succeed: np.ndarray
    flags: np.ndarray
    column: np.ndarray

    @property
    def abstains(self) -> np.ndarray:
        """For whom there is any reason to abstain, shape (n_people,)."""
        return np.logical_or.reduce(self.flags, axis=1)

    def flags_of(self, person: int) -> tuple[Flag, ...]:
        """The reasons to abstain for one of the people, by place."""
        return tuple(flag for flag, holds in zip(FLAGS, self.flags[person], strict=True) if holds)


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """What was learnt of a model's uncertainty from rows that its halves have not seen.

    Parameters
    ----------
    interval : VennAbers or None
        None of a model that carries interviews: the rows kept apart were chosen by panels, and
        their successes say too much of everybody else.
    sets : LabelConditional or None
        None where all rows kept apart came out alike: then nothing can be shut out.
    unfamiliar : Unfamiliar
    requirements, assessment : int or None
        Columns of the share of requirements measured and of the years since the last assessment;
        None where no row fitted on had any: what an agency does not keep is nobody's gap.
    bags : Bags or None
        None where a model was fitted without.
    """

    interval: VennAbers | None
    sets: LabelConditional | None
    unfamiliar: Unfamiliar
    requirements: int | None
    assessment: int | None
    bags: Bags | None

    @classmethod
    def fit(
        cls,
        early: Labels,
        late: Labels,
        blend: np.ndarray,
        *,
        candidates: np.ndarray | None = None,
        bags: Bags | None = None,
        everybody: np.ndarray | None = None,
        catalogue: Catalogue = CATALOGUE,
    ) -> "Uncertainty":
        """Learn from labels that the halves were fitted on, and from later ones kept apart.

        Parameters
        ----------
        early, late : Labels
        blend : ndarray, shape (len(late),)
            Logit of the blend for the later ones.
        candidates : ndarray, shape (n_candidates, n_features), optional
            Model matrix of people of the kind that will be asked about: limits of what is
            familiar are set on them, else on the later labels.
        bags : Bags, optional
        everybody : ndarray, shape (n_people,), optional
            Logits that hold for whoever might be appointed, of some of them: sets are then made of
            these, and not of the appointed, whom panels chose.
        catalogue : Catalogue
        """
        with threadpool_limits(1, user_api="blas"):
            unfamiliar = Unfamiliar.fit(
                early.X,
                late.X if candidates is None else candidates,
                categories=_names_of_posts(catalogue),
            )
        is_kept = np.logical_or.reduce(~np.isnan(early.X), axis=0)
        both = len(np.unique(late.y)) == 2
        sets = LabelConditional.fit(blend, late.y, late.weight) if both else None
        if everybody is not None:
            sets = LabelConditional.imputed(expit(everybody), everybody)
        return cls(
            VennAbers.fit(blend, late.y, late.weight) if everybody is None else None,
            sets,
            unfamiliar,
            _kept_column(REQUIREMENTS, is_kept, catalogue),
            _kept_column(ASSESSMENT, is_kept, catalogue),
            bags,
        )

    def doubts(
        self,
        rows: np.ndarray,
        blend: np.ndarray,
        probability: np.ndarray,
        bagged: np.ndarray | None = None,
    ) -> Doubts:
        """What is uncertain about some people.

        Parameters
        ----------
        rows : ndarray, shape (n_people, n_features)
            Model matrix.
        blend, probability : ndarray, shape (n_people,)
            Logit of the blend, and the estimate shown.
        bagged : ndarray, shape (n_bags, n_people), optional
            What the bagged models estimate, on the scale of the probability.

        Returns
        -------
        Doubts
        """
        judged = self.unfamiliar.judge(rows)
        # Written so that what is not known is thin, and old.
        measured, years = _column(rows, self.requirements, 1), _column(rows, self.assessment, 0)
        is_thin = ~(measured >= LEAST_COVERAGE_OF_REQUIREMENTS)
        is_old = ~(years <= MOST_YEARS_SINCE_ASSESSMENT)
        shares = () if self.interval is None else self.interval.interval(blend)
        ends = np.vstack([*shares, probability, *(() if bagged is None else bagged)])
        low, high = ends.min(axis=0), ends.max(axis=0)
        times = 1.0 + judged.is_unfamiliar + (is_thin | is_old)
        low, high = widened(low, high, probability, times)
        flags = {
            UNLIKE: judged.is_unfamiliar,
            FEW: judged.n_comparable < FEWEST_COMPARABLE,
            THIN: is_thin,
            OLD: is_old,
            WIDE: high - low > MOST_WIDTH,
            UNDECIDED: np.logical_and(*self._set(blend, UNDECIDED_COVERAGE)),
        }
        return Doubts(
            low,
            high,
            *self._set(blend, COVERAGE),
            np.column_stack([flags[flag] for flag in FLAGS]),
            judged.column,
        )

    def _set(self, blend: np.ndarray, coverage: float) -> tuple[np.ndarray, np.ndarray]:
        if self.sets is None:
            return np.ones(len(blend), dtype=bool), np.ones(len(blend), dtype=bool)
        return self.sets.sets(blend, coverage)

    def to_json(self) -> str:
        """Everything but the bags as JSON text, keys sorted."""
        document = {
            "interval": None if self.interval is None else json.loads(self.interval.to_json()),
            "sets": None if self.sets is None else json.loads(self.sets.to_json()),
            "unfamiliar": json.loads(self.unfamiliar.to_json()),
            "requirements": self.requirements,
            "assessment": self.assessment,
        }
        return json.dumps(document, sort_keys=True, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str, bags: Bags | None) -> "Uncertainty":
        """What `to_json` wrote, with the bags that were written beside it."""
        document = json.loads(text)
        sets = document["sets"]
        return cls(
            _read(VennAbers.from_json, document["interval"]),
            _read(LabelConditional.from_json, sets),
            Unfamiliar.from_json(json.dumps(document["unfamiliar"])),
            document["requirements"],
            document["assessment"],
            bags,
        )


def widened(
    low: np.ndarray, high: np.ndarray, probability: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """An interval whose ends lie so many times as far from the estimate, in logit.

    Parameters
    ----------
    low, high, probability : ndarray, shape (n_people,)
    times : ndarray, shape (n_people,)
        1 or more.

    Examples
    --------
    Odds of 1 in the middle, of 1:2 and 2:1 at the ends: twice as far are 1:4 and 4:1.

    >>> ends = widened(np.array([1 / 3]), np.array([2 / 3]), np.array([0.5]), np.array([2.0]))
    >>> [end.round(6).tolist() for end in ends]
    [[0.2], [0.8]]
    """
    centre = logit(probability)
    below, above = centre - logit(low), logit(high) - centre
    stretched = times > 1
    # The ends go outwards, not inwards by a last bit.
    return (
        np.where(stretched, np.minimum(low, expit(centre - times * below)), low),
        np.where(stretched, np.maximum(high, expit(centre + times * above)), high),
    )


def _column(rows: np.ndarray, column: int | None, unkept: float) -> np.ndarray:
    """A figure of everybody, NaN where it is not known; `unkept` where the agency keeps none."""
    return np.full(len(rows), unkept) if column is None else rows[:, column]


def _names_of_posts(catalogue: Catalogue) -> list[int]:
    """Columns that name what kind of post it is: numbers of classes, not amounts."""
    return [
        place
        for place, feature in enumerate(catalogue)
        if feature.unit == "steps" and catalogue.groups[feature.group].about_the_post
    ]


def _kept_column(name: str, is_kept: np.ndarray, catalogue: Catalogue) -> int | None:
    if name not in catalogue:
        return None
    column = catalogue.names.index(name)
    return column if is_kept[column] else None


def _read(reader: Callable[[str], Any], document: object) -> Any:
    """What a reader of JSON text makes of a document, None of none."""
    return None if document is None else reader(json.dumps(document))
