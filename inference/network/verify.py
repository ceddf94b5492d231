"""Prove that a bundle computes here what it computed where it was exported."""

from pathlib import Path

import numpy as np

from inference.errors import BundleError
from inference.network.bundle import Bundle, load_bundle, verify_file
from inference.network.session import Network

CHECK_INPUT = "check_input.npy"
CHECK_OUTPUT = "check_output.npz"

#: Largest difference allowed between machines, by output. Vector units of different processors round sums in
#: another order; probabilities then differ by about 1e-5, and a wrong graph or wrong weights by 0.1 and more.
TOLERANCE: dict[str, float] = {"types": 1e-3, "surface": 1e-3, "relief_um": 0.5, "grades": 1e-2}


def verify_bundle(folder: Path) -> dict[str, float]:
    """Check every file's sha256, run the check picture and compare. Returns the largest difference by output.

    Differences are absolute, `relief_um` in micrometres. Raises BundleError when anything does not agree.
    """
    bundle = load_bundle(folder)
    for name, sha256 in bundle.description.files.items():
        verify_file(folder, name, sha256)
    try:
        image = np.load(folder / CHECK_INPUT, allow_pickle=False)
        with np.load(folder / CHECK_OUTPUT, allow_pickle=False) as stored:
            expected = {name: np.asarray(stored[name], np.float32) for name in TOLERANCE}
    except (OSError, KeyError, ValueError) as error:
        raise BundleError(f"{folder.name} has no usable check pair ({error}): export it again.") from error
    raw = Network(bundle, threads=1).run(image)
    differences = {name: _difference(bundle, name, getattr(raw, name), expected[name]) for name in TOLERANCE}
    for name, difference in differences.items():
        if not difference <= TOLERANCE[name]:
            raise BundleError(
                f"{folder.name} does not reproduce its check picture: {name} differs by {difference:.3g}, "
                f"at most {TOLERANCE[name]:g} is allowed. Do not measure with it on this machine."
            )
    return differences


def _difference(bundle: Bundle, name: str, actual: np.ndarray, expected: np.ndarray) -> float:
    if actual.shape != expected.shape:
        raise BundleError(
            f"{bundle.folder.name}: output {name} has shape {actual.shape}, its check pair {expected.shape}."
        )
    return float(np.max(np.abs(actual - expected), initial=0.0))
