"""A second agency goes the whole way, from its exports to its backtest, with a mapping and no code.

A harbour authority, invented: other files, other words, a ladder and a pool rule of its own, no
gate. What is expected of the answers is worked out from its files as they were written.
"""

import ast
import builtins
import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

import pytest
import yaml
from scipy.special import expit

from tests.lib import agencies
from tests.lib.command import Done, succeeded, suksesi
from tests.lib.ministers import MAPPING as MINISTERS

pytestmark = pytest.mark.xdist_group("second_agency")

ROOT = Path(__file__).parents[2]
PACKAGES = ("features", "models", "training", "serving", "suksesi")
TRAINED_AS_OF, AS_OF = "2018-01-01", "2020-01-01"
# Somebody has begun a first post by then, and the office writes it down three days later.
EARLIER = "2002-06-03"
POST, TITLE = "P0025", "IV saf"
LIST_OF_ALL = (POST, "--top", "1000")
STRATEGIC_RANKS = {"III", "IV"}
DECIDED_DAYS_BEFORE = 31
FIVE_YEARS = int(5 * 365.25)


@dataclass(frozen=True)
class Term:
    """A line of the service record, as it was written."""

    holder: str
    seat: str
    capacity: str
    began: date
    ended: date | None
    entered: date

    @property
    def decided(self) -> date:
        """The day of the choice, a month before the first day."""
        return self.began - timedelta(days=DECIDED_DAYS_BEFORE - 1)


@dataclass(frozen=True)
class Chain:
    """What each command of the chain said, and where it was said."""

    folder: Path
    home: Path
    ingested: Done
    trained: Done
    promoted: Done
    listed: Done
    listed_earlier: Done
    explained: Done
    backtest: Done
    refused: Done
    searched: Done

    @property
    def everything_said(self) -> list[Done]:
        return [part for part in vars(self).values() if isinstance(part, Done)]

    @cached_property
    def figures(self) -> dict[str, dict]:
        return {row["name"]: row for row in self.backtest.json}

    @cached_property
    def terms(self) -> list[Term]:
        return [
            Term(
                row["holder"],
                row["seat"],
                row["capacity"],
                day(row["from_day"]),
                None if row["to_day"] == "-" else day(row["to_day"]),
                day(row["entered"]),
            )
            for row in lines(self.folder / "service.csv")
        ]

    @cached_property
    def rank_of_seat(self) -> dict[str, str]:
        return {row["seat"]: row["rank"] for row in lines(self.folder / "seats.csv")}


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=";"))


def day(written: str) -> date:
    return datetime.strptime(written, "%d/%m/%Y").date()  # noqa: DTZ007


def pool(terms: list[Term], on: date) -> set[str]:
    """Whoever had begun a post and been entered for it before a day, at most five years out."""
    known = [term for term in terms if term.began < on and term.entered < on]
    return {t.holder for t in known if t.ended is None or (on - t.ended).days <= FIVE_YEARS}


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """The commands, one after the other, as somebody with nothing but a mapping gives them."""
    folder = tmp_path_factory.mktemp("harbour")
    home, mapping = folder / "home", agencies.write_harbour(folder, n_people=40)

    def said(*arguments: str | Path) -> Done:
        return succeeded(suksesi(*arguments, "--json", home=home))

    ingested = said("ingest", mapping, "--exports", folder)
    trained = said("train", "--as-of", TRAINED_AS_OF, "--search", "2")
    backtest = said("backtest")
    promotion = ("promote", "1", "--below-switch", "the agency is invented")
    refused = suksesi(*promotion, home=home)
    searched = said("backtest", "--quick", "--search", "2")
    promoted = said(*promotion)
    listed = said("recommend", *LIST_OF_ALL, "--as-of", AS_OF)
    listed_earlier = said("recommend", *LIST_OF_ALL, "--as-of", EARLIER, "--retrospective")
    last = listed.json["candidates"][-1]["person_id"]
    explained = said("explain", last, TITLE, "--as-of", AS_OF)
    answers = (listed, listed_earlier, explained)
    return Chain(folder, home, ingested, trained, promoted, *answers, backtest, refused, searched)


def test_every_line_that_was_written_is_in_the_record(chain: Chain):
    written = {
        "person": "staff",
        "unit": "offices",
        "unit_link": "renamings",
        "post": "seats",
        "post_field": "duties",
        "appointment": "service",
    }
    told = {name: chain.ingested.json["tables"][name]["accepted"] for name in written}
    assert told == {name: len(lines(chain.folder / f"{f}.csv")) for name, f in written.items()}
    assert chain.ingested.json["rejections"] == []


def test_post_stands_on_the_ladder_of_its_own_mapping(chain: Chain):
    post = chain.listed.json["post"]
    assert (post["post_id"], post["title"], post["unit"]) == (POST, TITLE, "Office of Safety")
    assert post["post_class"] == agencies.LADDER[-1] == "Director"
    assert post["is_strategic"] is True
    assert chain.listed.json["agency"] == "harbour"


def test_list_is_the_pool_of_the_mapping_and_nobody_else(chain: Chain):
    on = date.fromisoformat(AS_OF)
    ever = {term.holder for term in chain.terms if term.entered < on}
    expected = pool(chain.terms, on)
    assert expected < ever, "nobody is out for so long that the rule shows"
    listed = [candidate["person_id"] for candidate in chain.listed.json["candidates"]]
    assert sorted(listed) == sorted(expected)
    assert chain.listed.json["n_rankable"] == len(expected)
    assert chain.listed.json["n_turned_away"] == 0


def test_nobody_is_listed_before_the_office_wrote_the_appointment_down(chain: Chain):
    on = date.fromisoformat(EARLIER)
    begun = {term.holder for term in chain.terms if term.began < on}
    expected = pool(chain.terms, on)
    assert expected < begun, "nobody was entered late enough for it to show"
    listed = [candidate["person_id"] for candidate in chain.listed_earlier.json["candidates"]]
    assert sorted(listed) == sorted(expected)
    assert chain.listed_earlier.json["retrospective"] is True


def test_list_is_in_order_of_readiness(chain: Chain):
    candidates = chain.listed.json["candidates"]
    shown = [candidate["readiness"]["probability"] for candidate in candidates]
    assert shown == sorted(shown, reverse=True)
    assert len(set(shown)) > len(shown) / 2
    assert [c["position"] for c in candidates] == sorted(c["position"] for c in candidates)


def test_without_a_gate_everybody_needs_checking_and_says_why(chain: Chain):
    for candidate in chain.listed.json["candidates"]:
        eligibility = candidate["eligibility"]
        assert (eligibility["status"], eligibility["rules"]) == ("needs checking", [])
        assert eligibility["sentence"]["en"] == "Needs checking: no policy pack."
        assert candidate["policy_lane"]["status"] == "unknown"


def test_explanation_adds_up_to_the_probability_shown(chain: Chain):
    for candidate in (*chain.listed.json["candidates"], chain.explained.json["candidate"]):
        told = candidate["readiness"]
        total = told["base"] + sum(told["contributions"].values()) + told["calibration_term"]
        assert total == pytest.approx(told["logit"], abs=1e-6)
        assert expit(told["logit"]) == pytest.approx(told["probability"], abs=1e-9)
        assert any(abs(part) > 0.01 for part in told["contributions"].values())


def test_explain_by_title_tells_what_the_list_tells_by_id(chain: Chain):
    last = chain.listed.json["candidates"][-1]
    assert chain.explained.json["candidate"] == {**last, "position": None, "tie_band": None}
    assert chain.explained.json["post"] == chain.listed.json["post"]


def test_what_the_exports_lack_is_missing_and_not_zero(chain: Chain):
    # No file of the harbour tells of members of a body.
    for candidate in chain.listed.json["candidates"]:
        missing = candidate["evidence"]["missing"]
        assert missing == [
            *("years_as_member", "years_member_before_office", "n_remote_posts", "years_remote")
        ]
        assert candidate["readiness"]["contributions"]["prior"] == 0


def test_model_names_the_label_rule_of_the_mapping_and_claims_nothing(chain: Chain):
    model, metrics = chain.listed.json["model"], chain.trained.json["metrics"]
    assert model["agency"] == "harbour"
    assert model["label_rule"] == "in post at least 12 months or promoted"
    assert model["label_cutoff_on"] == TRAINED_AS_OF
    assert model["digest"] == chain.trained.json["digest"] == chain.promoted.json["digest"]
    assert metrics["n_kept_apart_failures"] < 100
    assert model["is_calibrated"] is chain.trained.json["is_calibrated"] is False
    assert "may not be called calibrated" in model["statement"]["en"]


def test_model_learns_from_people_who_could_be_ranked_and_whose_window_had_passed(chain: Chain):
    by = date.fromisoformat(TRAINED_AS_OF)
    learnt_from = [
        term
        for term in chain.terms
        if term.capacity == "full"
        and term.entered <= by
        and term.began.replace(year=term.began.year + 1) <= by
        and term.holder in pool(chain.terms, term.decided)
    ]
    assert chain.trained.json["metrics"]["n_labels"] == len(learnt_from)


def test_settings_that_were_searched_for_are_promoted_on_a_backtest_that_searched(chain: Chain):
    assert (chain.refused.code, chain.refused.out) == (1, "")
    told = " ".join(chain.refused.err.split())
    assert "version 1 is of settings found in 2 trials" in told
    assert "what was backtested of the default settings" in told
    assert "run suksesi backtest --search 2" in told
    assert chain.promoted.json["champion"] == 1
    tried = {row["name"]: row["value"] for row in chain.searched.json}
    assert tried["readiness.settings_tried"] == 2
    assert chain.figures["readiness.settings_tried"]["value"] == 0
    made_of = json.loads(next(chain.home.glob("backtests/*/made_of.json")).read_text())
    assert made_of["trials"] == 2


def test_backtest_has_every_row(chain: Chain):
    moves = {
        f"{table}.{method}.{measure}"
        for table in ("next_move", "next_move_lineage")
        for method in ("popularity", "markov1", "factored")
        for measure in ("mrr", "hit1", "hit5", "hit10", "perplexity")
    }
    vacancies = {
        f"{prefix}.{method}.{measure}"
        for prefix in ("vacancies", "vacancies.reachable")
        for method in ("propensity", "readiness", "popularity", "seniority", "random")
        for measure in ("mrr", "hit5", "hit10")
    }
    counts = {"vacancies.n", "vacancies.unreachable", "readiness.n", "readiness.n_failures"}
    assert (moves | vacancies | counts | {"readiness.auc", "readiness.log_loss"}) <= set(
        chain.figures
    )
    for name in moves | vacancies:
        row = chain.figures[name]
        top = float("inf") if name.endswith("perplexity") else 1
        assert 0 <= row["low"] <= row["value"] <= row["high"] <= top, name


def test_backtest_promises_nothing_of_an_agency_whose_mapping_does_not(chain: Chain):
    assert {(row["bound"], row["ok"]) for row in chain.backtest.json} == {(None, None)}


def test_backtest_tells_apart_all_moves_before_and_since_its_first_year(chain: Chain):
    first_year = first_tested_year(chain)
    states = sorted({(term.holder, term.began) for term in chain.terms})
    moves = [
        later for (one, _), (other, later) in zip(states, states[1:], strict=False) if one == other
    ]
    n_test = sum(on.year >= first_year for on in moves)
    assert chain.figures["next_move.n_test"]["value"] == n_test
    assert chain.figures["next_move.n_train"]["value"] == len(moves) - n_test


def test_a_random_order_of_each_pool_is_as_good_as_its_size_says(chain: Chain):
    places = []
    for term in chain.terms:
        # Whoever is chosen is compared as of the day of the choice.
        on = term.decided
        is_strategic = chain.rank_of_seat[term.seat] in STRATEGIC_RANKS
        if term.capacity == "full" and is_strategic and on.year >= first_tested_year(chain):
            people = pool(chain.terms, on)
            n = len(people)
            anywhere = sum(1 / place for place in range(1, n + 1)) / n
            places.append(anywhere if term.holder in people else 1 / (n + 1))
    assert chain.figures["vacancies.n"]["value"] == len(places)
    assert chain.figures["vacancies.random.mrr"]["value"] == pytest.approx(
        sum(places) / len(places)
    )


@pytest.mark.parametrize(
    ("classes", "counts"),
    [
        # Nobody ever was a caretaker there.
        ("[Director], kinds: [caretaker]", (0, 0)),
        # One seat fell vacant, and went to somebody who had been out for too long.
        ("[Department head, Director]", (1, 1)),
    ],
)
def test_backtest_without_anybody_to_place_tells_so(chain, tmp_path: Path, classes, counts):
    mapping = tmp_path / "harbour.yaml"
    text = agencies.MAPPING.replace("classes: [Department head, Director]", f"classes: {classes}")
    mapping.write_text(text, encoding="utf-8")
    succeeded(suksesi("ingest", mapping, "--exports", chain.folder, home=tmp_path))
    done = succeeded(suksesi("backtest", "--from-year", "2022", "--json", home=tmp_path))
    told = {row["name"]: row["value"] for row in done.json}
    assert (told["vacancies.n"], told["vacancies.unreachable"]) == counts
    assert [name for name in told if name.startswith("vacancies.reachable")] == []
    assert ("vacancies.random.mrr" in told) is (counts[0] > 0)
    assert told["next_move.n_test"] > 0


def first_tested_year(chain: Chain) -> int:
    """The year by which six in ten appointments lie before it."""
    days = sorted(term.began for term in chain.terms)
    return days[int(len(days) * 0.6)].year


def test_same_exports_in_another_home_give_the_same_bytes(chain: Chain, tmp_path: Path):
    mapping = chain.folder / "harbour.yaml"
    again = suksesi("ingest", mapping, "--exports", chain.folder, "--json", home=tmp_path)
    digest = chain.ingested.json["snapshot"]
    assert succeeded(again).json["snapshot"] == digest
    for path in (chain.home / "snapshots" / digest).iterdir():
        other = tmp_path / "snapshots" / digest / path.name
        assert other.read_bytes() == path.read_bytes(), path.name
    assert succeeded(suksesi("backtest", "--json", home=tmp_path)).out == chain.backtest.out
    kept = "figures/backtest.json"
    assert (tmp_path / kept).read_text() == chain.backtest.out
    assert (chain.home / kept).read_text() == chain.searched.out


def test_a_second_training_and_list_give_the_same_bytes(chain: Chain):
    training = ("train", "--as-of", TRAINED_AS_OF, "--search", "2")
    again = succeeded(suksesi(*training, "--json", home=chain.home))
    assert again.json == {**chain.trained.json, "is_new": False}
    relisted = suksesi("recommend", *LIST_OF_ALL, "--as-of", AS_OF, "--json", home=chain.home)
    assert relisted.out == chain.listed.out


def test_no_output_holds_a_word_of_ministers(chain: Chain):
    words = r"""part(y|ies) | houses? | commons | lords | \w*minister\w* | secretar\w+ | cabinet
        | parliament\w* | government | puss | mos | sos | dpm | pm"""
    pattern = re.compile(rf"\b({words})\b", re.IGNORECASE | re.VERBOSE)
    for read_by in ("en", "id"):
        question = (POST, "--as-of", AS_OF, "--language", read_by)
        text = succeeded(suksesi("recommend", *question, home=chain.home))
        assert not pattern.search(text.out + text.err)
    for done in chain.everything_said:
        assert not pattern.search(done.out + done.err)


def words_of(mapping: str) -> set[str]:
    """Files, columns, classes and codes that stand in a mapping and not in the mapping language."""
    guide = set(re.findall(r"\w+\.?", (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")))
    sections = yaml.load(mapping, yaml.BaseLoader)
    del sections["title"], sections["licence"]
    sections.pop("backtest", None)
    own = {text for text in scalars(sections) if re.fullmatch(r"[A-Za-z][\w. ]*", text)}
    foreign = {w for w in own if not set(w.split()) <= guide and not hasattr(builtins, w)}
    return foreign | {sections["agency"]}


def scalars(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from scalars(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from scalars(inner)
    elif isinstance(value, str):
        yield value


def code_of(path: Path) -> Iterator[tuple[int, str]]:
    """Names and texts in a module; docstrings and the examples below a command's help are none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    shown: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            shown.add(node.value)
        if isinstance(node, ast.keyword) and node.arg == "epilog":
            shown.update(ast.walk(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in shown:
            yield node.lineno, node.value
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            yield node.lineno, node.arg


@pytest.mark.parametrize(
    ("agency", "known"),
    [("harbour", {"staff_no", "from_day"}), ("uk_ministers", {"PUSS", "Lords", "SoS"})],
)
def test_no_module_knows_a_word_of_an_agency(agency: str, known: set[str]):
    text = agencies.MAPPING if agency == "harbour" else MINISTERS.read_text(encoding="utf-8")
    words = words_of(text)
    assert known <= words
    pattern = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, sorted(words)))})(?!\w)")
    found = [
        f"{path.relative_to(ROOT)}:{line}: {code}"
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for line, code in code_of(path)
        if pattern.search(code)
    ]
    assert found == []


#: Of every agency alike: the catalogue, the vocabularies of free texts, the page of the report, and
#: names of protected attributes.
OF_ALL = (
    "features/catalogue.csv",
    *(
        f"features/normalisation/vocabularies/{name}.yaml"
        for name in ("course_kind", "job_family", "leadership_level", "study_field")
    ),
    "features/intake_report/report.html.jinja",
    "models/protected_names.txt",
)


def test_the_only_files_about_an_agency_are_its_mapping_and_its_frozen_choice():
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*"))
    found = {
        str(path.relative_to(ROOT))
        for path in paths
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".py"
    }
    assert found - set(OF_ALL) == {
        "features/agencies/siasn.yaml",
        "features/agencies/uk_ministers.yaml",
        "features/packs/asn-kepka-411-2025.yaml",
        "features/packs/manado.yaml",
        "features/packs/pu-per-post.yaml",
        "features/packs/uk-ministers.yaml",
        "training/frozen/uk_ministers.json",
    }
    frozen = json.loads((ROOT / "training/frozen/uk_ministers.json").read_text(encoding="utf-8"))
    assert frozen.pop("before_year") == 2010
    # Settings of the model and nothing else: no name of a department, a class or a person.
    values = [value for settings in frozen.values() for value in settings.values()]
    assert all(value is None or isinstance(value, float | int) for value in values)
