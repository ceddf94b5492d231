"""The skin figures: outlines lie where they are said to, and shares are pooled over area."""

import json
from pathlib import Path

import numpy as np
import pytest

from training.evaluate.boxes import PhotoBoxes
from training.evaluate.skin import (
    Outline,
    PhotoSkin,
    Place,
    place_masks,
    polygon_mask,
    read_not_skin,
    skin_figures,
    worst_places,
)
from training.evaluate.skin_faces import face_places

REGIONS = Path(__file__).resolve().parents[2] / "shared" / "data" / "acne_scars" / "regions.json"


def test_polygon_covers_what_its_fractions_say() -> None:
    mask = polygon_mask(((0.25, 0.5), (0.75, 0.5), (0.75, 1.0), (0.25, 1.0)), (200, 100))
    rows, columns = np.nonzero(mask)
    assert (rows.min(), rows.max(), columns.min()) == (100, 199, 50)


def test_box_and_outline_become_masks() -> None:
    boxes = PhotoBoxes(scar=((0.0, 0.0, 0.5, 0.5),), clear=(), clear_skin=())
    outline = Outline(what="lips", polygon=((0.5, 0.5), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0)))
    (first, scar), (second, lips) = place_masks(boxes, (outline,), (100, 100))
    assert (first, second) == ("scar", "lips")
    assert scar.sum() == 2500
    assert not (scar & lips)[:49].any()


def test_shares_are_pooled_over_area() -> None:
    found = [
        PhotoSkin("a", (Place("scar", 100, 50, 100, 100), Place("lips", 300, 150, 60, 30))),
        PhotoSkin("b", (Place("scar", 300, 300, 300, 300), Place("censor bar", 700, 0, 0, 0))),
    ]
    figures = skin_figures(found)
    assert figures["scar_network"].value == 350 / 400
    assert figures["scar_network_worst"].value == 0.5
    assert figures["not_skin_refined"].value == 60 / 1000
    assert figures["hair_lips_background_assessed"].value == 30 / 300
    assert worst_places(found) == ["a: lips taken for skin on 10% of 300 px"]


def test_face_places_are_apart() -> None:
    # Points of no face: the brow is above the eye, the lips below, the head around all of it.
    rng = np.random.default_rng(0)
    points = rng.uniform(180, 220, (189, 2))
    points[[148, 151, 154, 126, 132]] = [[100, 100], [200, 50], [300, 100], [120, 300], [280, 300]]
    places = face_places(points, (400, 400), 1.0)
    assert not places["around"][150:250, 150:250].any()
    assert not places["around"][300:].any()
    assert places["around"][:40].all()


@pytest.mark.skipif(not REGIONS.exists(), reason="../shared/data is not here")
def test_outlines_lie_in_clear_boxes() -> None:
    photos = json.loads(REGIONS.read_text())["photos"]
    for name, outlines in read_not_skin().items():
        for outline in outlines:
            corners = np.array(outline.polygon)
            inside = [
                (corners >= np.array(box[:2]) - 0.01).all() and (corners <= np.array(box[2:]) + 0.01).all()
                for box in photos[name]["clear"]
            ]
            assert any(inside), (name, outline)
