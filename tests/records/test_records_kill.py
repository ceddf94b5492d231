"""Killed at random moments while visits are saved, scored and deleted: nothing half-saved, nothing lost.

A kill ends the process, not the machine: that written data also outlives a power cut rests on the flushes that
`test_records_files` and `test_records_database` look at.
"""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import clinic
import pytest
from bundles import build_bundle
from PIL import Image
from sqlalchemy import select, text

from inference.check import Instruments
from inference.network.bundle import load_bundle
from inference.network.session import Network
from inference.records.records import Records
from inference.records.scorer import InstrumentScorer
from inference.records.settings import RecordsSettings
from inference.records.tables import PatientRow, TaskRow

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 60


@pytest.mark.parametrize("kills", [8, pytest.param(50, marks=pytest.mark.slow)])
def test_whatever_was_confirmed_outlives_kills(kills: int, tmp_path: Path) -> None:
    photographs = tmp_path / "photographs"
    for seed in range(8):
        clinic.photograph(photographs, seed)
    bundle = build_bundle(tmp_path / "arithmetic-0.0.1")
    settings = RecordsSettings(data_folder=tmp_path / "records")
    chance = random.Random(kills)
    confirmed = Confirmed()
    with clinics(settings.data_folder, photographs, bundle) as start:
        for kill in range(kills):
            # Every fourth is killed while it opens the records, the others at work.
            starting = kill % 4 == 3
            out = tmp_path / f"confirmed-{kill}.jsonl"
            work_until_killed(
                start, kill, out, chance.uniform(0, 0.3 if starting else 0.8), at_work=not starting
            )
            confirmed.hear(out)
            records = Records.open(settings)
            check(records, confirmed)
            records.close()
    assert len(confirmed.saved) >= kills // 2
    records = Records.open(settings)
    scorer = InstrumentScorer(Instruments(Network(load_bundle(bundle), threads=1), finder=None))
    finish(records, scorer, limit=5 if kills < 10 else 60)
    records.close()


class Confirmed:
    """What the killed processes said: visits with their photographs, results, and what may or must be gone."""

    def __init__(self) -> None:
        self.saved: dict[int, list[str]] = {}
        self.scored: set[tuple[int, int]] = set()
        self.deleting: set[int] = set()
        self.deleted: set[int] = set()

    def hear(self, out: Path) -> None:
        for text_line in out.read_text(encoding="utf-8").splitlines() if out.exists() else ():
            line = json.loads(text_line)
            match line["what"]:
                case "saved":
                    self.saved[line["visit"]] = line["photographs"]
                case "scored":
                    self.scored.add((line["visit"], line["assessment"]))
                case "deleting":
                    self.deleting.add(line["visit"])
                case "deleted":
                    self.deleted.add(line["visit"])


@contextmanager
def clinics(*arguments: Path) -> Iterator["subprocess.Popen[str]"]:
    """The process that starts clinics, one after the other."""
    path = os.pathsep.join(str(folder) for folder in (ROOT, ROOT / "tests", ROOT / "tests" / "records"))
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("busy_clinic.py")), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.communicate(timeout=START_LIMIT_S)


def work_until_killed(
    start: "subprocess.Popen[str]", seed: int, out: Path, after_s: float, *, at_work: bool
) -> None:
    """Let a clinic work and kill it `after_s` after it began, or `at_work` after its first confirmation."""
    assert start.stdin is not None
    assert start.stdout is not None
    start.stdin.write(f"{seed} {out}\n")
    start.stdin.flush()
    process = int(start.stdout.readline())
    deadline_s = time.monotonic() + START_LIMIT_S
    while at_work and time.monotonic() < deadline_s and not (out.exists() and out.stat().st_size):
        time.sleep(0.005)
    time.sleep(after_s)
    os.kill(process, signal.SIGKILL)
    assert start.stdout.readline() == "gone\n"


def check(records: Records, confirmed: Confirmed) -> None:
    """What must be so after every kill."""
    store = records._store
    with store.database.read() as session:
        assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []
        patients = session.scalars(select(PatientRow.id)).all()
    visits = {visit.id: visit for key in patients for visit in records.patients.record(key).visits}
    assert not visits.keys() & confirmed.deleted
    for visit_id, photographs in confirmed.saved.items():
        if visit_id in visits:
            assert [one.sha256 for one in visits[visit_id].photographs] == photographs
        else:
            assert visit_id in confirmed.deleting, "a confirmed visit is lost"
    named: set[str] = set()
    results: set[tuple[int, int]] = set()
    for visit in visits.values():
        assert visit.note == f"{len(visit.photographs)} photographs", "half a visit was saved"
        for one in visit.photographs:
            named |= {one.sha256, one.thumbnail_sha256}
            assert one.state != "not scored" or "cut off" in str(one.why_not)
            for figures in records.results.of(one.id):
                results.add((visit.id, figures.id))
                named.add(figures.mask_sha256)
    assert {pair for pair in confirmed.scored if pair[0] in visits} <= results, "a confirmed result is lost"
    assert set(store.files.kept()) == named
    for sha256 in named:
        assert hashlib.sha256(store.files.path(sha256).read_bytes()).hexdigest() == sha256
    for folder in ("incoming", "unfinished"):
        assert list((store.folder / folder).iterdir()) == []


def finish(records: Records, scorer: InstrumentScorer, limit: int) -> None:
    """Work that was cut off goes on, the oldest first; a photograph set aside is scored when asked for again."""
    records.queue.work_off(scorer, limit=1)  # sets aside what was cut off too often
    with records._store.database.read() as session:
        set_aside = session.scalars(select(TaskRow.photograph_id).where(TaskRow.error.is_not(None))).all()
    for photograph_id in set_aside:
        records.queue.ask(photograph_id)
    with records._store.database.read() as session:
        oldest = session.scalars(select(TaskRow.id).order_by(TaskRow.id).limit(limit)).all()
    assert records.queue.work_off(scorer, limit=limit) >= len(oldest)
    with records._store.database.read() as session:
        assert not set(oldest) & set(session.scalars(select(TaskRow.id)))
    for row in records.patients.page(limit=10_000).rows:
        for one in (one for visit in records.patients.record(row.id).visits for one in visit.photographs):
            if one.figures is not None:
                assert records.results.assessment(one.figures.id).photo.sha256 == one.sha256
                with Image.open(records.results.mask(one.figures.id)) as mask:
                    mask.load()
