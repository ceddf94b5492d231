"""The steps of a calibration in their order, and what they leave in a bundle."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from inference.measure.assess import assess
from inference.measure.assessment import Assessment, ModelFacts
from inference.measure.site import Site, whole_picture
from inference.network.bundle import ModelDescription, Thresholds, load_bundle
from inference.network.session import Network
from inference.score import model_facts
from training.calibrate.confidence import confidence_figures
from training.calibrate.errors import BY_SD, Residuals, fit_errors, stack_residuals
from training.calibrate.thresholds import (
    Choice,
    choose_scar,
    choose_surface,
    depth_ratio,
    operating_point,
    told_apart,
)
from training.calibrate.tiles import Seen, look, with_relief, with_skin
from training.dataset import SampleFolder
from training.evaluate.grades import reported, true_figures
from training.evaluate.rendered import tell_apart
from training.evaluate.repeat import true_burden_um
from training.record import rewrite

log = logging.getLogger(__name__)


def calibrate_bundle(folder: Path, samples_folder: Path, limit: int = 64) -> dict[str, Choice | None]:
    """Learns all on the first `limit` tiles and rewrites model.json and card.md of the bundle.

    Surface channels take the threshold of best pixel F1, scars that of best one-to-one lesion F1 as the product
    measures lesions, with a confidence that is calibrated at that threshold. Relief takes the gain that makes the
    median depth of found scars right, the expected depth the gain that makes the burden of all tiles together right,
    and with all of that settled the errors of every figure are learnt. None marks a channel that was kept. Raises
    BundleError, FileNotFoundError.
    """
    samples = SampleFolder(samples_folder)
    tiles = look(samples, Network(load_bundle(folder), threads=1), min(limit, len(samples)))
    return calibrate_on(folder, tiles, _source(samples, len(tiles)), true_of_tile)


def calibrate_on(
    folder: Path, tiles: Sequence[Seen], source: dict[str, Any], true_of: "TrueOf"
) -> dict[str, Choice | None]:
    """As `calibrate_bundle`, on tiles that were looked at already. source: what the card says of them.

    true_of: what is known of a tile's figures. Where no depth is known the gains of depth stay as they are.
    """
    bundle = load_bundle(folder)
    description = bundle.description
    choices = choose_surface(tiles)
    found = {name: operating_point(name, choice) for name, choice in choices.items() if choice}
    thresholds = description.thresholds.model_copy(update=found)
    tiles = with_skin(tiles, thresholds)
    scar = choose_scar(tiles, thresholds)
    metrics: dict[str, Any] = {}
    if scar:
        chosen = {"scar": scar.scar.threshold, "min_confidence": scar.min_confidence.threshold}
        thresholds = thresholds.model_copy(update={**chosen, "confidence": scar.confidence})
        metrics["confidence"] = confidence_figures(scar.labelled)
    ratio = depth_ratio(told_apart(tiles, thresholds)) or 1.0
    gain = round(description.relief_gain / ratio, 3)
    tiles = with_relief(tiles, gain / description.relief_gain)
    gained = with_burden_gain(tiles, thresholds, model_facts(bundle))
    thresholds = thresholds if gained.burden_gain is None else gained
    errors, metrics["errors"] = fit_errors(residuals_of(tiles, thresholds, model_facts(bundle), true_of))
    _tell(metrics)
    learnt = {"thresholds": thresholds, "relief_gain": gain, "errors": errors}
    choices = {**choices, "scar": scar and scar.scar, "min_confidence": scar and scar.min_confidence}
    write_calibration(folder, description.model_copy(update=learnt), choices, {**source, **metrics})
    return choices


#: A tile, what was measured of it and the thresholds -> its true figures by their joined names.
TrueOf = Callable[[Seen, Assessment, Thresholds], dict[str, float]]


def true_of_tile(seen: Seen, measured: Assessment, thresholds: Thresholds) -> dict[str, float]:
    """The truth of a rendered tile."""
    return true_figures(seen.line, seen.tile, measured, thresholds.min_diameter_mm)


def with_burden_gain(tiles: Sequence[Seen], thresholds: Thresholds, model: ModelFacts) -> Thresholds:
    """The gain of the expected depth: true burdens over measured ones, summed over the tiles; None without any."""
    plain = thresholds.model_copy(update={"burden_gain": 1.0})
    seen_um = true_um = 0.0
    for seen in tiles:
        measured = assess(seen.photo, seen.maps, model, plain, _site(seen, plain))
        burden_um = true_burden_um(seen.tile, measured)
        if burden_um is not None and measured.scars.burden_um is not None:
            seen_um, true_um = seen_um + measured.scars.burden_um, true_um + burden_um
    gain = round(true_um / seen_um, 3) if seen_um > 0 and true_um > 0 else None
    return thresholds.model_copy(update={"burden_gain": gain})


def residuals_of(
    tiles: Sequence[Seen], thresholds: Thresholds, model: ModelFacts, true_of: TrueOf = true_of_tile
) -> dict[str, Residuals]:
    """Every figure that has a truth, over the tiles as the product measures them; of lesions, over those found."""
    rows: list[tuple[str, float, float, float | None, str]] = []
    for seen in tiles:
        measured = assess(seen.photo, seen.maps, model, thresholds, _site(seen, thresholds))
        for name, true in true_of(seen, measured, thresholds).items():
            value = reported(measured, name)
            if value is not None and value >= 0:
                rows.append((name, value, true, _stated_sd(seen, name), seen.group))
        rows += _lesion_rows(seen, measured, thresholds)
    return stack_residuals(rows)


def _site(seen: Seen, thresholds: Thresholds) -> Site:
    whole = whole_picture(seen.maps, thresholds)
    return Site(seen.skin, whole.index, whole.names, whole.quality)


def _stated_sd(seen: Seen, name: str) -> float | None:
    if name not in BY_SD:
        return None
    stated = seen.maps.severity if name == "scales.severity_network" else seen.maps.roughness_sa_um
    return stated.sd


def _lesion_rows(
    seen: Seen, measured: Assessment, thresholds: Thresholds
) -> list[tuple[str, float, float, float | None, str]]:
    rows: list[tuple[str, float, float, float | None, str]] = []
    told = tell_apart(seen.line, seen.tile.types, measured.lesions, thresholds.min_diameter_mm)
    for lesion, scar in told.pairs:
        rows.append(("lesions.diameter_mm", lesion.diameter_mm, float(scar["width_mm"]), None, seen.group))
        if lesion.depth_um is not None and lesion.depth_um >= 0 and scar["depth_um"] >= 0:
            rows.append(("lesions.depth_um", lesion.depth_um, float(scar["depth_um"]), None, seen.group))
    return rows


def _tell(metrics: dict[str, Any]) -> None:
    if metrics.get("confidence"):
        log.info("confidence: %s", metrics["confidence"])
    for name, known in metrics["errors"].items():
        log.info(
            "95 %% interval of %s holds %.1f %% of %d, by cross-validation",
            name,
            100 * known["coverage"],
            known["n"],
        )


def write_calibration(
    folder: Path, description: ModelDescription, choices: dict[str, Choice | None], source: dict[str, Any]
) -> None:
    """Notes in model.json and on the card how the operating points were chosen; the weights stay as they are."""
    chosen = {name: asdict(choice) for name, choice in choices.items() if choice}
    metrics = {**description.metrics, "calibration": {**source, "chosen": chosen}}
    rewrite(folder, description.model_copy(update={"metrics": metrics}))


def _source(samples: SampleFolder, count: int) -> dict[str, Any]:
    meta = json.loads((samples.folder / "meta.json").read_text(encoding="utf-8"))
    return {"samples": samples.folder.name, "seed": meta.get("seed"), "tiles": count}
