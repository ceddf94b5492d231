"""A clinic at work, to be killed: saves, scores and deletes visits for ever, and writes down what is confirmed.

python busy_clinic.py DATA_FOLDER PHOTOGRAPHS BUNDLE

For each line "SEED FILE" that it reads it starts a process that works until it is killed, and answers with its number,
then with "gone". FILE gets one line of JSON for each thing that the records have confirmed, or that is about to be
deleted. Processes are forked, so that the imports are paid for once.
"""

import json
import os
import random
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import clinic

from inference.check import Instruments
from inference.network.bundle import load_bundle
from inference.network.session import Network
from inference.records.records import Records
from inference.records.scorer import InstrumentScorer
from inference.records.settings import RecordsSettings


def say(what: str, **facts: Any) -> None:
    """What has been written and flushed outlives the process."""
    sys.stdout.write(json.dumps({"what": what, **facts}) + "\n")
    sys.stdout.flush()


def work(records: Records, photographs: list[Path], scorer: InstrumentScorer, chance: random.Random) -> None:
    """One thing that a clinic does."""
    what = chance.random()
    if what < 0.55:
        patient = clinic.patient(records, f"P-{chance.getrandbits(60)}")
        for week in range(chance.choice((1, 1, 2))):
            chosen = chance.sample(photographs, chance.randint(1, 3))
            on = clinic.BASELINE + timedelta(weeks=week)
            visit = clinic.visit(records, patient.id, chosen, on, note=f"{len(chosen)} photographs")
            say("saved", visit=visit.id, photographs=[one.sha256 for one in visit.photographs])
    elif what < 0.92:
        records.queue.work_off(scorer, limit=1)
        scored = [row.id for row in records.patients.page(sorting="visits", limit=1000).rows if row.spark]
        for patient_id in scored[-2:]:
            for visit in records.patients.record(patient_id).visits:
                for one in visit.photographs:
                    if one.figures is not None:
                        say("scored", visit=visit.id, assessment=one.figures.id)
    else:
        rows = records.patients.page(limit=1000).rows
        if len(rows) > 5:
            visit_ids = [visit.id for visit in records.patients.record(chance.choice(rows).id).visits]
            if visit_ids:
                say("deleting", visit=visit_ids[0])
                records.visits.delete(visit_ids[0])
                say("deleted", visit=visit_ids[0])


def run(folder: str, photographs: str, bundle: str, seed: int) -> None:
    """Work until killed."""
    records = Records.open(RecordsSettings(data_folder=Path(folder)))
    scorer = InstrumentScorer(Instruments(Network(load_bundle(Path(bundle)), threads=1), finder=None))
    chance = random.Random(seed)
    while True:
        work(records, sorted(Path(photographs).iterdir()), scorer, chance)


def main() -> None:
    for line in sys.stdin:
        seed, file = line.split(maxsplit=1)
        process = os.fork()
        if process == 0:
            with Path(file.strip()).open("w", encoding="utf-8") as sys.stdout:
                run(*sys.argv[1:], seed=int(seed))
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()
        os.waitpid(process, 0)
        sys.stdout.write("gone\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
