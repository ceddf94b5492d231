"""Every pixel of a stored mask finds its scar again."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.check import Instruments
from inference.network.bundle import BundleError, default_bundle_folder, load_bundle
from inference.network.session import Network
from inference.report.files import scar_mask
from inference.report.patches import lesion_patches
from inference.score import score_photo

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample" / "visit-1.jpg"


def test_scars_of_a_real_result_are_told_apart() -> None:
    try:
        bundle = load_bundle(default_bundle_folder())
    except BundleError as error:
        pytest.skip(str(error))
    assessment = score_photo(SAMPLE, Instruments(Network(bundle), finder=None))
    evidence = assessment.evidence
    assert evidence is not None
    size = assessment.photo.width_px, assessment.photo.height_px
    found = lesion_patches(scar_mask(evidence, *size), assessment.lesions)
    truth = cv2.resize(
        evidence.lesion_id.astype(np.float32), size, interpolation=cv2.INTER_NEAREST_EXACT
    ).astype(np.int32)
    scarred = truth > 0
    assert set(np.unique(found)) == {0, *(lesion.id for lesion in assessment.lesions)}
    assert not found[~scarred].any()
    assert (found == truth)[scarred].mean() > 0.995
