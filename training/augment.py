"""What cameras, light and the web do to a photograph. Labels stay untouched; geometry is in training.dataset.

Every function takes and returns (H, W, 3) uint8 sRGB and draws from the generator it is given.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.config import AugmentConfig

Picture = NDArray[np.uint8]
_LEVELS = np.linspace(0.0, 1.0, 256, dtype=np.float32)


def photograph(rgb: Picture, config: AugmentConfig, rng: Generator) -> Picture:
    """Light first, then optics, then sensor, then file: the order in which a picture is damaged."""
    steps: tuple[tuple[float, Callable[[Picture, Generator], Picture]], ...] = (
        (config.shading, shading),
        (config.highlight, highlight),
        (config.tone, tone),
        (config.grey, grey),
        (config.blur, blur),
        (config.resample, resample),
        (config.noise, noise),
        (config.jpeg, jpeg),
    )
    for chance, damage in steps:
        if rng.random() < chance:
            rgb = damage(rgb, rng)
    return rgb


def tone(rgb: Picture, rng: Generator) -> Picture:
    """Exposure, white balance, gamma and contrast as one look-up table a channel."""
    gain = np.exp(rng.normal(0.0, 0.18) + rng.normal(0.0, 0.06, 3))
    gamma = np.exp(rng.normal(0.0, 0.15))
    contrast = np.exp(rng.normal(0.0, 0.12))
    curve = (_LEVELS[:, None] ** gamma) * gain
    curve = (curve - 0.5) * contrast + 0.5
    table = np.clip(curve * 255.0 + 0.5, 0, 255).astype(np.uint8)
    return cv2.LUT(rgb, table.reshape(1, 256, 3))


def grey(rgb: Picture, rng: Generator) -> Picture:
    """Partly or wholly drained of colour."""
    luma = cv2.cvtColor(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    share = 1.0 if rng.random() < 0.5 else float(rng.uniform(0.3, 1.0))
    return cv2.addWeighted(luma, share, rgb, 1.0 - share, 0.0)


def shading(rgb: Picture, rng: Generator) -> Picture:
    """Uneven light: a smooth field of gains, from slight fall-off to the edge of a shadow."""
    strength = rng.uniform(0.05, 0.35)
    gain = np.exp(_smooth_field(rgb.shape[:2], int(rng.integers(2, 5)), rng) * strength)
    return np.clip(rgb * gain[..., None] + 0.5, 0, 255).astype(np.uint8)


def highlight(rgb: Picture, rng: Generator) -> Picture:
    """Broad specular veil of oily skin: white added where a smooth field is high."""
    field = np.clip(_smooth_field(rgb.shape[:2], int(rng.integers(3, 7)), rng) - 0.6, 0.0, 1.5)
    veil = np.minimum(field * rng.uniform(20.0, 110.0), 200.0)
    return np.clip(rgb + veil[..., None], 0, 255).astype(np.uint8)


def blur(rgb: Picture, rng: Generator) -> Picture:
    """Defocus as a Gaussian of up to 1.6 px."""
    return cv2.GaussianBlur(rgb, (0, 0), float(rng.uniform(0.4, 1.6)))


def resample(rgb: Picture, rng: Generator) -> Picture:
    """A small web picture blown up again, with one of the usual kernels."""
    height, width = rgb.shape[:2]
    share = float(rng.uniform(0.4, 0.85))
    small = cv2.resize(rgb, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    kernel = (cv2.INTER_LINEAR, cv2.INTER_CUBIC)[int(rng.integers(2))]
    return cv2.resize(small, (width, height), interpolation=kernel)


def noise(rgb: Picture, rng: Generator) -> Picture:
    """Sensor noise, independent in every pixel, partly shared by the channels."""
    height, width = rgb.shape[:2]
    sd = rng.uniform(1.0, 9.0)
    shared = rng.standard_normal((height, width, 1), dtype=np.float32)
    own = rng.standard_normal((height, width, 3), dtype=np.float32)
    return np.clip(rgb + (0.8 * shared + 0.6 * own) * sd + 0.5, 0, 255).astype(np.uint8)


def jpeg(rgb: Picture, rng: Generator) -> Picture:
    """One more JPEG compression, down to the quality of messenger pictures."""
    quality = int(rng.integers(35, 96))
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    if not done:
        raise RuntimeError(
            f"OpenCV could not encode a {rgb.shape} picture as JPEG; its build lacks the codec."
        )
    return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def _smooth_field(shape: tuple[int, int], cells: int, rng: Generator) -> NDArray[np.float32]:
    """(H, W) float32 of about unit spread, with `cells` random nodes a side, smooth between them."""
    nodes = rng.standard_normal((cells, cells)).astype(np.float32)
    return cv2.resize(nodes, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
