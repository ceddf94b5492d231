"""Patients: scenes whose first photograph shows the scarring that is to be measured, and pairs of them looked at."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training extra is not installed")

import torch

from inference.network.bundle import default_bundle_folder, load_bundle
from inference.network.session import Network
from training.calibrate.gather import gather
from training.calibrate.pair_looks import LEAST_TRUE_UM
from training.render.patient import LEAST_BURDEN_UM, LEAST_SHOWN, draw_patient, is_patient, shown_burden_um
from training.render.picture import RELIEF_UNKNOWN, UNLABELLED, render
from training.render.write import render_dataset

CPU = torch.device("cpu")


def test_burden_counts_known_skin_and_leaves_out_what_is_not_shown() -> None:
    relief_um = np.zeros((4, 10), np.int16)
    relief_um[0] = RELIEF_UNKNOWN
    relief_um[1, :6], relief_um[2, :3], relief_um[3, :2] = -100, -200, 300
    types = np.zeros((4, 10), np.uint8)
    types[1, :6], types[2, :3] = 3, UNLABELLED
    assert shown_burden_um(relief_um, types) == pytest.approx((600 / 30, 1200 / 30))
    assert shown_burden_um(relief_um[:1], types[:1]) == (0.0, 0.0)


def test_a_patient_shows_scarring_and_is_the_same_again() -> None:
    scene = draw_patient(3, 192, [], CPU)
    picture = render(scene, CPU)
    assert is_patient(picture)
    shown_um, whole_um = shown_burden_um(picture.relief_um, picture.types)
    assert whole_um >= LEAST_BURDEN_UM
    assert shown_um >= LEAST_SHOWN * whole_um
    assert np.array_equal(picture.rgb, render(draw_patient(3, 192, [], CPU), CPU).rgb)


def test_pairs_of_patients_are_the_same_for_any_number_of_processes(tmp_path: Path) -> None:
    render_dataset(tmp_path / "skins", 4, seed=5, size_px=256, views=2, posed=True, patients=True)
    network = Network(load_bundle(default_bundle_folder()), threads=1)
    alone = gather(network, [tmp_path / "skins"], [])
    assert alone == gather(network, [tmp_path / "skins"], [], workers=2)
    looks, refused = alone
    assert len(looks) + len(refused) == 2
    assert all(look.true_um is not None and look.true_um[0] > LEAST_TRUE_UM for look in looks)
