"""What every page of the records works with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from inference.check import Instruments
from inference.records.records import Records
from inference.records.worker import Worker


@dataclass(frozen=True, slots=True)
class Clinic:
    """The records, who works off their queue, and what measures.

    worker: to be woken when there is new work. upload_folder: where uploads arrive; the only folder that the web server
    hands out. today: the clinic's calendar day.
    """

    records: Records
    worker: Worker
    instruments: Instruments
    upload_folder: Path
    today: Callable[[], date] = date.today
