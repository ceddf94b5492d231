"""A bundle whose network is arithmetic, so that what it must find in a picture is known.

Its graph averages 2 x 2 pixels and then looks at the green channel alone: below 0.35 it is a boxcar scar,
relief is 1000 um times green less 0.57 (skin as `photo_files.skin` draws it), everything is skin.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.network.maps import SURFACE

onnx = pytest.importorskip("onnx", reason="the bundle of the tests is built with onnx (extra: training)")

SKIN_GREEN = 145 / 255
#: Severity mean and log sd, roughness mean (um) and log sd, whatever the picture.
GRADES = (7.0, 0.0, 12.0, float(np.log(3.0)))

_TYPES_WEIGHT = np.zeros((5, 3), np.float32)
_TYPES_WEIGHT[2, 1] = -80
_TYPES_BIAS = np.array([0, -20, 80 * 0.35, -20, -20], np.float32)
_SURFACE_BIAS = np.array([10, -10, -10, -10, -10, -10, -10], np.float32)


def build_bundle(folder: Path, stride: int = 2, **changes: Any) -> Path:
    """Write a complete bundle; `changes` replace top-level fields of model.json. Returns `folder`."""
    folder.mkdir(parents=True)
    onnx.save(_model(stride), folder / "model.onnx")
    (folder / "card.md").write_text("# Arithmetic bundle of the tests\n", encoding="utf-8")
    image = np.random.default_rng(0).integers(0, 256, (1, 64, 96, 3), dtype=np.uint8)
    np.save(folder / "check_input.npy", image)
    np.savez(folder / "check_output.npz", **expected_outputs(image, stride))
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
    (folder / "model.json").write_text(json.dumps({**_description(), "files": files, **changes}))
    return folder


def expected_outputs(image: NDArray[np.uint8], stride: int) -> dict[str, NDArray[np.float32]]:
    """The graph's answer by numpy, for (N, H, W, 3) uint8."""
    count, height, width, _ = image.shape
    blocks = image.reshape(count, height // stride, stride, width // stride, stride, 3) / 255
    pooled = blocks.mean((2, 4)).transpose(0, 3, 1, 2)
    logits = np.einsum("oc,nchw->nohw", _TYPES_WEIGHT, pooled) + _TYPES_BIAS[:, None, None]
    powers = np.exp(logits - logits.max(1, keepdims=True))
    shape = (count, len(_SURFACE_BIAS), *logits.shape[2:])
    surface = np.broadcast_to(1 / (1 + np.exp(-_SURFACE_BIAS))[:, None, None], shape)
    outputs = {
        "types": powers / powers.sum(1, keepdims=True),
        "surface": surface,
        "relief_um": 1000 * (pooled[:, 1:2] - SKIN_GREEN),
        "grades": np.tile(GRADES, (count, 1)),
    }
    return {name: value.astype(np.float32) for name, value in outputs.items()}


def _model(stride: int) -> Any:
    h, t = onnx.helper, onnx.TensorProto.FLOAT
    constants = {
        "types_w": _TYPES_WEIGHT.reshape(5, 3, 1, 1),
        "types_b": _TYPES_BIAS,
        "surface_w": np.zeros((len(_SURFACE_BIAS), 3, 1, 1), np.float32),
        "surface_b": _SURFACE_BIAS,
        "relief_w": np.array([0, 1000, 0], np.float32).reshape(1, 3, 1, 1),
        "relief_b": np.array([-1000 * SKIN_GREEN], np.float32),
        "nothing": np.zeros((3, 4), np.float32),
        "grades_b": np.array(GRADES, np.float32),
    }
    size = [stride, stride]
    nodes = [
        h.make_node("AveragePool", ["image"], ["pooled"], kernel_shape=size, strides=size),
        h.make_node("Conv", ["pooled", "types_w", "types_b"], ["types_logits"]),
        h.make_node("Softmax", ["types_logits"], ["types"], axis=1),
        h.make_node("Conv", ["pooled", "surface_w", "surface_b"], ["surface_logits"]),
        h.make_node("Sigmoid", ["surface_logits"], ["surface"]),
        h.make_node("Conv", ["pooled", "relief_w", "relief_b"], ["relief_um"]),
        h.make_node("GlobalAveragePool", ["image"], ["mean"]),
        h.make_node("Flatten", ["mean"], ["mean_flat"]),
        h.make_node("Gemm", ["mean_flat", "nothing", "grades_b"], ["grades"]),
    ]
    maps = [h.make_tensor_value_info(n, t, ["n", c, "h", "w"]) for n, c in _MAP_CHANNELS.items()]
    graph = h.make_graph(
        nodes,
        "arithmetic",
        [h.make_tensor_value_info("image", t, ["n", 3, "H", "W"])],
        [*maps, h.make_tensor_value_info("grades", t, ["n", 4])],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return h.make_model(graph, opset_imports=[h.make_opsetid("", 20)], ir_version=10)


_MAP_CHANNELS = {"types": 5, "surface": len(_SURFACE_BIAS), "relief_um": 1}


def _description() -> dict[str, Any]:
    return {
        "format_version": "1",
        "name": "arithmetic",
        "version": "0.0.1",
        "description": "Green below 0.35 is a boxcar scar.",
        "license": "Apache-2.0",
        "input": {"name": "image", "axes": "nchw", "color": "sRGB", "range": [0, 1], "multiple": 32},
        "outputs": {
            "types": ["none", "icepick", "boxcar", "rolling", "raised"],
            "surface": list(SURFACE),
            "relief_um": "height over the unscarred surface, micrometres",
            "grades": ["severity mean", "severity log sd", "roughness Sa mean (um)", "roughness Sa log sd"],
        },
        "plan": {"px_per_mm": 6.4, "max_side_px": 1536, "min_side_px": 256, "pad_multiple": 32},
        "thresholds": {
            "skin": 0.5,
            "scar": 0.5,
            "min_diameter_mm": 0.6,
            "min_confidence": 0.5,
            "pores": 0.5,
            "wrinkles": 0.5,
            "red": 0.5,
            "brown": 0.5,
        },
        "training": {},
        "metrics": {},
    }
