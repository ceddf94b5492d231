"""Colour science that pigment, colour correction and fit rest on: CIELAB and CIEDE2000."""

import numpy as np
from numpy.typing import NDArray

#: Linear sRGB to CIE XYZ, D65, IEC 61966-2-1.
_SRGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
#: White of the same matrix, so that equal channels have a* = b* = 0 exactly.
_WHITE = _SRGB_TO_XYZ.sum(axis=1)


def lab_of_linear(linear: NDArray[np.floating]) -> NDArray[np.float64]:
    """(..., 3) linear sRGB 0..1 -> (..., 3) CIELAB under D65, 2 degree observer (ISO/CIE 11664-4)."""
    xyz: NDArray[np.float64] = np.asarray(linear, np.float64) @ _SRGB_TO_XYZ.T / _WHITE
    epsilon, kappa = 216 / 24389, 24389 / 27
    f: NDArray[np.float64] = np.where(xyz > epsilon, np.cbrt(xyz), (kappa * xyz + 16) / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def linear_of_xyz(xyz: NDArray[np.floating]) -> NDArray[np.float64]:
    """(..., 3) CIE XYZ under D65, Y = 1 for white -> (..., 3) linear sRGB; below 0 or above 1 outside of sRGB."""
    return np.asarray(xyz, np.float64) @ np.linalg.inv(_SRGB_TO_XYZ).T


def ciede2000(lab: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """Colour difference of (..., 3) CIELAB colours, broadcast against each other.

    CIE 142-2001 with all weights 1, in the form of Sharma, Wu, Dalal, Color Res Appl 2005;30:21-30, whose
    test pairs the tests hold.
    """
    one, two = np.broadcast_arrays(np.asarray(lab, np.float64), np.asarray(other, np.float64))
    mean_chroma = (np.hypot(one[..., 1], one[..., 2]) + np.hypot(two[..., 1], two[..., 2])) / 2
    stretch = 1 + 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    chroma_1, hue_1 = _chroma_hue(one, stretch)
    chroma_2, hue_2 = _chroma_hue(two, stretch)
    grey = chroma_1 * chroma_2 == 0
    turn = np.where(grey, 0, (hue_2 - hue_1 + 180) % 360 - 180)
    # Exactly opposite hues turn forward by 180 in the published form, as (x + 180) % 360 gives -180.
    turn = np.where(turn == -180, np.where(hue_2 > hue_1, 180, -180), turn)
    d_hue = 2 * np.sqrt(chroma_1 * chroma_2) * np.sin(np.radians(turn / 2))
    apart = np.abs(hue_1 - hue_2) > 180
    total = hue_1 + hue_2
    mean_hue = np.where(apart, np.where(total < 360, total + 360, total - 360), total) / 2
    mean_hue = np.where(grey, total, mean_hue)
    lightness = (one[..., 0] + two[..., 0]) / 2
    chroma = (chroma_1 + chroma_2) / 2
    s_l, s_c, s_h, rotation = _weights(lightness, chroma, mean_hue)
    light, colour, hue = (two[..., 0] - one[..., 0]) / s_l, (chroma_2 - chroma_1) / s_c, d_hue / s_h
    return np.sqrt(np.maximum(light**2 + colour**2 + hue**2 + rotation * colour * hue, 0))


def _chroma_hue(
    lab: NDArray[np.float64], stretch: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Chroma, and hue in degrees 0..360, with a* stretched for near-greys."""
    a, b = lab[..., 1] * stretch, lab[..., 2]
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _weights(
    lightness: NDArray[np.float64], chroma: NDArray[np.float64], hue: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """S_L, S_C, S_H and the rotation term R_T of the mean colour."""

    def cosine(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.cos(np.radians(degrees))

    t = 1 - 0.17 * cosine(hue - 30) + 0.24 * cosine(2 * hue) + 0.32 * cosine(3 * hue + 6)
    t = t - 0.20 * cosine(4 * hue - 63)
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    blue = 30 * np.exp(-(((hue - 275) / 25) ** 2))
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(2 * blue))
    return s_l, 1 + 0.045 * chroma, 1 + 0.015 * chroma * t, rotation
