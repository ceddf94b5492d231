"""Lightness and colour of the skin: exposure, clipping, shine, cast."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.photo.ciede import lab_of_linear
from inference.photo.colour import LINEAR_OF_LEVEL
from inference.quality.patches import CLIPPED_LEVEL
from inference.quality.view import View

#: Pixels of skin that are looked at.
_SAMPLE = 40_000
#: Middle of the hue angles of skin in CIELAB, a convention of ours. The skin colours of peoples overlap widely and
#: differ mostly in yellowness (Xiao et al., Skin Res Technol 2017, doi 10.1111/srt.12295).
SKIN_HUE_DEG = 50.0
#: A highlight is this much lighter than the middle of the skin, and has at most this part of its saturation:
#: light mirrored by oil has the lamp's colour, not the skin's (Shafer, Color Res Appl 1985;10:210).
SHINE_LIGHTER, SHINE_SATURATION = 12.0, 0.6


@dataclass(frozen=True, slots=True)
class Tones:
    """Of the assessed skin. light_95, light_50: percentiles of CIE L*, 0..100. clipped, shine: parts, 0..1.

    hue_deg, chroma: CIELAB of the median colour of skin that is neither clipped nor shining. chroma_95: 95th
    percentile of the chroma over the whole picture.
    """

    light_50: float
    light_95: float
    clipped: float
    shine: float
    hue_deg: float
    chroma: float
    chroma_95: float

    @property
    def cast_deg(self) -> float:
        """Distance of the hue from `SKIN_HUE_DEG`, 0..180."""
        return abs((self.hue_deg - SKIN_HUE_DEG + 180) % 360 - 180)


def tones(view: View) -> Tones | None:
    """None without skin."""
    skin = np.flatnonzero(view.skin)
    if len(skin) == 0:
        return None
    pixels = view.rgb.reshape(-1, 3)
    colours = pixels[skin[:: max(1, len(skin) // _SAMPLE)]]
    everywhere = lab(pixels[:: max(1, len(pixels) // (_SAMPLE // 2))])
    values = lab(colours)
    lightness = values[:, 0]
    clipped = colours.max(axis=1) >= CLIPPED_LEVEL
    brightest = colours.max(axis=1).astype(np.float32)
    saturation = 1 - colours.min(axis=1) / np.maximum(brightest, 1)
    shining = (lightness > np.median(lightness) + SHINE_LIGHTER) & (
        saturation < SHINE_SATURATION * np.median(saturation)
    )
    plain = ~clipped & ~shining
    middle = np.median(values[plain] if plain.any() else values, axis=0)
    return Tones(
        light_50=float(np.median(lightness)),
        light_95=float(np.percentile(lightness, 95)),
        clipped=float(clipped.mean()),
        shine=float(shining.mean()),
        hue_deg=float(np.degrees(np.arctan2(middle[2], middle[1]))),
        chroma=float(np.hypot(middle[1], middle[2])),
        chroma_95=float(np.percentile(np.hypot(everywhere[:, 1], everywhere[:, 2]), 95)),
    )


def lab(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(n, 3) sRGB -> (n, 3) CIELAB under D65."""
    return lab_of_linear(LINEAR_OF_LEVEL[rgb])
