"""Files on disk with known content, for tests of reading and scoring."""

import zlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

HEIGHT_PX, WIDTH_PX = 96, 128
#: Corner colours: top left, top right, bottom left, bottom right. Their order tells each orientation from all others.
RED, GREEN, BLUE, GREY = (200, 40, 40), (40, 180, 60), (50, 60, 200), (128, 128, 128)


def corners(height_px: int = HEIGHT_PX, width_px: int = WIDTH_PX) -> NDArray[np.uint8]:
    """(height, width, 3) uint8: four flat quarters."""
    rgb = np.empty((height_px, width_px, 3), np.uint8)
    half_y, half_x = height_px // 2, width_px // 2
    rgb[:half_y, :half_x], rgb[:half_y, half_x:] = RED, GREEN
    rgb[half_y:, :half_x], rgb[half_y:, half_x:] = BLUE, GREY
    return rgb


def skin(height_px: int, width_px: int, seed: int = 0) -> NDArray[np.uint8]:
    """(height, width, 3) uint8: skin colour with grain of three sizes, sharp and evenly lit."""
    rng = np.random.default_rng(seed)
    grain = np.zeros((height_px, width_px))
    for sigma_px in (0.5, 2, 6):
        octave = cv2.GaussianBlur(rng.normal(size=grain.shape), (0, 0), sigma_px)
        grain += 8 * octave / octave.std()
    return np.clip(np.array([190, 145, 120]) + grain[..., np.newaxis], 0, 253).astype(np.uint8)


def save_jpeg(path: Path, rgb: NDArray[np.uint8], **options: object) -> Path:
    """Quality 95, full colour resolution; `options` go to Pillow."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rgb).save(path, format="JPEG", quality=95, subsampling=0, **options)
    return path


def png_header(path: Path, width_px: int, height_px: int) -> Path:
    """A valid one-bit PNG that is tiny on disk whatever its size in pixels."""
    done, encoded = cv2.imencode(".png", np.zeros((8, 8), np.uint8), [cv2.IMWRITE_PNG_BILEVEL, 1])
    assert done
    content = bytearray(encoded.tobytes())
    content[16:24] = width_px.to_bytes(4, "big") + height_px.to_bytes(4, "big")
    content[29:33] = zlib.crc32(bytes(content[12:29])).to_bytes(4, "big")
    path.write_bytes(bytes(content))
    return path
