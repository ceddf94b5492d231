"""Dense refinement: what a plane's map leaves over, because skin is curved and moves, as a smooth flow."""

import cv2
import numpy as np
from numpy.typing import NDArray

#: A flow longer than this share of the long side is not believed.
_LONGEST_SHARE = 0.03
#: Gaussian sd over which the flow is averaged, as a share of the long side: skin bends over centimetres.
_SMOOTH_SHARE = 0.02


def smooth_flow(
    before: NDArray[np.uint8], after: NDArray[np.uint8], valid: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """(h, w, 2) float32: where each pixel of `before` lies in `after`, less its own place, x and y.

    before, after: (h, w) uint8 registration pictures already laid over each other coarsely. valid: (h, w) bool.
    DIS optical flow (Kroeger et al., ECCV 2016), averaged with the local contrast of both pictures as weight
    so that smooth skin takes its flow from the structures around it, and capped.
    """
    long_side = max(before.shape)
    raw = np.asarray(_dis().calc(before, after, np.zeros((*before.shape, 2), np.float32)), np.float32)
    limit = np.float32(_LONGEST_SHARE * long_side)
    believed = valid & (np.hypot(raw[..., 0], raw[..., 1]) <= limit)
    weight = np.minimum(_contrast(before), _contrast(after)) * believed
    sd = _SMOOTH_SHARE * long_side
    total = np.asarray(cv2.GaussianBlur(raw * weight[..., np.newaxis], (0, 0), sd), np.float32)
    cover = np.asarray(cv2.GaussianBlur(weight, (0, 0), sd), np.float32)
    # A little weight of "no flow" keeps places without any evidence where the plane's map puts them.
    return (total / (cover + np.float32(0.01))[..., np.newaxis]).astype(np.float32, copy=False)


def _dis() -> cv2.DISOpticalFlow:
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    flow.setFinestScale(1)
    return flow


def _contrast(band: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Local gradient energy of a registration picture, about 0..1."""
    picture = band.astype(np.float32) / 40
    x = np.asarray(cv2.Sobel(picture, cv2.CV_32F, 1, 0, scale=0.125), np.float32)
    y = np.asarray(cv2.Sobel(picture, cv2.CV_32F, 0, 1, scale=0.125), np.float32)
    return np.asarray(cv2.blur(x * x + y * y, (9, 9)), np.float32)
