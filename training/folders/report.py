"""All judges on the same photographs in the same folds, and the words and table for it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from inference.check import Instruments
from inference.network.bundle import load_bundle
from inference.network.session import Network
from models.encoder import Encoder
from training.evaluate.statistics import Interval
from training.folders.classify import Judged, Majority, Ridge, cross_validate, interval_of
from training.folders.features import SCALES, EncoderFeatures, ScarFeatures, views_of
from training.folders.read import read_folders
from training.folders.torchvision_baseline import TorchvisionBaseline

OURS = "scar network, frozen, + ridge"


@dataclass(frozen=True, slots=True, eq=False)
class FolderReport:
    """classes, counts: names and photographs of each. duplicates: photographs that share a group with another.
    judged: the product's own first, then the baselines."""

    classes: tuple[str, ...]
    counts: tuple[int, ...]
    duplicates: int
    judged: tuple[Judged, ...]

    def gain(self, other: Judged) -> Interval:
        """How much oftener the product's own is right than another, over the same photographs, paired."""
        return interval_of(self.judged[0].right - other.right, other.group)


def evaluate_folders(
    root: Path, bundle: Path, repeats: int = 10, baseline_repeats: int = 2, epochs: int = 30, threads: int = 1
) -> FolderReport:
    """Cross-validates on a folder per class. baseline_repeats: of the baseline that is trained whole, which is slow.

    Raises DatasetError, BundleError, FileNotFoundError for a bundle without weights.
    """
    classes, examples = read_folders(root)
    label = np.array([one.label for one in examples], np.intp)
    group = np.array([one.group for one in examples], np.intp)
    instruments = Instruments(Network(load_bundle(bundle), threads))
    ours, imagenet = ScarFeatures(bundle), EncoderFeatures(_imagenet_encoder())
    blocks, others, pictures = [], [], []
    for one in tqdm(examples, desc="photographs"):
        views = views_of(one.path, instruments)
        blocks.append(ours(views))
        others.append(imagenet(views))
        pictures.append(views[SCALES.index(1.0)].rgb)
    whole = TorchvisionBaseline(pictures, label, epochs)
    judges = (
        (OURS, Ridge(blocks, label, group), repeats),
        ("majority", Majority(label), repeats),
        (f"torchvision MobileNetV3-Small, weights: {whole.weights}, trained whole", whole, baseline_repeats),
        ("EfficientNet-Lite0, ImageNet, frozen, + ridge", Ridge(others, label, group), repeats),
    )
    judged = tuple(cross_validate(name, judge, label, group, count) for name, judge, count in judges)
    shared = len(examples) - sum(np.bincount(group) == 1)
    return FolderReport(classes, tuple(np.bincount(label).tolist()), int(shared), judged)


def _imagenet_encoder() -> Encoder:
    encoder = Encoder("efficientnet_lite0")
    encoder.start_from_imagenet()
    return encoder


def as_markdown(report: FolderReport) -> str:
    """A line on the photographs and the table of judges."""
    held = ", ".join(f"{count} {name}" for name, count in zip(report.classes, report.counts, strict=True))
    head = f"{sum(report.counts)} photographs ({held}); {report.duplicates} of them near-duplicates, kept in one fold."
    columns = ["judge", "accuracy", "sd over repeats", "95 % interval", *report.classes, "ours is better by"]
    lines = [head, "", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    for one in report.judged:
        own, gain = interval_of(one.right, one.group), report.gain(one)
        better = (
            ""
            if one is report.judged[0]
            else f"{_points(gain.value)} ({_points(gain.low)} to {_points(gain.high)})"
        )
        recalls = " | ".join(f"{one.recall(k):.0%}" for k in range(len(report.classes)))
        lines.append(
            f"| {one.name} | {one.accuracy:.1%} | {one.spread:.1%} | {own.low:.0%} to {own.high:.0%} | {recalls} "
            f"| {better} |"
        )
    return "\n".join(lines)


def _points(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:+.0f} points"


def as_dict(report: FolderReport) -> dict[str, Any]:
    """For JSON: figures only, no name of any photograph."""
    return {
        "classes": dict(zip(report.classes, report.counts, strict=True)),
        "near_duplicates": report.duplicates,
        "judges": [
            {
                "name": one.name,
                "accuracy": asdict(interval_of(one.right, one.group)),
                "sd_over_repeats": one.spread,
                "repeats": len(one.guess),
                "recall": {name: one.recall(k) for k, name in enumerate(report.classes)},
                "ours_better_by": asdict(report.gain(one)),
            }
            for one in report.judged
        ],
    }
