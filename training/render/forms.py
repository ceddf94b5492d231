"""The broad form of the face under the skin: a head for face canvases, parts of it for skin that is all rendered.

Sizes are means of adults (Farkas, Anthropometry of the Head and Face, 1994): face 130-140 mm wide and 115-125 mm from
nasion to chin; nose 30-36 mm wide, 50 mm long and 20 mm high. Radii of the parts are ours, by eye from such heads.
"""

import math

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.render.fields import smooth_noise

#: Radii of curvature in mm along the two principal directions, (least, most) each.
RADII_MM = {
    "cheek": ((45, 110), (60, 200)),
    "jaw": ((14, 40), (90, 300)),
    "nose": ((9, 20), (40, 150)),
    "temple": ((50, 120), (70, 250)),
    "chin": ((16, 32), (18, 40)),
    "forehead": ((65, 110), (90, 300)),
}
SHARES = {"cheek": 0.5, "jaw": 0.14, "nose": 0.05, "temple": 0.1, "chin": 0.06, "forehead": 0.15}
#: Steeper skin is hardly seen: 60 degrees from the lens.
STEEPEST = 1.7
#: Depth of the head from its front to the plane of its outline, as a share of half the face's width.
HEAD_DEPTH = 1.05


def draw_part(
    rng: np.random.Generator,
    shape: tuple[int, int],
    px_per_mm: float,
    device: torch.device,
    part: str | None = None,
) -> Tensor:
    """(2, H, W) slope in x and y, mm per mm, of a part of the face drawn by SHARES unless named.

    The part is an ellipsoidal cap of its radii in any orientation, seen up to 35 degrees from straight on: broad
    tiles reach its terminator, close-ups are nearly plane.
    """
    name = str(rng.choice(list(SHARES), p=list(SHARES.values()))) if part is None else part
    radii = [math.exp(rng.uniform(*np.log(span))) for span in RADII_MM[name]]
    turn = rng.uniform(0, math.pi)
    tilt = np.clip(rng.normal(0, 0.25, 2), -0.7, 0.7)
    u, v = (along / px_per_mm for along in _turned(shape, turn, device))
    # A cap z = -sqrt(...) of radius r that is tilted: its slope is that of a circle at the shifted angle.
    slopes = [_arc(x / r) for x, r in ((u, radii[0]), (v, radii[1]))]
    c, s = math.cos(turn), math.sin(turn)
    out = [slopes[0] * c - slopes[1] * s + tilt[0], slopes[0] * s + slopes[1] * c + tilt[1]]
    uneven = [0.05 * smooth_noise(rng, shape, 25 * px_per_mm, device) for _ in range(2)]
    return limited(torch.stack([a + b for a, b in zip(out, uneven, strict=True)]).float())


def _turned(shape: tuple[int, int], turn: float, device: torch.device) -> tuple[Tensor, Tensor]:
    """Coordinates in px from the middle of the tile along the axes turned by `turn`."""
    height, width = shape
    y = (torch.arange(height, device=device) - (height - 1) / 2).view(-1, 1)
    x = (torch.arange(width, device=device) - (width - 1) / 2).view(1, -1)
    c, s = math.cos(turn), math.sin(turn)
    return x * c + y * s, y * c - x * s


def _arc(sine: Tensor) -> Tensor:
    """Slope of a circle (falling away from us outwards) where `sine` is the distance from its top over its radius."""
    sine = sine.clamp(-0.86, 0.86)
    return -sine * torch.rsqrt(1 - sine.square())


def limited(slope: Tensor) -> Tensor:
    """(2, H, W) slopes no steeper than STEEPEST, their direction kept."""
    steep = torch.hypot(slope[0], slope[1])
    return slope * (STEEPEST / steep.clamp(min=STEEPEST))


def head_slope(points_px: NDArray[np.float64], size_px: int, px_per_mm: float) -> NDArray[np.float32]:
    """(2, size, size) slope in x and y, mm per mm, of the head in a face tile; flat beside the head.

    points_px: (189, 2) points of the `.tem` file in pixels of the tile, which may lie outside it.
    """
    small = max(16, math.ceil(0.7 * size_px / max(1.0, px_per_mm)))
    mm_per_step = size_px / px_per_mm / small
    y, x = (np.mgrid[:small, :small].astype(np.float32) + 0.5) * mm_per_step
    z = head_height_mm(points_px / px_per_mm, x, y)
    smooth = cv2.GaussianBlur(z, (0, 0), max(0.5, 1.5 / mm_per_step))
    dy, dx = np.gradient(smooth, mm_per_step)
    slope = np.stack([dx, dy], axis=-1).astype(np.float32)
    big = cv2.resize(slope, (size_px, size_px), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(big.transpose(2, 0, 1), np.float32)


def head_height_mm(
    points_mm: NDArray[np.float64], x: NDArray[np.float32], y: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Height of the head towards the lens at x, y (mm), from the 189 points in mm.

    An ellipsoid as wide as the face's outline and as high as from hairline to chin, with a nose, hollows of the eyes,
    brow, lips and a chin where the points say, in the axes of the head.
    """
    middle = points_mm[:2].mean(0)
    across = points_mm[1] - points_mm[0]
    across = across / np.hypot(*across)
    down = np.array([-across[1], across[0]])
    down = down * np.sign(down @ (points_mm[129] - middle))
    p = (points_mm - middle) @ np.column_stack([across, down])
    u = (x - middle[0]) * across[0] + (y - middle[1]) * across[1]
    v = (x - middle[0]) * down[0] + (y - middle[1]) * down[1]
    chin, mouth, tip, top = p[129], p[87:109].mean(0), (p[54] + p[60]) / 2, p[139, 1]
    sides = p[[110, 111, 125, 113, 133, 134], 0]
    half, axis = float(np.ptp(sides)) / 2, float(tip[0] + mouth[0]) / 2
    centre_v, tall = (top + chin[1]) / 2 - 5, 0.66 * (chin[1] - top)
    round_u = (u - (sides.min() + sides.max()) / 2) / (1.06 * half)
    inside = 1 - round_u**2 - ((v - centre_v) / tall) ** 2
    z = HEAD_DEPTH * half * np.sqrt(np.clip(inside, 0.0, 1))
    for (cu, cv), (su, sv), rise in (
        ((axis, tip[1] / 2 + 3), (7.0, 13.0), 12.0),
        ((axis, tip[1]), (9.5, 7.0), 9.0),
        (p[0], (13.0, 9.0), -7.0),
        (p[1], (13.0, 9.0), -7.0),
        (mouth, (20.0, 8.0), 5.0),
        ((chin[0], chin[1] - 14), (13.0, 9.0), 4.0),
        ((axis, -20.0), (34.0, 8.0), 3.0),
    ):
        z = z + rise * np.exp(-0.5 * (((u - cu) / su) ** 2 + ((v - cv) / sv) ** 2))
    return np.asarray(z, np.float32)


def tilted(rng: np.random.Generator, slope: Tensor) -> Tensor:
    """A head's slopes with the head turned a little more (sd 9 degrees) than its outline tells."""
    tilt = torch.as_tensor(rng.normal(0, 0.16, 2), dtype=torch.float32, device=slope.device)
    return limited(slope + tilt.view(2, 1, 1))
