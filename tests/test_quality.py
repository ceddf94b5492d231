"""Quality checks against pictures whose faults are known by construction."""

import functools
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference.face.face import Expression, Face, Pose
from inference.photo.photo import Photo, Provenance, Quality, Scale
from inference.quality.file_traces import block_steps, enlargement
from inference.quality.fingerprint import SAME_DISTANCE, distance, fingerprint
from inference.quality.focus import OWN_BLUR_PX, focus
from inference.quality.judge import judge
from inference.quality.limits import LIMITS, issue, part
from inference.quality.spectrum import SLOPE, skin_law
from inference.quality.tones import tones
from inference.quality.view import View
from inference.reference.reference import References

MM_PER_PX = 0.125
SIZE = (600, 800)
PLAIN = (190, 145, 120)


def skin(*args: Any, **options: Any) -> NDArray[np.uint8]:
    """A copy of `drawn_skin`."""
    return drawn_skin(*args, **options).copy()


@functools.cache
def drawn_skin(
    blur_mm: float = 0.09,
    motion_mm: tuple[float, float] = (0.0, 0.0),
    colour: tuple[int, int, int] = PLAIN,
    noise: float = 1.0,
    seed: int = 0,
) -> NDArray[np.uint8]:
    """Skin drawn from the law of its spectrum at MM_PER_PX, seen through a Gaussian lens and an even shake.

    motion_mm: length along x and y. Everything is done in the frequency domain, so the blur is known exactly.
    """
    rng = np.random.default_rng(seed)
    fy, fx = np.meshgrid(np.fft.fftfreq(SIZE[0]), np.fft.fftfreq(SIZE[1]), indexing="ij")
    f = np.hypot(fx, fy)
    f[0, 0] = 1.0
    amplitude = np.sqrt(skin_law(f, MM_PER_PX))
    amplitude[f < 0.1 * MM_PER_PX] = 0  # coarser is shading, which is even here
    lens = np.exp(-2 * np.pi**2 * (blur_mm / MM_PER_PX) ** 2 * f**2)
    shake = np.sinc(fx * motion_mm[0] / MM_PER_PX) * np.sinc(fy * motion_mm[1] / MM_PER_PX)
    texture = np.fft.ifft2(np.fft.fft2(rng.normal(size=SIZE)) * amplitude * lens * shake).real
    luma = np.array(colour) @ np.array([0.299, 0.587, 0.114])
    levels = np.array(colour) + np.sqrt(128 * luma) * texture[..., None]
    return np.clip(np.round(levels + rng.normal(0, noise, (*SIZE, 1))), 0, 255).astype(np.uint8)


def view(
    rgb: NDArray[np.uint8],
    mask: NDArray[np.bool_] | None = None,
    scale: Scale = Scale(MM_PER_PX, "given", 0.03),  # noqa: B008
    face: Face | None = None,
    provenance: Provenance = Provenance(),  # noqa: B008
) -> View:
    """The working picture is the photograph, unless it is finer than 0.125 mm."""
    factor = min(1.0, scale.mm_per_px / MM_PER_PX) if scale.source != "assumed" else 1.0
    small = cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA).astype(np.uint8)
    assessed = np.ones(small.shape[:2], np.bool_) if mask is None else mask
    photo = Photo("x.png", "0" * 64, rgb, scale, provenance)
    return View(photo, small, assessed, scale.mm_per_px / factor, face, References())


def codes(quality: Quality) -> dict[str, str]:
    return {one.code: one.severity for one in quality.issues}


def face(roll: float = 0.0, pitch: float = 0.0, yaw: float = 0.0, count: int = 1, **ratios: float) -> Face:
    expression = Expression(**({"mouth_open": 0.02, "eye_open": 0.4, "smile": 0.8} | ratios))
    pose = Pose(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll)
    return Face(np.zeros((468, 3), np.float32), 1.0, pose, expression, 400.0, None, count)


def test_good_skin_has_nothing_but_a_note_on_pores() -> None:
    quality = judge(view(skin()))
    assert codes(quality) == {"pores_unresolved": "note"}
    assert quality.usable
    assert quality.score > 90


@pytest.mark.parametrize("noise", [0.5, 3.0])
@pytest.mark.parametrize("blur_mm", [0.2, 0.3, 0.45])
def test_blur_is_measured_in_millimetres_through_noise(blur_mm: float, noise: float) -> None:
    found = focus(view(skin(blur_mm, noise=noise)))
    assert found is not None
    assert found.total_blur_mm == pytest.approx(blur_mm, rel=0.15)
    own_mm = OWN_BLUR_PX * MM_PER_PX
    assert found.blur_mm == pytest.approx(np.sqrt(blur_mm**2 - own_mm**2), rel=0.2)


@pytest.mark.parametrize("colour", [(235, 200, 180), (150, 105, 80), (100, 66, 50)])
def test_skin_tone_does_not_change_the_blur(colour: tuple[int, int, int]) -> None:
    found = focus(view(skin(0.3, colour=colour)))
    assert found is not None
    assert found.total_blur_mm == pytest.approx(0.3, rel=0.15)
    assert not {"dark", "over_exposed", "colour_cast", "grey", "clipped"} & set(
        codes(judge(view(skin(colour=colour))))
    )


def test_the_same_blur_on_a_finer_photograph_is_the_same_in_millimetres() -> None:
    fine = cv2.resize(skin(0.3, noise=0), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    noisy = np.clip(fine + np.random.default_rng(1).normal(0, 2, fine.shape), 0, 255).astype(np.uint8)
    found = focus(view(noisy, scale=Scale(MM_PER_PX / 3, "given", 0.03)))
    assert found is not None
    assert found.total_blur_mm == pytest.approx(0.3, rel=0.15)


@pytest.mark.parametrize(("blur_mm", "severity"), [(0.2, None), (0.32, "warning"), (0.9, "reject")])
def test_blurred(blur_mm: float, severity: str | None) -> None:
    quality = judge(view(skin(blur_mm)))
    assert codes(quality).get("blurred") == severity
    assert quality.usable == (severity != "reject")


@pytest.mark.parametrize("shake_mm", [(1.2, 0.0), (0.0, 1.2)])
def test_a_shake_is_measured_along_its_direction(shake_mm: tuple[float, float]) -> None:
    found = focus(view(skin(motion_mm=shake_mm)))
    assert found is not None
    assert found.motion_mm == pytest.approx(1.2, rel=0.2)
    assert codes(judge(view(skin(motion_mm=shake_mm))))["motion_blur"] == "warning"


def test_defocus_and_skin_lines_are_no_shake() -> None:
    assert "motion_blur" not in codes(judge(view(skin(0.5))))
    lines = skin().astype(np.float64)
    lines += (
        12 * np.sin(2 * np.pi * np.arange(SIZE[0]) * MM_PER_PX / 1.5)[:, None, None]
    )  # furrows 1.5 mm apart
    assert "motion_blur" not in codes(judge(view(np.clip(lines, 0, 255).astype(np.uint8))))


def test_outside_the_skin_nothing_counts() -> None:
    rgb = skin()
    rgb[:, 400:] = 255
    mask = np.zeros(SIZE, np.bool_)
    mask[:, :390] = True
    assert codes(judge(view(rgb, mask))) == {"pores_unresolved": "note"}


@pytest.mark.parametrize(("area_px", "severity"), [(160, None), (85, "warning"), (20, "reject")])
def test_small(area_px: int, severity: str | None) -> None:
    mask = np.zeros(SIZE, np.bool_)
    mask[:area_px, : 2 * area_px] = True
    assert codes(judge(view(skin(), mask))).get("small") == severity


def test_no_skin_is_rejected_and_does_not_fail() -> None:
    quality = judge(view(skin(), np.zeros(SIZE, np.bool_)))
    assert codes(quality)["small"] == "reject"
    assert quality.score == 0


def test_clipped_part_is_counted_in_the_skin() -> None:
    rgb = skin()
    rgb[:, :80] = 255
    found = tones(view(rgb))
    assert found is not None
    assert found.clipped == pytest.approx(0.1, abs=0.01)
    assert codes(judge(view(rgb)))["clipped"] == "warning"


@pytest.mark.parametrize(("share", "severity"), [(1.0, None), (0.35, "warning"), (0.1, "reject")])
def test_dark(share: float, severity: str | None) -> None:
    assert codes(judge(view((skin() * share).astype(np.uint8)))).get("dark") == severity


def test_over_exposed_skin() -> None:
    assert codes(judge(view(skin(colour=(252, 235, 222)))))["over_exposed"] == "warning"


def test_white_glints_are_shine_and_light_skin_is_not() -> None:
    rgb = skin()
    rgb[::2, : SIZE[1] // 2] = np.clip(rgb[::2, : SIZE[1] // 2] + np.array([60, 95, 115]), 0, 250)
    rgb = cv2.blur(rgb, (1, 3))
    shining = tones(view(rgb.astype(np.uint8)))
    lighter = skin()
    lighter[:, :400] = np.clip(lighter[:, :400].astype(float) * 1.25, 0, 250)
    light = tones(view(lighter))
    assert shining is not None
    assert light is not None
    assert shining.shine > 0.1
    assert light.shine < 0.01


@pytest.mark.parametrize("colour", [(120, 150, 190), (130, 180, 120), (215, 110, 30)])
def test_skin_of_another_colour_has_a_cast(colour: tuple[int, int, int]) -> None:
    assert codes(judge(view(skin(colour=colour))))["colour_cast"] == "warning"


def test_no_colour_is_grey_and_no_cast() -> None:
    found = codes(judge(view(skin(colour=(140, 140, 140)))))
    assert found["grey"] == "warning"
    assert "colour_cast" not in found


def test_resolution_and_pores() -> None:
    coarse = judge(view(skin(), scale=Scale(0.3, "given", 0.03)))
    assert codes(coarse)["resolution_low"] == "warning"
    fine = judge(view(skin(), scale=Scale(0.09, "given", 0.03)))
    assert "resolution_low" not in codes(fine)


def test_pores_need_focus_as_well_as_pixels() -> None:
    fine = cv2.resize(skin(0.3), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    assert "pores_unresolved" in codes(judge(view(fine, scale=Scale(MM_PER_PX / 3, "given", 0.03))))


def test_enlarged_files_are_told_from_defocus() -> None:
    big = cv2.resize(skin(), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    assert enlargement(view(big, scale=Scale(MM_PER_PX / 3, "given", 0.03))) == pytest.approx(3, rel=0.3)
    assert enlargement(view(skin(0.4, noise=2.0))) == 1.0
    assert "upscaled" in codes(judge(view(big, scale=Scale(MM_PER_PX / 2, "given", 0.03))))


@pytest.mark.parametrize("shift", [(0, 0), (3, 5)])
def test_block_steps_stay_when_the_file_is_cropped_and_saved_again(shift: tuple[int, int]) -> None:
    _, data = cv2.imencode(".jpg", skin()[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 12])
    coded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert coded is not None
    cropped = np.ascontiguousarray(coded[shift[0] :, shift[1] :, ::-1]).astype(np.uint8)
    found, untouched = block_steps(view(cropped)), block_steps(view(skin()))
    assert found is not None
    assert untouched is not None
    assert untouched < 1.3 < LIMITS["blocks"].warning < found


def test_the_files_own_compression_counts_too() -> None:
    def judged(quality: int) -> Quality:
        return judge(view(skin(), provenance=Provenance(jpeg_quality=quality)))

    assert "compressed" not in codes(judged(90))
    assert codes(judged(30))["compressed"] == "warning"
    assert codes(judged(8))["compressed"] == "reject"


@pytest.mark.parametrize(
    ("software", "severity"),
    [
        ("Adobe Photoshop 25.0", "note"),
        ("Meitu 9.1", "warning"),
        ("FaceApp", "warning"),
        ("HDR+ 1.0.540104767zd", None),
        ("17.4.1", None),
        ("Snowdrop camera", None),
        (None, None),
    ],
)
def test_programs_that_edit(software: str | None, severity: str | None) -> None:
    assert codes(judge(view(skin(), provenance=Provenance(software=software)))).get("edited") == severity


def test_smooth_skin_beside_sharp_outlines_is_filtered() -> None:
    def with_outlines(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        for x in range(50, 780, 30):
            cv2.line(rgb, (x, 20), (x + 6, 70), (40, 25, 20), 12, cv2.LINE_AA)
        return rgb

    mask = np.ones(SIZE, np.bool_)
    mask[:90] = False
    filtered = cv2.bilateralFilter(skin(), -1, 60, 6)
    assert codes(judge(view(with_outlines(filtered.astype(np.uint8)), mask)))["smoothed"] == "warning"
    assert "smoothed" not in codes(judge(view(with_outlines(skin()), mask)))
    out_of_focus = cv2.GaussianBlur(with_outlines(skin(noise=0)), (0, 0), 0.4 / MM_PER_PX)
    assert "smoothed" not in codes(judge(view(out_of_focus.astype(np.uint8), mask)))


def test_strands_over_the_skin_are_hair_and_marks_are_not() -> None:
    rgb = skin()
    for x in range(60, 700, 90):
        cv2.line(rgb, (x, 0), (x + 60, SIZE[0]), (40, 30, 25), 1, cv2.LINE_AA)
    assert codes(judge(view(rgb)))["hair"] == "warning"
    marked = skin()
    for x, y in np.random.default_rng(0).integers(40, 560, (60, 2)):
        cv2.circle(marked, (int(x), int(y)), 6, (120, 75, 60), -1, cv2.LINE_AA)
    assert "hair" not in codes(judge(view(marked)))


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (face(roll=25), "pose"),
        (face(pitch=-30), "pose"),
        (face(smile=1.05), "expression"),
        (face(mouth_open=0.3), "expression"),
        (face(count=2), "several_faces"),
        (face(yaw=45), None),
        (face(yaw=-90), None),
        (face(), None),
    ],
)
def test_faces(found: Face, code: str | None) -> None:
    alarms = {one.code for one in judge(view(skin(), face=found)).issues if one.severity != "note"}
    assert alarms == ({code} if code else set())


def test_an_assumed_scale_is_only_noted() -> None:
    quality = judge(view(skin(), scale=Scale(0.1375, "assumed", 0.5)))
    assert codes(quality)["scale_assumed"] == "note"
    assert quality.usable


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_limits_are_in_order_and_explained(limit: object) -> None:
    assert isinstance(limit, type(LIMITS["blur"]))
    rising = limit.best < limit.warning < limit.reject
    assert rising or limit.best > limit.warning > limit.reject
    assert len(limit.reason) > 40
    found = issue(limit, limit.reject)
    assert found is not None
    assert ":" in found.message
    assert "{" not in found.message
    assert (found.severity == "reject") == limit.rejects
    assert issue(limit, limit.best) is None


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(sorted(LIMITS)), st.floats(-1e6, 1e6))
def test_score_parts_stay_between_0_and_1(name: str, value: float) -> None:
    assert 0 <= part(LIMITS[name], value) <= 1


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**31))
def test_any_small_picture_is_judged_without_an_error(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rgb = rng.integers(0, 256, (height, width, 3), np.uint8)
    mask = rng.random((height, width)) < rng.random()
    quality = judge(replace(view(rgb), skin=mask))
    assert 0 <= quality.score <= 100


def test_fingerprints_know_copies_and_tell_others_apart() -> None:
    rng = np.random.default_rng(3)
    first, second = (
        cv2.resize(rng.integers(0, 256, (9, 12, 3), np.uint8), (800, 600), interpolation=cv2.INTER_CUBIC)
        for _ in range(2)
    )
    _, data = cv2.imencode(".jpg", cv2.resize(first, None, fx=0.4, fy=0.4), [cv2.IMWRITE_JPEG_QUALITY, 40])
    copy = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert copy is not None
    own = fingerprint(first.astype(np.uint8))
    assert len(own) == 16
    assert distance(own, fingerprint(copy.astype(np.uint8))) <= SAME_DISTANCE
    assert distance(own, fingerprint(second.astype(np.uint8))) > SAME_DISTANCE
    assert distance("0" * 16, "f" * 16) == 64


def test_the_law_falls_with_its_slope() -> None:
    low, high = skin_law(np.array([0.1, 0.2]), MM_PER_PX)
    assert low / high == pytest.approx(2**SLOPE)
