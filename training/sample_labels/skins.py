"""Cheeks of invented patients: two close-ups each, in the light and by the camera of one clinic."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from training.render.grade import true_scales
from training.render.marks import LookAlikes, Strokes, draw_look_alikes, places_on
from training.render.picture import UNLABELLED, render
from training.render.scars import draw_scars
from training.render.scene import Scene, Tone, draw_form
from training.render.series import clinic_camera, clinic_rig

SIZE_PX = (480, 640)
PX_PER_MM = (9.0, 12.0)
#: Scars a square centimetre of the mildest patient and the most severe; the others lie evenly between on a log scale.
DENSITY_PER_CM2 = (0.4, 5.0)
#: Melanin from light to brown skin, in units of `training.render.skin.albedo`; patients take them by turns.
MELANIN = (0.15, 0.4, 0.25, 1.0, 0.6)
#: What patients mostly have; they take these patterns of `training.render.patterns` by turns.
KINDS = ("mixed", "boxcar field", "mixed", "rolling field", "fine pitting")
SIDES = ("left", "right")
#: Beyond all seeds of sets that are trained and measured on, as `training.render.write` and `shift` count them.
_SEED = 8_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Photograph:
    """One rendered close-up and what it truly shows.

    rgb: (H, W, 3) uint8 sRGB. types: (H, W) uint8 over `TYPES`; a scar that the photograph does not show is none.
    severity: Goodman and Baron's quantitative score by its formula, of the scars that it shows.
    """

    name: str
    patient: str
    view: str
    mm_per_px: float
    rgb: NDArray[np.uint8]
    types: NDArray[np.uint8]
    severity: float


@dataclass(frozen=True, slots=True)
class Patient:
    """What both cheeks of a patient share."""

    seed: int
    melanin: float
    haemoglobin: float
    density_per_cm2: float
    kind: str


def draw_patients(seed: int, count: int) -> list[Patient]:
    """From mild to severe in random order; same seed and count, same patients."""
    rng = np.random.default_rng((seed, 1))
    densities = rng.permutation(np.geomspace(*DENSITY_PER_CM2, count))
    return [
        Patient(
            seed=_SEED + 1000 * seed + number,
            melanin=MELANIN[number % len(MELANIN)] * float(rng.uniform(0.8, 1.2)),
            haemoglobin=float(rng.uniform(0.18, 0.3)),
            density_per_cm2=float(density),
            # Shifted by one at every round, so that not every brown skin has the same scars.
            kind=KINDS[(number + number // len(KINDS)) % len(KINDS)],
        )
        for number, density in enumerate(densities)
    ]


def photographs(patients: list[Patient], name: str, sides: tuple[str, ...] = SIDES) -> Iterator[Photograph]:
    """Every side of every patient, named as `name`, the patient's number and the side: p03-left."""
    device = torch.device("cpu")
    for number, patient in enumerate(patients, start=1):
        called = f"{name}{number:02d}"
        for side in sides:
            scene = draw_cheek(patient, SIDES.index(side), device)
            picture = render(scene, device)
            yield Photograph(
                name=f"{called}-{side}",
                patient=called,
                view=f"{side} cheek",
                mm_per_px=1.0 / scene.px_per_mm,
                rgb=picture.rgb,
                types=np.where(picture.types == UNLABELLED, 0, picture.types).astype(np.uint8),
                severity=true_scales(picture.scars)["goodman_baron_quantitative"],
            )


def draw_cheek(patient: Patient, side: int, device: torch.device) -> Scene:
    """One cheek: scars of the patient's kind and number, pores, a few moles and spots."""
    rng = np.random.default_rng((patient.seed, side))
    px_per_mm = math.exp(rng.uniform(*np.log(PX_PER_MM)))
    places = places_on(np.ones(SIZE_PX, np.uint8), px_per_mm)
    density = (0.8 * patient.density_per_cm2, 1.25 * patient.density_per_cm2)
    scars = draw_scars(
        rng, places, none_chance=0.0, density_per_cm2=density, pattern=patient.kind, raised_chance=0.0
    )
    return Scene(
        seed=10 * patient.seed + side,
        size_px=SIZE_PX,
        px_per_mm=px_per_mm,
        face=None,
        tone=Tone(patient.melanin, patient.haemoglobin),
        furrow_um=float(rng.uniform(15, 40)),
        form=draw_form(rng, SIZE_PX, px_per_mm, device) * 0.5,
        scars=replace(scars, softness_mm=0.12),
        others=_few(draw_look_alikes(rng, places, SIZE_PX, px_per_mm)),
        rig=clinic_rig(rng, first=False),
        camera=clinic_camera(rng),
    )


def _few(others: LookAlikes) -> LookAlikes:
    """Look-alikes as on most cheeks: some spots, without wrinkles and large patches."""
    bare = others.bare()
    return replace(
        bare,
        brown=bare.brown.take(np.arange(min(8, len(bare.brown)))),
        freckles=bare.freckles.take(np.arange(min(20, len(bare.freckles)))),
        red=bare.red.take(np.arange(min(6, len(bare.red)))),
        patches=(),
        furrows=Strokes(),
    )
