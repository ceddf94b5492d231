"""What a bundle knows of pairs: how much of a change is seen, and the error of change of every figure."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from inference.change.burden import corrected_um
from inference.change.lesion_change import LESION_AREA, LESION_DEPTH
from inference.change.metrics import BURDEN, KINDS
from inference.network.bundle import load_bundle
from inference.network.repeatability import HealingShown, RepeatError
from inference.network.session import Network
from training.calibrate.gather import gather
from training.calibrate.healing_error import fit_healing_error
from training.calibrate.healing_shown import fit_shown
from training.calibrate.pair_looks import PairLook, Person, smile_pairs
from training.calibrate.repeatability import NullPairs, learn_error
from training.calibrate.tiles import folds_of
from training.record import rewrite

log = logging.getLogger(__name__)

VOLUME = "scars.volume_mm3"
#: Name of what is known of healed pairs, among the figures.
HEALED = "healed pairs"
_PLAIN = {kind.name for kind in KINDS if not kind.has_zero}


def calibrate_pairs(
    folder: Path,
    pairs: Sequence[Path],
    faces: Path | None = None,
    limit: int | None = None,
    workers: int = 1,
    repeats: Sequence[Person] = (),
) -> dict[str, Any]:
    """Learns from rendered pairs, and from faces of the training people, and rewrites model.json and card.md.

    pairs: folders of samples with several views. faces: folder with london/. limit: skins of each folder, and people.
    repeats: two photographs each of unchanged skin from elsewhere.
    Returns what was learnt, for telling. Raises BundleError, FileNotFoundError, ValueError.
    """
    bundle = load_bundle(folder)
    people = [] if faces is None else smile_pairs(faces, held_out=False)
    looks, refused = gather(Network(bundle, threads=1), pairs, [*people, *repeats], limit, workers)
    shown, errors, known = learn(looks)
    source = {"folders": [path.name for path in pairs], "faces": faces is not None, "refused": len(refused)}
    source |= {"repeats": len(repeats)} if repeats else {}
    figures = {name: facts for name, facts in known.items() if name != HEALED}
    told = {**source, "figures": figures, "healed": known.get(HEALED)}
    metrics = {**bundle.description.metrics, "repeatability": told}
    learnt = {"repeatability": errors, "healing_shown": shown, "metrics": metrics}
    rewrite(folder, bundle.description.model_copy(update=learnt))
    return known


def learn(
    looks: Sequence[PairLook],
) -> tuple[HealingShown | None, dict[str, RepeatError], dict[str, dict[str, float | int]]]:
    """Weights, errors by figure, and what is known of the errors: pairs, and coverage by cross-validation."""
    shown, errors, known = fit_shown(looks), {}, {}
    for name, null in null_pairs(looks).items():
        relative = name not in _PLAIN
        found = learn_error(null, relative)
        if found is None:
            log.info(
                "%s: too few pairs of unchanged skin, or no difference in any: its error stays unknown", name
            )
            continue
        error, held = found.error, found.coverage
        errors[name] = error
        known[name] = {"pairs": error.pairs, "coverage": round(held, 4), "factor": error.factor}
        log.info("mdc95 of %s holds %.1f %% of %d, by cross-validation", name, 100 * held, error.pairs)
    corrected = {k: of[BURDEN] for k, of in cross_fitted_burdens(looks).items() if BURDEN in of}
    healing = fit_healing_error(looks, corrected, errors, shown)
    if shown is not None and healing is not None:
        shown = shown.model_copy(update={"relative_sd": healing.relative_sd})
        known[HEALED] = {
            "pairs": healing.pairs, "coverage": round(healing.coverage, 4), "before": round(healing.before, 4)
        }  # fmt: skip
        log.info(
            "intervals of change hold the truth of %.1f %% of %d healed pairs, %.1f %% from repeatability alone",
            100 * healing.coverage, healing.pairs, 100 * healing.before,
        )  # fmt: skip
    return shown, errors, known


def null_pairs(looks: Sequence[PairLook]) -> dict[str, NullPairs]:
    """Every figure over the pairs of unchanged skin; of single scars, over all places of scarring.

    The burden of a pair is corrected by what was learnt on other skins, so that its error is that of
    new skin.
    """
    corrected = cross_fitted_burdens(looks)
    rows: dict[str, list[tuple[float, float, int]]] = {}
    for k, look in enumerate(looks):
        if not look.unchanged:
            continue
        for name, values in {**look.values, **corrected.get(k, {})}.items():
            rows.setdefault(name, []).append((*values, k))
    figures = {
        name: _stacked([(b, a) for b, a, _ in known], [looks[k] for *_, k in known])
        for name, known in rows.items()
    }
    return figures | _lesion_pairs([look for look in looks if look.unchanged])


def cross_fitted_burdens(looks: Sequence[PairLook]) -> dict[int, dict[str, tuple[float, float]]]:
    """Burden and volume by the place of the pair in `looks`, corrected by what pairs of other skins tell."""
    if not looks:
        return {}
    folds, found = folds_of([look.group for look in looks]), {}
    for fold in np.unique(folds):
        shown = fit_shown([look for look, of in zip(looks, folds, strict=True) if of != fold])
        for k in np.flatnonzero(folds == fold).tolist():
            found[k] = corrected_values(looks[k], shown)
    return found


def corrected_values(look: PairLook, shown: HealingShown | None) -> dict[str, tuple[float, float]]:
    """Corrected burden, um, and volume, mm3, of a pair; nothing where they are unknown."""
    before, after = corrected_um(look.relief_um, shown)
    if before is None or after is None:
        return {}
    by_um = look.area_mm2 / 1000
    return {BURDEN: (before, after), VOLUME: (before * by_um, after * by_um)}


def _lesion_pairs(looks: Sequence[PairLook]) -> dict[str, NullPairs]:
    depths = [(look, one, one.depth_um) for look in looks for one in look.lesions if one.depth_um is not None]
    areas = [(look, one, one.area_mm2) for look in looks for one in look.lesions]
    return {
        name: NullPairs(
            np.array([values[0] for *_, values in found], np.float64),
            np.array([values[1] for *_, values in found], np.float64),
            tuple(look.conditions.on(one.union_cm2) for look, one, _ in found),
            tuple(look.group for look, *_ in found),
            tuple(look.source for look, *_ in found),
        )
        for name, found in ((LESION_DEPTH, depths), (LESION_AREA, areas))
    }


def _stacked(values: Sequence[tuple[float, float]], looks: Sequence[PairLook]) -> NullPairs:
    before, after = np.array(values, np.float64).reshape(-1, 2).T
    return NullPairs(
        before, after, tuple(look.conditions for look in looks),
        tuple(look.group for look in looks), tuple(look.source for look in looks),
    )  # fmt: skip
