"""Pictures as they travel inside the page: nothing is stored on the server for a browser to fetch."""

import base64
from collections import defaultdict
from dataclasses import dataclass

import cv2
import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from inference.measure.assessment import ScarType
from inference.report.files import JPEG_QUALITY, encode_jpeg, encode_png
from inference.report.overlay import Outline, trace


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture ready for the page; width and height give the browser its shape before it is decoded."""

    uri: str
    width_px: int
    height_px: int


def jpeg_picture(
    rgb: NDArray[np.uint8], long_side_px: int | None = None, quality: int = JPEG_QUALITY
) -> Picture:
    """JPEG of (h, w, 3) uint8 sRGB, with `long_side_px` resized to that."""
    if long_side_px is not None:
        factor = long_side_px / max(rgb.shape[:2])
        size = max(1, round(rgb.shape[1] * factor)), max(1, round(rgb.shape[0] * factor))
        interpolation = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=interpolation), np.uint8)
    return Picture(_data_uri("image/jpeg", encode_jpeg(rgb, quality)), rgb.shape[1], rgb.shape[0])


def png_picture(rgba: NDArray[np.uint8]) -> Picture:
    """PNG of a (h, w, 4) layer with transparency."""
    return Picture(_data_uri("image/png", encode_png(rgba)), rgba.shape[1], rgba.shape[0])


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def svg_outlines(label: NDArray[np.uint8], name: str) -> Markup:
    """The scars of `label`, (h, w) uint8, as lines that keep their width however large they are shown.

    `name` tells the picture's drawings apart from others on the page.
    """
    height, width = label.shape
    by_type: dict[ScarType, list[str]] = defaultdict(list)
    for outline in trace(label):
        by_type[outline.type].append(_path(outline))
    shapes = "".join(
        f'<path id="cx-{name}-{kind}" vector-effect="non-scaling-stroke" d="{"".join(paths)}"/>'
        for kind, paths in by_type.items()
    )
    halos = "".join(f'<use class="cx-halo" href="#cx-{name}-{kind}"/>' for kind in by_type)
    lines = "".join(f'<use class="cx-line cx-{kind}" href="#cx-{name}-{kind}"/>' for kind in by_type)
    return Markup(
        f'<svg class="cx-outlines" viewBox="0 0 {width} {height}" preserveAspectRatio="none" '
        f'aria-hidden="true"><defs>{shapes}</defs>{halos}{lines}</svg>'
    )


def svg_mask(mask: NDArray[np.bool_], name: str) -> Markup:
    """The patches of (h, w) `mask` as lines of one colour, for the map of change."""
    height, width = mask.shape
    paths = "".join(_path(outline) for outline in trace(mask.astype(np.uint8)))
    return Markup(
        f'<svg class="cx-outlines cx-places" viewBox="0 0 {width} {height}" preserveAspectRatio="none" '
        f'aria-hidden="true"><defs><path id="cx-{name}-all" vector-effect="non-scaling-stroke" d="{paths}"/></defs>'
        f'<use class="cx-line" href="#cx-{name}-all"/></svg>'
    )


def _path(outline: Outline) -> str:
    points = " ".join(f"{x:.1f} {y:.1f}" for x, y in outline.points)
    return f"M{points}Z"
