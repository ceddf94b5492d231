"""What each ingredient of training is worth: one short run without it, beside a run with all of them.

All runs have the same seed, steps and data order. A run that is finished and measured is taken as it stands, so that
an interrupted ablation goes on where it was. Runs of one recipe differ from seed to seed: read differences beside the
intervals of the JSON file, and leave small ones alone.
"""

import json
import logging
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inference.check import Instruments
from inference.network.bundle import load_bundle
from inference.network.session import Network
from training.calibrate import calibrate_bundle
from training.checkpoint import LAST, load_checkpoint, provenance
from training.config import TrainConfig, load_config
from training.evaluate.rendered import evaluate_tiles
from training.evaluate.repeat import repeatability, repeats_of
from training.evaluate.statistics import Interval
from training.evaluate.variants import REAL_HEADS, Variant, real_figures
from training.export import Plan, export_bundle
from training.loop import train

log = logging.getLogger(__name__)

#: The run with everything in it.
NOTHING = "nothing"
#: Needs tiles rendered without them, see `configs_of`.
LOOK_ALIKES = "look-alikes"
_DAMAGES = ("tone", "shading", "highlight", "grey", "blur", "resample", "noise", "jpeg")
#: What is left out, and the settings that leave it out.
INGREDIENTS: dict[str, tuple[str, ...]] = {
    NOTHING: (),
    "relit faces": ('data.sources=["skin"]',),
    LOOK_ALIKES: (),
    "relief loss": (
        "loss.relief=0",
        "loss.relief_gradient=0",
        "loss.pair_relief=0",
        "loss.pair_burden=0",
    ),
    "pair loss": ("loss.pair_scar=0", "loss.pair_relief=0", "loss.pair_burden=0", "loss.pair_grades=0"),
    "camera damage": tuple(f"augment.{damage}=0" for damage in _DAMAGES),
    "scale range": ("data.zoom=[1.0, 1.0]", "data.px_per_mm=[5.0, 8.0]"),
    "ImageNet weights": ("network.pretrained=false",),
}
#: Heads of the table's columns: of the names, and of the figures by name.
FIRST = "left out"
HEADS = REAL_HEADS | {
    "relief_r_in_scars": "relief r",
    "cv_own_light": "burden CV, own light",
    "cv_any_light": "burden CV, any light",
}
_RESULT = "ablation.json"


@dataclass(frozen=True, slots=True)
class Exam:
    """What every run is measured on.

    photos: folder with regions.json. faces: holds london/ and canada/; every so many-th held-out photograph is taken.
    pairs: rendered views of one skin, of which the first `tiles` are taken, or None. tiles: also those of the first
    validation folder on which thresholds are calibrated.
    """

    photos: Path
    faces: Path
    faces_every: int = 1
    pairs: Path | None = None
    tiles: int = 48
    threads: int = 1

    def facts(self) -> dict[str, Any]:
        """What the figures depend on; names of folders only."""
        pairs = None if self.pairs is None else self.pairs.name
        return {"faces_every": self.faces_every, "pairs": pairs, "tiles": self.tiles}


def configs_of(
    config: Path, steps: int, bare: Sequence[Path] = (), only: Sequence[str] = ()
) -> dict[str, TrainConfig]:
    """A config by what it leaves out, each differing from CONFIG in this alone and in its length.

    bare: samples rendered with `--bare`, in place of data.train; without them no run lacks look-alikes. only: names
    of `INGREDIENTS`, all when empty. A setting that CONFIG has anyway gives no run: it would say nothing.
    Raises ValueError for an unknown name, FileNotFoundError, pydantic.ValidationError.
    """
    unknown = set(only) - set(INGREDIENTS)
    if unknown:
        raise ValueError(
            f"No such ingredient: {', '.join(sorted(unknown))}. Known: {', '.join(INGREDIENTS)}."
        )
    whole = _shortened(load_config(config), steps)
    found: dict[str, TrainConfig] = {}
    for name, overrides in INGREDIENTS.items():
        if only and name not in only:
            continue
        if name == LOOK_ALIKES:
            overrides = (f"data.train={json.dumps([str(folder) for folder in bare])}",) if bare else ()
        shortened = _shortened(load_config(config, list(overrides)), steps)
        if name != NOTHING and shortened == whole:
            log.warning("%s: left out of %s already, or no folder given: skipped", name, config.name)
            continue
        found[name] = shortened
    return found


def _shortened(config: TrainConfig, steps: int) -> TrainConfig:
    """Length in steps alone, so that no run is cut by a busy machine, and one validation at its end."""
    loop = {"max_steps": steps, "max_minutes": None, "validate_every": steps + 1}
    return config.model_copy(update={"loop": config.loop.model_copy(update=loop)})


def ablate(configs: dict[str, TrainConfig], runs: Path, exam: Exam) -> list[Variant]:
    """Trains and measures every config in a folder of its own below `runs`.

    Delete `ablation.json` in such a folder to have its run measured again by newer code. Raises ValueError where a
    folder holds a run of another recipe, InterruptedError after SIGTERM, BundleError.
    """
    return [Variant(name, _measured(config, runs / _slug(name), exam)) for name, config in configs.items()]


def _measured(config: TrainConfig, run: Path, exam: Exam) -> dict[str, Interval]:
    asked = {**_recipe(config), "exam": exam.facts()}
    path = run / _RESULT
    if path.exists():
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["asked"] == asked:
            log.info("%s is measured already", run)
            return {name: Interval(**figure) for name, figure in stored["figures"].items()}
    validation = finish(config, run)
    log.info("measuring %s", run)
    figures = measure(bundle_of(config, run, exam.tiles), exam)
    relief = validation.get("relief_r_in_scars")
    figures["relief_r_in_scars"] = Interval(relief, None, None, config.loop.validation_samples)
    result = {"asked": asked, "figures": {name: asdict(figure) for name, figure in figures.items()}}
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)
    return figures


def finish(config: TrainConfig, run: Path) -> dict[str, float | None]:
    """Trains a run to its end from wherever it is; returns the figures of its validation."""
    begun = (run / LAST).exists()
    if begun:
        state = load_checkpoint(run / LAST)
        if {"config": state["config"], "samples": state["provenance"]["samples"]} != _recipe(config):
            raise ValueError(f"{run} holds a run of another recipe: delete it, or give another --runs.")
        if state["step"] >= config.loop.max_steps and state["figures"]:
            return state["figures"]
    figures = train(config, run, resume=begun)
    if load_checkpoint(run / LAST)["step"] < config.loop.max_steps:
        raise InterruptedError(f"{run} was stopped before its end: give the same command again to go on.")
    return figures


def _recipe(config: TrainConfig) -> dict[str, Any]:
    """The settings, and which samples lie in the folders they name."""
    return {
        "config": config.model_dump(mode="json"),
        "samples": provenance(config.data.train)["samples"],
    }


def bundle_of(config: TrainConfig, run: Path, tiles: int) -> Path:
    """Exports the run below its own folder, in place of an earlier export, and calibrates it on `tiles` tiles."""
    out = run / "bundle"
    shutil.rmtree(out, ignore_errors=True)
    plan = Plan(px_per_mm=config.network.reference_px_per_mm)
    folder = export_bundle(run, out, "ablation", "0.0.0", plan)
    calibrate_bundle(folder, config.data.validation[0], tiles)
    return folder


def measure(bundle: Path, exam: Exam) -> dict[str, Interval]:
    """Figures of one bundle, by the names of `HEADS`."""
    instruments = Instruments(Network(load_bundle(bundle), exam.threads))
    figures = real_figures(instruments, exam.photos, exam.faces, exam.faces_every)
    if exam.pairs is not None:
        tiles = evaluate_tiles(exam.pairs, instruments, exam.tiles)
        groups = repeats_of([tile.burden for tile in tiles])
        figures["cv_own_light"] = repeatability(groups, "own")["cv"]
        figures["cv_any_light"] = repeatability(groups, "any_light")["cv"]
    return figures


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")
