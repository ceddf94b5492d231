"""Run a bundle's network with ONNX Runtime: photograph in, per-pixel maps out."""

# ONNX Runtime ships no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from inference.errors import BundleError
from inference.network.bundle import Bundle, Plan
from inference.network.maps import TYPES, Estimate, Maps
from inference.photo.photo import Photo

_OUTPUTS = ("types", "surface", "relief_um", "grades")


@dataclass(frozen=True, slots=True, eq=False)
class RawOutputs:
    """What the graph returns for N pictures, at its own stride s.

    types: (N, 5, H/s, W/s) float32. surface: (N, 5 to 7, H/s, W/s) float32. relief_um: (N, 1, H/s, W/s) float32.
    grades: (N, 4) float32, severity and roughness in micrometres, each as mean and log of its sd.
    """

    types: NDArray[np.float32]
    surface: NDArray[np.float32]
    relief_um: NDArray[np.float32]
    grades: NDArray[np.float32]


class Network:
    """A bundle ready to run.

    The session is built at the first picture and dropped when the object is pickled, because ONNX Runtime's
    session cannot travel to another process. `threads` is the number of cores to use, 0 for all of them.
    """

    def __init__(self, bundle: Bundle, threads: int = 0) -> None:
        self.bundle = bundle
        self.threads = threads
        self._session: ort.InferenceSession | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_session": None}

    def maps(self, photo: Photo) -> Maps:
        """Maps on the working picture of the bundle's plan. Raises BundleError when the graph fails."""
        plan = self.bundle.description.plan
        rgb = working_picture(photo, plan)
        height_px, width_px = rgb.shape[:2]
        padded = _pad(rgb, plan)
        raw = self.run(padded[np.newaxis])
        size = padded.shape[:2]
        relief_um = _enlarge(raw.relief_um[0], size)[0, :height_px, :width_px]
        mm_per_px = photo.scale.mm_per_px * photo.width_px / width_px
        height_factor = self._height_factor(mm_per_px)
        return Maps(
            rgb=rgb,
            types=_enlarge(raw.types[0], size)[:, :height_px, :width_px],
            surface=_enlarge(raw.surface[0], size)[:, :height_px, :width_px],
            relief_um=relief_um * np.float32(height_factor * self.bundle.description.relief_gain),
            mm_per_px=mm_per_px,
            severity=Estimate(float(raw.grades[0, 0]), float(np.exp(raw.grades[0, 1]))),
            roughness_sa_um=Estimate(
                float(raw.grades[0, 2]) * height_factor, float(np.exp(raw.grades[0, 3])) * height_factor
            ),
        )

    def _height_factor(self, mm_per_px: float) -> float:
        """What heights are multiplied by: 1 at the scale that the network is made for."""
        made_for = self.bundle.description.outputs.relief_px_per_mm
        return 1.0 if made_for is None else mm_per_px * made_for

    def run(self, rgb: NDArray[np.uint8]) -> RawOutputs:
        """The graph's own outputs for (N, H, W, 3) uint8 sRGB, H and W multiples of the input's `multiple`.

        Raises BundleError when the graph cannot be run or returns other shapes than the description says.
        """
        image = np.ascontiguousarray(rgb.transpose(0, 3, 1, 2), dtype=np.float32)
        image *= np.float32(1 / 255)
        try:
            outputs = self._built().run(list(_OUTPUTS), {self.bundle.description.input.name: image})
        except Exception as error:  # ONNX Runtime has no public base class for its errors
            raise BundleError(
                f"The model in {self.bundle.folder.name} cannot be run ({error}): export it again."
            ) from error
        raw = RawOutputs(*(np.asarray(output, dtype=np.float32) for output in outputs))
        _check_shapes(raw, len(rgb), self.bundle)
        return raw

    def _built(self) -> ort.InferenceSession:
        if self._session is None:
            options = ort.SessionOptions()
            options.intra_op_num_threads = self.threads
            options.inter_op_num_threads = 1
            options.use_deterministic_compute = True
            options.log_severity_level = 3
            path = str(self.bundle.model_path)
            self._session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return self._session


def working_picture(photo: Photo, plan: Plan) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 sRGB: the photograph at `plan.px_per_mm`, its long side held to `plan.max_side_px`."""
    factor = photo.scale.mm_per_px * plan.px_per_mm
    factor = min(factor, plan.max_side_px / max(photo.width_px, photo.height_px))
    width_px = max(1, round(photo.width_px * factor))
    height_px = max(1, round(photo.height_px * factor))
    if (width_px, height_px) == (photo.width_px, photo.height_px):
        return photo.rgb
    interpolation = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(photo.rgb, (width_px, height_px), interpolation=interpolation)
    return resized.astype(np.uint8, copy=False)


def _pad(rgb: NDArray[np.uint8], plan: Plan) -> NDArray[np.uint8]:
    """Pad by reflection on the right and at the bottom, to `min_side_px` at least and to the multiple."""
    height_px, width_px = rgb.shape[:2]
    below = _padded_side(height_px, plan) - height_px
    right = _padded_side(width_px, plan) - width_px
    return cast(NDArray[np.uint8], cv2.copyMakeBorder(rgb, 0, below, 0, right, cv2.BORDER_REFLECT_101))


def _padded_side(side_px: int, plan: Plan) -> int:
    return -(-max(side_px, plan.min_side_px) // plan.pad_multiple) * plan.pad_multiple


def _enlarge(maps: NDArray[np.float32], size: tuple[int, ...]) -> NDArray[np.float32]:
    """(c, h, w) at the network's stride -> (c, H, W) float32, bilinear with half-pixel centres."""
    height_px, width_px = size
    if maps.shape[1:] == (height_px, width_px):
        return maps
    enlarged = np.empty((len(maps), height_px, width_px), np.float32)
    for source, target in zip(maps, enlarged, strict=True):
        cv2.resize(source, (width_px, height_px), dst=target, interpolation=cv2.INTER_LINEAR)
    return enlarged


def _check_shapes(raw: RawOutputs, count: int, bundle: Bundle) -> None:
    height, width = raw.types.shape[-2:]
    expected = {
        "types": (count, len(TYPES), height, width),
        "surface": (count, len(bundle.description.outputs.surface), height, width),
        "relief_um": (count, 1, height, width),
        "grades": (count, 4),
    }
    for name, shape in expected.items():
        if getattr(raw, name).shape != shape:
            raise BundleError(
                f"{bundle.folder.name}: output {name} has shape {getattr(raw, name).shape}, "
                f"expected {shape}. Export the model again."
            )
