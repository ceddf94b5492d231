"""A trained run as a bundle: one ONNX file with its description, its card and a picture to prove it by."""

import hashlib
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray

from inference.network.bundle import DESCRIPTION_FILE, MODEL_FILE, ModelDescription, load_bundle
from inference.network.maps import SURFACE, TYPES
from inference.network.verify import CHECK_INPUT, CHECK_OUTPUT, TOLERANCE, verify_bundle
from models.heads import GRADES
from models.network import SIZE_MULTIPLE, ExportedScarNet, ScarNet, parameter_count
from training.card import card
from training.checkpoint import WEIGHTS, average_with, load_network, save_weights
from training.config import TrainConfig
from training.photos.seen import parent_facts
from training.validate import PHOTOS, validate

log = logging.getLogger(__name__)

OUTPUTS = ("types", "surface", "relief_um", "grades")
#: (N, H, W) on which the graph must agree with torch: the least size, a batch, a wide strip, a close-up.
PARITY_SIZES = ((1, 32, 32), (2, 256, 256), (1, 128, 640), (1, 704, 512))
_OPSET = 20
#: Every threshold starts at even odds; `cicatrix-train calibrate` replaces them.
_THRESHOLDS = {
    **dict.fromkeys(("skin", "scar", "min_confidence", "pores", "wrinkles", "red", "brown"), 0.5),
    "min_diameter_mm": 0.6,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Resolution that the network is to see; the fields are those of inference.network.bundle.Plan."""

    px_per_mm: float = 6.4
    max_side_px: int = 1536
    min_side_px: int = 256


def export_bundle(
    run: Path,
    out: Path,
    name: str,
    version: str,
    plan: Plan | None = None,
    average: Path | None = None,
) -> Path:
    """Writes out/<name>-<version> from the last checkpoint of a run and verifies it; returns the folder.

    average: bundle of an earlier time of the run; the middle of both weights is exported, and validated anew.

    Raises FileNotFoundError when the run has no checkpoint, FileExistsError when the bundle is there already,
    RuntimeError when the graph disagrees with torch or names a path of this machine, BundleError when the
    finished folder does not verify.
    """
    folder = out / f"{name}-{version}"
    if folder.exists():
        raise FileExistsError(f"{folder} exists: raise --version, or delete the folder first.")
    network, state = load_network(run)
    if average is not None:
        state = averaged(network, state, average)
    exported = ExportedScarNet(network).eval()
    model = to_onnx(exported, {"name": name, "version": version})
    parity = check_parity(exported, model)
    image = check_picture()
    facts = training_facts(state, parameter_count(network))

    partial = out / f".{folder.name}.partial"
    partial.mkdir(parents=True)
    (partial / MODEL_FILE).write_bytes(model)
    save_weights(partial / WEIGHTS, network)
    np.save(partial / CHECK_INPUT, image)
    np.savez_compressed(partial / CHECK_OUTPUT, **dict(zip(OUTPUTS, run_onnx(model, image), strict=True)))
    description = describe(
        name, version, plan or Plan(), facts, {**validation_metrics(state["figures"]), "torch_parity": parity}
    )
    description = started_from(description, state["config"].get("start"))
    (partial / "card.md").write_text(card(description), encoding="utf-8")
    write_description(partial, description)
    verify_bundle(partial)
    os.replace(partial, folder)
    log.info("%s: %.1f MB, largest difference from torch %s", folder, len(model) / 1e6, parity)
    return folder


def averaged(network: ScarNet, state: dict[str, Any], bundle: Path) -> dict[str, Any]:
    """Averages the network's weights with the bundle's; the checkpoint with figures of the average.

    Raises FileNotFoundError without the run's validation samples, ValueError for weights of another network.
    """
    average_with(network, bundle)
    earlier = load_bundle(bundle).description.training["steps"]
    figures = validate(TrainConfig.model_validate(state["config"]), network.state_dict(), torch.device("cpu"))
    return {**state, "figures": figures, "averaged_steps": [earlier, state["step"]]}


def to_onnx(exported: ExportedScarNet, facts: dict[str, str]) -> bytes:
    """The graph with free batch, height and width, without stack traces.

    Raises RuntimeError when the path of a source file is left in it.
    """
    dim = torch.export.Dim
    sides = [SIZE_MULTIPLE * dim(side, min=1, max=256) for side in ("rows", "columns")]
    program = torch.onnx.export(
        exported,
        (torch.rand(2, 3, 8 * SIZE_MULTIPLE, 10 * SIZE_MULTIPLE),),
        dynamo=True,
        input_names=["image"],
        output_names=list(OUTPUTS),
        dynamic_shapes=({0: dim("n", min=1, max=1024), 2: sides[0], 3: sides[1]},),
        opset_version=_OPSET,
        external_data=False,
        verbose=False,
    )
    model = program.model_proto
    strip_traces(model)
    for key, value in facts.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    data = model.SerializeToString(deterministic=True)
    for trace in (b"site-packages", str(Path(__file__).resolve().parents[1]).encode()):
        if trace in data:
            raise RuntimeError(f"The exported graph still names {trace!r}: extend strip_traces to clear it.")
    return data


def strip_traces(model: onnx.ModelProto) -> None:
    """Removes what the exporter notes about its origin: stack traces with paths of the machine."""
    graph = model.graph
    parts = [graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer]
    for function in model.functions:
        parts += [function, *function.node, *function.value_info]
    for part in parts:
        del part.metadata_props[:]
        part.ClearField("doc_string")


def check_parity(exported: ExportedScarNet, model: bytes) -> dict[str, float]:
    """Largest absolute difference between torch and ONNX Runtime by output, over `PARITY_SIZES`.

    Raises RuntimeError when one is above inference.network.verify.TOLERANCE.
    """
    rng = np.random.default_rng(0)
    worst = dict.fromkeys(OUTPUTS, 0.0)
    for count, height, width in PARITY_SIZES:
        image = rng.integers(0, 256, (count, height, width, 3), dtype=np.uint8)
        with torch.inference_mode():
            expected = exported(torch.from_numpy(_blob(image)))
        for name, torch_out, onnx_out in zip(OUTPUTS, expected, run_onnx(model, image), strict=True):
            worst[name] = max(worst[name], float(np.abs(torch_out.numpy() - onnx_out).max()))
    for name, difference in worst.items():
        if not difference <= TOLERANCE[name]:
            raise RuntimeError(
                f"ONNX {name} differs from torch by {difference:.3g}, over {TOLERANCE[name]:g}."
            )
    return worst


def run_onnx(model: bytes, image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    """The four outputs for (N, H, W, 3) uint8 sRGB, on one thread of the CPU."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session.run(list(OUTPUTS), {"image": _blob(image)})


def _blob(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.ascontiguousarray(image.transpose(0, 3, 1, 2), dtype=np.float32) / np.float32(255)


def check_picture(height: int = 192, width: int = 256) -> NDArray[np.uint8]:
    """(1, height, width, 3) uint8: skin-coloured, with pits lit from above. Drawn, so nobody is on it."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:height, :width]
    light = 0.1 * np.cos(x / width * 2.0) + rng.normal(0.0, 0.015, (height, width))
    for cx, cy, radius in zip(
        rng.uniform(0, width, 24), rng.uniform(0, height, 24), rng.uniform(3, 12, 24), strict=True
    ):
        dy = (y - cy) / radius
        light += 0.5 * dy * np.exp(-(((x - cx) / radius) ** 2) - dy**2)
    rgb = np.array([205.0, 155.0, 135.0]) * (1.0 + light[..., None])
    return np.clip(rgb, 0, 255).astype(np.uint8)[np.newaxis]


def validation_metrics(figures: dict[str, float | None]) -> dict[str, Any]:
    """The figures of the last validation by what they were measured on; nothing for what the run did not have."""
    photos = {name.removeprefix(PHOTOS): value for name, value in figures.items() if name.startswith(PHOTOS)}
    rendered = {name: value for name, value in figures.items() if not name.startswith(PHOTOS)}
    named = {"rendered_validation": rendered, "photo_validation": photos}
    return {name: part for name, part in named.items() if part or name == "rendered_validation"}


def started_from(description: ModelDescription, start: str | None) -> ModelDescription:
    """Operating points of the bundle that training started from, until they are calibrated anew.

    Its errors and its repeatability were learnt of other weights: they are not taken over.
    """
    if start is None or not (Path(start) / DESCRIPTION_FILE).is_file():
        return description
    parent = load_bundle(Path(start))
    known = {"name": parent.description.name, "version": parent.description.version, "sha256": parent.sha256}
    known |= parent_facts(parent.description)
    return description.model_copy(
        update={
            "thresholds": parent.description.thresholds.model_copy(update={"confidence": None}),
            "relief_gain": parent.description.relief_gain,
            "training": {**description.training, "parent": known},
        }
    )


def training_facts(state: dict[str, Any], parameters: int) -> dict[str, Any]:
    """What the checkpoint knows of its own making; nothing of the machine it was made on."""
    config = state["config"]
    return {
        "encoder": config["network"]["encoder"],
        "output_stride": config["network"]["output_stride"],
        "start": _start(config),
        "reference_px_per_mm": config["network"].get("reference_px_per_mm"),
        "parameters": parameters,
        "steps": state.get("best_step", state["step"]),
        "batch": config["data"]["batch"] * state.get("processes", 1),
        "crop_px": config["data"]["crop_px"],
        "averaged_steps": state.get("averaged_steps"),
        "hours": round(state["elapsed_s"] / 3600.0, 2),
        "seed": config["loop"]["seed"],
        "frozen": list(config["optim"].get("freeze", ())),
        "plan": config.get("plan"),
        "photo_share": config["photos"]["share"] if config.get("photos") else None,
        **state["provenance"],
    }


def _start(config: dict[str, Any]) -> str:
    if config.get("start"):
        return f"the weights of {Path(config['start']).name}"
    return "ImageNet weights" if config["network"].get("pretrained") else "random"


def describe(
    name: str, version: str, plan: Plan, training: dict[str, Any], metrics: dict[str, Any]
) -> ModelDescription:
    """model.json as an object; `files` is filled by `write_description`."""
    return ModelDescription.model_validate(
        {
            "format_version": "1",
            "name": name,
            "version": version,
            "description": "Acne scar types, surface, relief and severity per pixel of a skin photograph.",
            "license": "Apache-2.0",
            "input": {"multiple": SIZE_MULTIPLE},
            "outputs": {
                "types": TYPES,
                "surface": SURFACE,
                "relief_um": "height over the unscarred surface, micrometres, negative below",
                "grades": GRADES,
                "relief_px_per_mm": training["reference_px_per_mm"],
            },
            "plan": {
                "px_per_mm": plan.px_per_mm,
                "max_side_px": plan.max_side_px,
                "min_side_px": plan.min_side_px,
                "pad_multiple": SIZE_MULTIPLE,
            },
            "thresholds": _THRESHOLDS,
            "training": training,
            "metrics": metrics,
            "files": {MODEL_FILE: "0" * 64},
        }
    )


def write_description(folder: Path, description: ModelDescription) -> None:
    """Writes model.json last and whole, with the sha256 of every other file of the folder."""
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != DESCRIPTION_FILE
    }
    complete = description.model_copy(update={"files": files}).model_dump(mode="json")
    partial = folder / f"{DESCRIPTION_FILE}.partial"
    partial.write_text(json.dumps(complete, indent=2) + "\n", encoding="utf-8")
    os.replace(partial, folder / DESCRIPTION_FILE)
