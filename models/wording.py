"""Wording: a reason as a sentence, in Indonesian and English.

The rule that must not break: a sentence is filled from numbers only. It says where the model's
estimate lies against a typical candidate and which figure weighs most; it claims no cause, and
says of a missing value that it is missing.
"""

from dataclasses import dataclass
from typing import Literal

from features.catalogue import CATALOGUE, Catalogue, Feature
from models.explain import Explanation, LeadingFeature

Language = Literal["id", "en"]

# A group is worth a sentence above this many logits and from this share of all groups' effect on.
LEAST_LOGIT = 0.10
LEAST_SHARE = 0.10
# From here on an effect is called by its plain name, and from here on it is called large.
CLEAR_LOGIT = 0.30
STRONG_LOGIT = 0.70

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"

COMPARISONS = {
    ("id", 1, "slight"): "sedikit lebih tinggi",
    ("id", 1, "clear"): "lebih tinggi",
    ("id", 1, "strong"): "jauh lebih tinggi",
    ("id", -1, "slight"): "sedikit lebih rendah",
    ("id", -1, "clear"): "lebih rendah",
    ("id", -1, "strong"): "jauh lebih rendah",
    ("en", 1, "slight"): "slightly higher",
    ("en", 1, "clear"): "higher",
    ("en", 1, "strong"): "much higher",
    ("en", -1, "slight"): "slightly lower",
    ("en", -1, "clear"): "lower",
    ("en", -1, "strong"): "much lower",
}
ABOUT_THE_PERSON = {
    "id": "{group}: perkiraan model {comparison} daripada untuk kandidat pada umumnya; {lead}.",
    "en": "{group}: the model’s estimate is {comparison} than for a typical candidate; {lead}.",
}
ABOUT_THE_POST = {
    "id": "{group}: untuk jabatan ini perkiraan model {comparison} daripada untuk jabatan pada "
    "umumnya; {lead}.",
    "en": "{group}: for this post the model’s estimate is {comparison} than for a typical post; "
    "{lead}.",
}
LEAD = {
    "id": "angka yang paling berbobot adalah “{label}”: {value} (umumnya {typical})",
    "en": "the figure that weighs most is “{label}”: {value} (typically {typical})",
}
LEAD_AS_TYPICAL = {
    "id": "angka yang paling berbobot adalah “{label}”: {value}",
    "en": "the figure that weighs most is “{label}”: {value}",
}
MISSING = {"id": "tidak tercatat", "en": "not on record"}
NOTHING_STANDS_OUT = {
    "id": "Tidak ada satu faktor pun yang menonjol.",
    "en": "No single factor stands out.",
}


@dataclass(frozen=True)
class Reason:
    """One sentence and the number behind it.

    Parameters
    ----------
    group : str or None
        The reason group; None where no single factor stands out.
    direction : {1, -1, 0}
        Whether the estimate is higher or lower than for a typical candidate.
    size : {"slight", "clear", "strong", "none"}
    contribution : float
        Logit that the group moves the estimate by.
    text : str
    """

    group: str | None
    direction: int
    size: str
    contribution: float
    text: str


def reasons(
    explanation: Explanation, language: Language, catalogue: Catalogue = CATALOGUE
) -> list[Reason]:
    """The reasons worth giving, the weightiest first; one that says so where there is none."""
    total = sum(abs(phi) for phi in explanation.groups.values())
    worth = [
        (name, phi)
        for name, phi in explanation.groups.items()
        if abs(phi) > LEAST_LOGIT and abs(phi) >= LEAST_SHARE * total
    ]
    if not worth:
        return [Reason(None, 0, "none", 0.0, NOTHING_STANDS_OUT[language])]
    worth.sort(key=lambda pair: -abs(pair[1]))
    return [
        _reason(name, phi, explanation.leading[name], language, catalogue) for name, phi in worth
    ]


def size_class(phi: float) -> str:
    """``slight``, ``clear`` or ``strong``.

    Examples
    --------
    >>> [size_class(phi) for phi in (0.2, -0.3, 0.7)]
    ['slight', 'clear', 'strong']
    """
    if abs(phi) >= STRONG_LOGIT:
        return "strong"
    return "clear" if abs(phi) >= CLEAR_LOGIT else "slight"


def figure(value: float | None, feature: Feature, language: Language) -> str:
    """A value with its unit, as a reader of the language writes it.

    Examples
    --------
    >>> figure(0.255, CATALOGUE["share_short_posts"], "id")
    '26%'
    >>> figure(None, CATALOGUE["years_in_post"], "en")
    'not in a post'
    >>> figure(None, CATALOGUE["years_as_member"], "en")
    'not on record'
    """
    if value is None:
        absent = feature.absent_id if language == "id" else feature.absent_en
        return absent or MISSING[language]
    match feature.unit:
        case "yes/no":
            return {"id": ("tidak", "ya"), "en": ("no", "yes")}[language][value >= 0.5]
        case "share":
            return f"{_number(100 * value, 0, language)}%"
        case "percentile":
            return _percentile(round(100 * value), language)
        case "years":
            number = _number(value, 1, language)
            unit = "tahun" if language == "id" else "year" if number == "1" else "years"
            return f"{number}{NO_BREAK}{unit}"
        case "steps":
            return _number(value, 2, language)
        case _:
            return _number(value, 1, language)


def _reason(
    name: str, phi: float, leading: LeadingFeature, language: Language, catalogue: Catalogue
) -> Reason:
    group, feature = catalogue.groups[name], catalogue[leading.name]
    direction, size = (1 if phi > 0 else -1), size_class(phi)
    template = ABOUT_THE_POST if group.about_the_post else ABOUT_THE_PERSON
    value = figure(leading.value, feature, language)
    typical = figure(leading.typical, feature, language)
    # Not "0 (typically 0)", where the two differ by less than is shown.
    lead = (LEAD_AS_TYPICAL if value == typical else LEAD)[language].format(
        label=feature.label_id if language == "id" else feature.label_en,
        value=value,
        typical=typical,
    )
    text = template[language].format(
        group=group.label_id if language == "id" else group.label_en,
        comparison=COMPARISONS[language, direction, size],
        lead=lead,
    )
    return Reason(name, direction, size, phi, text)


def _number(value: float, decimals: int, language: Language) -> str:
    """Rounded, trailing zeros dropped, thousands parted, a true minus sign."""
    text = f"{abs(value):,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if language == "id":
        text = text.translate(str.maketrans(",.", ".,"))
    return f"{MINUS}{text}" if value < 0 and text.strip("0,.") else text


def _percentile(percent: int, language: Language) -> str:
    if language == "id":
        return f"persentil ke-{percent}"
    tens, ones = divmod(percent, 10)
    ending = "th" if tens % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(ones, "th")
    return f"{percent}{ending} percentile"
