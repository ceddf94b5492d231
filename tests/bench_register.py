"""A pair of 12-megapixel photographs registered on two cores: seconds and peak memory. A benchmark, not a test.

python -m tests.bench_register [--rounds 3]

The sample's first two visits are enlarged to 4000 x 3000. `working` registers them at the size of the product's working
picture, as a comparison does, reading included; `whole` registers all 12 megapixels.
"""

import argparse
import json
import logging
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.register import align
from inference.measure.assessment import Evidence
from inference.network.bundle import default_bundle_folder, load_bundle

log = logging.getLogger("bench_register")
ROOT = Path(__file__).parent.parent
MEGAPIXELS_12 = (4000, 3000)
SAMPLE_PX_PER_MM, SAMPLE_WIDTH_PX = 28.0, 3000
VISITS = ("visit-1.jpg", "visit-2.jpg")


def photograph(name: str) -> bytes:
    """A sample visit enlarged to 12 megapixels, as JPEG."""
    picture = cv2.imread(str(ROOT / "data/sample" / name))
    large = cv2.resize(picture, MEGAPIXELS_12, interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", large, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def evidence_of(rgb: NDArray[np.uint8]) -> Evidence:
    """All of it skin, no scar looked for."""
    shape = rgb.shape[:2]
    return Evidence(
        rgb=rgb,
        label=np.zeros(shape, np.uint8),
        lesion_id=np.zeros(shape, np.int32),
        skin=np.ones(shape, np.bool_),
        relief_um=np.zeros(shape, np.float32),
        mm_per_px=SAMPLE_WIDTH_PX / SAMPLE_PX_PER_MM / shape[1],
        photo_px_per_px=(MEGAPIXELS_12[0] / shape[1],) * 2,
    )


def once(folder: Path, whole: bool) -> dict[str, float]:
    """One pair in this process: seconds to read and to register, and peak memory in MB."""
    cv2.setNumThreads(2)
    start = time.perf_counter()
    longest = MEGAPIXELS_12[0] if whole else load_bundle(default_bundle_folder()).description.plan.max_side_px
    pair: list[Evidence] = []
    for name in VISITS:
        rgb = np.asarray(cv2.cvtColor(cv2.imread(str(folder / name)), cv2.COLOR_BGR2RGB), np.uint8)
        size = (longest, round(longest * rgb.shape[0] / rgb.shape[1]))
        pair.append(evidence_of(np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)))
    was_read, cpu = time.perf_counter(), time.process_time()
    alignment = align(pair[0], pair[1])
    end = time.perf_counter()
    return {
        "read": was_read - start,
        "register": end - was_read,
        "processor": time.process_time() - cpu,
        "residual_mm": alignment.registration.residual_mm or float("nan"),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--whole", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if options.once:
        sys.stdout.write(json.dumps(once(options.once, options.whole)))
        return
    folder = ROOT / "build" / "bench-register"
    folder.mkdir(parents=True, exist_ok=True)
    for name in VISITS:
        (folder / name).write_bytes(photograph(name))
    for mode in ("working", "whole"):
        child = [sys.executable, "-m", "tests.bench_register", "--once", str(folder)]
        child += ["--whole"] if mode == "whole" else []
        runs = [
            json.loads(subprocess.run(child, cwd=ROOT, check=True, capture_output=True).stdout)
            for _ in range(options.rounds)
        ]
        median = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        log.info(
            "%-8s read %.2f s, register %.2f s (processor %.2f s), peak %.0f MB, residual %.3f mm",
            mode,
            *(median[name] for name in ("read", "register", "processor", "peak_mb", "residual_mm")),
        )


if __name__ == "__main__":
    main()
