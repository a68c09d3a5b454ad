"""The report as one HTML page that needs nothing else and reads the same on paper.

The rule that must not break: everything is escaped, and nothing is in it that is not in the report.
However many units an agency has, the page lists the worst of them only; the report has all.
"""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from features.intake_report.completeness import TRAINING_YEARS, VALID_YEARS
from features.intake_report.wording import (
    CONTRADICTION_LABELS,
    DOCUMENT_LABELS,
    WORDS,
    Language,
)

TEMPLATE = "report.html.jinja"
#: Units listed in each table.
LISTED = 25
#: Digits of a digest that are shown.
SHOWN = 12


def page(content: dict[str, Any], language: Language) -> str:
    """The page of a report.

    Parameters
    ----------
    content : dict
        A report as in `report.json`.
    language : {"id", "en"}
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = files("features.intake_report").joinpath(TEMPLATE).read_text(encoding="utf-8")
    year = content["completeness"]["appraisal_year"]
    figures = {"year": year, "earlier": year - 1, "valid": VALID_YEARS, "trained": TRAINING_YEARS}
    labels = {name: _said(words.model_dump(), language) for name, words in DOCUMENT_LABELS.items()}
    return environment.from_string(source).render(
        report=content,
        language=language,
        say={key: getattr(words, language) for key, words in WORDS.items()},
        documents={name: label.format(**figures) for name, label in labels.items()},
        kinds={name: getattr(words, language) for name, words in CONTRADICTION_LABELS.items()},
        number=_numbers(language),
        percent=_percents(language),
        valid=VALID_YEARS,
        shown=SHOWN,
        least_complete=_least_complete(content),
        stalest=_stalest(content),
        most_contradicting=_most_contradicting(content),
    )


def _said(words: dict[str, str], language: Language) -> str:
    return words[language]


def _numbers(language: Language) -> Callable[[int], str]:
    """Whole numbers with a mark at each thousand, as the language writes it."""
    mark = "." if language == "id" else ","
    return lambda value: f"{value:,}".replace(",", mark)


def _percents(language: Language) -> Callable[[float], str]:
    """A share in percent with one decimal; never 100 for what is not all."""

    def percent(share: float) -> str:
        most = 100.0 if share == 1 else min(round(100 * share, 1), 99.9)
        text = f"{most:.1f}"
        return f"{text.replace('.', ',') if language == 'id' else text}%"

    return percent


def _least_complete(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Units with the smallest share on record; of equal ones, those with the most people."""
    units = [one for one in content["completeness"]["units"] if one["share"] is not None]
    return sorted(units, key=lambda one: (one["share"], -one["people"], one["unit_id"]))[:LISTED]


def _stalest(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Units of which nothing at all was recorded for the longest time."""
    found = []
    for unit in content["staleness"]["units"]:
        days = [one for one in unit["days"].values() if one is not None]
        if days:
            found.append({"unit_id": unit["unit_id"], "days": min(days)})
    return sorted(found, key=lambda one: (-one["days"], one["unit_id"]))[:LISTED]


def _most_contradicting(content: dict[str, Any]) -> list[dict[str, Any]]:
    units = content["contradictions"]["units"]
    return sorted(units, key=lambda one: (-one["rows"], one["unit_id"] or ""))[:LISTED]
