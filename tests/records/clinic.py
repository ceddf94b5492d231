"""What the tests of the records share: photographs whose scoring is arithmetic, and short ways to enter things."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
from bundles import build_bundle
from photo_files import save_jpeg, skin

from inference.check import CheckOptions, Instruments
from inference.network.bundle import load_bundle
from inference.network.session import Network
from inference.records.entries import ConsentEntry, PatientEntry, PhotographEntry, VisitEntry
from inference.records.facts import Patient, Visit
from inference.records.records import Records
from inference.records.scorer import InstrumentScorer

BASELINE = date(2026, 3, 4)
MM_PER_PX = 0.15625  # the arithmetic network's own resolution, so that nothing is resized


def scorer(folder: Path, version: str = "0.0.1") -> InstrumentScorer:
    """The real instruments around the arithmetic network, kept in `folder`; another version is another model."""
    bundle = load_bundle(
        build_bundle(folder / f"arithmetic-{version}", version=version, training={"of": version})
    )
    return InstrumentScorer(Instruments(Network(bundle, threads=1), finder=None))


def photograph(folder: Path, seed: int = 0, scars: int = 3) -> Path:
    """A photograph of skin with some dark discs, which the arithmetic network takes for scars.

    One seed is one skin: with fewer scars it has healed.
    """
    rgb = skin(256, 384, seed)
    places = np.random.default_rng(seed).permutation(24)[:scars]
    y, x = np.mgrid[:256, :384]
    for place in places:
        row, column = divmod(int(place), 6)
        rgb[(y - 32 - 64 * row) ** 2 + (x - 32 - 64 * column) ** 2 < 14**2] = (120, 60, 50)
    return save_jpeg(folder / f"photograph-{seed}-{scars}.jpg", rgb)


def entry(path: Path, view: str = "left cheek") -> PhotographEntry:
    return PhotographEntry(path, view, CheckOptions(MM_PER_PX))


def patient(records: Records, code: str = "P-0142", *, consents: bool = True) -> Patient:
    added = records.patients.add(PatientEntry(code=code))
    if consents:
        records.patients.consent(added.id, ConsentEntry(purpose="assessment", given_on=BASELINE))
    return added


def visit(
    records: Records, patient_id: int, paths: Sequence[Path], on: date = BASELINE, note: str = ""
) -> Visit:
    return records.visits.save(patient_id, VisitEntry(on=on, note=note), [entry(path) for path in paths])
