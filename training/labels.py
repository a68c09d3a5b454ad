"""Labels: whether an appointment was a success, by the rule of the agency's mapping.

The rule that must not break: a label exists only once its whole window lies in the past, and what
it is made of was recorded by then. An early failure is not counted early: a cohort of which only
the failures are known yet would teach that everybody fails.

Of a failure and an excuse the first counts. Who failed and then retired has failed; who retired
first has no label, whatever came after. A failure inside the window undoes a promotion before it.
What the record does not hold makes no failure.
"""

from datetime import date

import numpy as np
import pandas as pd

from features.agencies.rules import LabelRule
from features.asof import OWN
from features.prepared import Prepared
from features.tables.record import Record
from models.misclassified import LabelRates
from training.censoring import weights
from training.outcome_window import ASKED, COLUMNS, FACTS, asks, facts

#: What a label is made of, each kept apart.
COMPONENTS = (
    "stayed",
    "was_promoted",
    "was_promoted_early",
    "was_excused",
    "was_removed",
    "was_sanctioned",
    "was_demoted",
    "adverse_exit",
    "unit_result_held",
    "unit_result_met",
    "rating_held",
    "rating_met",
)
_DAYS = [name for name, kind in FACTS.items() if kind == "date"]
_YES_OR_NO = [name for name, kind in FACTS.items() if kind == "boolean"]


class Outcomes:
    """The outcomes of a record by one rule, put together once and asked for many dates.

    Parameters
    ----------
    record : Record
    rule : LabelRule
        The label section of a mapping, or one of its alternatives.
    """

    def __init__(self, record: Record, rule: LabelRule) -> None:
        self._asks = asks(rule, record)
        # Rates that were reviewed say nothing of what is asked.
        name = rule.model_dump_json(include=set(LabelRule.model_fields) - {"reviewed"})
        self._prepared = Prepared(
            record,
            ASKED,
            lambda asked, stage: facts(record, rule, asked, stage),
            ("outcomes", name),
        )

    def known_on(self, as_of: date) -> pd.DataFrame:
        """The outcome of every appointment, as known on a date.

        Parameters
        ----------
        as_of : date
            The label cut-off: facts recorded later are not seen.

        Returns
        -------
        DataFrame, one row an appointment, ordered by `start_on` and `sequence`
            `appointment_id`, `sequence`, `person_id`, `post_id`, `kind`, `start_on`, `post_class`;
            `window_end_on`, the first day behind the window; the `COMPONENTS`; `state`, one of
            *matured*, *immature* (the window is still open) and *censored*; `success`, 1.0, 0.0, or
            NaN unless matured; `settled_on`, the day on which the outcome was settled or lost; and
            `weight`, how many appointments a label stands for, at least 1, NaN where there is none.

        Notes
        -----
        Components are true, false, or missing: not asked for by the rule, or not on record.
        `was_promoted` is a promotion late enough to be a success, `was_promoted_early` one that is
        not. `adverse_exit` is an end for one of the rule's reasons, a sanction, or a demotion that
        nothing excuses. `unit_result_met` and `rating_met` are missing where none is held.

        Censored is who leaves for a reason named by the rule, or is promoted too early, without
        success and before any failure; and everybody in whose window a holder named by the rule
        left. The latter takes whole windows, failures and successes alike, and calls for no weight.
        """
        rows = self._prepared.ask(pd.DataFrame({"as_of": [pd.Timestamp(as_of)]}))
        rows = rows.sort_values(["start_on", "sequence"], ignore_index=True)
        for name in ("start_on", "window_end_on", *_DAYS):
            rows[name] = pd.to_datetime(rows[name])
        for name in _YES_OR_NO:
            rows[name] = rows[name].astype("boolean")
        told = rows[[*COLUMNS, "window_end_on"]].assign(**self._components(rows))
        told = told.assign(**_outcome(rows, told))
        return told.assign(weight=_weight(told))

    def _components(self, rows: pd.DataFrame) -> dict[str, pd.Series]:
        """The components of each row; a fact that was not asked for is missing."""
        missing = pd.Series(pd.NA, index=rows.index, dtype="boolean")

        def asked(name: str, found: pd.Series) -> pd.Series:
            return found.astype("boolean") if self._asks[name] else missing

        was_excused = asked("excused", rows["excused_on"].notna())
        was_removed = asked("removed", rows["removed_on"].notna())
        # Whoever left for no reason on record may have been removed.
        is_open_question = rows["is_unexplained"].fillna(value=False) & rows["removed_on"].isna()
        was_removed = was_removed.mask(is_open_question)
        was_sanctioned = asked("sanctioned", rows["sanctioned_on"].notna())
        was_demoted = asked("demoted", rows["was_demoted"].fillna(value=False))
        held = {
            name: asked(name, rows[f"{name}_held"].fillna(value=False))
            for name in ("unit_result", "rating")
        }
        failed = {"unit_result": rows["unit_failed_on"], "rating": rows["rating_failed_on"]}
        met = {
            name: days.isna().astype("boolean").where(held[name]) for name, days in failed.items()
        }
        return {
            "stayed": rows["stayed"].fillna(value=False).astype(bool),
            "was_promoted": rows["promoted_on"].notna(),
            "was_promoted_early": rows["promoted_early_on"].notna(),
            "was_excused": was_excused,
            "was_removed": was_removed,
            "was_sanctioned": was_sanctioned,
            "was_demoted": was_demoted,
            "adverse_exit": was_removed | was_sanctioned | _is_unexcused(was_demoted, was_excused),
            "unit_result_held": held["unit_result"],
            "unit_result_met": met["unit_result"],
            "rating_held": held["rating"],
            "rating_met": met["rating"],
        }


def _is_unexcused(demoted: pd.Series, excused: pd.Series) -> pd.Series:
    """A demotion by somebody's fault: who steps down in a reorganisation has not failed."""
    return demoted & ~excused.fillna(value=False)


def _outcome(rows: pd.DataFrame, told: pd.DataFrame) -> dict[str, pd.Series]:
    """State, success, and the day on which it was settled or lost: what came first counts."""
    is_demoted = _is_unexcused(told["was_demoted"], told["was_excused"]).fillna(value=False)
    events = ["removed_on", "sanctioned_on", "unit_failed_on", "rating_failed_on"]
    failed_on = rows[events].assign(demoted_on=rows["left_on"].where(is_demoted)).min(axis=1)
    lost_on = rows[["excused_on", "promoted_early_on"]].min(axis=1)
    went_well = told["stayed"] | told["was_promoted"]
    is_lost = ~went_well & lost_on.notna() & ~(failed_on <= lost_on)
    is_censored = rows["is_censored"].fillna(value=False).astype(bool)
    state = np.select(
        [~rows["is_mature"].astype(bool), is_censored | is_lost],
        ["immature", "censored"],
        "matured",
    )
    success = (went_well & failed_on.isna()).astype("float64").where(state == "matured")
    ended_on = rows["promoted_on"].fillna(rows["window_end_on"]).where(went_well, rows["left_on"])
    # A failure after a promotion undoes it; one after somebody has left settles nothing anew.
    settled_on = failed_on.fillna(ended_on)
    settled_on = settled_on.mask(~went_well & (ended_on < settled_on), ended_on)
    settled_on = settled_on.mask(is_lost, lost_on)
    return {
        "state": pd.Series(state, index=rows.index, dtype="object"),
        "success": success,
        "settled_on": settled_on.mask((state == "immature") | is_censored),
    }


def _weight(told: pd.DataFrame) -> pd.Series:
    """What the labels of definitive appointments stand for, the lost ones among them."""
    weight = pd.Series(np.nan, index=told.index)
    rows = told[told["settled_on"].notna() & (told["kind"] == OWN)]
    weight[rows.index] = weights(
        (rows["settled_on"] - rows["start_on"]).dt.days.to_numpy(),
        (rows["state"] == "censored").to_numpy(),
        rows["post_class"].to_numpy(str),
    )
    return weight


def rates(rule: LabelRule) -> LabelRates | None:
    """How often the label tells what happened, where appointments were reviewed."""
    told = rule.reviewed
    return None if told is None else LabelRates(told.failure_shown, told.success_broken)


def in_words(rule: LabelRule) -> str:
    """The whole rule in one sentence, as it is stored with a model.

    >>> rule = LabelRule(failed_by_sanction=("light",), failed_by_unit_result=())
    >>> for part in in_words(rule).split("; "):
    ...     print(part)
    in post at least 24 months or promoted after at least 9
    failed where on record by an end because removed, or a sanction (light), or a demotion
    unknown where promoted sooner
    unknown where it ends inside the window because retired or died or reorganised
    labels weighted by the chance that they were not lost
    """
    return "; ".join(
        filter(None, (_success(rule), _failure(rule), *_unknown(rule), _reviewed(rule)))
    )


def _success(rule: LabelRule) -> str:
    told = f"in post at least {rule.months} months"
    if not rule.promotion_is_success:
        return told
    least = rule.promotion_after_months
    return f"{told} or promoted" + (f" after at least {least}" if least else "")


def _failure(rule: LabelRule) -> str:
    of_whom = f" of {_either(rule.unit_result_of)}" if rule.unit_result_of else ""
    clauses = [
        (rule.failed_by_reason, "an end because {}"),
        (rule.failed_by_sanction, "a sanction ({})"),
        (rule.failed_by_unit_result, f"a unit result{of_whom} that is {{}}"),
        (rule.failed_by_rating, "a rating that is {}"),
    ]
    told = [words.format(_either(names)) for names, words in clauses if names]
    told += ["a demotion"] if rule.failed_by_demotion else []
    return f"failed where on record by {', or '.join(told)}" if told else ""


def _unknown(rule: LabelRule) -> list[str]:
    told = []
    is_weighted = False
    if rule.censored_by_end_of:
        told.append(f"unknown where {_either(rule.censored_by_end_of)} leaves inside the window")
    if rule.promotion_is_success and rule.promotion_after_months:
        told.append("unknown where promoted sooner")
        is_weighted = True
    if rule.censored_by_reason:
        reasons = _either(rule.censored_by_reason)
        told.append(f"unknown where it ends inside the window because {reasons}")
        is_weighted = True
    if is_weighted:
        told.append("labels weighted by the chance that they were not lost")
    return told


def _reviewed(rule: LabelRule) -> str:
    told = rule.reviewed
    if told is None:
        return ""
    return (
        f"of failures {told.failure_shown:g} are called so, and of successes "
        f"{told.success_broken:g}, in {told.n_reviewed} reviewed appointments "
        f"({told.source.rstrip('.')})"
    )


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(names)
