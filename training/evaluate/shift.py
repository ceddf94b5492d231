"""How much fifty labelled photographs of another kind give back of what the network loses on them.

Skin is rendered twice, as training has it and as `training.render.shifted` does. The shipped network is measured on
both; the difference is the loss. It is fine-tuned on labelled photographs of the other kind by the plan that any user
gets, and measured again, on other skin.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import torch
from PIL import Image
from tqdm import tqdm

from data.manifest import ManifestRow, Split, write_manifest
from data.masks import Classes, write_classes, write_mask
from inference.network.maps import TYPES
from models.network import Prediction, ScarNet
from training.checkpoint import load_network, network_of, take_over
from training.config import PhotosConfig
from training.evaluate.statistics import Interval, bootstrap
from training.loop import train
from training.metrics import Counts, auc, best_f1, count, f1_at, ratio, type_accuracy
from training.photos.labels import LabelledPhotos, read_labels
from training.photos.scales import GradeScales
from training.photos.steps import PhotoValidation
from training.plan import plan
from training.render.picture import see, surface_of
from training.render.shifted import at_home, shifted
from training.validate import image_of

SIZE_PX = 320
#: Seeds that no training set of ours has.
_SEED = 7_000_000_000
#: Of the labelled photographs, those that the run stops by.
_KEPT = 0.2

Figure = Callable[[Counts], float | None]

#: Of the pixels of scars, those that no photograph shows not asked for; and of skin, all there is.
FIGURES: dict[str, Figure] = {
    "AUC": lambda counts: auc(counts.scar, counts.clear),
    "best F1": lambda counts: best_f1(counts.scar, counts.clear)[0],
    "F1 at 0.5": lambda counts: f1_at(counts.scar, counts.clear, 0.5),
    "types right": lambda counts: type_accuracy(counts.confusion),
    "skin found": lambda counts: ratio(counts.skin[0], counts.skin[1]),
}


def _merged(counts: Iterable[Counts]) -> Counts:
    return reduce(Counts.merge, counts, Counts.zero())


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: of the shipped network on its own kind and on the other, of the tuned one on the other and its own.

    recovered: share of the loss that came back, with its 95 % interval over skins.
    """

    name: str
    home: float | None
    before: float | None
    after: float | None
    home_after: float | None
    recovered: Interval


def write_kind(folder: Path, seeds: range, other: bool, split: Callable[[int], Split]) -> Path:
    """Renders a labelled data set of one kind, as an import would leave it; returns its manifest."""
    device, classes = torch.device("cpu"), Classes(names=TYPES)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    write_classes(folder / "classes.json", classes)
    rows = []
    for place, seed in enumerate(tqdm(seeds, desc=folder.name, unit="photograph")):
        scene = at_home(_SEED + seed, SIZE_PX, device)
        surface = surface_of(scene, device)
        picture = see(shifted(scene) if other else scene, surface, device)
        name = f"skin-{seed:05d}"
        Image.fromarray(picture.rgb).save(folder / "images" / f"{name}.png")
        write_mask(folder / "masks" / f"{name}.png", picture.types, classes)
        rows.append(
            ManifestRow(
                photo_id=name,
                patient_id=name,
                image=f"images/{name}.png",
                mask=f"masks/{name}.png",
                mm_per_px=1.0 / scene.px_per_mm,
                split=split(place),
            )
        )
    write_manifest(folder / "manifest.csv", rows)
    return folder / "manifest.csv"


@torch.inference_mode()
def counts_of(network: ScarNet, labels: LabelledPhotos) -> list[Counts]:
    """Counts of every photograph kept for validation."""
    config = network.config
    photos = PhotoValidation(
        labels,
        GradeScales(),
        PhotosConfig(manifest=Path("none"), close_ups=True),
        config.output_stride,
        config.reference_px_per_mm,
        len(labels.validation),
    )
    found = []
    for item in range(len(photos)):
        batch = photos[item]
        seen = Prediction(*(part.float() for part in network.eval()(image_of(batch))))
        found.append(count(seen, batch))
    return found


def shift_table(
    bundle: Path, out: Path, labelled: int = 50, tested: int = 60, overrides: Sequence[str] = ()
) -> list[Row]:
    """Makes both kinds below `out`, fine-tunes there, and measures. A run that was begun goes on.

    Raises FileNotFoundError for a bundle without weights.
    """
    # The shown half of the skins that are measured comes first in no data set: seeds of both are apart.
    kept = max(1, round(_KEPT * labelled))
    sets = {
        "labelled": (range(labelled), True, lambda k: "validation" if k < kept else "train"),
        "home": (range(10_000, 10_000 + tested), False, lambda k: "train" if k == 0 else "validation"),
        "other": (range(10_000, 10_000 + tested), True, lambda k: "train" if k == 0 else "validation"),
    }
    manifests = {name: _made(out / name, *facts) for name, facts in sets.items()}
    shipped, tuned = ScarNet(network_of(bundle)), tuned_network(bundle, manifests["labelled"], out, overrides)
    take_over(shipped, bundle)
    home, other = (read_labels(manifests[name]) for name in ("home", "other"))
    measured = [counts_of(network, photos) for network in (shipped, tuned) for photos in (home, other)]
    return [row_of(name, figure, measured) for name, figure in FIGURES.items()]


def _made(folder: Path, seeds: range, other: bool, split: Callable[[int], Split]) -> Path:
    manifest = folder / "manifest.csv"
    return manifest if manifest.exists() else write_kind(folder, seeds, other, split)


def tuned_network(bundle: Path, manifest: Path, out: Path, overrides: Sequence[str]) -> ScarNet:
    """The network of a run by the default plan."""
    from training.checkpoint import LAST
    from training.config import overridden

    config = overridden(plan(str(bundle), PhotosConfig(manifest=manifest, close_ups=True)), list(overrides))
    train(config, out / "run", resume=(out / "run" / LAST).exists())
    return load_network(out / "run")[0]


def row_of(name: str, figure: Figure, measured: Sequence[Sequence[Counts]]) -> Row:
    """measured: counts by skin of shipped at home, shipped on the other kind, tuned at home, tuned on the other."""
    home, before, home_after, after = (figure(_merged(counts)) for counts in measured)
    skins = list(zip(*measured, strict=True))

    def share(drawn: Sequence[tuple[Counts, ...]]) -> float | None:
        values = [figure(_merged(skin[k] for skin in drawn)) for k in (0, 1, 3)]
        if any(value is None for value in values):
            return None
        well, ill, tuned = (float(value) for value in values if value is not None)
        return (tuned - ill) / (well - ill) if well > ill else None

    return Row(name, home, before, after, home_after, bootstrap(skins, share, draws=400))


def as_markdown(rows: Sequence[Row]) -> str:
    """The table."""
    lines = [
        "| pixels | own kind | other kind | tuned, other kind | tuned, own kind | of the loss recovered |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        values = " | ".join(_text(value) for value in (row.home, row.before, row.after, row.home_after))
        share = row.recovered
        spread = "" if share.low is None or share.high is None else f" ({share.low:.0%} to {share.high:.0%})"
        lines.append(
            f"| {row.name} | {values} | {'–' if share.value is None else f'{share.value:.0%}'}{spread} |"
        )
    return "\n".join(lines)


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
