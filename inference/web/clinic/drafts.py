"""Photographs that were dropped and are not yet saved, by visit. They outlive a failed save and leaving the page."""

import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from inference.check import Checked
from inference.report.words import SEVERITIES
from inference.web.clinic.recognize import ViewGuess
from inference.web.drawing import Picture

_log = logging.getLogger(__name__)
#: A working day: longer nobody leaves a visit half entered.
HELD_S = 12 * 3600.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """A photograph's fitness: "good", "advice" or "reject", and why, the worst first, as (severity, message)."""

    fitness: str
    score: int
    issues: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Upload:
    """A photograph that was dropped.

    key: names it on the page. name: of the file, as the person knows it. day: as the camera wrote it. guess, verdict:
    None until it has been looked at. problem: why it is no photograph.
    """

    key: str
    path: Path
    name: str
    preview: Picture | None = None
    day: date | None = None
    guess: ViewGuess | None = None
    verdict: Verdict | None = None
    problem: str = ""

    @property
    def is_looked_at(self) -> bool:
        """Whether there is nothing more to be found out."""
        return bool(self.problem) or (self.guess is not None and self.verdict is not None)


@dataclass(frozen=True, slots=True)
class Place:
    """Whose visit is entered: a new one where `visit` is None."""

    session: str
    patient: int
    visit: int | None


@dataclass(slots=True)
class _Draft:
    folder: Path
    touched_s: float
    uploads: dict[str, Upload] = field(default_factory=dict[str, Upload])


class Drafts:
    """All visits that are being entered. Threads may share it.

    folder: of the files, private and removed in the end, as `Records.workspace` gives it.
    """

    def __init__(self, folder: Path, held_s: float = HELD_S) -> None:
        self._folder, self._held_s = folder, held_s
        self._drafts: dict[Place, _Draft] = {}
        self._lock = threading.Lock()
        self._count = 0

    def take(self, place: Place, paths: Iterable[Path]) -> list[Upload]:
        """Take uploaded files over; the upload folder holds them no longer. Returns what is new."""
        taken: list[Upload] = []
        with self._lock:
            self._expire()
            draft = self._drafts.get(place)
            if draft is None:
                draft = _Draft(Path(tempfile.mkdtemp(dir=self._folder)), time.monotonic())
                self._drafts[place] = draft
            draft.touched_s = time.monotonic()
            for path in paths:
                self._count += 1
                upload = Upload(f"u{self._count}", draft.folder / f"{self._count}" / path.name, path.name)
                upload.path.parent.mkdir()
                shutil.move(path, upload.path)
                draft.uploads[upload.key] = upload
                taken.append(upload)
        return taken

    def uploads(self, place: Place) -> tuple[Upload, ...]:
        """What is held for this visit, in the order of its coming."""
        with self._lock:
            draft = self._drafts.get(place)
            return () if draft is None else tuple(draft.uploads.values())

    def note(self, place: Place, upload: Upload) -> None:
        """What was found out about a photograph; nothing, where it has been removed meanwhile."""
        with self._lock:
            draft = self._drafts.get(place)
            if draft is not None and upload.key in draft.uploads:
                draft.uploads[upload.key] = upload

    def remove(self, place: Place, keys: Iterable[str]) -> None:
        """Let go of photographs: they were saved, or are not wanted."""
        with self._lock:
            draft = self._drafts.get(place)
            for key in keys if draft is not None else ():
                upload = draft.uploads.pop(key, None) if draft is not None else None
                if upload is not None:
                    shutil.rmtree(upload.path.parent, ignore_errors=True)

    def leave(self, session: str) -> None:
        """The tab was closed: nothing of it is held any longer."""
        with self._lock:
            for place in [place for place in self._drafts if place.session == session]:
                self._drop(place)

    def forget(self, patient: int) -> None:
        """The patient was deleted, or does not agree to photographs any more: nothing of them is held any longer."""
        with self._lock:
            for place in [place for place in self._drafts if place.patient == patient]:
                self._drop(place)

    def _expire(self) -> None:
        oldest_s = time.monotonic() - self._held_s
        for place in [place for place, draft in self._drafts.items() if draft.touched_s < oldest_s]:
            _log.info("photographs of a visit that was never saved are let go")
            self._drop(place)

    def _drop(self, place: Place) -> None:
        shutil.rmtree(self._drafts.pop(place).folder, ignore_errors=True)


def seen(upload: Upload, checked: Checked, guess: ViewGuess, fitness: str) -> Upload:
    """The upload with what was found out about it."""
    issues = sorted(checked.quality.issues, key=lambda issue: SEVERITIES.index(issue.severity))
    verdict = Verdict(
        fitness, round(checked.quality.score), tuple((one.severity, one.message) for one in issues)
    )
    return replace(upload, guess=guess, verdict=verdict)
