"""Work still to do, kept in the database: photographs to score, pairs to compare.

A task goes in the transaction that keeps its result, so that whatever cuts the work off leaves the task, and the next
start goes on with it.
"""

import logging
import threading
from dataclasses import dataclass

from filelock import FileLock, Timeout
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from inference.check import CheckOptions
from inference.errors import CicatrixError
from inference.records.keeping import ask, keep_assessment, keep_comparison
from inference.records.reading import existing
from inference.records.scorer import Scorer, Source
from inference.records.store import Store
from inference.records.tables import AssessmentRow, PhotographRow, TaskRow
from inference.records.tables.base import Id
from inference.standard.regions import DrawnRegion

_log = logging.getLogger(__name__)
#: A task that was cut off so often probably brings the program down.
MAX_ATTEMPTS = 3
_CUT_OFF = (
    f"Scoring was cut off {MAX_ATTEMPTS} times, perhaps for want of memory: export the photograph smaller."
)


@dataclass(frozen=True, slots=True)
class _Job:
    """A task that was begun. before: None where one photograph is to be scored."""

    task_id: int
    photograph: Source
    before: Source | None


class Queue:
    """The work still to do. One worker at a time does it, whatever process asks."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._working = FileLock(store.folder / "worker.lock", mode=0o600)

    def ask(self, photograph_id: int) -> None:
        """Score a photograph, anew or once more after it failed. Raises NotInRecordsError."""
        with self._store.database.write() as session:
            existing(session, PhotographRow, photograph_id)
            ask(session, photograph_id)

    def ask_comparison(self, before_id: int, after_id: int) -> None:
        """Compare two photographs. Raises NotInRecordsError.

        Every photograph is compared with the first and with the one before of its view without being asked for.
        """
        with self._store.database.write() as session:
            for photograph_id in (before_id, after_id):
                existing(session, PhotographRow, photograph_id)
            ask(session, after_id, before_id)

    def ask_outdated(self, model_sha256: str, version: str | None = None) -> int:
        """Score all photographs that this model has not scored; returns how many. Earlier results stay.

        version: of its bundle, as the same network may be calibrated anew; None asks for the network alone.
        """
        with self._store.database.write() as session:
            rows = session.scalars(_outdated(model_sha256, version)).all()
            for photograph_id in rows:
                ask(session, photograph_id)
            return len(rows)

    def outdated(self, model_sha256: str, version: str | None = None) -> int:
        """How many photographs this model has not scored, as `ask_outdated` counts them."""
        query = select(func.count()).select_from(_outdated(model_sha256, version).subquery())
        with self._store.database.read() as session:
            return session.scalar(query) or 0

    def source(self, photograph_id: int) -> Source:
        """A photograph as it is to be measured. Raises NotInRecordsError."""
        with self._store.database.read() as session:
            return self._source(session, photograph_id)

    def why_not_compared(self, view_id: int) -> tuple[str, ...]:
        """Why pairs of a view could not be compared; empty where none failed."""
        with self._store.database.read() as session:
            query = (
                select(TaskRow.error)
                .join(PhotographRow, PhotographRow.id == TaskRow.photograph_id)
                .where(PhotographRow.view_id == view_id, TaskRow.before_id.is_not(None))
            )
            return tuple(error for error in session.scalars(query) if error is not None)

    def waiting(self) -> int:
        """How many tasks are still to do, without those that failed."""
        with self._store.database.read() as session:
            return session.scalar(select(func.count()).where(TaskRow.error.is_(None))) or 0

    def work_off(self, scorer: Scorer, stop: threading.Event | None = None, limit: int | None = None) -> int:
        """Do the work, the oldest first, until none is left, `stop` is set or `limit` tasks are begun.

        Returns how many were begun: 0 at once while another thread or process works. A failure stays with its task.
        """
        begun = 0
        try:
            with self._working.acquire(blocking=False):
                while begun != limit and not (stop and stop.is_set()) and (job := self._begin()) is not None:
                    begun += 1
                    self._do(job, scorer)
        except Timeout:
            _log.debug("another worker is at it")
        return begun

    def _begin(self) -> _Job | None:
        """Take the oldest task; it is counted as begun before anything can go wrong."""
        with self._store.database.write() as session:
            tasks = select(TaskRow).where(TaskRow.error.is_(None)).order_by(TaskRow.id)
            for task in session.scalars(tasks):
                if task.attempts >= MAX_ATTEMPTS:
                    task.error = _CUT_OFF
                    continue
                task.attempts += 1
                before = None if task.before_id is None else self._source(session, task.before_id)
                return _Job(task.id, self._source(session, task.photograph_id), before)
        return None

    def _do(self, job: _Job, scorer: Scorer) -> None:
        try:
            if job.before is None:
                keep_assessment(self._store, job.task_id, scorer.score(job.photograph))
            else:
                keep_comparison(self._store, job.task_id, scorer.compare(job.before, job.photograph))
        except CicatrixError as error:
            self._fail(job, str(error))
        except Exception as error:  # a fault of ours in one photograph must not hold up all others
            _log.exception("a task failed")
            self._fail(job, f"unexpected {type(error).__name__}: {error}. Please report this.")

    def _fail(self, job: _Job, reason: str) -> None:
        """The files' own names mean nothing to a reader."""
        for source in (job.photograph, job.before):
            if source is not None:
                reason = reason.replace(source.path.name, "This photograph")
        with self._store.database.write() as session:
            task = session.get(TaskRow, job.task_id)
            if task is not None:
                task.error = reason[:2000]

    def _source(self, session: Session, photograph_id: int) -> Source:
        """The path is not looked for: a missing file fails its task like any other."""
        row = existing(session, PhotographRow, photograph_id)
        drawn = tuple(DrawnRegion(r["name"], tuple(map(tuple, r["polygon"]))) for r in row.asked_regions)
        options = CheckOptions(row.asked_mm_per_px, drawn, row.asked_chart)  # type: ignore[arg-type]
        return Source(self._store.files.place(row.sha256), options)


def _outdated(model_sha256: str, version: str | None) -> Select[Id]:
    """Numbers of the photographs without a result of this model."""
    by_model = select(AssessmentRow.photograph_id).filter_by(model_sha256=model_sha256)
    if version is not None:
        by_model = by_model.filter_by(model_version=version)
    return select(PhotographRow.id).where(PhotographRow.id.not_in(by_model))
