"""Score one photograph of a batch and keep its result: errors become part of the outcome."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from inference.batch.jobs import Job
from inference.check import CheckOptions, Instruments
from inference.errors import CicatrixError
from inference.measure.assessment import Assessment
from inference.reference.chart import ChartKind
from inference.report.files import score_row, write_assessment
from inference.report.read import ResultFileError, read_assessment_json
from inference.score import asked, score_photo
from inference.standard.regions import DrawnRegion

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: the photograph's row in the table, or the reason why there is none."""

    job: Job
    row: dict[str, Any] | None = None
    error: str | None = None
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class Scorer:
    """Everything that scoring needs besides the photograph. Can be sent to another process.

    regions: outlined parts to measure, by `Job.file`. chart: the 24-patch chart that is used.
    """

    instruments: Instruments
    out_dir: Path
    mm_per_px: float | None = None
    resume: bool = False
    regions: Mapping[str, tuple[DrawnRegion, ...]] = field(default_factory=dict[str, Any])
    chart: ChartKind | None = None

    def __call__(self, job: Job) -> Outcome:
        """Score `job` and write its files; a failure is returned, never raised, so that the rest goes on."""
        try:
            earlier = self._earlier_result(job) if self.resume else None
            if earlier is not None:
                return Outcome(job, row=score_row(earlier), resumed=True)
            measured = score_photo(job.path, self.instruments, self._options(job))
            assessment = replace(measured, photo=replace(measured.photo, file=job.file))
            write_assessment(assessment, self.out_dir, job.stem)
            return Outcome(job, row=score_row(assessment))
        except CicatrixError as error:
            return Outcome(job, error=str(error))
        except OSError as error:
            return Outcome(job, error=f"its result cannot be written: {error}")
        except Exception as error:  # a fault of ours in one photograph must not end a batch of thousands
            _log.debug("scoring %s failed", job.path, exc_info=True)
            return Outcome(job, error=f"unexpected {type(error).__name__}: {error}. Please report this.")

    def _options(self, job: Job) -> CheckOptions:
        return CheckOptions(self.mm_per_px, self.regions.get(job.file, ()), self.chart)

    def _earlier_result(self, job: Job) -> Assessment | None:
        """The result in the out folder if it is of this very file and model, and the same was asked for."""
        try:
            earlier = read_assessment_json(self.out_dir / f"{job.stem}.json")
            photo_sha256 = hashlib.sha256(job.path.read_bytes()).hexdigest()
        except (ResultFileError, OSError):
            return None
        mask = (self.out_dir / f"{job.stem}.json").with_name(earlier.masks.get("scars", ""))
        same = (
            earlier.photo.sha256 == photo_sha256
            and earlier.photo.file == job.file
            and earlier.model.sha256 == self.instruments.network.bundle.sha256
            and earlier.asked == asked(self._options(job))
            and mask.is_file()
        )
        return earlier if same else None
