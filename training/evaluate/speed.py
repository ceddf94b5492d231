"""Time of the network alone, in ONNX Runtime."""

import time

import numpy as np

from inference.network.bundle import Bundle
from inference.network.session import Network
from training.evaluate.statistics import Interval

CORES, ROUNDS = 2, 7
#: Working pictures are about this large: a cheek of 110 mm at 6.4 px/mm has half of it, a whole face twice.
SIDE_PX = 1024


def milliseconds_a_megapixel(bundle: Bundle, rounds: int = ROUNDS) -> Interval:
    """Median over rounds on two cores, of wall-clock time; the bounds are the fastest and the slowest round.

    Other work on the same cores lengthens it: read the fastest round where the machine is shared.
    """
    network = Network(bundle, threads=CORES)
    rgb = np.random.default_rng(0).integers(0, 256, (1, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    network.run(rgb)  # builds the session
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        network.run(rgb)
        times.append(1000 * (time.perf_counter() - start) / (SIDE_PX**2 / 1e6))
    return Interval(float(np.median(times)), min(times), max(times), rounds)
