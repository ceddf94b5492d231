"""`make bench`: a 12-megapixel photograph from file to JSON on two cores, time per stage and peak memory.

python -m tests.bench [--photo FILE] [--rounds 5]
"""

import argparse
import json
import logging
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.check import Instruments, check
from inference.network.bundle import default_bundle_folder, load_bundle
from inference.network.session import Network, RawOutputs
from inference.photo.read import read_photo
from inference.report.files import write_assessment
from inference.score import measure
from inference.standard.standardize import standardize

log = logging.getLogger("bench")
ROOT = Path(__file__).parent.parent
MEGAPIXELS_12 = (4000, 3000)
STAGES = ("load", "read", "standardize", "network", "judge", "measure", "write")


class TimedNetwork(Network):
    """Keeps the time spent inside ONNX Runtime apart from what is done around it."""

    seconds = 0.0

    def run(self, rgb: NDArray[np.uint8]) -> RawOutputs:
        start = time.perf_counter()
        raw = super().run(rgb)
        self.seconds = time.perf_counter() - start
        return raw


def once(photo_file: Path, out: Path) -> dict[str, float]:
    """One photograph in this process; seconds per stage and peak memory in MB. The first run warms the session."""
    start = time.perf_counter()
    bundle = load_bundle(default_bundle_folder())
    network = TimedNetwork(bundle, threads=2)
    network.run(np.zeros((1, 64, 64, 3), np.uint8))
    instruments = Instruments(network)
    if instruments.finder is not None:
        instruments.finder.find(np.zeros((64, 64, 3), np.uint8))
    loaded = time.perf_counter()
    photo = read_photo(photo_file)
    was_read = time.perf_counter()
    standard = standardize(photo, instruments.finder)
    standardized = time.perf_counter()
    checked = check(standard, network)
    judged = time.perf_counter()
    result = measure(checked, instruments)
    measured = time.perf_counter()
    write_assessment(result, out, photo_file.stem)
    written = time.perf_counter()
    return {
        "load": loaded - start,
        "read": was_read - loaded,
        "standardize": standardized - was_read,
        "network": network.seconds,
        "judge": judged - standardized - network.seconds,
        "measure": measured - judged,
        "write": written - measured,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "working_px": float(checked.skin.size),
    }


def twelve_megapixels(folder: Path) -> Path:
    """The first sample photograph enlarged to 4000 x 3000, as JPEG."""
    picture = cv2.imread(str(ROOT / "data/sample/visit-1.jpg"))
    path = folder / "twelve-megapixels.jpg"
    resized = cv2.resize(picture, MEGAPIXELS_12, interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(path), resized, [cv2.IMWRITE_JPEG_QUALITY, 92])
    return path


def report(rounds: list[dict[str, float]], command_s: list[float]) -> str:
    """Medians, and the figures that the goal is about: file to JSON in a running process."""
    median = {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
    total = sum(median[name] for name in STAGES if name != "load")
    outside = total - median["network"]
    verdict = median["read"] + median["standardize"] + median["judge"]
    lines = [f"{name:16s} {median[name]:7.3f} s" for name in STAGES]
    lines += [
        f"{'read to verdict':16s} {verdict:7.3f} s  (without the network; goal 0.5 s)",
        f"{'file to JSON':16s} {total:7.3f} s  (without load; goal 1.5 s)",
        f"{'outside/inside':16s} {outside / median['network']:7.2f}    (goal at most 1)",
        f"{'peak memory':16s} {median['peak_mb']:7.0f} MB (goal 1000 MB)",
        f"{'cicatrix score':16s} {statistics.median(command_s):7.3f} s  (whole command, imports included)",
        f"{'working picture':16s} {median['working_px'] / 1e6:7.2f} megapixels",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photo", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if options.once:
            sys.stdout.write(json.dumps(once(options.once, folder)))
            return
        photo = options.photo or twelve_megapixels(folder)
        rounds, command_s = [], []
        for _ in range(options.rounds):
            child = [sys.executable, "-m", "tests.bench", "--once", str(photo)]
            rounds.append(json.loads(subprocess.run(child, cwd=ROOT, check=True, capture_output=True).stdout))
            start = time.perf_counter()
            command = [
                sys.executable,
                "-m",
                "inference.cli",
                "score",
                str(photo),
                "--out",
                str(folder / "out"),
            ]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
            command_s.append(time.perf_counter() - start)
        log.info(report(rounds, command_s))


if __name__ == "__main__":
    main()
