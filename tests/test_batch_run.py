"""A photograph that takes its process down costs itself and nothing else."""

import os
from dataclasses import dataclass
from pathlib import Path

from bundles import build_bundle
from photo_files import save_jpeg, skin

from inference.batch.jobs import Job, collect_jobs
from inference.batch.run import run_jobs
from inference.batch.scorer import Outcome, Scorer
from inference.check import Instruments
from inference.network.bundle import load_bundle
from inference.network.session import Network


@dataclass(frozen=True, slots=True)
class DiesOnOne(Scorer):
    """Ends its process at the photograph `fatal.jpg`, as the system does when memory runs out."""

    def __call__(self, job: Job) -> Outcome:
        if job.file == "fatal.jpg":
            os._exit(9)
        return Scorer.__call__(self, job)


def test_the_rest_is_scored_after_a_process_died(tmp_path: Path) -> None:
    for name in ("a", "b", "fatal", "z"):
        save_jpeg(tmp_path / "in" / f"{name}.jpg", skin(100, 120))
    network = Network(load_bundle(build_bundle(tmp_path / "arithmetic-0.0.1")), threads=1)
    jobs = collect_jobs([tmp_path / "in"], tmp_path / "out")
    outcomes = list(run_jobs(jobs, DiesOnOne(Instruments(network), tmp_path / "out"), workers=2))
    assert sorted(outcome.job.file for outcome in outcomes) == ["a.jpg", "b.jpg", "fatal.jpg", "z.jpg"]
    failed = {outcome.job.file: outcome.error for outcome in outcomes if outcome.error is not None}
    assert set(failed) == {"fatal.jpg"}
    assert "died" in str(failed["fatal.jpg"])
    assert {path.name for path in (tmp_path / "out").glob("*.json")} == {"a.json", "b.json", "z.json"}
