"""What the commands of policy packs print, for people and as JSON.

The rule that must not break: whatever is printed of an unconfirmed pack says so, in the JSON too.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import pandas as pd
from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Column
from rich.table import Table as Grid

from features.console import print_json, stdout
from features.documents.written import Words
from features.packs.declaration import Pack
from features.packs.rules import ROUTES, Rule
from features.policy.difference import Difference
from features.policy.distribution import counted
from features.policy.scores import AXES, Scores, boxes_in
from features.policy.source import Agreement
from features.policy.wording_packs import notice_of

#: Sections that a pack may leave out.
SECTIONS = (
    "equivalence", "competencies", "assessment", "rules", "nine_box", "post_score", "retirement",
    "ready", "deadlines",
)  # fmt: skip
STATUS = {"reconstruction_unverified": "reconstruction, unverified", "confirmed": "confirmed"}
NO_POST = "no definitive post"
#: What the words of a comparison mean.
EXPLAINED = (
    "A pair is one person asked about for one post. A box changes if other boxes are possible "
    "under B; by scores: B's scores alone would do it, by thresholds: B's thresholds alone, "
    "together: only both. A rule causes a change if the status is worse, or better, because "
    "of its answer. Places change for certain if those possible under A and under B do not overlap."
)


def grid_of(*header: str) -> Grid:
    """A table for the terminal that cuts no id short."""
    return Grid(*(Column(name, overflow="fold") for name in header))


def tell(*packs: Pack) -> None:
    """Say that a pack is not confirmed."""
    notice = notice_of(*packs)
    if notice is not None:
        stdout.print(f"UNVERIFIED: {notice.en}", style="bold", soft_wrap=True)


def words_of(words: Words | None) -> dict[str, str] | None:
    """Both languages of a sentence."""
    return None if words is None else {"id": words.id, "en": words.en}


def effective(pack: Pack) -> str:
    """From when to when a pack is in force."""
    last = pack.effective.last
    return f"{pack.effective.first} to {last or 'further notice'}"


def about(pack: Pack) -> dict[str, Any]:
    """Name, title, status, notice and time of a pack."""
    last = pack.effective.last
    return {
        "pack": pack.name,
        "title": words_of(pack.title),
        "status": pack.status,
        "notice": words_of(notice_of(pack)),
        "effective": {"from": str(pack.effective.first), "until": str(last) if last else None},
        "sha256": pack.digest,
    }


def sections_of(pack: Pack) -> dict[str, bool]:
    """Whether a pack has each of the sections that it may leave out."""
    return {name: bool(getattr(pack, name)) for name in SECTIONS}


def rules_by_class(pack: Pack) -> list[tuple[str, tuple[str, ...], tuple[Rule, ...]]]:
    """Classes, the highest first, with their rules; routes that ask the same stand together."""
    found = []
    for post_class in reversed(pack.classes):
        by_rules: dict[tuple[int, ...], list[str]] = {}
        for route in ROUTES:
            asked = pack.rules_for(post_class, route)
            places = tuple(n for n, rule in enumerate(pack.rules) if any(r is rule for r in asked))
            if places:
                by_rules.setdefault(places, []).append(route)
        for places, routes in by_rules.items():
            found.append((post_class, tuple(routes), tuple(pack.rules[n] for n in places)))
    return found


def show_report(pack: Pack, sections: Sequence[str]) -> dict[str, Any]:
    """A pack with some of its sections as they are declared, and its rules by class."""
    declared = pack.model_dump(mode="json", by_alias=True)
    report = {
        **about(pack),
        "sections": sections_of(pack),
        "declared": {name: declared[name] for name in sections},
    }
    if "rules" in sections:
        report["rules"] = [
            {
                "post_class": post_class,
                "routes": list(routes),
                "rules": [about_rule(pack, rule) for rule in rules],
            }
            for post_class, routes, rules in rules_by_class(pack)
        ]
    return report


def about_rule(pack: Pack, rule: Rule) -> dict[str, Any]:
    """A rule with the evidence for it."""
    citation = pack.citations[rule.cite]
    return {
        "id": rule.id,
        "rule": rule.rule,
        "due": rule.due,
        "sentence": words_of(rule.sentence),
        "settled_by": words_of(rule.settled_by),
        "cite": rule.cite,
        "grade": citation.grade,
        "citation": citation.text,
        "alternative": words_of(rule.alternative),
    }


def show_boxes(
    pack: Pack,
    frame: pd.DataFrame,
    source: Agreement,
    on: date,
    *,
    with_differences: bool,
    as_json: bool,
) -> None:
    """Print how many people are in each box, for everybody and by class.

    Beside it, how the agency's own boxes agree, what would explain the differences, and on request
    each person whose boxes differ.
    """
    named = frame["post_class"].fillna(NO_POST)
    present = set(named)
    classes = [name for name in (*reversed(pack.classes), NO_POST) if name in present]
    # Classes of the record that the pack does not know.
    classes += sorted(present - set(classes))
    tables = {name: counted(frame[named == name]) for name in classes}
    whole = counted(frame)
    n_certain = int(frame["box"].notna().sum())
    if as_json:
        print_json(
            {
                **about(pack),
                "as_of": str(on),
                "people": len(frame),
                "in_one_box": n_certain,
                "boxes": whole.to_dict("records"),
                "classes": [
                    {
                        "post_class": None if name == NO_POST else name,
                        "people": int((named == name).sum()),
                        "boxes": table.to_dict("records"),
                    }
                    for name, table in tables.items()
                ],
                "source": _source_report(source, with_differences=with_differences),
            }
        )
        return
    stdout.print(
        f"{pack.name} as of {on}: {len(frame)} people can be ranked, {n_certain} in one box for "
        "certain",
        soft_wrap=True,
    )
    tell(pack)
    for end, title in (("certain", "only in this box"), ("possible", "perhaps in this box")):
        grid = Grid("post class", "people", *map(str, whole["box"]), box=SIMPLE, title=title)
        for name, table in (("all", whole), *tables.items()):
            n_people = len(frame) if name == "all" else int((named == name).sum())
            grid.add_row(escape(name), str(n_people), *map(str, table[end]))
        stdout.print(grid)
    _tell_source(source, with_differences=with_differences)


def _tell_source(source: Agreement, *, with_differences: bool) -> None:
    counts = ", ".join(f"{way} {count}" for way, count in source.counts.items())
    stdout.print(f"the agency's own boxes beside these: {counts}", soft_wrap=True)
    causes = source.causes
    causes = causes[causes["people"] > 0].sort_values("people", ascending=False, kind="stable")
    grid = Grid("axis", "component", "would explain alone / is missing", "people", box=SIMPLE)
    for row in causes.to_dict("records"):
        grid.add_row(*(escape(str(row[key])) for key in ("axis", "cause", "kind", "people")))
    stdout.print(grid)
    if with_differences:
        for person in _differing(source):
            told = source.explanation(person).en
            stdout.print(f"{person}  {told}", markup=False, soft_wrap=True)


def _source_report(source: Agreement, *, with_differences: bool) -> dict[str, Any]:
    report: dict[str, Any] = {
        "counts": {way: int(count) for way, count in source.counts.items()},
        "causes": source.causes.to_dict("records"),
    }
    if with_differences:
        report["differences"] = [
            {"person_id": person, "explanation": words_of(source.explanation(person))}
            for person in _differing(source)
        ]
    return report


def _differing(source: Agreement) -> list[str]:
    frame = source.frame
    return [str(person) for person in frame.loc[frame["agreement"] == "differs", "person_id"]]


def show_person(
    pack: Pack,
    frame: pd.DataFrame,
    scores: Scores,
    source: Agreement,
    on: date,
    *,
    as_json: bool,
) -> None:
    """Print what the box of one person is made of, with the agency's own box beside it."""
    explanation = source.explanation(str(frame["person_id"].iloc[0]))
    assert pack.nine_box is not None
    axes: dict[str, Any] = {}
    for axis in AXES:
        section = getattr(pack.nine_box, axis)
        axes[axis] = {
            **_range(scores, axis),
            "components": [
                {
                    "component": component.component,
                    "title": words_of(component.title),
                    "weight": float(component.weight),
                    **_ends(*scores.components[component.component]),
                    "indicators": [
                        {
                            "indicator": one.indicator,
                            "title": words_of(one.title),
                            "weight": float(one.weight),
                            "points": _ends(*scores.indicators[one.indicator]),
                        }
                        for one in component.indicators
                    ],
                }
                for component in section.components
            ],
        }
    one, theirs = frame.iloc[0], source.frame.iloc[0]
    has_source = theirs["agreement"] not in ("absent", "contradictory")
    report = {
        **about(pack),
        "as_of": str(on),
        "person_id": one["person_id"],
        "post_class": None if pd.isna(one["post_class"]) else one["post_class"],
        "boxes": list(boxes_in(int(one["boxes"]))),
        **axes,
        "source": {
            "agreement": theirs["agreement"],
            "box": int(theirs["source_box"]) if has_source else None,
            "performance": theirs["source_performance"] if has_source else None,
            "potential": theirs["source_potential"] if has_source else None,
            "boxed_on": str(theirs["boxed_on"].date()) if has_source else None,
            "explanation": words_of(explanation),
        },
    }
    if as_json:
        print_json(report)
        return
    listed = ", ".join(map(str, report["boxes"]))
    stdout.print(f"{pack.name} as of {on}: possible boxes {listed}")
    tell(pack)
    for axis in AXES:
        grid = Grid("component", "weight", "adds", "indicator", "points", title_justify="left")
        grid.title = f"{axis}: {_told(axes[axis])}"
        for component in axes[axis]["components"]:
            first = (
                escape(component["title"]["en"]), f"{component['weight']:g}", _told(component)
            )  # fmt: skip
            for indicator in component["indicators"]:
                points = _told(indicator["points"])
                grid.add_row(*first, escape(indicator["title"]["en"]), points)
                first = ("", "", "")
        stdout.print(grid)
    stdout.print(explanation.en, markup=False, soft_wrap=True)


def _range(scores: Scores, name: str) -> dict[str, float]:
    return _ends(scores.frame[f"{name}_low"], scores.frame[f"{name}_high"])


def _ends(low: Iterable[float], high: Iterable[float]) -> dict[str, float]:
    """The range of the only person."""
    return {"low": round(float(next(iter(low))), 6), "high": round(float(next(iter(high))), 6)}


def _told(ends: dict[str, float]) -> str:
    low, high = ends["low"], ends["high"]
    return f"{low:.2f}" if low == high else f"{low:.2f} to {high:.2f}"


def difference_report(found: Difference, top: int) -> dict[str, Any]:
    """What changes between two packs, the first lines of each list."""
    boxes, eligibility, ranks = found.boxes, found.eligibility, found.ranks
    return {
        "a": {**about(found.a), "in_force": found.a.is_in_force(found.on)},
        "b": {**about(found.b), "in_force": found.b.is_in_force(found.on)},
        "routes": _routes_report(found.routes),
        "renamed": [{"a": a, "b": b} for b, a in found.renamed.items()],
        "notice": words_of(found.notice),
        "as_of": str(found.on),
        "people": len(boxes.frame),
        "posts": len(found.routes),
        "boxes": {
            "without": list(boxes.without),
            "changed": int(boxes.frame["is_changed"].sum()),
            "changes": [
                {
                    "a": _listed(one["boxes_a"]),
                    "b": _listed(one["boxes_b"]),
                    "people": one["people"],
                }
                for one in boxes.changes.head(top).to_dict("records")
            ],
            "causes": boxes.causes.to_dict("records"),
            "thresholds": [
                {"axis": one.axis, "level": one.level, "a": one.a_told, "b": one.b_told}
                for one in boxes.thresholds
            ],
        },
        "eligibility": {
            "pairs": len(eligibility.frame),
            "changed": int(eligibility.frame["is_changed"].sum()),
            "changes": eligibility.changes.to_dict("records"),
            "rules": eligibility.rules.head(top).to_dict("records"),
        },
        "ranks": {
            "without": list(ranks.without),
            **ranks.counts,
            "movers": [
                {
                    "person_id": one["person_id"],
                    "post_id": one["post_id"],
                    "a": [int(one["best_a"]), int(one["worst_a"])],
                    "b": [int(one["best_b"]), int(one["worst_b"])],
                    "moved": float(one["moved"]),
                }
                for one in ranks.movers(top).to_dict("records")
            ],
        },
    }


def _routes_report(routes: pd.DataFrame) -> list[dict[str, Any]]:
    """By which routes each pack was asked, and about how many posts, the most first."""
    counted = Counter(zip(routes["route_a"], routes["route_b"], strict=True))
    return [{"a": a, "b": b, "posts": posts} for (a, b), posts in counted.most_common()]


def _listed(mask: Any) -> list[int] | None:
    return None if pd.isna(mask) else list(boxes_in(int(mask)))


def show_difference(found: Difference, report: dict[str, Any]) -> None:
    """Print a report of what changes between two packs."""
    boxes, eligibility, ranks = report["boxes"], report["eligibility"], report["ranks"]
    stdout.print(
        f"A {found.a.name}, B {found.b.name}, as of {found.on}: {report['people']} people, "
        f"{report['posts']} posts",
        soft_wrap=True,
    )
    tell(found.a, found.b)
    for side in ("a", "b"):
        pack = report[side]
        told = "in force on that day" if pack["in_force"] else "not in force on that day"
        stdout.print(f"{side.upper()} {pack['pack']} is {told}", soft_wrap=True)
    for one in report["routes"]:
        told = one["a"] if one["a"] == one["b"] else f"{one['a']} under A, {one['b']} under B"
        stdout.print(f"{one['posts']} posts are filled by {told}", soft_wrap=True)
    for one in report["renamed"]:
        stdout.print(f"rule {one['b']} of B asks what {one['a']} of A does", markup=False)
    stdout.print(EXPLAINED, soft_wrap=True)
    if boxes["without"]:
        stdout.print(f"boxes: {' and '.join(boxes['without'])} has no nine-box")
    else:
        stdout.print(f"boxes: {boxes['changed']} of {report['people']} people change")
        _print_grid(("A", "B", "people"), [(c["a"], c["b"], c["people"]) for c in boxes["changes"]])
        told = {"part": "changed by", "indicator": "moved most by"}
        _print_grid(
            ("cause", "", "people"),
            [(told[c["kind"]], c["cause"], c["people"]) for c in boxes["causes"]],
        )
        _print_grid(
            ("axis", "level", "A", "B"),
            [(t["axis"], t["level"], t["a"], t["b"]) for t in boxes["thresholds"]],
        )
    stdout.print(f"eligibility: {eligibility['changed']} of {eligibility['pairs']} pairs change")
    _print_grid(("A", "B", "pairs"), [tuple(c.values()) for c in eligibility["changes"]])
    _print_grid(
        ("rule that answers otherwise", "A", "B", "pairs", "causes a change"),
        [tuple(rule.values()) for rule in eligibility["rules"]],
    )
    if ranks["without"]:
        stdout.print(f"ranks: {' and '.join(ranks['without'])} has no score for a post")
        return
    stdout.print(
        f"ranks: {ranks['changed']} of {ranks['ranked']} places change for certain; "
        f"{ranks['only_a']} ranked under A only, {ranks['only_b']} under B only",
        soft_wrap=True,
    )
    _print_grid(
        ("person", "post", "places A", "places B", "moved"),
        [
            (m["person_id"], m["post_id"], *("-".join(map(str, m[s])) for s in "ab"), m["moved"])
            for m in ranks["movers"]
        ],
    )


def _print_grid(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """A table on the terminal; nothing if it has no rows."""
    if not rows:
        return
    grid = grid_of(*header)
    for row in rows:
        grid.add_row(*(escape(_cell(cell)) for cell in row))
    stdout.print(grid)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
