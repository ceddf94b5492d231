"""What telephones and picture programs do to photographs after the sensor: smoothing, tone, sharpening, resampling.

All functions take and return (H, W, 3) uint8 sRGB. Strengths are ours, by eye against published photographs of scars.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def fringed(picture: Picture, share: float) -> Picture:
    """Lateral chromatic aberration: red enlarged and blue reduced about the middle by this share."""
    height, width = picture.shape[:2]
    if share * width < 0.4:
        return picture
    channels = list(cv2.split(picture))
    for index, factor in ((0, 1 + share), (2, 1 - share)):
        shift = ((1 - factor) * (width - 1) / 2, (1 - factor) * (height - 1) / 2)
        matrix = np.array([[factor, 0, shift[0]], [0, factor, shift[1]]])
        channels[index] = cv2.warpAffine(
            channels[index], matrix, (width, height), borderMode=cv2.BORDER_REPLICATE
        )
    return np.asarray(cv2.merge(channels), np.uint8)


def denoised(picture: Picture, strength: float) -> Picture:
    """Noise reduction of a phone, 0..1: detail of low contrast is wiped away, edges stay; colour smears more."""
    if strength <= 0:
        return picture
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    light = cv2.bilateralFilter(lab[..., 0], 5, 6 + 14 * strength, 1.0 + 1.2 * strength)
    colour = cv2.blur(lab[..., 1:], (5, 5))
    lab[..., 0] = cv2.addWeighted(lab[..., 0], 1 - 0.9 * strength, light, 0.9 * strength, 0)
    lab[..., 1:] = cv2.addWeighted(lab[..., 1:], 1 - strength, colour, strength, 0)
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def beautified(picture: Picture, strength: float) -> Picture:
    """Beauty filter, 0..1: bumps and pits are blended out wherever they are not strong edges, the skin brightened."""
    if strength <= 0:
        return picture
    smooth = cv2.bilateralFilter(picture, 9, 25 + 25 * strength, 3.0)
    mixed = cv2.addWeighted(picture, 1 - 0.85 * strength, smooth, 0.85 * strength, 6 * strength)
    return np.asarray(mixed, np.uint8)


def tone_mapped(picture: Picture, strength: float) -> Picture:
    """Local tone mapping, 0..1: shadows lifted and highlights held back over broad areas, detail kept or raised."""
    if strength <= 0:
        return picture
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    light = lab[..., 0].astype(np.float32)
    small = cv2.resize(light, None, fx=1 / 16, fy=1 / 16, interpolation=cv2.INTER_AREA)
    base = cv2.resize(cv2.GaussianBlur(small, (0, 0), 1.5), light.shape[::-1], interpolation=cv2.INTER_CUBIC)
    lifted = base + strength * 0.5 * (135 - base)
    lab[..., 0] = np.clip(lifted + (1 + 0.3 * strength) * (light - base), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def sharpened(picture: Picture, strength: float, radius_px: float = 1.1) -> Picture:
    """Unsharp mask; wide radii leave the light and dark halos of telephones."""
    if strength <= 0:
        return picture
    soft = cv2.GaussianBlur(picture, (0, 0), radius_px)
    return np.asarray(cv2.addWeighted(picture, 1 + strength, soft, -strength, 0), np.uint8)


def compressed(picture: Picture, quality: int | None) -> Picture:
    """JPEG there and back; None leaves the picture as it is."""
    if quality is None:
        return picture
    _, code = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(code, cv2.IMREAD_COLOR)[..., ::-1])


def resized(picture: Picture, width: int, height: int, smooth: bool = True) -> Picture:
    """To another size: area means when smaller, cubic when larger; not `smooth`: bilinear, as screens do."""
    smaller = width < picture.shape[1]
    kernel = (cv2.INTER_AREA if smaller else cv2.INTER_CUBIC) if smooth else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=kernel), np.uint8)


def disc_kernel(radius_px: float) -> NDArray[np.float32]:
    """Point spread of a lens out of focus: an evenly filled disc, its edge softened by one pixel; sums to 1."""
    reach = math.ceil(radius_px + 0.5)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius_px + 0.5 - np.hypot(x, y), 0, 1)
    return np.asarray(disc / disc.sum(), np.float32)


def motion_kernel(length_px: float, angle_rad: float) -> NDArray[np.float32]:
    """Point spread of a camera that moved straight by length_px during the exposure; sums to 1."""
    reach = math.ceil(length_px / 2 + 1)
    size = 2 * reach + 1
    steps = np.linspace(-0.5, 0.5, max(9, int(8 * length_px))) * length_px
    kernel = np.zeros((size, size), np.float64)
    for x, y in zip(reach + steps * math.cos(angle_rad), reach + steps * math.sin(angle_rad), strict=True):
        i, j = int(y), int(x)
        fy, fx = y - i, x - j
        kernel[i : i + 2, j : j + 2] += np.outer([1 - fy, fy], [1 - fx, fx])
    return np.asarray(kernel / kernel.sum(), np.float32)
