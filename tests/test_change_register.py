"""Registration of pictures moved by a known map, of real pairs, and of pictures that do not belong together."""

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.change.guess import TOO_FEW
from inference.change.register import OTHER_SKIN, Alignment, align, carry, carry_labels
from inference.change.transforms import apply, best_fit, fit
from inference.face.find import FaceFinder
from inference.face.models import MODELS_MISSING
from inference.measure.assessment import Evidence
from training.evaluate.change.refusals import seen

SIZE = (550, 700)
DATA = Path(__file__).parents[2] / "shared" / "data"


def skin_picture(seed: int, size: tuple[int, int] = SIZE) -> NDArray[np.float32]:
    """Linear light of mottled skin with spots, (h, w) about 0.1..0.8: structure at several scales."""
    rng = np.random.default_rng(seed)
    light = np.full(size, 0.4, np.float32)
    for sd, strength in ((1.5, 0.02), (4, 0.03), (15, 0.04)):
        noise = cv2.GaussianBlur(rng.normal(0, 1, size).astype(np.float32), (0, 0), sd)
        light += strength * noise / noise.std()
    for _ in range(80):
        centre = int(rng.integers(size[1])), int(rng.integers(size[0]))
        light = cv2.circle(light, centre, int(rng.integers(2, 8)), float(rng.uniform(0.1, 0.3)), -1)
    return np.clip(cv2.GaussianBlur(light, (0, 0), 1.0), 0.02, 1)


def as_evidence(light: NDArray[np.float32], mm_per_px: float = 0.16) -> Evidence:
    levels = np.clip(255 * light[..., None] ** (1 / 2.2) * (1.0, 0.85, 0.78), 0, 255).astype(np.uint8)
    shape = light.shape
    return Evidence(
        rgb=levels,
        label=np.zeros(shape, np.uint8),
        lesion_id=np.zeros(shape, np.int32),
        skin=np.ones(shape, np.bool_),
        relief_um=np.zeros(shape, np.float32),
        mm_per_px=mm_per_px,
        photo_px_per_px=(1.0, 1.0),
    )


def moved(light: NDArray[np.float32], matrix: NDArray[np.float64], size: tuple[int, int] = SIZE):
    flags = cv2.INTER_CUBIC
    return cv2.warpPerspective(light, matrix, size[::-1], flags=flags, borderMode=cv2.BORDER_REFLECT_101)


def error_px(alignment: Alignment, matrix: NDArray[np.float64]) -> float:
    """Median distance between the found place in after and the true one, over the common skin."""
    assert alignment.map_xy is not None
    assert alignment.common is not None
    row, column = np.nonzero(alignment.common)
    true = apply(matrix, np.column_stack([column, row]).astype(np.float64))
    return float(np.median(np.hypot(*(alignment.map_xy[row, column] - true).T)))


def turned(degrees: float, scale: float = 1.0, shift: tuple[float, float] = (0, 0)) -> NDArray[np.float64]:
    rows = cv2.getRotationMatrix2D((350, 275), degrees, scale) + np.array(
        [[0, 0, shift[0]], [0, 0, shift[1]]]
    )
    return np.vstack([rows, [0, 0, 1]])


LIGHT_FROM_LEFT = np.linspace(0.6, 1.4, SIZE[1], dtype=np.float32)


@pytest.mark.parametrize(
    "matrix",
    [
        turned(0),
        turned(5, 1.04, (12, -8)),
        turned(-12, 0.9, (-20, 15)),
        turned(3) @ np.array([[1, 0.02, 0], [0.01, 1, 0], [6e-5, -4e-5, 1]]),
    ],
    ids=["same", "turned", "turned and smaller", "perspective"],
)
def test_a_known_map_under_changed_light_is_found(matrix: NDArray[np.float64]) -> None:
    light = skin_picture(1)
    alignment = align(as_evidence(light), as_evidence(0.8 * moved(light, matrix) * LIGHT_FROM_LEFT))
    assert alignment.registration.usable, alignment.reason
    assert error_px(alignment, matrix) < 0.5
    assert alignment.registration.residual_px == pytest.approx(0.2, abs=0.25)
    assert alignment.confidence is not None
    assert alignment.common is not None
    assert np.median(alignment.confidence[alignment.common]) > 0.7


def test_pictures_of_different_scale_are_brought_together() -> None:
    large = skin_picture(2, (1100, 1400))
    small = cv2.resize(large, (700, 550), interpolation=cv2.INTER_AREA)
    alignment = align(as_evidence(small, 0.16), as_evidence(large, 0.08))
    assert alignment.registration.usable
    doubled = np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1]])
    assert error_px(alignment, doubled) < 1.0
    assert alignment.registration.overlap_fraction == pytest.approx(1, abs=0.01)
    assert alignment.registration.residual_mm == pytest.approx(
        0.16 * (alignment.registration.residual_px or 0)
    )


def test_bent_skin_is_followed() -> None:
    light = skin_picture(3)
    row, column = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
    bend = 6 * np.sin(2 * np.pi * row / 550), 5 * np.cos(2 * np.pi * column / 700)
    after = cv2.remap(light, column + bend[0], row + bend[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    alignment = align(as_evidence(after), as_evidence(light))
    assert alignment.map_xy is not None
    assert "dense" in alignment.registration.method
    inner = (slice(40, -40), slice(40, -40))
    off = np.hypot(alignment.map_xy[..., 0] - column - bend[0], alignment.map_xy[..., 1] - row - bend[1])[
        inner
    ]
    assert np.median(off) < 0.5


def test_unrelated_pictures_are_refused() -> None:
    alignment = align(as_evidence(skin_picture(4)), as_evidence(skin_picture(5)))
    assert not alignment.registration.usable
    assert alignment.reason is not None
    assert alignment.registration.residual_px is None


def test_empty_pictures_are_refused() -> None:
    even = as_evidence(np.full(SIZE, 0.4, np.float32))
    assert align(even, even).reason is not None
    speck = as_evidence(np.full((1, 1), 0.4, np.float32))
    assert align(speck, even).reason is not None


def test_too_little_in_common_is_refused() -> None:
    light = skin_picture(6, (550, 1400))
    alignment = align(as_evidence(light[:, :700]), as_evidence(light[:, 420:1120]))
    assert not alignment.registration.usable
    assert alignment.registration.overlap_fraction == pytest.approx(0.4, abs=0.02)
    assert "40%" in (alignment.reason or "")


def test_the_same_pair_gives_the_same_alignment() -> None:
    before, after = as_evidence(skin_picture(7)), as_evidence(moved(skin_picture(7), turned(4)))
    one, two = align(before, after), align(before, after)
    assert one.registration == two.registration
    assert one.map_xy is not None
    assert two.map_xy is not None
    assert np.array_equal(one.map_xy, two.map_xy)


def test_carried_pictures_lie_in_the_before_frame() -> None:
    light = skin_picture(8)
    after = as_evidence(moved(light, turned(6)))
    alignment = align(as_evidence(light), after)
    assert alignment.map_xy is not None
    assert alignment.common is not None
    carried = carry(after.rgb, alignment.map_xy)
    off = np.abs(carried.astype(float) - as_evidence(light).rgb)[alignment.common]
    assert np.median(off) < 2
    labels = np.arange(SIZE[0] * SIZE[1], dtype=np.int32).reshape(SIZE) + 1
    assert carry_labels(labels, alignment.map_xy)[~alignment.common].max(initial=0) == 0


def test_fits_of_each_family_are_exact_without_noise() -> None:
    points = np.random.default_rng(0).uniform(0, 500, (40, 2))
    maps = {
        "similarity": turned(20, 1.3, (5, 9)),
        "affine": np.array([[1.1, 0.2, 5], [-0.1, 0.9, 3], [0, 0, 1]]),
        "perspective": np.array([[1.1, 0.2, 5], [-0.1, 0.9, 3], [3e-4, 1e-4, 1]]),
    }
    for family, matrix in maps.items():
        target = apply(matrix, points)
        assert apply(fit(family, points, target), points) == pytest.approx(target, abs=1e-3)
        chosen, found = best_fit(points, target)
        assert apply(found, points) == pytest.approx(target, abs=1e-3)
        noisy = target + np.random.default_rng(1).normal(0, 0.3, target.shape)
        assert best_fit(points, noisy)[0] == family
        assert chosen in maps


def test_registration_is_quick() -> None:
    before, after = as_evidence(skin_picture(9)), as_evidence(moved(skin_picture(9), turned(4)))
    align(before, after)
    start = time.process_time()
    align(before, after)
    # Processor time of all cores: 0.5 s on an idle machine, the rest is room for a busy one.
    assert time.process_time() - start < 2.0


def real(path: Path) -> Evidence:
    """A photograph of 1536 px, as the product works on, with the skin within its face."""
    picture = cv2.imread(str(path))
    factor = min(1.0, 1536 / max(picture.shape))
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)[..., ::-1]
    found = seen(np.ascontiguousarray(small), FaceFinder())
    assert found is not None
    return found


@pytest.mark.skipif(not FaceFinder.available(), reason=MODELS_MISSING)
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no photographs at {DATA}")
class TestRealPhotographs:
    def test_a_face_without_any_detail_of_its_skin_is_not_compared(self) -> None:
        """Dim pictures of a webcam: what matches is the forms, and those are everybody's."""
        folder = DATA / "one_person_lisa"
        alignment = align(real(folder / "lisa1.jpg"), real(folder / "lisa2.jpg"))
        assert alignment.reason in (OTHER_SKIN, TOO_FEW)

    @pytest.mark.parametrize("person", ["001", "004"])
    def test_smiling_lies_over_neutral(self, person: str) -> None:
        before = real(DATA / "london" / "neutral" / f"{person}.jpg")
        after = real(DATA / "london" / "smiling" / f"{person}.jpg")
        alignment = align(before, after)
        assert alignment.registration.usable, alignment.reason
        assert alignment.registration.residual_mm is not None
        assert alignment.registration.residual_mm < 1.0

    def test_two_people_are_refused(self) -> None:
        people = [real(DATA / "london" / "neutral" / f"{name}.jpg") for name in ("001", "002")]
        assert not align(people[0], people[1]).registration.usable
