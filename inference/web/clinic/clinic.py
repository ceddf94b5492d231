"""What every page of the records works with."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from inference.check import Instruments
from inference.records.records import Records
from inference.records.worker import Worker
from inference.web.clinic.drafts import Drafts


@dataclass(frozen=True, slots=True)
class Clinic:
    """The records, who works off their queue, and what measures.

    worker: to be woken when there is new work. upload_folder: where uploads arrive; the only folder that the web server
    hands out. drafts: photographs that were dropped and are not yet saved. today: the clinic's calendar day. measuring:
    held by whoever measures at a person's wish, one at a time.
    """

    records: Records
    worker: Worker
    instruments: Instruments
    upload_folder: Path
    drafts: Drafts
    today: Callable[[], date] = date.today
    measuring: threading.Lock = field(default_factory=threading.Lock)
