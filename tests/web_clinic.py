"""A clinic for tests of the pages: real records in a folder of the test, and a worker that does not run."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from inference.check import Instruments
from inference.records.records import Records
from inference.records.scorer import InstrumentScorer
from inference.records.settings import RecordsSettings
from inference.records.worker import Worker
from inference.web.clinic.clinic import Clinic
from inference.web.clinic.drafts import Drafts

TODAY = date(2026, 10, 16)


@contextmanager
def clinic_in(folder: Path, instruments: Instruments, upload_folder: Path) -> Generator[Clinic]:
    """The clinic whose records are kept in `folder`, on the day `TODAY`."""
    records = Records.open(RecordsSettings(data_folder=folder))
    worker = Worker(records.queue, InstrumentScorer(instruments))
    try:
        with records.workspace() as drafts:
            yield Clinic(records, worker, instruments, upload_folder, Drafts(drafts), today=lambda: TODAY)
    finally:
        records.close()
