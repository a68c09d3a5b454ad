"""The desk in service: the registry's champion on the snapshot in force.

The rule that must not break: what answers is the champion, its files checked by digest. A promotion
or an ingest is noticed while the service runs. Only where no version was ever promoted does a desk
answer without a model (day one); a champion that is lost or damaged is refused.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from functools import cached_property

from features.errors import ChampionError, SuksesiError
from features.settings import Settings
from features.storage import POINTER, current_snapshot
from models import artefact
from models.registry import CHAMPION, Registry
from serving.recommend import Desk

LOOK_EVERY_SECONDS = 10.0


class DeskInService:
    """Opens the desk at first use, and again when champion or snapshot have changed.

    Parameters
    ----------
    settings : Settings
    look_every_seconds : float
        How long an answer may still come from the desk before a promotion.
    """

    def __init__(
        self, settings: Settings, *, look_every_seconds: float = LOOK_EVERY_SECONDS
    ) -> None:
        self._settings = settings
        self._look_every_seconds = look_every_seconds
        self._lock = threading.Lock()
        self._desk: Desk | None = None
        self._state: tuple[object, ...] | None = None
        self._looked_at = float("-inf")

    def desk(self) -> Desk:
        """The desk.

        Raises
        ------
        ChampionError, SnapshotError, ArtefactError
            If there is nothing to serve, or it is not what was registered.
        """
        desk = self._desk
        if desk is not None and not self._is_due():
            return desk
        with self._lock:
            if self._desk is None or self._is_due():
                self._look()
            if self._desk is None:
                raise ChampionError("no model is in service", remedy="promote a version")
            return self._desk

    def is_ready(self) -> bool:
        """Whether there is a desk; looks for one, since nobody asks a service that is not ready."""
        try:
            self.desk()
        except SuksesiError:
            return False
        return True

    def _is_due(self) -> bool:
        return time.monotonic() - self._looked_at >= self._look_every_seconds

    @cached_property
    def _registry(self) -> Registry:
        return Registry(self._settings.tracking_uri, self._settings.artefacts)

    def _look(self) -> None:
        """Open a desk if champion or snapshot are others than those in service."""
        registry = self._registry
        state = (registry.holder(CHAMPION), self._pointer(), *self._written_by_agency())
        if self._desk is None or state != self._state:
            home, stored = self._settings.home, None
            if registry.was_promoted():
                version = registry.champion()
                stored = artefact.load(version.folder, version.digest)
            self._desk = Desk(current_snapshot(home), stored, home)
            self._state = state
        self._looked_at = time.monotonic()

    def _written_by_agency(self) -> Iterator[tuple[str, int, int]]:
        """Packs and registers of the agency: name, size and time of each file."""
        for pattern in ("packs/*.yaml", "registers/*/newest"):
            for path in sorted(self._settings.home.glob(pattern)):
                # Gone since: whatever takes its place is seen at the next look.
                with contextlib.suppress(FileNotFoundError):
                    about = path.stat()
                    yield str(path), about.st_size, about.st_mtime_ns

    def _pointer(self) -> str:
        path = self._settings.home / "snapshots" / POINTER
        return path.read_text(encoding="utf-8") if path.exists() else ""
