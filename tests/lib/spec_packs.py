"""Packs for the specification: one of a few drawn rules or measures, and shipped ones, changed.

Rules and measures are drawn as lines of YAML, ``name: {rule: …}`` and ``name: {kind: …}``.
"""

from fractions import Fraction
from functools import cache
from typing import Any

import yaml

from features.packs.library import SHIPPED
from features.packs.pack import Pack, parse_pack
from tests.lib.policy_pack_strategies import pack_of, words

CITED = {"cite": "law"}
CLASSES = ("staff", "expert", "head", "chief")
NOTHING = "nothing: {kind: not_on_record, lowest: 0, highest: 0}"
NOTHING_ELSE = NOTHING.replace("nothing", "nothing_else")
AT_80_AND_60 = "[{below: 60}, {at_least: 60, below: 80}, {at_least: 80}]"
SELECTION = "{unfit: {below: 68}, near: {at_least: 68, below: 80}, fit: {at_least: 80}}"


def drawn_pack(
    rules: str = "",
    *,
    performance: str = NOTHING,
    potential: str = NOTHING_ELSE,
    bands: str = AT_80_AND_60,
    formula: str = "{kind: ratio_of_sums}",
    selection: str = SELECTION,
    talent: str = "{performance: 50, potential: 50}",
    **sections: str,
) -> Pack:
    """A pack of four classes, *staff*, *expert*, *head*, *chief*; experts count as heads.

    Two competencies, integrity and teamwork, 0 to 5, of which a head is asked for 3 and a chief for
    4. People retire at 58, heads at 60 and chiefs at 65; experts at no age that the pack knows.

    Parameters
    ----------
    rules : str
        Rules of all classes and routes, unless they name their own.
    performance, potential : str
        Measures of an axis, of equal weights unless they have their own.
    bands : str
        The three bands of both axes.
    formula, selection : str
        Of the job person match.
    talent : str
        Shares of the axes.
    **sections : str
        Sections in place of those above.
    """
    levels = {
        "performance": ("below", "meets", "above"),
        "potential": ("low", "medium", "high"),
    }
    drawn = {"performance": performance, "potential": potential}
    axes = {
        name: {
            "title": words(name),
            "bands": [
                {**band, "level": level}
                for band, level in zip(yaml.safe_load(bands), levels[name], strict=True)
            ],
            "components": [components(name, yaml.safe_load(text))],
            **CITED,
        }
        for name, text in drawn.items()
    }
    categories = {
        "bands": [
            {"category": name, "title": words(name), **band}
            for name, band in yaml.safe_load(selection).items()
        ],
        **CITED,
    }
    written = {
        "pack": "drawn",
        "version": 1,
        "title": words("Drawn"),
        "status": "reconstruction_unverified",
        "effective": {"from": "2000-01-01"},
        "citations": {"law": {"text": "Law", "grade": "recalled"}},
        "ladder": {"steps": [{"post_class": c, "title": words(c)} for c in CLASSES], **CITED},
        "equivalence": {
            "competency_levels": {"equals": {}, **CITED},
            "careers": {"equals": {"head": ["expert"]}, **CITED},
        },
        "competencies": {
            "entries": [
                {"competency": name, "group": "core", "title": words(name)}
                for name in ("integrity", "teamwork")
            ],
            "required_levels": {"of_class": {"head": 3, "chief": 4}, **CITED},
            **CITED,
        },
        "assessment": {
            "methods": ["assessment_centre", "cact"],
            "valid_for": {"years": 3, **CITED},
            "formula": {**yaml.safe_load(formula), **CITED},
            "selection": categories,
            "mapping": categories,
        },
        "rules": [
            {
                "id": name,
                "classes": list(CLASSES),
                "sentence": words("Asked"),
                "settled_by": words("Decree"),
                **CITED,
                **rule,
            }
            for name, rule in (yaml.safe_load(rules) or {}).items()
        ],
        "nine_box": {
            **axes,
            "boxes": {
                "below": {"low": 1, "medium": 3, "high": 6},
                "meets": {"low": 2, "medium": 5, "high": 8},
                "above": {"low": 4, "medium": 7, "high": 9},
                **CITED,
            },
            "succession": {"agency": [7, 8, 9], "national": [9], **CITED},
            "talent": {**yaml.safe_load(talent), **CITED},
        },
        "post_score": {"of": "talent", **CITED},
        "retirement": {"age_of_class": {"staff": 58, "head": 60, "chief": 65}, **CITED},
        **{name: {**yaml.safe_load(text), **CITED} for name, text in sections.items()},
    }
    return pack_of(written)


def components(name: str, measures: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """One component of some measures that make up all of an axis or score."""
    share = str(Fraction(100, len(measures)))
    return {
        "component": f"{name}_all",
        "title": words(name),
        "weight": 100,
        "indicators": [
            {
                "indicator": indicator,
                "title": words(indicator),
                "weight": measure.pop("weight", share),
                "measure": measure,
                **CITED,
            }
            for indicator, measure in measures.items()
        ],
        **CITED,
    }


@cache
def shipped(name: str, *changes: tuple[str, str]) -> Pack:
    """A pack that comes with Suksesi, some pieces written otherwise; each stands once in it."""
    text = (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        text = text.replace(old, new)
    return parse_pack(text, f"{name}.yaml")
