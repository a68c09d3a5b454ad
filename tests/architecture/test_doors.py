"""The house as it stands: its rooms, its narrow doors, its names, and what its texts speak of."""

import ast
import re
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from features.assemble import ROOMS_WITH_LEAVE
from features.catalogue import CATALOGUE

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]
PACKAGES = ("simulation", "features", "models", "reporting", "training", "serving", "suksesi")
BESIDE = ("benchmarks", "tests")
# Folders that hold no Python, or only what a tool reads.
FOLDERS = {*PACKAGES, *BESIDE, "docs", "notebooks", ".ci", ".githooks"}
PROTECTED = "features.tables.protected_attributes"
DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
OUTPUTS = ("eligibility", "policy lane", "readiness", "evidence")


def modules(*folders: str) -> dict[str, Path]:
    """Every module of the folders by its dotted name."""
    found = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Everything that a module imports, at its top or deep in a function, as dotted names."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports from a place relative to itself"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and called(node) in ("import_module", "__import__"):
            # By name, so that a text that is put together cannot be told from any module.
            assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}"
            yield str(node.args[0].value)


def called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def importers(target: str) -> set[str]:
    """Modules of the packages that import a module or something of it."""
    return {
        name
        for name, path in modules(*PACKAGES).items()
        if any(found == target or found.startswith(f"{target}.") for found in imports(path))
    }


def contract(name_begins: str) -> dict:
    (found,) = [one for one in CONTRACTS if one["name"].startswith(name_begins)]
    return found


def files_in_git() -> list[Path]:
    """Files that are tracked, or would be with the next commit."""
    if not (ROOT / ".git").exists():
        pytest.skip("this folder is not a clone: git cannot tell which files belong to it")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_protected_attributes_are_read_through_the_documented_doors_only():
    readers = importers(PROTECTED)
    allowed = contract("Protected attributes have six readers")["allowed_importers"]
    rooms = ("agencies", "policy.gate", "policy.dates", "leakage", "identity_linter")
    assert allowed == [*(f"features.{room}" for room in rooms), "training.audits.groups"]
    doors = {one for one in allowed for name in readers if f"{name}.".startswith(f"{one}.")}
    assert doors == set(allowed), "a door that nobody uses"
    assert not [n for n in readers if not any(f"{n}.".startswith(f"{one}.") for one in allowed)]


def test_features_take_an_as_of_view_and_no_way_around_it():
    rooms = contract("Features see the record")["source_modules"]
    below = {"features.exact", "features.moments"}
    assert {f"features.{room}" for room in ROOMS_WITH_LEAVE} | below == set(rooms)
    found = {name: path for name, path in modules("features").items() if name in rooms}
    for name, path in found.items():
        inside = {one for one in imports(path) if one.partition(".")[0] in PACKAGES}
        seen = {one.rpartition(".")[0] for one in inside}
        assert seen <= {"features.asof", *rooms}, name
        attributes = {n.attr for n in ast.walk(tree(path)) if isinstance(n, ast.Attribute)}
        around = {one for one in attributes if one.startswith("_") or "backend" in one}
        assert not around, f"{name} reaches past the view: {around}"


def test_rows_of_a_protected_table_are_given_out_in_one_place():
    callers = {
        name
        for name, path in modules(*PACKAGES, *BESIDE).items()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in ("protected_table", "protected_versions")
    }
    assert {name for name in callers if not name.startswith("tests.")} == {PROTECTED}


@pytest.mark.parametrize(
    ("library", "doors"),
    [
        ("mlflow", {"models.registry", "training.tracking"}),
        ("bentoml", {"serving.service"}),
    ],
)
def test_a_library_comes_in_through_its_doors_only(library: str, doors: set[str]):
    assert importers(library) == doors


def test_the_identity_store_is_opened_by_its_documented_readers_only():
    readers = {n for n in importers("features.identity") if not n.startswith("features.identity.")}
    rooms = ("agencies.pseudonyms", "agencies.reading", "intake", "commands")
    protocol = {"training.protocol.intake", "training.protocol.run"}
    commands = {"suksesi.cli", "suksesi.doctor"}
    assert readers == {f"features.{room}" for room in rooms} | commands | protocol


def test_propensity_is_read_by_the_backtest_only():
    assert importers("models.selection") == {"training.backtest"}


def test_the_simulated_ministry_knows_nothing_of_ours_and_few_know_it():
    others = {one for path in modules("simulation").values() for one in imports(path)}
    assert not [
        one for one in others if one.partition(".")[0] in {*PACKAGES, *BESIDE} - {"simulation"}
    ]
    outside = {name for name in importers("simulation") if not name.startswith("simulation")}
    allowed = contract("The simulated ministry")["allowed_importers"]
    assert not [
        name for name in outside if not any(f"{name}.".startswith(f"{one}.") for one in allowed)
    ]


def test_the_truth_has_three_readers():
    readers = {name.removesuffix(".intake") for name in importers("simulation.truth")}
    assert readers - {"simulation.ministry", "simulation.report", "training.protocol"} == set()


def test_training_and_serving_do_not_know_each_other():
    assert {name.split(".")[0] for name in importers("training")} == {"training", "suksesi"}
    assert {name.split(".")[0] for name in importers("serving")} == {"serving", "suksesi"}


def test_top_level_folders_are_the_documented_ones():
    found = {path.relative_to(ROOT).parts[0] for path in files_in_git() if path.parent != ROOT}
    assert found == FOLDERS


def test_packages_are_the_same_wherever_they_are_listed():
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    linted = PROJECT["tool"]["importlinter"]["root_packages"]
    sorted_first = PROJECT["tool"]["ruff"]["lint"]["isort"]["known-first-party"]
    assert set(wheel) == set(linted) == set(PACKAGES)
    assert set(sorted_first) == {*PACKAGES, *BESIDE}
    tested = set(PROJECT["tool"]["pytest"]["ini_options"]["testpaths"])
    assert tested == {*PACKAGES, "tests"}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_named_in_the_rooms_of_the_guide(package: str):
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = guide.split("## The rooms")[1].split("```")[1]
    assert re.search(rf"(^|\| ){package}/", rooms, re.MULTILINE)


def test_readme_shows_the_way_to_every_other_document():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([^)#]+)\)", readme))
    others = {str(path.relative_to(ROOT)) for path in documents()} - {"README.md", "CHANGELOG.md"}
    assert others <= linked


@pytest.mark.parametrize("package", PACKAGES)
def test_the_contract_of_a_floor_holds_every_room_of_it(package: str):
    (found,) = [one for one in CONTRACTS if one.get("containers") == [package]]
    assert (found["type"], found["exhaustive"]) == ("layers", True)
    listed = [room for layer in found["layers"] for room in layer.split(" | ")]
    there = {name.split(".")[1] for name in modules(package) if "." in name}
    assert sorted(listed) == sorted(there)


def test_contracts_hold_the_floors_the_doors_and_no_cycle():
    floors = contract("Arrows between floors")
    assert floors["type"] == "layers"
    assert floors["layers"] == [
        "suksesi",
        "serving | training",
        "reporting",
        "models",
        "features",
        "simulation",
    ]
    kinds = Counter(one["type"] for one in CONTRACTS)
    assert kinds == {
        # Floors, rooms of each, and those of rooms that are houses of their own.
        "layers": 1 + len(PACKAGES) + 8,
        "protected": 8,
        "forbidden": 3,
        "acyclic_siblings": 1,
    }
    assert contract("No cycles")["ancestors"] == list(PACKAGES)
    protected = {m for one in CONTRACTS for m in one.get("protected_modules", [])}
    assert protected == {
        PROTECTED,
        "features.identity",
        "models.selection",
        "simulation",
        "simulation.truth",
        "mlflow",
        "psycopg",
        "bentoml",
    }
    assert PROJECT["tool"]["importlinter"]["include_external_packages"] is True


def test_a_horizon_reaches_neither_ages_nor_the_record():
    held = contract("Being ready and leaving are learnt without age")
    assert {"models.horizon", "models.hazards", "training.horizons"} <= set(held["source_modules"])
    assert {"features.policy", "features.tables"} <= set(held["forbidden_modules"])
    # Not by way of another module either.
    assert "allow_indirect_imports" not in held
    assert "ignore_imports" not in held


def test_every_module_opens_with_what_it_is():
    found = modules(*PACKAGES, "benchmarks")
    assert [name for name, path in found.items() if not ast.get_docstring(tree(path))] == []


@pytest.mark.parametrize("folder", [*PACKAGES, *BESIDE])
def test_every_folder_of_modules_is_a_package(folder: str):
    folders = {path.parent for path in modules(folder).values()}
    assert [str(f.relative_to(ROOT)) for f in folders if not (f / "__init__.py").exists()] == []


def public(body: list[ast.stmt], within: str) -> Iterator[tuple[str, ast.stmt]]:
    """Public classes, functions and methods, each with its dotted name."""
    for node in body:
        if isinstance(node, DEFINITIONS) and not node.name.startswith("_"):
            yield f"{within}.{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{within}.{node.name}")


def is_overload(node: ast.stmt) -> bool:
    marks = getattr(node, "decorator_list", [])
    return any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in marks)


def test_everything_public_says_what_it_is():
    silent = [
        name
        for module, path in modules(*PACKAGES, "benchmarks").items()
        for name, node in public(tree(path).body, module)
        if not is_overload(node) and isinstance(node, DEFINITIONS) and not ast.get_docstring(node)
    ]
    assert silent == []


def test_names_say_what_a_thing_is_and_not_that_it_helps():
    vague = re.compile(r"(utils?|helpers?|manager|misc|common)", re.IGNORECASE)
    found = []
    for module, path in modules(*PACKAGES, *BESIDE).items():
        defined = [n.name for n in ast.walk(tree(path)) if isinstance(n, DEFINITIONS)]
        for name in (*module.split("."), *defined):
            words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
            found += [f"{module}: {name}" for word in words if vague.fullmatch(word)]
    assert found == []


# What a text of this project has no business with: how, where and with what it was made.
MAKING = re.compile(
    r"""
    \.\./shared\b
    | (?<![\w.])/work/
    | (?<![\w.])/tmp/\w
    | \bissues?\ \#?\d+
    | \b(this|next|last|other|another|earlier|later|previous|future)\ sessions?\b
    | \bsessions?\ (of|by|that|which|who|before|after)\b
    | \b(sub-?agent|claude|anthropic|openai|chatgpt|copilot|codex|language\ model)s?\b
    | \b(design|domain|methods|users|style|stack)\.md\b
    | \bdone\ when\b
    | \b(TODO|FIXME|XXX)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
# It says where reference data lie, and this file holds the list.
SPARED = (ROOT / ".ci" / "run", Path(__file__).resolve())


def test_no_text_speaks_of_how_the_project_was_made():
    found = [
        f"{path.relative_to(ROOT)}: {hit.group()!r}"
        for path in files_in_git()
        if path.resolve() not in SPARED
        for hit in MAKING.finditer(path.read_bytes().decode("utf-8", errors="replace"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "see ../shared/data",
        "in /work/main",
        "as issue 2 asks",
        "Issues #12",
        "the next session",
        "design.md, section 2",
        "made with Claude",
        "TODO: later",
    ],
)
def test_the_list_of_such_words_finds_them(text: str):
    assert MAKING.search(text)


@pytest.mark.parametrize(
    "text",
    ['scope="session"', "it works: /v1/posts", "docs/method.md", "an issue of trust", "user agent"],
)
def test_the_list_of_such_words_leaves_others_alone(text: str):
    assert not MAKING.search(text)


def glossary() -> list[list[str]]:
    """Terms, their Indonesian, and their meaning, row by row."""
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.*) \|$", text, re.MULTILINE)
    return [[cell.strip() for cell in row.split(" | ")] for row in rows[1:]]


def terms() -> list[str]:
    """Every term; a cell may hold several, and a remark in brackets."""
    return [
        term.strip() for row in glossary() for term in re.sub(r"\(.*?\)", "", row[0]).split(",")
    ]


def test_every_term_is_explained_once_and_in_both_languages():
    assert [term for term, count in Counter(terms()).items() if count > 1] == []
    assert len(terms()) > 50
    for row in glossary():
        assert len(row) == 3, row
        assert all(row), row
    first = [row[0].split(",")[0].casefold() for row in glossary()]
    assert first == sorted(first)


@pytest.mark.parametrize("output", OUTPUTS)
def test_each_of_the_four_outputs_is_a_term(output: str):
    assert output in terms()


@pytest.mark.parametrize("group", CATALOGUE.groups.values(), ids=lambda group: group.name)
def test_each_reason_group_is_in_the_glossary_in_both_languages(group):
    (row,) = [row for row in glossary() if "reason group" in row[0]]
    assert group.label_en.casefold() in row[2].casefold()
    assert group.label_id.casefold() in row[2].casefold()


def documents() -> list[Path]:
    return [path for path in files_in_git() if path.suffix == ".md"]


def test_links_between_documents_lead_somewhere():
    dead = []
    for path in documents():
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
            file, _, place = target.partition("#")
            other = path.parent / file if file else path
            if "://" in target:
                continue
            if not other.exists() or (place and place not in anchors(other)):
                dead.append(f"{path.relative_to(ROOT)}: {target}")
    assert dead == []


def anchors(path: Path) -> set[str]:
    """What the headings of a document can be linked by."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
