import pytest

from features.catalogue import CATALOGUE, GROUPS
from models.explain import Explanation, LeadingFeature
from models.wording import (
    COMPARISONS,
    MINUS,
    NO_BREAK,
    Language,
    figure,
    reasons,
    size_class,
)

LEADERS = {
    "experience": LeadingFeature("years_in_service", 12.44, 8.0, 0.4),
    "pace": LeadingFeature("n_promotions", 3.0, 1.0, 0.2),
    "breadth": LeadingFeature("n_organisations", 1.0, 2.5, -0.4),
    "prior": LeadingFeature("years_as_member", None, 6.2, -0.3),
    "recency": LeadingFeature("is_in_post", 1.0, 0.0, 0.2),
    "competency": LeadingFeature("level_mean", 3.41, 2.9, 0.3),
    "gap": LeadingFeature("gap_worst_critical", -1.5, -0.5, -0.6),
    "potential": LeadingFeature("potential_mean", 0.7, 0.0, 0.2),
    "akhlak": LeadingFeature("akhlak_mean", -0.4, 0.0, -0.2),
    "performance": LeadingFeature("rating_in_unit", 0.8, 0.1, 0.3),
    "development": LeadingFeature("training_hours_3y", 1240.0, 40.0, 0.2),
    "education": LeadingFeature("has_studied_field", 1.0, 0.0, 0.2),
    "recognition": LeadingFeature("n_awards", 2.0, 0.0, 0.1),
    "discipline": LeadingFeature("worst_sanction", None, None, 0.1),
    "evidence": LeadingFeature("requirement_coverage", 0.4, 1.0, -0.2),
    "match": LeadingFeature("share_fields_held", 0.5, None, 0.8),
    "post": LeadingFeature("post_mean_tenure_years", 1.5, 2.1, -0.2),
}


def explanation(**groups: float) -> Explanation:
    """An explanation with these groups' contributions, the others nothing."""
    every = {group.name: groups.get(group.name, 0.0) for group in GROUPS}
    return Explanation(1.2, 0.0, every, LEADERS, 1.2 + sum(every.values()), 0.8)


def texts(language: Language, **groups: float) -> list[str]:
    spoken = reasons(explanation(**groups), language)
    return [reason.text.replace(NO_BREAK, " ") for reason in spoken]


def test_reason_about_a_person_in_english():
    assert texts("en", experience=0.8) == [
        "Experience in office: the model’s estimate is much higher than for a typical candidate; "
        "the figure that weighs most is “Years in any post”: 12.4 years (typically 8 years)."
    ]


def test_reason_about_a_person_in_indonesian():
    assert texts("id", experience=0.8) == [
        "Pengalaman jabatan: perkiraan model jauh lebih tinggi daripada untuk kandidat pada "
        "umumnya; angka yang paling berbobot adalah “Lama menjabat seluruhnya”: 12,4 tahun "
        "(umumnya 8 tahun)."
    ]


def test_reason_about_the_post_is_worded_as_about_the_post():
    assert texts("en", post=-0.2) == [
        "Nature of the post: for this post the model’s estimate is slightly lower than for a "
        "typical post; the figure that weighs most is “Mean tenure of earlier incumbents”: "
        "1.5 years (typically 2.1 years)."
    ]
    assert texts("id", post=-0.2) == [
        "Sifat jabatan: untuk jabatan ini perkiraan model sedikit lebih rendah daripada untuk "
        "jabatan pada umumnya; angka yang paling berbobot adalah “Rata-rata lama pemegang "
        "sebelumnya”: 1,5 tahun (umumnya 2,1 tahun)."
    ]


def test_reason_says_of_a_missing_value_that_it_is_missing():
    assert (
        "“Years as a member of a body”: not on record (typically 6.2 years)."
        in texts("en", prior=-0.4)[0]
    )
    assert "tidak tercatat (umumnya 6,2 tahun)." in texts("id", prior=-0.4)[0]
    assert "50% (typically no fields recorded for the post)." in texts("en", match=0.4)[0]


def test_reasons_come_weightiest_first():
    spoken = reasons(explanation(experience=0.3, breadth=-0.9, match=0.5), "en")
    assert [reason.group for reason in spoken] == ["breadth", "match", "experience"]
    assert [reason.direction for reason in spoken] == [-1, 1, 1]
    assert [reason.size for reason in spoken] == ["strong", "clear", "clear"]
    assert [reason.contribution for reason in spoken] == [-0.9, 0.5, 0.3]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "No single factor stands out."), ("id", "Tidak ada satu faktor pun yang menonjol.")],
)
def test_reasons_say_so_when_nothing_stands_out(language, sentence):
    (only,) = reasons(explanation(experience=0.10, breadth=-0.05), language)
    assert (only.group, only.direction, only.size, only.text) == (None, 0, "none", sentence)


def test_reasons_leave_out_a_group_at_a_tenth_of_a_logit():
    assert len(reasons(explanation(experience=0.10), "en")) == 1
    assert reasons(explanation(experience=0.10), "en")[0].group is None
    assert reasons(explanation(experience=0.101), "en")[0].group == "experience"


def test_reasons_leave_out_a_group_below_a_tenth_of_the_total():
    # 0.15 of 1.65 is less than a tenth; 0.15 of 1.49 is more.
    assert [r.group for r in reasons(explanation(match=1.5, pace=0.15), "en")] == ["match"]
    groups = [r.group for r in reasons(explanation(match=1.34, pace=-0.15), "en")]
    assert groups == ["match", "pace"]


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("phi", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("group", [group.name for group in GROUPS])
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_sentence_is_whole_and_claims_no_cause(language, group, phi, direction):
    (text,) = texts(language, **{group: direction * phi})
    comparison = COMPARISONS[language, direction, size_class(phi)]
    assert comparison in text
    assert text.endswith(".")
    assert text.count(".") - text.count(" Plt.") >= 1
    assert "{" not in text
    assert "None" not in text
    assert "nan" not in text
    assert "  " not in text
    for causal in ("because", "due to", "karena", "sebab", "akibat"):
        assert causal not in text.lower()


def test_comparisons_differ_between_directions_and_sizes():
    for language in ("id", "en"):
        words = [text for (spoken, *_rest), text in COMPARISONS.items() if spoken == language]
        assert len(set(words)) == 6


@pytest.mark.parametrize(
    ("feature", "value", "indonesian", "english"),
    [
        ("years_in_post", 1.0, "1 tahun", "1 year"),
        ("years_in_post", 0.96, "1 tahun", "1 year"),
        ("years_in_post", 0.0, "0 tahun", "0 years"),
        ("years_in_post", 12.44, "12,4 tahun", "12.4 years"),
        ("n_moves", 3.0, "3", "3"),
        ("n_moves", 2.5, "2,5", "2.5"),
        ("n_incumbents", 1200.0, "1.200", "1,200"),
        ("share_short_posts", 0.333, "33%", "33%"),
        ("step_rise", -2.0, f"{MINUS}2", f"{MINUS}2"),
        ("steps_per_year", 0.314, "0,31", "0.31"),
        ("steps_per_year", -0.001, "0", "0"),
        ("is_in_post", 1.0, "ya", "yes"),
        ("is_in_post", 0.0, "tidak", "no"),
        ("pace_percentile", 0.83, "persentil ke-83", "83rd percentile"),
        ("pace_percentile", 0.11, "persentil ke-11", "11th percentile"),
        ("pace_percentile", 0.01, "persentil ke-1", "1st percentile"),
        ("pace_percentile", 0.92, "persentil ke-92", "92nd percentile"),
        ("pace_percentile", 1.0, "persentil ke-100", "100th percentile"),
        ("n_moves", None, "tidak tercatat", "not on record"),
    ],
)
def test_figure_is_written_as_a_reader_of_the_language_does(feature, value, indonesian, english):
    assert figure(value, CATALOGUE[feature], "id").replace(NO_BREAK, " ") == indonesian
    assert figure(value, CATALOGUE[feature], "en").replace(NO_BREAK, " ") == english


def test_figure_keeps_number_and_unit_on_one_line():
    assert figure(2.0, CATALOGUE["years_in_post"], "en") == f"2{NO_BREAK}years"
