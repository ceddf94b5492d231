"""State of a run on disk: plain dictionaries of tensors and numbers that load with weights_only."""

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models.config import NetworkConfig
from models.network import ScarNet
from training.config import PhotosConfig
from training.photos.labels import LabelledPhotos
from training.photos.scales import GradeScales
from training.photos.seen import fingerprints

FORMAT_VERSION = 1
LAST = "last.pt"
#: In a bundle.
WEIGHTS = "weights.pt"


class Ema:
    """Exponential moving average of weights and batch-norm statistics; counters are copied.

    The decay starts small and rises, (1 + t) / (10 + t), so the random start is soon forgotten.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.state = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self.state[name].lerp_(value, 1.0 - decay)
            else:
                self.state[name].copy_(value)


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Writes beside `path`, then renames: a kill leaves the old checkpoint whole."""
    partial = path.with_suffix(".partial")
    with partial.open("wb") as stream:
        torch.save({"format_version": FORMAT_VERSION, **state}, stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(partial, path)


def load_checkpoint(path: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """Raises FileNotFoundError, and ValueError when another version wrote the file."""
    state = torch.load(path, map_location=device, weights_only=True)
    if state.get("format_version") != FORMAT_VERSION:
        raise ValueError(
            f"{path} has checkpoint format {state.get('format_version')}, expected {FORMAT_VERSION}."
        )
    return state


def load_network(run: Path) -> tuple[ScarNet, dict[str, Any]]:
    """The averaged network of a run folder in evaluation mode on the CPU, and its checkpoint.

    Of a run with `loop.patience` it is the network of the best validation, and `figures` and `best_step` are its.
    """
    state = load_checkpoint(run / LAST)
    network = ScarNet(NetworkConfig.model_validate(state["config"]["network"]))
    best = state.get("best")
    if best:
        state = {**state, "figures": best["figures"], "best_step": best["step"]}
    network.load_state_dict(best["weights"] if best else state["ema"])
    return network.eval(), state


def save_weights(path: Path, network: ScarNet) -> None:
    """Writes the weights in half precision beside the graph, for training that goes on from a bundle."""
    state = {
        name: value.half() if value.is_floating_point() else value
        for name, value in network.state_dict().items()
    }
    save_checkpoint(path, {"network_config": network.config.model_dump(mode="json"), "network": state})


def take_over(network: ScarNet, bundle: Path) -> None:
    """Sets the weights to those of a bundle, rounded to half precision.

    Raises FileNotFoundError when the bundle holds none, ValueError when they are of another network.
    """
    network.load_state_dict(_weights_for(network, bundle))  # copied in the network's own precision


def average_with(network: ScarNet, bundle: Path) -> None:
    """Sets the weights to the middle between the network's own and those of a bundle of the same run.

    Weights of one run, averaged along its way, lie in flatter ground than its end and travel better to pictures of
    another kind: Izmailov et al., UAI 2018, arXiv 1803.05407; Wortsman et al., CVPR 2022, arXiv 2109.01903.
    Raises as `take_over`.
    """
    own, theirs = network.state_dict(), _weights_for(network, bundle)
    middle = {
        name: (value + theirs[name].to(value.dtype)) / 2 if value.is_floating_point() else value
        for name, value in own.items()
    }
    network.load_state_dict(middle)


def network_of(bundle: Path) -> NetworkConfig:
    """The shape of a bundle's network. Raises FileNotFoundError when the bundle holds no weights."""
    return NetworkConfig.model_validate(_weights_file(bundle)["network_config"])


def _weights_file(bundle: Path) -> dict[str, Any]:
    if not (bundle / WEIGHTS).is_file():
        raise FileNotFoundError(
            f"{bundle} holds no {WEIGHTS}, which training goes on from (the graph alone will not do: its batch norms "
            "are folded into its convolutions). Take a bundle exported by this version, such as atrophic-0.2.3."
        )
    return load_checkpoint(bundle / WEIGHTS)


def _weights_for(network: ScarNet, bundle: Path) -> dict[str, Tensor]:
    state = _weights_file(bundle)
    theirs = NetworkConfig.model_validate(state["network_config"])
    alike = {"pretrained": network.config.pretrained}  # where weights once came from does not matter
    if theirs.model_copy(update=alike) != network.config:
        raise ValueError(
            f"{bundle.name} holds another network than the config: take over its [network] settings."
        )
    return state["network"]


def provenance(
    folders: tuple[Path, ...],
    photos: PhotosConfig | None = None,
    known: tuple[LabelledPhotos, GradeScales] | None = None,
) -> dict[str, Any]:
    """Where a run comes from: the commit of the code, None outside a clone, what was rendered and what was labelled.

    Of the folders only the names are kept, never the paths of the machine, and of photographs only counts.
    """
    repository = Path(__file__).resolve().parents[1]
    command = ["git", "-C", str(repository), "rev-parse", "HEAD"]
    try:
        commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        commit = None
    samples = []
    for folder in folders:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        lines = (folder / "samples.jsonl").read_text(encoding="utf-8").splitlines()
        graded = sum(json.loads(line)["severity"] is not None for line in lines if line)
        samples.append(
            {"folder": folder.name, "count": len(lines), "seed": meta.get("seed"), "graded": graded}
        )
    facts: dict[str, Any] = {"commit": commit, "samples": samples}
    if photos is not None and known is not None:
        facts["photos"] = photo_facts(photos, *known)
    return facts


def photo_facts(photos: PhotosConfig, labels: LabelledPhotos, scales: GradeScales) -> dict[str, Any]:
    """What the card says of the photographs: how many, of whom, with which labels; no name of any.

    Fingerprints of their files let an evaluation refuse what training saw.
    """
    train = labels.train
    return {
        "manifest_sha256": hashlib.sha256(photos.manifest.read_bytes()).hexdigest(),
        "train": len(train),
        "validation": len(labels.validation),
        "patients": len({photo.patient_id for photo in train}),
        "scale_known": sum(photo.mm_per_px is not None for photo in train),
        "with": {
            "masks": sum(bool(photo.masks) for photo in train),
            "boxes": sum(bool(photo.boxes) for photo in train),
            "points": sum(bool(photo.points) for photo in train),
            "image types": sum(bool(photo.types) for photo in train),
            "grades": sum(bool(photo.grades) for photo in train),
        },
        "classes": list(labels.classes.names) if labels.classes else [],
        "scales": sorted({scale for photo in train for scale, _, _ in photo.grades}),
        "raters": len(scales.raters),
        "fingerprints": {
            "train": fingerprints(photo.image for photo in train),
            "validation": fingerprints(photo.image for photo in labels.validation),
        },
    }


def continued(before: dict[str, Any], now: dict[str, Any], step: int) -> dict[str, Any]:
    """Provenance of a run resumed at `step`: this part's, with every part before it that differed in `earlier`."""
    earlier = [*before.get("earlier", [])]
    last = {name: value for name, value in before.items() if name != "earlier"}
    if last != now:
        earlier.append({**last, "until_step": step})
    return {**now, "earlier": earlier} if earlier else now
