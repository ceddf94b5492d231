"""From light to file: exposure, white balance, lens, noise, tone, a phone's processing, resampling and JPEG."""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.render import phone
from training.render.fields import blur

#: Mean linear light that automatic exposure aims at.
MID_LIGHT = 0.27
#: How often each kind of camera is drawn, and how often it fails: strong casts, wrong exposure, blur, no colour.
SHARES = {"clinic": 0.42, "phone": 0.28, "web": 0.2, "screenshot": 0.06, "webcam": 0.04}
#: Casts of white balance left wrong, R, G, B gains: tungsten lamps, fluorescent tubes, a screen's blue, a green room.
CASTS = ((1.45, 1.0, 0.55), (0.9, 1.18, 0.85), (0.78, 0.95, 1.35), (0.95, 1.12, 0.72), (1.2, 0.88, 0.95))


@dataclass(frozen=True)
class Camera:
    """How light becomes a file.

    exposure: factor on linear light, after `metering` (0..1) has pulled the mean to MID_LIGHT. balance: R, G, B
    gains. defocus_px: Gaussian sd. noise: sd at mid grey. contrast: exponent on display values. saturation: 1
    unchanged. reduce: the picture was once this much smaller. sharpen: strength of an unsharp mask, as phones
    do. jpeg_quality: None for no compression.

    disc_px: radius of the disc of a lens out of focus. motion_px, motion_rad: way of the camera during exposure.
    fringe: red and blue enlarged against green by this share. vignette: light lost in the corners, 0..1. denoise,
    beauty, tone_map: strengths 0..1 of `training.render.phone`. halo_px: radius of the sharpening. recompress: quality
    of an earlier JPEG. screen: size of the picture on a screen that was photographed or copied, 1 for none.
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
    disc_px: float = 0.0
    motion_px: float = 0.0
    motion_rad: float = 0.0
    fringe: float = 0.0
    vignette: float = 0.0
    denoise: float = 0.0
    beauty: float = 0.0
    tone_map: float = 0.0
    halo_px: float = 1.1
    recompress: int | None = None
    screen: float = 1.0
    name: str = "clinic"


def draw_camera(rng: np.random.Generator, px_per_mm: float = 6.0, name: str | None = None) -> Camera:
    """Clinic cameras, phones, old web pictures, screenshots and webcams. Most are usable, some barely.

    px_per_mm bounds how much the picture is reduced: never below 1.6 px/mm, where no scar is left to see.
    """
    kind = str(rng.choice(list(SHARES), p=list(SHARES.values()))) if name is None else name
    warmth, tint = rng.normal(0, 0.08), rng.normal(0, 0.03)
    camera = Camera(
        exposure=float(np.exp(rng.normal(0.05, 0.3))),
        metering=float(rng.uniform(0.3, 0.95)),
        balance=(math.exp(warmth), math.exp(tint), math.exp(-warmth)),
        defocus_px=float(rng.gamma(1.5, 0.35)),
        noise=float(rng.gamma(1.2, 0.006)),
        contrast=float(np.exp(rng.normal(0, 0.15))),
        saturation=float(np.clip(rng.normal(1, 0.16), 0.4, 1.5)),
        reduce=1.0,
        sharpen=float(rng.uniform(0.2, 1.0)) if rng.random() < 0.25 else 0.0,
        jpeg_quality=int(rng.integers(70, 98)) if rng.random() < 0.7 else None,
        fringe=float(rng.uniform(0, 0.0015)),
        vignette=float(rng.uniform(0, 0.35)) if rng.random() < 0.3 else 0.0,
        name=kind,
    )
    room = max(1.0, px_per_mm / 1.6)
    return _failing(rng, _processed(rng, camera, kind, room))


def _processed(rng: np.random.Generator, camera: Camera, kind: str, room: float) -> Camera:
    """The camera with what its kind does; `room`: the most that the picture may be reduced."""

    def smaller(low: float, high: float) -> float:
        return float(min(room, rng.uniform(low, high)))

    if kind == "phone":
        return replace(
            camera,
            denoise=float(rng.uniform(0.2, 0.9)),
            tone_map=float(rng.uniform(0, 0.8)),
            sharpen=float(rng.uniform(0.3, 1.3)),
            halo_px=float(rng.uniform(0.8, 2.2)),
            saturation=camera.saturation * 1.05,
            beauty=float(rng.uniform(0.3, 0.9)) if rng.random() < 0.15 else 0.0,
            reduce=smaller(1, 2.2) if rng.random() < 0.4 else 1.0,
        )
    if kind == "web":
        return replace(
            camera,
            reduce=smaller(1.2, 3.2),
            jpeg_quality=int(rng.integers(30, 85)),
            recompress=int(rng.integers(40, 92)) if rng.random() < 0.6 else None,
            sharpen=float(rng.uniform(0.2, 1.4)) if rng.random() < 0.5 else 0.0,
            beauty=float(rng.uniform(0.2, 0.6)) if rng.random() < 0.08 else 0.0,
        )
    if kind == "screenshot":
        screen = float(np.exp(rng.uniform(math.log(0.55), math.log(1.6))))
        return replace(camera, screen=max(screen, 1 / room), recompress=int(rng.integers(50, 92)))
    if kind == "webcam":
        return replace(
            camera,
            noise=0.02 + camera.noise,
            denoise=float(rng.uniform(0.3, 1.0)),
            reduce=smaller(1.2, 2.5),
            jpeg_quality=int(rng.integers(35, 80)),
        )
    return replace(camera, reduce=smaller(1, 2.5) if rng.random() < 0.35 else 1.0)


def _failing(rng: np.random.Generator, camera: Camera) -> Camera:
    """What goes wrong with any of them, each on its own chance."""
    if rng.random() < 0.07:
        cast, share = CASTS[int(rng.integers(len(CASTS)))], rng.uniform(0.3, 0.9)
        gains = [b * c**share for b, c in zip(camera.balance, cast, strict=True)]
        camera = replace(camera, balance=(gains[0], gains[1], gains[2]))
    if rng.random() < 0.05:
        camera = replace(camera, saturation=0.0)
    if rng.random() < 0.07:
        camera = replace(camera, exposure=camera.exposure * float(rng.choice([0.55, 1.6, 2.2])))
    look = rng.random()
    if look < 0.10:
        camera = replace(camera, disc_px=float(rng.uniform(0.8, 2.6)))
    elif look < 0.16:
        camera = replace(
            camera, motion_px=float(rng.uniform(1.5, 6)), motion_rad=float(rng.uniform(0, math.pi))
        )
    return camera


def jittered_camera(rng: np.random.Generator, camera: Camera) -> Camera:
    """The same camera at another visit: exposure (sd 12 %), balance (2 %) and focus a little different."""
    gains = [gain * math.exp(rng.normal(0, 0.02)) for gain in camera.balance]
    return replace(
        camera,
        exposure=camera.exposure * float(np.exp(rng.normal(0, 0.12))),
        balance=(gains[0], gains[1], gains[2]),
        defocus_px=camera.defocus_px * float(rng.uniform(0.7, 1.3)),
    )


def photograph(linear: Tensor, camera: Camera, rng: np.random.Generator) -> NDArray[np.uint8]:
    """(3, H, W) float32 linear RGB, 0 upward -> (H, W, 3) uint8 sRGB."""
    gains = torch.tensor(camera.balance, device=linear.device).view(3, 1, 1)
    exposure = camera.exposure * float(MID_LIGHT / linear.mean().clamp(min=1e-3)) ** camera.metering
    light = _through_lens(linear * gains * exposure, camera)
    grain = torch.as_tensor(rng.standard_normal(light.shape, dtype=np.float32), device=light.device)
    light = light + camera.noise * torch.sqrt(light.clamp(0, 1) + 0.02) * grain
    shown = linear_to_srgb(_roll_off(light.clamp(min=0))) ** camera.contrast
    grey = shown.mean(0, keepdim=True)
    shown = (grey + camera.saturation * (shown - grey)).clamp(0, 1)
    picture = (shown * 255 + 0.5).to(torch.uint8).permute(1, 2, 0).cpu().numpy()
    return _deliver(np.ascontiguousarray(picture), camera)


def _through_lens(light: Tensor, camera: Camera) -> Tensor:
    """Focus, motion and vignetting on linear light."""
    light = blur(light, camera.defocus_px)
    if camera.disc_px > 0.3:
        light = _convolved(light, phone.disc_kernel(camera.disc_px))
    if camera.motion_px > 0.5:
        light = _convolved(light, phone.motion_kernel(camera.motion_px, camera.motion_rad))
    height, width = light.shape[-2:]
    if camera.vignette > 0:
        y = torch.linspace(-1, 1, height, device=light.device).view(-1, 1)
        x = torch.linspace(-1, 1, width, device=light.device).view(1, -1)
        light = light * (1 - camera.vignette * (x.square() + y.square()) / 2)
    return light


def _convolved(light: Tensor, kernel: NDArray[np.float32]) -> Tensor:
    """(3, H, W) convolved with an odd square kernel, edges replicated."""
    reach = kernel.shape[0] // 2
    weight = torch.as_tensor(kernel, device=light.device)[None, None]
    padded = functional.pad(light[:, None], (reach,) * 4, mode="replicate")
    return functional.conv2d(padded, weight)[:, 0]


def _roll_off(light: Tensor) -> Tensor:
    """Highlights approach 1 as a camera's tone curve does; linear below 0.7."""
    over = (light - 0.7).clamp(min=0)
    return light.clamp(max=0.7) + 0.3 * torch.tanh(over / 0.35)


def _deliver(picture: NDArray[np.uint8], camera: Camera) -> NDArray[np.uint8]:
    """What happens after the sensor: the phone's processing, a smaller copy, sharpening, JPEG, a screen."""
    height, width = picture.shape[:2]
    picture = phone.fringed(picture, camera.fringe)
    picture = phone.denoised(picture, camera.denoise)
    picture = phone.tone_mapped(picture, camera.tone_map)
    picture = phone.beautified(picture, camera.beauty)
    if camera.reduce > 1.05:
        picture = phone.resized(picture, round(width / camera.reduce), round(height / camera.reduce))
    picture = phone.sharpened(picture, camera.sharpen, camera.halo_px)
    picture = phone.compressed(picture, camera.recompress)
    if abs(camera.screen - 1) > 0.05:
        across, down = round(width * camera.screen), round(height * camera.screen)
        picture = phone.resized(picture, across, down, smooth=False)
    picture = phone.compressed(picture, camera.jpeg_quality)
    return picture if picture.shape[:2] == (height, width) else phone.resized(picture, width, height)


def linear_to_srgb(linear: Tensor) -> Tensor:
    """Linear light 0..1 to sRGB display values 0..1 (IEC 61966-2-1)."""
    return torch.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    )


def srgb_to_linear(shown: Tensor) -> Tensor:
    """sRGB display values 0..1 to linear light 0..1 (IEC 61966-2-1)."""
    return torch.where(shown <= 0.04045, shown / 12.92, ((shown.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4)
