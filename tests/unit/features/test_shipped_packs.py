"""The packs that come with Suksesi load, fit the mappings, and say where every number is from."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from features.agencies.mapping import load_mapping
from features.documents.written import Written
from features.packs.declaration import Citation, Confirmation, Deadline, Effective
from features.packs.library import SHIPPED, Library
from features.packs.pack import Pack, load_pack
from features.packs.published import schema_text

ROOT = Path(__file__).parents[3]
NAMES = ("asn-kepka-411-2025", "manado", "pu-per-post", "uk-ministers")
CIVIL_SERVICE = NAMES[:3]
ROUTES = ("succession_group", "lateral", "open_selection")
PROMOTIONS = ("succession_group", "open_selection")
#: Numbers of the dictionary and the edges of a scale stand under the `cite` of their section.
UNCITED = (Citation, Confirmation, Effective)


@pytest.fixture(scope="module", params=NAMES)
def pack(request: pytest.FixtureRequest) -> Pack:
    return named(request.param)


@cache
def named(name: str) -> Pack:
    return load_pack(SHIPPED / f"{name}.yaml")


def numbers(piece: Any, cite: str | None, place: str = "") -> Iterator[tuple[str, str | None]]:
    """Every number of a pack with the citation of the nearest section around it that has one."""
    if isinstance(piece, UNCITED):
        return
    cite = getattr(piece, "cite", cite)
    if isinstance(piece, Written):
        for name in type(piece).model_fields:
            yield from numbers(getattr(piece, name), cite, f"{place}.{name}")
    elif isinstance(piece, dict):
        for name, item in piece.items():
            yield from numbers(item, cite, f"{place}.{name}")
    elif isinstance(piece, tuple):
        for i, item in enumerate(piece):
            yield from numbers(item, cite, f"{place}.{i}")
    elif piece is not None and not isinstance(piece, str | bool):
        yield place, cite


def test_the_four_packs_are_those_of_the_library():
    assert tuple(pack.pack for pack in Library().packs) == NAMES


def test_every_pack_is_a_reconstruction_that_nobody_has_confirmed(pack: Pack):
    assert (pack.status, pack.confirmation) == ("reconstruction_unverified", None)


def test_every_number_has_a_citation_with_a_grade(pack: Pack):
    found = dict(numbers(pack, None))
    del found[".version"]
    assert [place for place, cite in found.items() if cite not in pack.citations] == []
    if pack.pack != "uk-ministers":
        assert len(found) > 100


def test_every_citation_is_used(pack: Pack):
    body = pack.text.partition("\nladder:")[2]
    assert [name for name in pack.citations if f"cite: {name}" not in body] == []


def test_every_pack_satisfies_the_published_schema(pack: Pack):
    class Loader(yaml.SafeLoader):
        """YAML whose dates stay text, as in JSON."""

    Loader.yaml_implicit_resolvers = {
        key: [pair for pair in pairs if not pair[0].endswith(":timestamp")]
        for key, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    jsonschema.validate(yaml.load(pack.text, Loader), json.loads(schema_text()))


def test_the_published_schema_is_that_of_the_models():
    published = (ROOT / "docs" / "policy-pack.schema.json").read_bytes()
    assert published == schema_text().encode("utf-8")


@pytest.mark.parametrize("name", CIVIL_SERVICE)
def test_the_ladder_is_that_of_the_mapping_and_one_more(name: str):
    mapping = load_mapping(ROOT / "features" / "agencies" / "siasn.yaml")
    assert named(name).classes == (*mapping.steps, "jpt_utama")


def test_the_ladder_of_ministers_is_that_of_the_mapping():
    mapping = load_mapping(ROOT / "features" / "agencies" / "uk_ministers.yaml")
    ministers = named("uk-ministers")
    assert ministers.classes == tuple(mapping.steps)
    assert (ministers.nine_box, ministers.post_score) == (None, None)
    parliament, appointment = (rule.model_dump() for rule in ministers.rules)
    assert (parliament["rule"], parliament["due"]) == ("membership", "list")
    assert parliament["bodies"] == mapping.pool.member_of
    assert (appointment["rule"], appointment["due"]) == ("approval", "appointment")


def asked(pack: Pack, post_class: str, route: str) -> set[str]:
    return {rule.rule for rule in pack.rules_for(post_class, route)}


@pytest.mark.parametrize("name", CIVIL_SERVICE)
@pytest.mark.parametrize("post_class", ["jpt_pratama", "administrator", "pengawas"])
def test_a_lateral_move_has_rules_of_its_own(name: str, post_class: str):
    pack = named(name)
    lateral = asked(pack, post_class, "lateral")
    assert {"present", "retirement", "predicate", "no_sanction", "legal_status"} <= lateral
    assert lateral.isdisjoint({"age", "held", "experience", "rank", "succession_group"})
    for route in PROMOTIONS:
        assert "held" in asked(pack, post_class, route)
        assert "present" not in asked(pack, post_class, route)


@pytest.mark.parametrize("name", CIVIL_SERVICE)
def test_only_the_route_of_the_succession_group_asks_for_it(name: str):
    for rule in named(name).rules:
        assert rule.rule != "succession_group" or rule.routes == ("succession_group",)


@pytest.mark.parametrize("name", CIVIL_SERVICE)
def test_what_no_record_holds_is_settled_before_the_appointment(name: str):
    for rule in named(name).rules:
        is_settled_later = rule.rule in ("approval", "document")
        assert rule.due == ("appointment" if is_settled_later else "list")


def test_the_requirements_of_a_pratama_are_those_of_the_law():
    kepka = named("asn-kepka-411-2025")
    asked_of_all = kepka.rules_for("jpt_pratama", "open_selection")
    rules = {rule.id: rule.model_dump() for rule in asked_of_all}
    expected: dict[str, dict[str, object]] = {
        "education": {"at_least": "bachelor"},
        "experience": {"years": 5, "kinds": ("definitive",)},
        "post_before": {"of": ("administrator",), "or_equal": True, "years": 2},
        "age": {"at_most": 56, "reading": "undecided"},
    }
    for name, numbers_of_law in expected.items():
        assert {key: rules[name][key] for key in numbers_of_law} == numbers_of_law
        assert kepka.citations[rules[name]["cite"]].grade == "verified"
    assert rules["age"]["alternative"] is not None


def weights(pack: Pack, axis: str) -> dict[str, list[str]]:
    found = getattr(pack.nine_box, axis).components
    return {str(c.weight): [str(i.weight) for i in c.indicators] for c in found}


def test_the_weights_are_those_of_the_guideline():
    kepka = named("asn-kepka-411-2025")
    assert weights(kepka, "performance") == {"60": ["60"], "40": ["15", "15", "10"]}
    assert weights(kepka, "potential") == {
        "40": ["20", "10", "10/3", "10/3", "10/3"],
        "25": ["25"],
        "20": ["10", "10"],
        "15": ["15"],
    }
    assert kepka.post_score is not None
    assert kepka.post_score.technical is not None
    assert kepka.post_score.technical.shares == {
        "jpt_madya": 20, "jpt_pratama": 30, "administrator": 40, "pengawas": 50,
    }  # fmt: skip


def test_the_score_by_post_leaves_performance_to_ties():
    score = named("pu-per-post").post_score
    assert score is not None
    assert [component.weight for component in score.components] == [65, 20, 15]
    kinds = {i.measure.kind for component in score.components for i in component.indicators}
    assert "predicate" not in kinds
    assert score.tie_breakers == ("performance",)


@pytest.mark.parametrize(
    ("name", "performance", "potential"),
    [
        ("asn-kepka-411-2025", {80, 60}, {80, 60}),
        ("pu-per-post", {80, 60}, {80, 60}),
        ("manado", {85, 70}, {77, 68}),
    ],
)
def test_thresholds_are_held_by_the_level_above(name: str, performance: set, potential: set):
    box = named(name).nine_box
    assert box is not None
    for axis, thresholds in ((box.performance, performance), (box.potential, potential)):
        assert {band.at_least for band in axis.bands} == {*thresholds, None}
        assert all(band.above is None and band.at_most is None for band in axis.bands)


def test_no_register_is_vouched_for_by_a_reconstruction():
    for name in CIVIL_SERVICE:
        assert "unrecorded: none" not in named(name).text


def test_objections_have_deadlines():
    steps = {d.step: (d.days, d.days_are) for d in named("asn-kepka-411-2025").deadlines}
    assert steps["appeal_filed"] == (14, "working")
    assert steps["appeal_answered"] == (21, "working")
    assert steps["appeal_decided"] == (65, "working")
    assert all(isinstance(d, Deadline) for d in named("manado").deadlines)
