"""What frozen networks see in a photograph, as blocks of numbers: nothing here learns from the classes.

A photograph is looked at at three scales, on the skin that the product assesses. Its true scale is mostly unknown, so
the views stand for what it may be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.check import Instruments, check_photo
from models.encoder import Encoder
from models.network import SIZE_MULTIPLE, ScarNet
from training.checkpoint import network_of, take_over

#: Factors on the working picture.
SCALES = (0.7, 1.0, 1.4)
#: Pixels of the band-passes of the light: at 6.4 px/mm from skin texture to whole scars.
_BANDS_PX = (1.5, 3.0, 6.0, 12.0, 24.0, 48.0)
#: Probability at which a pixel counts as of a type.
_SEEN = 0.3
_LEAST = 1e-4

#: (views, numbers) by the name of the block.
Blocks = dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """image: (1, 3, H, W) sRGB 0..1, padded. rgb: (h, w, 3) uint8, skin: (h, w) bool."""

    image: Tensor
    rgb: NDArray[np.uint8]
    skin: NDArray[np.bool_]


def views_of(path: Path, instruments: Instruments) -> list[View]:
    """The views of a photograph. Raises PhotoError."""
    checked = check_photo(path, instruments)
    found = []
    for scale in SCALES:
        kernel = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        rgb = cv2.resize(checked.maps.rgb, None, fx=scale, fy=scale, interpolation=kernel)
        skin = cv2.resize(
            checked.skin.astype(np.uint8), rgb.shape[1::-1], interpolation=cv2.INTER_NEAREST_EXACT
        )
        picture = np.asarray(rgb, np.uint8)
        found.append(View(_padded(picture), picture, np.asarray(skin, np.uint8) > 0))
    return found


def _padded(rgb: NDArray[np.uint8]) -> Tensor:
    below, right = (-side % SIZE_MULTIPLE for side in rgb.shape[:2])
    picture = cv2.copyMakeBorder(rgb, 0, below, 0, right, cv2.BORDER_REFLECT_101)
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1))).float().div(255.0)[None]


class ScarFeatures:
    """Blocks of the bundle's network: decoder features, type maps, and the light's bands.

    decoder: over the skin and over its scars, mean and sd of every channel. maps: how much of each type there is, and
    the relief's spread. light: sd, skewness, kurtosis and tails of log luminance in six bands, which tell deep small
    pits from wide shallow ones without any network.
    """

    def __init__(self, bundle: Path) -> None:
        self.network = ScarNet(network_of(bundle))
        take_over(self.network, bundle)
        self.network.eval()

    @torch.inference_mode()
    def __call__(self, views: Sequence[View]) -> Blocks:
        rows: dict[str, list[NDArray[np.float64]]] = {"decoder": [], "maps": [], "light": []}
        for view in views:
            decoded = self.network.decoder(self.network.encoder(view.image))
            types = self.network.types(decoded).softmax(dim=1)[0].numpy()
            relief_um = self.network.relief(decoded)[0, 0].numpy()
            skin = _small(view.skin, types.shape[1:], view.image.shape[2:])
            rows["decoder"].append(
                np.concatenate([pooled(decoded, skin), pooled(decoded, skin * (1.0 - types[0]))])
            )
            rows["maps"].append(map_figures(types[1:4], relief_um, skin > 0.5))
            rows["light"].append(light_figures(view.rgb, view.skin))
        return {name: np.stack(values) for name, values in rows.items()}


class EncoderFeatures:
    """Block of an encoder that knows ImageNet only, pooled over the same skin at its three coarsest strides."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder.eval()

    @torch.inference_mode()
    def __call__(self, views: Sequence[View]) -> Blocks:
        rows = []
        for view in views:
            features = self.encoder(view.image)[2:]
            rows.append(
                np.concatenate(
                    [
                        pooled(part, _small(view.skin, part.shape[2:], view.image.shape[2:]))
                        for part in features
                    ]
                )
            )
        return {"encoder": np.stack(rows)}


def _small(skin: NDArray[np.bool_], size: Sequence[int], padded: Sequence[int]) -> NDArray[np.float32]:
    """(h, w) bool of the view -> share of skin in every pixel of a map of the padded picture."""
    whole = np.zeros(tuple(padded), np.float32)
    whole[: skin.shape[0], : skin.shape[1]] = skin
    return np.asarray(cv2.resize(whole, (size[1], size[0]), interpolation=cv2.INTER_AREA), np.float32)


def pooled(feature: Tensor, weight: NDArray[np.float32]) -> NDArray[np.float64]:
    """(1, C, h, w) -> (2C,) weighted mean and sd of every channel."""
    values, total = feature[0].numpy().astype(np.float64), float(weight.sum()) + 1e-3
    mean = (values * weight).sum(axis=(1, 2)) / total
    square = (values**2 * weight).sum(axis=(1, 2)) / total
    return np.concatenate([mean, np.sqrt(np.maximum(square - mean**2, 0.0))])


def map_figures(
    types: NDArray[np.float32], relief_um: NDArray[np.float32], skin: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(12,) of (3, h, w) icepick, boxcar, rolling: log means, shares, log areas; of the relief: spread, depth, tail."""
    on = skin if skin.any() else np.ones_like(skin)
    seen, relief = types[:, on].astype(np.float64), relief_um[on].astype(np.float64)
    mean = seen.mean(axis=1) + _LEAST
    depth = (
        np.log(relief.std() + 1),
        np.log1p(np.maximum(-relief, 0).mean()),
        np.percentile(relief, 1) / 100,
    )
    return np.array(
        [*np.log(mean), *(mean / mean.sum()), *np.log((seen > _SEEN).mean(axis=1) + _LEAST), *depth]
    )


def light_figures(rgb: NDArray[np.uint8], skin: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(30,) five figures of every band of log lightness on the skin."""
    on = skin if skin.any() else np.ones_like(skin)
    weight = on.astype(np.float32)
    light = np.log(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[..., 0].astype(np.float32) + 8.0)
    finer, figures = light, []
    for sd_px in _BANDS_PX:
        around = np.maximum(cv2.GaussianBlur(weight, (0, 0), sd_px), 1e-3)
        coarser = cv2.GaussianBlur(light * weight, (0, 0), sd_px) / around
        band = (finer - coarser)[on].astype(np.float64)
        finer, spread = coarser, band.std() + 1e-6
        z = (band - band.mean()) / spread
        figures += [np.log(spread), (z**3).mean(), np.log((z**4).mean() + 1e-6), *np.percentile(z, (1, 99))]
    return np.array(figures)
