"""`suksesi doctor`: what is installed, reachable and configured, and how to mend what is not."""

import os
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

import typer

from features.console import JsonOption, print_json, settings_of, stdout
from features.errors import SuksesiError
from features.settings import Settings

app = typer.Typer()

PACKAGES = ("bentoml", "duckdb", "ibis-framework", "lightgbm", "mlflow", "pandas", "scikit-learn")


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, what was seen, and what to do."""

    thing: str
    is_well: bool
    seen: str
    remedy: str = ""


@app.command(epilog="Example: suksesi doctor --json")
def doctor(context: typer.Context, as_json: JsonOption = False) -> None:
    """Look over this installation and say how to mend what is not well."""
    settings = settings_of(context)
    findings = [_python(), *map(_package, PACKAGES), _home(settings), _snapshot(settings)]
    findings += [_packs(settings), _identities(settings)]
    findings += [_champion(settings), _reference_data(settings)]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = "ok  " if finding.is_well else "MEND"
            remedy = f" To mend it: {finding.remedy}." if finding.remedy else ""
            line = f"{mark} {finding.thing}: {finding.seen}.{remedy}"
            stdout.print(line, markup=False, soft_wrap=True)
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(1)


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    is_well = (3, 11) <= sys.version_info[:2] < (3, 14)
    return Finding("Python", is_well, found, "" if is_well else "use Python 3.11, 3.12 or 3.13")


def _package(name: str) -> Finding:
    try:
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, False, "not installed", "make setup")


def _home(settings: Settings) -> Finding:
    nearest = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    is_well = nearest.is_dir() and os.access(nearest, os.W_OK)
    remedy = "" if is_well else "set SUKSESI_HOME to a folder that can be written to"
    return Finding("SUKSESI_HOME", is_well, str(settings.home), remedy)


def _snapshot(settings: Settings) -> Finding:
    from features.storage import current_snapshot

    try:
        snapshot = current_snapshot(settings.home)
    except SuksesiError as error:
        return Finding("snapshot", False, error.what, error.remedy or "")
    seen = f"{snapshot.digest[:12]} of agency {snapshot.mapping.agency}"
    return Finding("snapshot", True, seen)


def _packs(settings: Settings) -> Finding:
    from features.packs.library import Library

    try:
        packs = Library(settings.home).packs
    except SuksesiError as error:
        where = f"{error.where}: " if error.where else ""
        return Finding("policy packs", False, f"{where}{error.what}", error.remedy or "")
    confirmed = sum(pack.status == "confirmed" for pack in packs)
    return Finding("policy packs", True, f"{len(packs)} known, {confirmed} confirmed by an officer")


def _identities(settings: Settings) -> Finding:
    from features.identity.store import FILE, FOLDER, open_identities

    if not (settings.home / FOLDER / FILE).exists():
        return Finding("identity store", True, "none; no mapping with a section `identity` yet")
    try:
        with open_identities(settings.home, settings.keys):
            return Finding("identity store", True, "there, and this account has its key")
    except SuksesiError as error:
        return Finding("identity store", False, error.what, error.remedy or "")


def _champion(settings: Settings) -> Finding:
    from models.registry import Registry

    try:
        registry = Registry(settings.tracking_uri, settings.artefacts)
        if not registry.was_promoted():
            return Finding("champion", True, "none was promoted: day one, ordered by policy score")
        champion = registry.champion()
    except SuksesiError as error:
        return Finding("champion", False, error.what, error.remedy or "")
    return Finding("champion", True, f"version {champion.version}, digest {champion.digest[:12]}")


def _reference_data(settings: Settings) -> Finding:
    folder = settings.reference_data
    if folder is None:
        return Finding("SUKSESI_REFERENCE_DATA", True, "not set; tests that need it will skip")
    if not folder.is_dir():
        return Finding("SUKSESI_REFERENCE_DATA", False, f"{folder} is no folder", "correct it")
    return Finding("SUKSESI_REFERENCE_DATA", True, str(folder))
