"""The live hint: the same photograph seen by a camera that is a known way off."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.face.find import FaceFinder
from inference.web.framing import Baseline, Framing, baseline_of, frame_against
from inference.web.hint import Way, hint

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample" / "visit-1.jpg"
FACES = Path(__file__).resolve().parents[2] / "shared" / "data"
#: Field of view of the drawn camera: half its width by its distance. 28 degrees to each side.
HALF_FIELD = 0.53


@pytest.fixture(scope="module")
def photo() -> NDArray[np.uint8]:
    """(640, 960, 3) uint8."""
    bgr = cv2.imread(str(SAMPLE), cv2.IMREAD_COLOR)
    if bgr is None:
        pytest.skip("data/sample/visit-1.jpg is missing")
    return np.asarray(
        cv2.cvtColor(cv2.resize(bgr, (960, 640), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
    )


@pytest.fixture(scope="module")
def baseline(photo: NDArray[np.uint8]) -> Baseline:
    return baseline_of(photo)


def seen(
    rgb: NDArray[np.uint8],
    *,
    size: tuple[int, int] = (480, 640),
    scale: float = 1.0,
    turn_deg: float = 0.0,
    shift: tuple[float, float] = (0.0, 0.0),
    tilt_deg: tuple[float, float] = (0.0, 0.0),
) -> NDArray[np.uint8]:
    """What a camera of `size` (h, w) sees of the photograph, printed on a card that fills its view.

    The card is tilted about its upright axis, right side nearer, and about its level one, lower side nearer, then
    put at 1/scale of its distance; then the picture is turned clockwise and shifted by long sides.
    """
    (h, w), (rows, columns) = size, rgb.shape[:2]
    focal = 0.5 * w / HALF_FIELD
    fit = min(h / rows, w / columns)
    yaw, pitch, roll = math.radians(tilt_deg[0]), math.radians(tilt_deg[1]), math.radians(turn_deg)
    # Axes of the card, x right, y down, z away, in pixels of the frame at the card's distance, which is `focal`.
    right = np.array([math.cos(yaw), 0.0, -math.sin(yaw)])
    down = np.array([0.0, math.cos(pitch), -math.sin(pitch)])
    centre = np.array([0.0, 0.0, focal / scale])
    card = np.column_stack([fit * right, fit * down, centre])
    to_card = np.array([[1, 0, -(columns - 1) / 2], [0, 1, -(rows - 1) / 2], [0, 0, 1]])
    x, y = (w - 1) / 2 + shift[0] * w, (h - 1) / 2 + shift[1] * w
    cosine, sine = math.cos(roll), math.sin(roll)
    camera = np.array([[focal * cosine, -focal * sine, x], [focal * sine, focal * cosine, y], [0, 0, 1]])
    matrix = camera @ card @ to_card
    return np.asarray(
        cv2.warpPerspective(rgb, matrix, (w, h), flags=cv2.INTER_AREA, borderValue=(96, 96, 96))
    )


def framing_of(baseline: Baseline, frame: NDArray[np.uint8]) -> Framing:
    framing = frame_against(baseline, frame)
    assert framing is not None
    return framing


@pytest.mark.parametrize("scale", [0.7, 0.85, 1.0, 1.2, 1.5])
@pytest.mark.parametrize("size", [(480, 640), (360, 640), (640, 480)])
def test_the_size_is_that_by_the_ghost(
    baseline: Baseline, photo: NDArray[np.uint8], scale: float, size: tuple[int, int]
) -> None:
    framing = framing_of(baseline, seen(photo, scale=scale, size=size))
    assert framing.scale_ratio == pytest.approx(scale, rel=0.01)
    assert abs(framing.turn_deg) < 0.5


@pytest.mark.parametrize("turn_deg", [-30.0, -6.0, 4.0, 20.0])
def test_the_turn_is_clockwise(baseline: Baseline, photo: NDArray[np.uint8], turn_deg: float) -> None:
    assert framing_of(baseline, seen(photo, turn_deg=turn_deg)).turn_deg == pytest.approx(turn_deg, abs=0.5)


@pytest.mark.parametrize("shift", [(0.15, 0.0), (-0.1, 0.08), (0.0, -0.12)])
def test_the_shift_is_in_long_sides_of_the_frame(
    baseline: Baseline, photo: NDArray[np.uint8], shift: tuple[float, float]
) -> None:
    assert framing_of(baseline, seen(photo, shift=shift)).shift == pytest.approx(shift, abs=0.005)


@pytest.mark.parametrize("tilt_deg", [(12.0, 0.0), (-15.0, 0.0), (0.0, 14.0), (0.0, -20.0)])
def test_the_tilt_is_told_within_a_quarter(
    baseline: Baseline, photo: NDArray[np.uint8], tilt_deg: tuple[float, float]
) -> None:
    """A quarter, since the field of view of a camera is not known."""
    found = framing_of(baseline, seen(photo, tilt_deg=tilt_deg)).tilt_deg
    assert found == pytest.approx(tilt_deg, abs=max(1.5, 0.25 * max(map(abs, tilt_deg))))


@pytest.mark.parametrize(
    ("off", "way", "words"),
    [
        ({"scale": 0.85}, "closer", "Come closer, about 15 %."),
        ({"scale": 1.2}, "back", "Move back, about 20 %."),
        ({"turn_deg": 8.0}, "turn", "Turn the camera 8° clockwise."),
        ({"turn_deg": -8.0}, "turn", "Turn the camera 8° counterclockwise."),
        ({"shift": (0.2, 0.0)}, "right", "Aim further to the right."),
        ({"shift": (0.0, -0.2)}, "up", "Aim higher."),
        ({}, "hold", "Good. Hold still."),
    ],
)
def test_one_thing_is_said_at_a_time(
    baseline: Baseline, photo: NDArray[np.uint8], off: dict[str, float], way: Way, words: str
) -> None:
    told = hint(baseline, seen(photo, **off))  # type: ignore[arg-type]
    assert (told.way, told.ok) == (way, way == "hold")
    assert told.text == words


def test_a_tilt_names_the_edge_that_is_too_near(baseline: Baseline, photo: NDArray[np.uint8]) -> None:
    assert "right edge" in hint(baseline, seen(photo, tilt_deg=(15.0, 0.0))).text
    assert "top edge" in hint(baseline, seen(photo, tilt_deg=(0.0, -18.0))).text


def test_in_a_mirror_sides_and_turns_are_the_other_way_round(
    baseline: Baseline, photo: NDArray[np.uint8]
) -> None:
    assert hint(baseline, seen(photo, shift=(0.2, 0.0)), mirrored=True).way == "left"
    assert "counterclockwise" in hint(baseline, seen(photo, turn_deg=8.0), mirrored=True).text
    assert hint(baseline, seen(photo, shift=(0.0, 0.2)), mirrored=True).way == "down"


def test_other_skin_and_nothing_at_all_are_not_taken_for_the_same(baseline: Baseline) -> None:
    noise = np.random.default_rng(4).integers(0, 255, (480, 640, 3), np.uint8)
    for frame in (noise, np.full((480, 640, 3), 120, np.uint8), np.zeros((60, 80, 3), np.uint8)):
        told = hint(baseline, frame)
        assert (told.way, told.ok, told.framing) == ("lost", False, None)


def test_a_mirrored_picture_is_not_the_same_skin(baseline: Baseline, photo: NDArray[np.uint8]) -> None:
    assert frame_against(baseline, np.ascontiguousarray(seen(photo)[:, ::-1])) is None


def test_what_is_not_skin_does_not_count(photo: NDArray[np.uint8]) -> None:
    """The right half stays where it was, as a wall behind would; the skin on the left came nearer."""
    skin = np.zeros(photo.shape[:2], np.bool_)
    skin[:, : photo.shape[1] // 2] = True
    frame = seen(photo, scale=1.3, size=(427, 640))
    still = seen(photo, size=(427, 640))
    frame[:, 320:] = still[:, 320:]
    framing = frame_against(baseline_of(photo, skin), frame)
    assert framing is not None
    assert framing.scale_ratio == pytest.approx(1.3, rel=0.02)


def eyes(name: str) -> NDArray[np.float64]:
    """(2, 2) hand-placed pupils: the first two points of the template."""
    lines = (FACES / f"{name}.tem").read_text(encoding="utf-8").split("\n")
    return np.array([[float(value) for value in line.split()] for line in lines[1:3]])


def face_photo(name: str) -> NDArray[np.uint8]:
    bgr = cv2.imread(str(FACES / f"{name}.jpg"), cv2.IMREAD_COLOR)
    if bgr is None:
        pytest.skip(f"no {name}.jpg: it comes with the project's shared photographs")
    if not FaceFinder.available():
        pytest.skip("the face models are not installed: see README")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))


@pytest.mark.parametrize(
    ("before", "live"), [("15cm", "30cm"), ("15cm", "60cm"), ("60cm", "30cm"), ("45cm", "15cm")]
)
def test_on_real_faces_the_distance_follows_the_hand_placed_pupils(before: str, live: str) -> None:
    """The room behind moves otherwise than the face, and must not be followed."""
    finder = FaceFinder()
    rgb, frame = face_photo(f"one_person_zoom/{before}"), face_photo(f"one_person_zoom/{live}")
    framing = frame_against(baseline_of(rgb, None, finder.find(rgb)), frame, finder)
    assert framing is not None
    first, second = eyes(f"one_person_zoom/{before}"), eyes(f"one_person_zoom/{live}")
    size = rgb.shape[0] / frame.shape[0]
    meant = float(np.hypot(*(second[1] - second[0])) / np.hypot(*(first[1] - first[0]))) * size
    assert framing.scale_ratio == pytest.approx(meant, rel=0.05)
    assert framing.head_deg is not None


def head(yaw_deg: float, pitch_deg: float) -> Framing:
    return Framing(1.0, 0.0, (0.0, 0.0), head_deg=(yaw_deg, pitch_deg))


@pytest.mark.parametrize(
    ("turned", "mirrored", "words"),
    [
        (head(8.0, 1.0), False, "Turn the head 8° towards the left of the picture."),
        (head(8.0, 1.0), True, "Turn the head 8° towards the right of the picture."),
        (head(0.0, 7.0), False, "Lower the chin by 7°."),
        (head(0.0, -7.0), True, "Raise the chin by 7°."),
        (head(2.0, 2.0), False, "Good. Hold still."),
    ],
)
def test_a_head_is_told_to_turn_back(
    baseline: Baseline, monkeypatch: pytest.MonkeyPatch, turned: Framing, mirrored: bool, words: str
) -> None:
    monkeypatch.setattr("inference.web.hint.frame_against", lambda *_: turned)
    assert hint(baseline, np.zeros((8, 8, 3), np.uint8), mirrored=mirrored).text == words
