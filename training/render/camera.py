"""From light to file: exposure, white balance, defocus, noise, tone curve, resampling and compression."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.render.fields import blur

#: Mean linear light that automatic exposure aims at.
MID_LIGHT = 0.27


@dataclass(frozen=True)
class Camera:
    """How light becomes a file.

    exposure: factor on linear light, after `metering` (0..1) has pulled the mean to MID_LIGHT. balance: R, G, B
    gains. defocus_px: Gaussian sd. noise: sd at mid grey. contrast: exponent on display values. saturation: 1
    unchanged. reduce: the picture was once this much smaller. sharpen: strength of an unsharp mask, as phones
    do. jpeg_quality: None for no compression.
    """

    exposure: float
    metering: float
    balance: tuple[float, float, float]
    defocus_px: float
    noise: float
    contrast: float
    saturation: float
    reduce: float
    sharpen: float
    jpeg_quality: int | None


def draw_camera(rng: np.random.Generator) -> Camera:
    """Clinic cameras, phones and old web pictures alike."""
    warmth, tint = rng.normal(0, 0.09), rng.normal(0, 0.04)
    return Camera(
        exposure=float(np.exp(rng.normal(0.05, 0.3))),
        metering=float(rng.uniform(0.3, 0.95)),
        balance=(math.exp(warmth), math.exp(tint), math.exp(-warmth)),
        defocus_px=float(rng.gamma(1.5, 0.35)),
        noise=float(rng.gamma(1.2, 0.006)),
        contrast=float(np.exp(rng.normal(0, 0.15))),
        saturation=0.0 if rng.random() < 0.02 else float(np.clip(rng.normal(1, 0.2), 0.3, 1.7)),
        reduce=float(rng.choice([1.0, rng.uniform(1, 2.8)], p=[0.5, 0.5])),
        sharpen=float(rng.choice([0.0, rng.uniform(0.2, 1.2)], p=[0.65, 0.35])),
        jpeg_quality=int(rng.choice([0, rng.integers(35, 96)], p=[0.15, 0.85])) or None,
    )


def photograph(linear: Tensor, camera: Camera, rng: np.random.Generator) -> NDArray[np.uint8]:
    """(3, H, W) float32 linear RGB, 0 upward -> (H, W, 3) uint8 sRGB."""
    gains = torch.tensor(camera.balance, device=linear.device).view(3, 1, 1)
    exposure = camera.exposure * float(MID_LIGHT / linear.mean().clamp(min=1e-3)) ** camera.metering
    light = blur(linear * gains * exposure, camera.defocus_px)
    grain = torch.as_tensor(rng.standard_normal(light.shape, dtype=np.float32), device=light.device)
    light = light + camera.noise * torch.sqrt(light.clamp(0, 1) + 0.02) * grain
    shown = linear_to_srgb(_roll_off(light.clamp(min=0))) ** camera.contrast
    grey = shown.mean(0, keepdim=True)
    shown = (grey + camera.saturation * (shown - grey)).clamp(0, 1)
    picture = (shown * 255 + 0.5).to(torch.uint8).permute(1, 2, 0).cpu().numpy()
    return _deliver(np.ascontiguousarray(picture), camera)


def _roll_off(light: Tensor) -> Tensor:
    """Highlights approach 1 as a camera's tone curve does; linear below 0.7."""
    over = (light - 0.7).clamp(min=0)
    return light.clamp(max=0.7) + 0.3 * torch.tanh(over / 0.35)


def _deliver(picture: NDArray[np.uint8], camera: Camera) -> NDArray[np.uint8]:
    """What happens after the sensor: a smaller copy, sharpening, JPEG."""
    height, width = picture.shape[:2]
    if camera.reduce > 1.05:
        small = cv2.resize(
            picture,
            (round(width / camera.reduce), round(height / camera.reduce)),
            interpolation=cv2.INTER_AREA,
        )
        picture = _compress(_sharpen(small, camera.sharpen), camera.jpeg_quality)
        return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
    return _compress(_sharpen(picture, camera.sharpen), camera.jpeg_quality)


def _sharpen(picture: NDArray[np.uint8], strength: float) -> NDArray[np.uint8]:
    if strength <= 0:
        return picture
    soft = cv2.GaussianBlur(picture, (0, 0), 1.1)
    return np.asarray(cv2.addWeighted(picture, 1 + strength, soft, -strength, 0), np.uint8)


def _compress(picture: NDArray[np.uint8], quality: int | None) -> NDArray[np.uint8]:
    if quality is None:
        return picture
    _, code = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(code, cv2.IMREAD_COLOR)[..., ::-1])


def linear_to_srgb(linear: Tensor) -> Tensor:
    """Linear light 0..1 to sRGB display values 0..1 (IEC 61966-2-1)."""
    return torch.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    )


def srgb_to_linear(shown: Tensor) -> Tensor:
    """sRGB display values 0..1 to linear light 0..1 (IEC 61966-2-1)."""
    return torch.where(shown <= 0.04045, shown / 12.92, ((shown.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4)
