"""What an audit says in sentences: each finding, and the limit of what it can say.

The rule that must not break: a sentence of finding says one of three things and nothing that its
numbers do not; no sentence says fair or unfair. All texts of the page are in here.
"""

import math
from typing import Final

import pandas as pd

from training.audits.calibration_by_group import GroupCalibration
from training.audits.selection_rates import AttributeAudit, Rates, SelectionAudit

TITLE: Final = "Audit of selection rates"
ATTRIBUTE_NAMES: Final = {"sex": "sex", "age_band": "band of age on the day of decision"}
ORDER_NAMES: Final = {
    "readiness": "the order of readiness",
    "panel": "the panels' own choice",
}
#: What each part cannot tell, beside whatever it finds.
LIMITS: Final = {
    "scope": "Limit: what is audited is what the models would have said at each origin of the "
    "backtest. Nobody was shown it then, and what panels would have made of it is not known.",
    "pool": "Limit: the pool holds who could be ranked by the record. Whoever was kept from "
    "getting into it is not counted here, and groups whose records differ will differ in every "
    "order.",
    "readiness": "Limit: four fifths is a reason to look closer and no pass mark. The interval "
    "draws vacancies: where the same people stand first for many posts it is too narrow. Of "
    "several groups the best and the worst are picked by what was seen, which alone makes the "
    "lowest ratio look lower. A ratio says nothing of why it is what it is.",
    "panel": "Limit: a panel may have known what is not on record, and chooses one person, so that "
    "this interval is wide. That a ratio beside it is nearer to one is no proof of merit.",
    "calibration": "Limit: outcomes are known only of people whom panels appointed. How far "
    "estimates of the others are off cannot be seen.",
}


def scope(audit: SelectionAudit) -> str:
    """What the audit is of, in one sentence."""
    made, n = audit.rows.made_of, len(audit.rows.candidates)
    until = " on" if made.last_year is None else f" to {made.last_year}"
    years = (
        f"of {made.first_year}"
        if made.last_year == made.first_year
        else (f"from {made.first_year}{until}")
    )
    known = f", the record read as of {made.as_of}" if made.as_of else ""
    return (
        f"Finding: the backtest of agency {made.agency} {years}{known} holds "
        f"{made.n_vacancies:,} vacancies with {n:,} candidacies, and {len(audit.rows.decisions):,} "
        f"decisions of known outcome. Success is: {made.label_rule}."
    )


def pool_finding(one: AttributeAudit) -> str:
    """Who is in the pools."""
    name, n = ATTRIBUTE_NAMES[one.attribute], one.n_not_recorded
    if not one.is_recorded:
        return (
            f"Finding: cannot tell. The {name} is not recorded for any of {n:,} candidacies, so "
            "nothing can be compared. Record it in the table of protected attributes, where the "
            "law allows it, and run the backtest and the audit again."
        )
    total = sum(one.pool.values())
    shares = ", ".join(f"{group} {count / total:.1%}" for group, count in one.pool.items())
    told = f"Finding: by {name}, the pools are made of {shares}."
    if n:
        told += (
            f" For {n:,} of {total + n:,} candidacies it is not recorded; they are in no group and "
            "keep their places."
        )
    return told


def rates_finding(one: AttributeAudit, rates: Rates) -> str:
    """How the groups fare in one order: one of three things."""
    order, name = ORDER_NAMES[rates.order], ATTRIBUTE_NAMES[one.attribute]
    if rates.found is None:
        return (
            f"Finding: cannot tell. In {order} fewer than two groups by {name} can be compared, "
            f"over {rates.n_vacancies:,} vacancies."
        )
    worst, best = rates.found.impact_ratio, rates.found.reference
    first = "is chosen" if rates.shown == 1 else f"stands among the first {rates.shown}"
    told = (
        f"in {order} a candidate of the group {worst.group} {first} {worst.ratio:.2f} times as "
        f"often as one of the group {best} (95 % interval {interval(worst.low, worst.high)}; "
        f"{rates.n_vacancies:,} vacancies, {rates.n_people:,} different people among the first)"
    )
    ends = {
        "below 0.8": "below four fifths, further than chance takes it: a reason to look closer",
        "cannot tell": "on which side of four fifths the ratio lies cannot be told from so many",
        "at or above 0.8": "at or above four fifths",
    }
    return f"Finding: {rates.verdict}: {told}; {ends[worst.verdict]}.{_left_out(rates)}"


def calibration_finding(one: AttributeAudit) -> str:
    """How far estimates are off by group: one of three things of each."""
    if not one.calibration:
        return (
            f"Finding: cannot tell. No decision of known outcome has the "
            f"{ATTRIBUTE_NAMES[one.attribute]} on record."
        )
    parts = "; ".join(_gap(group) for group in one.calibration)
    return f"Finding: {parts}."


def findings(audit: SelectionAudit) -> list[dict[str, str]]:
    """Every finding with its verdict: `attribute`, `about`, `verdict`, `finding`, `limit`."""
    told = []
    for one in audit.attributes:
        found = [("pool", "recorded" if one.is_recorded else "cannot tell", pool_finding(one))]
        found += [(rates.order, rates.verdict, rates_finding(one, rates)) for rates in one.rates]
        found.append(("calibration", _worst(one), calibration_finding(one)))
        for about, verdict, text in found:
            row = {"attribute": one.attribute, "about": about, "verdict": verdict}
            told.append({**row, "finding": text, "limit": LIMITS[about]})
    return told


def interval(low: float, high: float) -> str:
    """An interval in words.

    >>> interval(0.5, float("inf"))
    '0.50 and more'
    """
    return f"{low:.2f} to {high:.2f}" if math.isfinite(high) else f"{low:.2f} and more"


def pool_table(one: AttributeAudit) -> pd.DataFrame:
    """Candidates of each group, those of none last."""
    total = sum(one.pool.values())
    rows = [(g, f"{n:,}", f"{n / total:.1%}") for g, n in one.pool.items()]
    rows.append(("not recorded", f"{one.n_not_recorded:,}", ""))
    return pd.DataFrame(rows, columns=["group", "candidacies", "share of those recorded"])


def rates_table(rates: Rates) -> pd.DataFrame:
    """Rates and ratios of each group in one order, groups that are too small last."""
    columns = ["group", "candidacies", f"rate@{rates.shown}", "ratio", "95 % interval", "verdict"]
    if rates.found is None:
        return pd.DataFrame(columns=columns)
    rows = [
        (
            one.group,
            f"{one.n_candidates:,}",
            f"{one.rate:.4f}",
            f"{one.ratio:.2f}",
            "reference" if one.group == rates.found.reference else interval(one.low, one.high),
            "" if one.group == rates.found.reference else one.verdict,
        )
        for one in rates.found.groups
    ]
    rows += [(name, f"{n:,}", "", "", "", "too few") for name, n in rates.found.left_out.items()]
    return pd.DataFrame(rows, columns=columns)


def calibration_table(one: AttributeAudit) -> pd.DataFrame:
    """Estimates and outcomes of each group."""
    rows = [
        (
            group.group,
            f"{group.n:,}",
            f"{group.n_failures:,}",
            f"{group.mean_probability:.3f}",
            f"{group.success_rate:.3f}",
            f"{group.gap:+.3f}",
            interval(group.low, group.high),
            group.verdict,
        )
        for group in one.calibration
    ]
    columns = "group,decisions,failures,mean estimate,successes,gap,95 % interval,verdict"
    return pd.DataFrame(rows, columns=columns.split(","))


def _worst(one: AttributeAudit) -> str:
    """The verdicts of all groups in one text, those that can be told."""
    told = [f"{g.group}: {g.verdict}" for g in one.calibration if g.verdict != "cannot tell"]
    return "; ".join(told) or "cannot tell"


def _left_out(rates: Rates) -> str:
    if rates.found is None or not rates.found.left_out:
        return ""
    parts = ", ".join(f"{name} ({n:,})" for name, n in rates.found.left_out.items())
    return f" Counted and too few to be judged: {parts}."


def _gap(one: GroupCalibration) -> str:
    told = {
        "estimates too high": "estimates are too high",
        "estimates too low": "estimates are too low",
        "cannot tell": "cannot tell whether estimates are too high or too low",
    }
    return (
        f"{one.group}: {told[one.verdict]}, mean estimate {one.mean_probability:.3f} against "
        f"{one.success_rate:.3f} successes of {one.n:,} (gap {one.gap:+.3f}, 95 % interval "
        f"{one.low:+.3f} to {one.high:+.3f})"
    )
