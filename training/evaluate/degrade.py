"""Good photographs spoilt on purpose, by amounts stated in physical terms, to see which faults the checks find."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.photo.colour import LINEAR_OF_LEVEL
from training.evaluate.retouch import beauty_filter, paint_hair, paint_shine


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """rgb: (H, W, 3) uint8 sRGB. skin: (H, W) uint8, 1 on skin. mm_per_px: of rgb."""

    rgb: NDArray[np.uint8]
    skin: NDArray[np.uint8]
    mm_per_px: float


Spoil = Callable[[Shot, np.random.Generator], Shot]


@dataclass(frozen=True, slots=True)
class Degradation:
    """code: of the issue that should be found. meant: whether this strength is past the check's limit, so that it
    should be found; milder ones show where finding begins."""

    name: str
    strength: str
    code: str
    meant: bool
    spoil: Spoil


#: Sd, in 8-bit levels, of the noise that a sensor adds after the lens has blurred.
_NOISE_AFTER_LENS = 1.0


def degradations() -> list[Degradation]:
    """All of them, by fault and rising strength."""
    table: list[tuple[str, str, str, bool, Spoil]] = []
    for mm, meant in ((0.5, False), (0.8, False), (1.2, True), (1.6, True), (2.5, True), (4.0, True)):
        table.append(("defocus", f"disc {mm} mm", "blurred", meant, lens_blur(disc, mm)))
    for mm in (1.6, 2.5):
        spoil = then(lens_blur(disc, mm), noise(5.0))
        table.append(("defocus in noise", f"disc {mm} mm, noise 5 levels", "blurred", True, spoil))
    for levels in (3.0, 6.0):
        table.append(("noise alone", f"{levels:.0f} levels", "blurred", False, noise(levels)))
    for mm, meant in ((0.4, False), (0.8, False), (1.2, True), (2.0, True), (3.0, True)):
        table.append(("motion", f"{mm} mm", "motion_blur", meant, lens_blur(line, mm)))
    for mm in (1.6, 2.5):
        table.append(("defocus, as motion", f"disc {mm} mm", "motion_blur", False, lens_blur(disc, mm)))
    for stops, meant in ((-1.0, False), (-2.0, False), (-3.0, True), (-4.0, True)):
        table.append(("under-exposure", f"{stops:+.0f} stops", "dark", meant, exposure(stops)))
    for stops, meant in ((0.5, False), (1.0, False), (1.5, True), (2.0, True)):
        table.append(("over-exposure", f"{stops:+.1f} stops", "over_exposed", meant, exposure(stops)))
    for stops, meant in ((0.5, False), (1.0, True), (2.0, True)):
        table.append(("burnt out", f"{stops:+.1f} stops", "clipped", meant, exposure(stops)))
    for kelvin, meant in (
        (5000, False),
        (4000, False),
        (3200, True),
        (2700, True),
        (9000, False),
        (15000, True),
    ):
        table.append(("colour cast", f"{kelvin} K shown as 6500 K", "colour_cast", meant, cast(kelvin)))
    for gain, meant in ((1.1, False), (1.25, True), (1.4, True)):
        table.append(("green cast", f"green x {gain}", "colour_cast", meant, green(gain)))
    table.append(("no colour", "luminance only", "grey", True, grey))
    for degrees, meant in ((5, False), (10, False), (20, True), (35, True), (90, True)):
        table.append(("rotation", f"{degrees} degrees", "pose", meant, rotation(degrees)))
    for cm2, meant in ((9.0, False), (3.0, True), (1.0, True), (0.2, True)):
        table.append(("crop", f"{cm2} cm2 of skin", "small", meant, crop(cm2)))
    for mm, meant in ((0.20, False), (0.30, True), (0.45, True), (0.70, True)):
        table.append(("downsizing", f"to {mm:.2f} mm per px", "resolution_low", meant, downsize(mm)))
    for factor, meant in ((1.2, False), (1.4, False), (2.0, True), (3.0, True), (4.0, True)):
        table.append(("enlarged", f"x {factor}", "upscaled", meant, enlarge(factor)))
    for quality, meant in (
        (85, False),
        (70, False),
        (55, False),
        (40, True),
        (30, True),
        (20, True),
        (10, True),
    ):
        table.append(("JPEG, saved as PNG", f"quality {quality}", "compressed", meant, jpeg(quality)))
    for strength, meant in ((0.4, False), (0.7, True), (1.0, True)):
        table.append(
            ("beauty filter", f"{strength:.0%} of a 2 mm bilateral", "smoothed", meant, smooth(strength))
        )
    for mm in (1.2, 2.5):
        table.append(("defocus, as filter", f"disc {mm} mm", "smoothed", False, lens_blur(disc, mm)))
    for strands, meant in ((1, False), (4, False), (10, True), (25, True)):
        table.append(("hair", f"{strands} strands of 0.1 x 40 mm", "hair", meant, hair(strands)))
    for part, meant in ((0.05, False), (0.12, False), (0.25, False), (0.40, True)):
        table.append(("shine", f"{part:.0%} of the skin", "shine", meant, shine(part)))
    return [Degradation(*row) for row in table]


def then(first: Spoil, second: Spoil) -> Spoil:
    """One after the other."""
    return lambda shot, rng: second(first(shot, rng), rng)


def lens_blur(kernel: Callable[[float, np.random.Generator], NDArray[np.float32]], mm: float) -> Spoil:
    """Blur in linear light, then the sensor's noise."""

    def spoil(shot: Shot, rng: np.random.Generator) -> Shot:
        light = cv2.filter2D(linear(shot.rgb), -1, kernel(mm / shot.mm_per_px, rng))
        return noise(_NOISE_AFTER_LENS)(replace(shot, rgb=coded(light)), rng)

    return spoil


def disc(diameter_px: float, _rng: np.random.Generator) -> NDArray[np.float32]:
    """A lens out of focus: even disc, drawn eight times finer."""
    return _drawn(diameter_px, lambda x, y: np.hypot(x, y) <= diameter_px / 2)


def line(length_px: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """A straight shake in a random direction."""
    angle = rng.uniform(0, np.pi)
    along = lambda x, y: np.abs(x * np.cos(angle) + y * np.sin(angle)) <= length_px / 2  # noqa: E731
    across = lambda x, y: np.abs(y * np.cos(angle) - x * np.sin(angle)) <= 0.25  # noqa: E731
    return _drawn(length_px, lambda x, y: along(x, y) & across(x, y))


def _drawn(
    size_px: float, inside: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]
) -> NDArray[np.float32]:
    half, fine = int(np.ceil(size_px / 2)) + 1, 8
    axis = (np.arange((2 * half + 1) * fine) + 0.5) / fine - half - 0.5
    x, y = np.meshgrid(axis, axis)
    drawn = inside(x, y).reshape(2 * half + 1, fine, 2 * half + 1, fine).mean(axis=(1, 3))
    return (drawn / drawn.sum()).astype(np.float32)


def noise(levels: float) -> Spoil:
    """White noise of this sd in 8-bit levels."""
    return lambda shot, rng: replace(
        shot, rgb=_rounded(shot.rgb.astype(np.float32) + rng.normal(0, levels, shot.rgb.shape))
    )


def exposure(stops: float) -> Spoil:
    """More or less light: linear light times 2^stops, cut at white."""
    return lambda shot, _rng: replace(shot, rgb=coded(linear(shot.rgb) * 2.0**stops))


def cast(kelvin: float) -> Spoil:
    """Light of this colour temperature left unbalanced, as gains of the sRGB channels (von Kries in linear sRGB)."""
    gains = planckian(kelvin) / planckian(6500)
    gains /= gains @ np.array([0.2126, 0.7152, 0.0722])
    return lambda shot, _rng: replace(shot, rgb=coded(linear(shot.rgb) * gains.astype(np.float32)))


def planckian(kelvin: float) -> NDArray[np.float64]:
    """Linear sRGB of a black body of luminance 1; chromaticity after Kim et al., US patent 7024034, 1667 to 25000 K."""
    t = 1e3 / kelvin
    if kelvin <= 4000:
        x = -0.2661239 * t**3 - 0.2343589 * t**2 + 0.8776956 * t + 0.179910
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        x = -3.0258469 * t**3 + 2.1070379 * t**2 + 0.2226347 * t + 0.240390
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    xyz = np.array([x / y, 1.0, (1 - x - y) / y])
    to_rgb = np.array(
        [
            [3.2404542, -1.5371385, -0.4985314],
            [-0.9692660, 1.8760108, 0.0415560],
            [0.0556434, -0.2040259, 1.0572252],
        ]
    )
    return np.maximum(to_rgb @ xyz, 1e-3)


def green(gain: float) -> Spoil:
    """Fluorescent light left unbalanced."""
    gains = np.array([1.0, gain, 1.0], np.float32)
    return lambda shot, _rng: replace(shot, rgb=coded(linear(shot.rgb) * gains))


def grey(shot: Shot, _rng: np.random.Generator) -> Shot:
    """Luminance in all three channels."""
    light = linear(shot.rgb) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return replace(shot, rgb=coded(np.repeat(light[..., None], 3, axis=-1)))


def rotation(degrees: float) -> Spoil:
    """The camera leans."""

    def spoil(shot: Shot, _rng: np.random.Generator) -> Shot:
        height, width = shot.skin.shape
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        rgb = cv2.warpAffine(
            shot.rgb, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        skin = cv2.warpAffine(shot.skin, turn, (width, height), flags=cv2.INTER_NEAREST)
        return Shot(rgb.astype(np.uint8), skin.astype(np.uint8), shot.mm_per_px)

    return spoil


def crop(cm2: float) -> Spoil:
    """A square of about this much skin, round the point deepest inside the skin."""

    def spoil(shot: Shot, _rng: np.random.Generator) -> Shot:
        depth = cv2.distanceTransform(np.pad(shot.skin, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
        y, x = np.unravel_index(int(np.argmax(depth)), depth.shape)
        half = max(33, round(np.sqrt(cm2 * 100) / shot.mm_per_px / 2))
        rows, columns = (
            slice(max(0, int(y) - half), int(y) + half),
            slice(max(0, int(x) - half), int(x) + half),
        )
        skin = shot.skin[rows, columns].copy()
        outside = skin.ravel().cumsum().reshape(skin.shape) > cm2 * 100 / shot.mm_per_px**2
        skin[outside] = 0
        return Shot(np.ascontiguousarray(shot.rgb[rows, columns]), skin, shot.mm_per_px)

    return spoil


def downsize(mm_per_px: float) -> Spoil:
    """Fewer pixels, averaged over their area."""
    return lambda shot, _rng: _resized(shot, shot.mm_per_px / mm_per_px, cv2.INTER_AREA)


def enlarge(factor: float) -> Spoil:
    """Shrunk by a factor and enlarged to the old size, as a messenger and a careless export do."""
    return lambda shot, _rng: _resized(_resized(shot, 1 / factor, cv2.INTER_AREA), factor, cv2.INTER_CUBIC)


def _resized(shot: Shot, factor: float, kernel: int) -> Shot:
    height, width = shot.skin.shape
    size = (max(64, round(width * factor)), max(64, round(height * factor)))
    rgb = cv2.resize(shot.rgb, size, interpolation=kernel).astype(np.uint8)
    skin = cv2.resize(shot.skin, size, interpolation=cv2.INTER_NEAREST).astype(np.uint8)
    return Shot(rgb, skin, shot.mm_per_px * width / size[0])


def jpeg(quality: int) -> Spoil:
    """Coded and decoded; the checks see pixels only, as of a file that was saved again."""

    def spoil(shot: Shot, _rng: np.random.Generator) -> Shot:
        _, data = cv2.imencode(".jpg", shot.rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
        assert decoded is not None
        return replace(shot, rgb=np.ascontiguousarray(decoded[..., ::-1]).astype(np.uint8))

    return spoil


def smooth(strength: float) -> Spoil:
    """A beauty filter."""
    return lambda shot, _rng: replace(shot, rgb=beauty_filter(shot.rgb, shot.mm_per_px, strength))


def hair(strands: int) -> Spoil:
    """Painted strands."""
    return lambda shot, rng: replace(shot, rgb=paint_hair(shot.rgb, shot.skin, shot.mm_per_px, strands, rng))


def shine(part: float) -> Spoil:
    """Painted highlights."""
    return lambda shot, rng: replace(
        shot, rgb=coded(paint_shine(linear(shot.rgb), shot.skin, shot.mm_per_px, part, rng))
    )


def linear(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W, 3) uint8 sRGB -> float32 linear light, 0..1."""
    return LINEAR_OF_LEVEL[rgb]


def coded(light: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Linear light -> uint8 sRGB, cut at 0 and 1 (IEC 61966-2-1)."""
    light = np.clip(light, 0, 1)
    return _rounded(255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055))


def _rounded(levels: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.clip(np.round(levels), 0, 255).astype(np.uint8)
