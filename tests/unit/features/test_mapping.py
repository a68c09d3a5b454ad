"""A mapping that is wrong says so by file and line, with what exists and the closest match."""

from pathlib import Path

import pytest

from features.agencies.mapping import load_mapping, parse_mapping
from features.errors import MappingError
from tests.lib.small_agency import MAPPING, changed_mapping, line_of

GATE = """\
gate:
  - rule: shares_attribute_with_holder
    id: party
    attribute: political_background
    holder_of: [high]
    sentence: {id: Separtai., en: Of one party.}
    citation: Custom.
"""
PROTECTED = """\
  protected_attribute:
    from: people
    columns: {person_id: id, attribute: {constant: political_background}, value: id}
ladder:
"""


def with_gate(gate: str = GATE) -> str:
    return changed_mapping("ladder:\n", PROTECTED) + gate


def refusal(text: str) -> str:
    with pytest.raises(MappingError) as caught:
        parse_mapping(text, "small.yaml")
    return str(caught.value)


def test_mapping_holds_what_the_file_says():
    mapping = parse_mapping(MAPPING, "small.yaml")
    assert mapping.agency == "small"
    assert mapping.title.en == "Small"
    assert mapping.steps == {"low": 1, "high": 2}
    assert mapping.vacancies.classes == ("high",)
    assert mapping.tables["appointment"][0].columns["start_on"].column == "begun"


def test_mapping_has_documented_rules_where_the_file_is_silent():
    mapping = parse_mapping(MAPPING, "small.yaml")
    assert (mapping.label.months, mapping.label.promotion_is_success) == (24, True)
    assert (mapping.label.gap_days, mapping.label.censored_by_end_of) == (30, ())
    assert mapping.pool.appointed_before
    assert mapping.pool.member_of is None
    assert mapping.pool.in_post_within_years is None
    assert (mapping.pool.in_classes, mapping.pool.in_service) == (None, False)
    assert mapping.label.promotion_after_months == 9
    assert mapping.label.censored_by_reason == ("retired", "died", "reorganised")
    assert mapping.label.failed_by_reason == ("removed",)
    assert mapping.label.failed_by_sanction == ("light", "medium", "heavy")
    assert mapping.label.failed_by_unit_result == ("needs_improvement", "poor", "very_poor")
    assert (mapping.label.failed_by_demotion, mapping.label.failed_by_rating) == (True, ())
    assert mapping.label.reviewed is None
    assert mapping.label.alternatives == {}
    assert mapping.gate == ()


def test_mapping_reads_gate_and_pool():
    pool = "pool: {in_post_within_years: 2.5, member_of: null}\n"
    mapping = parse_mapping(with_gate() + pool, "small.yaml")
    assert mapping.gate[0].holder_of == ("high",)
    assert mapping.gate[0].sentence.en == "Of one party."
    assert mapping.pool.in_post_within_years == 2.5
    assert mapping.pool.member_of is None


def test_scalars_stay_text_as_written():
    # YAML would make False, 1 and a date of these; in an export they are codes.
    codes = changed_mapping(
        "{D: definitive, A: acting}", "{no: definitive, 01: acting, 2020-01-01: caretaker}"
    )
    rule = parse_mapping(codes, "small.yaml").tables["appointment"][0].columns["kind"]
    assert rule.map == {"no": "definitive", "01": "acting", "2020-01-01": "caretaker"}


def test_quoted_null_is_a_text():
    text = changed_mapping("{file: people.csv}", '{file: people.csv, missing_values: ["null", x]}')
    assert parse_mapping(text, "m").sources["people"].missing_values == ("null", "x")


def test_digest_is_that_of_the_text():
    one, other = parse_mapping(MAPPING, "a"), parse_mapping(MAPPING + "# later\n", "a")
    assert one.digest == parse_mapping(MAPPING, "b").digest
    assert one.digest != other.digest
    assert other.text.endswith("# later\n")


@pytest.mark.parametrize(
    ("old", "new", "found", "closest"),
    [
        ("    from: people", "    from: peple", "unknown source 'peple'", "people"),
        ("  appointment:", "  apointment:", "unknown table 'apointment'", "appointment"),
        ("ladder:", "  memberships: {from: people, columns: {a: id}}\nladder:",
         "unknown table 'memberships'", "membership"),
        ("unit_id: id", "untid: id", "unknown column of unit 'untid'", "unit_id"),
        ("[high]", "[hihg]", "unknown post class 'hihg'", "high"),
        ("licence: invented", "license: invented", "unknown key 'license'", "licence"),
        ("file: units.csv", "flie: units.csv", "unknown key 'flie'", "file"),
        ("kind: {column: kind, map", "kind: {column: kind, mapp", "unknown key 'mapp'", "map"),
        ("A: acting", "A: actin", "unknown value of appointment.kind 'actin'", "acting"),
        ("person_id: id", "person_id: {column: id, form: npi}", "unknown form 'npi'", "nip"),
        ("vacancies", "pool: {in_classes: [hihg]}\nvacancies", "unknown post class 'hihg'", "high"),
        ("vacancies", "label: {censored_by_reason: [dead]}\nvacancies",
         "unknown reason of an end 'dead'", "died"),
        ("vacancies", "label: {alternatives: {a: {failed_by_reason: [remvoed]}}}\nvacancies",
         "unknown reason of an end 'remvoed'", "removed"),
        ("vacancies", "label: {unit_result_of: [hihg]}\nvacancies",
         "unknown post class 'hihg'", "high"),
        ("vacancies", "label: {alternatives: {a: {censored_by_end_of: [hihg]}}}\nvacancies",
         "unknown post class 'hihg'", "high"),
        ("end_on: ended", "end_reason: {constant: movd}",
         "unknown value of appointment.end_reason 'movd'", "moved"),
        ("{file: units.csv}", "{file: u.xlsx, shet: A}", "unknown key 'shet'", "sheet"),
        ("post_class: class", "post_class: {constant: hgih}",
         "unknown value of post.post_class 'hgih'", "high"),
        ("post_class: class", "post_class: {column: class, default: lo}",
         "unknown value of post.post_class 'lo'", "low"),
    ],
)  # fmt: skip
def test_unknown_names_are_refused_with_line_and_closest_match(old, new, found, closest):
    text = changed_mapping(old, new)
    message = refusal(text)
    assert found in message
    assert f"perhaps {closest!r} was meant" in message
    line = line_of(text, found.rsplit("'", 2)[1])
    assert message.startswith(f"small.yaml, line {line}: ")


def reviewed(**changed: object) -> str:
    """Label rates with some keys written otherwise."""
    rates = {"failure_shown": 0.6, "success_broken": 0, "n_reviewed": 9, "source": "Us."} | changed
    lines = "\n".join(f"    {key}: {value}" for key, value in rates.items())
    return f"label:\n  reviewed:\n{lines}\nvacancies"


@pytest.mark.parametrize(
    ("old", "new", "found", "line_with"),
    [
        ("[high]", "[]", "at least 1 item", "vacancies"),
        ("refuse_above: 0.6", "refuse_above: often", "found 'often'", "refuse_above"),
        ("refuse_above: 0.6", "refuse_above: 1.5", "less than or equal to 1", "refuse_above"),
        ("agency: small", "agency: Small Agency", "should match pattern", "agency"),
        ("licence: invented", "licence:", "should be a valid string", "licence"),
        ("end_on: ended", "end_on: {column: ended, date: '%d/%m/%y'}", "'%y' is none of", "ended"),
        ("end_on: ended", "end_on: {column: ended, date: '%d.%m.'}", "tells no year", "ended"),
        ("end_on: ended", "end_on: {column: ended, date: '%d %Y'}", "a day and no month", "ended"),
        ("end_on: ended", "end_on: {column: ended, constant: x}", "exactly one of", "constant: x"),
        ("end_on: ended", "end_on: {case: lower}", "exactly one of", "case: lower"),
        ("end_on: ended", "end_on: {column: e, map: {a: b}, date: '%Y'}", "both map", "map: {a"),
        ("title: name", "title: {column: name, date: '%Y'}", "not a date", "title: {col"),
        ("title: name", "title: {row_number: true}", "not a number", "row_number"),
        (
            "{file: units.csv}",
            "{file: units.csv, sql: SELECT 1}",
            "one of file, database, sql",
            "units:",
        ),
        ("{file: units.csv}", "{}", "one of file, database, sql", "units:"),
        ("{file: units.csv}", "{sql: SELECT 1, separator: ;}", "belong to a file", "units:"),
        ("{file: units.csv}", "{sql: SELECT 1, sheet: A}", "belong to a file", "units:"),
        ("{file: units.csv}", "\n    file: u.xlsx\n    separator: ;", "belongs to CSV", "separ"),
        ("{file: units.csv}", "\n    file: u.JSON\n    encoding: utf-8", "is JSON", "encoding"),
        ("{file: units.csv}", "\n    file: u.csv\n    sheet: A", "belongs to XLSX", "sheet"),
        ("{file: units.csv}", "\n    file: u.xlsx\n    records: a", "belongs to JSON", "records"),
        ("{file: units.csv}", "{file: u.json, records: a..b}", "should match", "records"),
        ("{file: units.csv}", "{file: u.xlsx, sheet: ''}", "at least 1 char", "sheet"),
        ("title: name", "title: {constant: x, form: nip}", "only cells", "form"),
        ("end_on: ended", "end_on: {column: ended, form: nip}", "a form is one of text", "form"),
        ("vacancies", "pool: {in_classes: []}\nvacancies", "at least 1 item", "in_classes"),
        ("vacancies", "label: {censored_by_reason: [died]}\nvacancies",
         "end_reason is not mapped", "censored_by_reason"),
        ("vacancies", "label: {failed_by_reason: [removed]}\nvacancies",
         "end_reason is not mapped", "failed_by_reason"),
        ("vacancies", "label: {failed_by_sanction: [heavy]}\nvacancies",
         "asks for discipline, which is not mapped", "failed_by_sanction"),
        ("vacancies", "label: {failed_by_sanction: [hard]}\nvacancies", "found 'hard'", "hard"),
        ("vacancies", "label: {failed_by_unit_result: [poor]}\nvacancies",
         "asks for unit_result, which is not mapped", "failed_by_unit_result"),
        ("vacancies", "label: {failed_by_unit_result: [good]}\nvacancies",
         "found 'good'", "[good]"),
        ("vacancies", "label: {alternatives: {a: {failed_by_rating: [good]}}}\nvacancies",
         "found 'good'", "[good]"),
        ("vacancies", "label: {alternatives: {a: {failed_by_rating: [poor]}}}\nvacancies",
         "asks for appraisal, which is not mapped", "failed_by_rating"),
        ("vacancies", "label: {alternatives: {a: {alternatives: {}}}}\nvacancies", "unknown key",
         "alternatives"),
        ("vacancies", "label: {alternatives: {A b: {}}}\nvacancies", "should match", "A b"),
        ("vacancies", "label: {months: 9}\nvacancies", "no promotion can come after 9", "months"),
        ("vacancies", "label: {alternatives: {a: {promotion_after_months: 24}}}\nvacancies",
         "no promotion can come after 24", "promotion_after"),
        ("vacancies", reviewed(failure_shown=0.1, success_broken=0.1), "would say nothing", "revi"),
        ("vacancies", reviewed(failure_shown=1.1), "less than or equal to 1", "failure_shown"),
        ("vacancies", reviewed(success_broken=-0.1), "greater than or equal to 0", "success_bro"),
        ("vacancies", reviewed(n_reviewed=0), "greater than or equal to 1", "n_reviewed"),
        ("vacancies", reviewed(source="''"), "at least 1 char", "source: ''"),
        ("{file: units.csv}", "{file: ../units.csv}", "inside the folder", "units.csv"),
        ("{file: units.csv}", "{file: a, separator: '\"'}", "cannot be a quote", "separator"),
        ("{file: units.csv}", "{file: a, encoding: ebcdic}", "found 'ebcdic'", "encoding"),
        ("    from: terms", "    from: terms\n    join: {source: terms, on: {id: id}}",
         "joined to itself", "join:"),
        ("    from: terms", "    from: terms\n    join: {source: trems, on: {id: id}}",
         "unknown source 'trems'", "join:"),
        ("ladder:", "  post_class: {from: people, columns: {post_class: id}}\nladder:",
         "written from the ladder", "post_class: {from"),
        ("vacancies", "  - {post_class: low, title: {id: a, en: b}}\nvacancies",
         "stands on the ladder twice", "en: b"),
        ("vacancies", "pool: {member_of: [Council]}\nvacancies", "no membership is mapped",
         "member_of"),
        ("vacancies", "label: {months: 12, censored_by_end_of: [top]}\nvacancies",
         "unknown post class 'top'", "censored_by"),
        ("begun", "{column: begun, contradiction: withhold}", "cannot be withheld", "begun"),
        ("end_on: ended", "end_on: {column: ended, contradiction: hide}", "found 'hide'", "hide"),
        ("[high]", "[high], decided_days_before: 0", "greater than or equal to 1", "days_before"),
        ("[high]", "[high], kinds: [rented]", "found 'rented'", "rented"),
        ("vacancies", "backtest: {first_year: 3}\nvacancies", "greater than or equal", "first_y"),
        ("vacancies", "backtest: {bounds: {a.b: about 3}}\nvacancies", "match pattern", "about 3"),
        ("agency: small", "agency: small\nagency: other", "says 'agency' twice", "other"),
        ("[high]", "[high", "not YAML", None),
        ("title: name", "title: {columns: []}", "at least 1 item", "columns: []"),
        ("vacancies", "pool: {member_of: []}\nvacancies", "at least 1 item", "member_of"),
        ("vacancies", "pool: {in_post_within_years: inf}\nvacancies", "finite number", "inf"),
        ("vacancies", "backtest: {bounds: {a: '> 1.2.3'}}\nvacancies", "match pattern", "1.2.3"),
        ("vacancies", "? [a, b]\n: c\nvacancies", "a key is a list or a section", "[a, b]"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_line(old, new, found, line_with):
    text = changed_mapping(old, new)
    message = refusal(text)
    assert found in message
    if line_with:
        assert message.startswith(f"small.yaml, line {line_of(text, line_with)}: ")


WITH_REASONS = changed_mapping(
    "end_on: ended", "end_on: ended\n      end_reason: {constant: moved}"
)


def test_a_rating_is_no_part_of_the_label_rule_itself():
    tables = "  appraisal: {from: terms, columns: {appraisal_id: id, person_id: person, year: id, "
    tables += "predicate: {constant: good}, appraised_on: begun}}\nladder:"
    text = changed_mapping("ladder:", tables)
    parse_mapping(text + "label: {alternatives: {a: {failed_by_rating: [poor]}}}\n", "small.yaml")
    message = refusal(text + "label: {failed_by_rating: [poor]}\n")
    assert "a rating is part of the label rule itself" in message
    assert "alternatives" in message


@pytest.mark.parametrize(
    "rule",
    [
        "{failed_by_reason: [removed, died]}",
        "{censored_by_reason: [removed]}",
        "{failed_by_reason: [died], censored_by_reason: [moved], alternatives: "
        "{a: {censored_by_reason: [died]}}}",
    ],
)
def test_a_reason_cannot_both_fail_and_be_unknown(rule: str):
    assert "cannot both fail and be unknown" in refusal(WITH_REASONS + f"label: {rule}\n")


def test_what_a_rule_leaves_out_asks_for_no_table():
    # The objective rule asks for sanctions and reasons only where there are any.
    for rule in ("{months: 30}", "{failed_by_sanction: []}", "{censored_by_reason: []}"):
        assert parse_mapping(MAPPING + f"label: {rule}\n", "small.yaml").label.failed_by_reason


def test_needed_table_left_out_is_refused():
    text = MAPPING[: MAPPING.index("  appointment:")] + MAPPING[MAPPING.index("ladder:") :]
    line = line_of(text, "tables:")
    assert refusal(text).startswith(f"small.yaml, line {line}: the table appointment is not mapped")


def test_required_column_left_out_is_told_by_the_line_of_the_columns():
    text = changed_mapping("      post_id: post\n", "")
    line = line_of(text, "from: terms") + 1
    assert refusal(text).startswith(f"small.yaml, line {line}: appointment.post_id is not mapped")


def test_several_errors_are_told_by_their_lines():
    text = changed_mapping("refuse_above: 0.6", "refuse_above: often") + "label: {months: soon}\n"
    message = refusal(text)
    assert message.startswith("small.yaml, line 4: refuse_above")
    assert f"(and 1 more, at line {len(text.splitlines())})" in message


def test_missing_section_is_refused():
    text = MAPPING.replace("vacancies: {classes: [high]}\n", "")
    assert "vacancies: Field required" in refusal(text)


def test_empty_file_is_refused():
    assert "holds no sections" in refusal("# nothing yet\n")


def test_unreadable_yaml_characters_are_refused():
    assert "not YAML" in refusal("agency: \x00\n")


def test_yaml_that_asks_for_more_than_it_shows_is_refused():
    assert "nested too deeply" in refusal(f"agency: {'[' * 20_000}")
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "more than 100,000 pieces" in refusal("\n".join(lines) + "\n")


def test_a_file_may_have_two_dots_in_its_name():
    parsed = parse_mapping(changed_mapping("file: units.csv", "file: units..csv"), "small.yaml")
    assert parsed.sources["units"].file == "units..csv"


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("attribute: political_background\n    h", "attribute: shoe_size\n    h", "is none of"),
        ("holder_of: [high]", "holder_of: [hig]", "unknown post class 'hig'"),
        ("rule: shares_attribute_with_holder", "rule: is_liked", "found 'is_liked'"),
    ],
)
def test_gate_is_checked(old, new, found):
    text = with_gate(GATE.replace(old, new))
    assert found in refusal(text)


def test_gate_without_protected_attributes_is_refused():
    assert "no protected_attribute is mapped" in refusal(MAPPING + GATE)


@pytest.mark.parametrize("title", ["party", "people.party", "{columns: [party, name]}"])
def test_a_protected_value_that_is_copied_into_an_open_table_is_refused(title):
    protected = (
        "  protected_attribute:\n    from: people\n"
        "    columns: {person_id: id, attribute: {constant: political_background}, value: party}\n"
        "ladder:"
    )
    text = MAPPING.replace("ladder:", protected).replace("from: posts", "from: people")
    assert parse_mapping(text, "small.yaml").agency == "small"
    copied = text.replace("title: name", f"title: {title}")
    message = refusal(copied)
    assert message.startswith(f"small.yaml, line {line_of(copied, 'post_id: id')}: ")
    assert "people.party holds a protected attribute, and post.title is open" in message


@pytest.mark.parametrize("key", ["nip", "{columns: [nip, title]}", "{column: people.nip}"])
def test_a_nip_is_no_key_where_people_are_known_by_issued_ids(key):
    """Without the section it is the id of a person, and stays; with it, a key would show it."""
    protected = (
        "  protected_attribute:\n    from: people\n"
        "    columns: {person_id: nip, attribute: {constant: nip}, value: nip}\n"
        f"  award:\n    from: people\n"
        f"    columns: {{person_id: nip, kind: {key}, awarded_on: day}}\n"
        "ladder:"
    )
    text = MAPPING.replace("ladder:", protected)
    assert parse_mapping(text, "small.yaml").agency == "small"
    message = refusal(f"identity: {{attributes: nip}}\n{text}")
    assert "people.nip holds a protected attribute, and award.kind is open" in message
    unmapped = text.replace(f"kind: {key}", "kind: medal")
    assert parse_mapping(f"identity: {{attributes: nip}}\n{unmapped}", "small.yaml").identity


def test_two_gate_rules_of_one_id_are_refused():
    rule = GATE.removeprefix("gate:\n")
    text = with_gate(GATE + rule)
    message = refusal(text)
    assert "two rules of the gate are called 'party'" in message
    assert f"line {len(text.splitlines()) - 4}: " in message


def test_load_mapping_refuses_a_path_without_file(tmp_path: Path):
    with pytest.raises(MappingError, match="no such mapping file"):
        load_mapping(tmp_path / "none.yaml")


def test_load_mapping_refuses_what_is_no_text(tmp_path: Path):
    path = tmp_path / "m.yaml"
    path.write_bytes(b"agency: \xff\xfe")
    with pytest.raises(MappingError, match="expected: a UTF-8 text file|a UTF-8 text file"):
        load_mapping(path)


def test_the_mapping_of_the_ministers_is_sound():
    path = Path(__file__).parents[3] / "features" / "agencies" / "uk_ministers.yaml"
    mapping = load_mapping(path)
    assert list(mapping.steps) == ["Parl.", "Parl. lead.", "PUSS", "MoS", "SoS", "DPM", "PM"]
    assert mapping.gate[0].id == "governing_party"
