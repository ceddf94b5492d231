"""Contact sheets of real photographs with their marks, worst first, to be looked at after every change of the model.

    python docs/sheets.py ~/sheets --photos ../shared/data/acne_scars --faces ../shared/data [--bundle FOLDER]

The sheets show people: they are written outside the project and never committed. Of scarred photographs those come
first whose marks lie least inside the boxes of scarred skin, of clear faces those with the largest marked share.
"""

import argparse
import logging
from pathlib import Path

from inference.check import Instruments
from inference.measure.assessment import Assessment, Evidence
from inference.network.bundle import default_bundle_folder, load_bundle
from inference.network.session import Network
from training.evaluate.real import PhotoLook, evaluate_faces, evaluate_photos, evidence_of
from training.evaluate.sheet import Sheet

log = logging.getLogger("sheets")

#: Photographs on one sheet: three rows of four pairs can be read on a screen.
PER_SHEET = 12


class Looked:
    """Pictures by photograph, kept until their order is known."""

    def __init__(self) -> None:
        self.evidence: dict[str, Evidence] = {}

    def __call__(self, name: str, assessment: Assessment) -> None:
        self.evidence[name] = evidence_of(assessment)

    def write(self, looks: list[PhotoLook], out: Path, title: str) -> None:
        """Writes out/title-1.png and so on, in the order of `looks`."""
        for start in range(0, len(looks), PER_SHEET):
            sheet = Sheet()
            for look in looks[start : start + PER_SHEET]:
                sheet.add(f"{look.photo} {look.marked:.1%}", self.evidence[look.photo])
            path = out / f"{title}-{start // PER_SHEET + 1}.png"
            sheet.write(path)
            log.info("%s", path)


def misplaced(look: PhotoLook) -> float:
    """What there is to be ashamed of in a scarred photograph: marks beside the boxes over marks inside them."""
    return ((look.marked_beside or 0.0) + 1e-3) / ((look.marked_in_boxes or 0.0) + 1e-3)


def main() -> None:
    """Measures all photographs with a bundle and lays the sheets."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--photos", type=Path, help="folder with regions.json")
    parser.add_argument("--faces", type=Path, help="folder that holds london/ and canada/")
    parser.add_argument("--bundle", type=Path)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    instruments = Instruments(Network(load_bundle(asked.bundle or default_bundle_folder())))
    if asked.photos:
        scarred = Looked()
        looks = evaluate_photos(asked.photos, instruments, scarred)
        scarred.write(sorted(looks, key=misplaced, reverse=True), asked.out, "scarred")
    if asked.faces:
        clear = Looked()
        looks = evaluate_faces(asked.faces, instruments, clear)
        looks += evaluate_faces(asked.faces, instruments, clear, smiling=True)
        clear.write(sorted(looks, key=lambda look: look.marked, reverse=True)[:40], asked.out, "clear")


if __name__ == "__main__":
    main()
