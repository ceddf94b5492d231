"""One skin under one rig through one camera, traced with Mitsuba 3, and what is true at every pixel.

The light that enters the skin and the light its surface throws back are traced apart. The first is divided by the
colour, spread under the skin (`scatter`) and coloured again; the second is a rough dielectric's reflection.
"""

import importlib
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from inference.errors import CicatrixError
from training.trace.form import Camera, Cheek, triangles
from training.trace.lamps import Rig, emitters
from training.trace.scatter import spread
from training.trace.skin import Complexion

Field = NDArray[np.float64]
#: Skin's refractive index (Tuchin 2015, stratum corneum 1.55, dermis 1.4; a middle value).
SKIN_INDEX = 1.45
#: No ray is followed further: skin to skin to skin.
BOUNCES = 4


#: LLVM 15 ends the whole process ("Cannot select: fminimum"); 19 was tried and works.
LEAST_LLVM = 17
NO_COMPILER = (
    "Tracing compiles with LLVM 17 or later, and the one found is {}: "
    "install libllvm19 and name its libLLVM.so in the environment variable DRJIT_LIBLLVM_PATH."
)


class TracerMissingError(CicatrixError):
    """Mitsuba, or a compiler that it can use, is not installed."""


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A mesh's vertices. points: (n, n, 3) mm. u_mm, v_mm: (n, n) skin places. albedo: (n, n, 3) linear."""

    points: Field
    u_mm: Field
    v_mm: Field
    albedo: Field
    cheek: Cheek


@dataclass(frozen=True, slots=True, eq=False)
class Traced:
    """Before the camera's own faults. light: (H, W, 3) irradiance after scattering. shine: (H, W, 3) reflected light.
    albedo: (H, W, 3). u_mm, v_mm: (H, W) skin place seen by the pixel's centre, NaN beside the skin."""

    light: NDArray[np.float32]
    shine: NDArray[np.float32]
    albedo: NDArray[np.float32]
    u_mm: Field
    v_mm: Field

    @property
    def linear(self) -> NDArray[np.float32]:
        """(H, W, 3) linear light."""
        return self.albedo * self.light + self.shine


def load_mitsuba(threads: int = 1) -> Any:
    """The package, set to trace on the processor. Raises TracerMissingError."""
    try:
        mi = importlib.import_module("mitsuba")
    except ImportError as error:
        raise TracerMissingError(
            "Tracing needs Mitsuba 3, which is not installed: pip install 'cicatrix[trace]'."
        ) from error
    drjit = importlib.import_module("drjit")
    try:
        mi.set_variant("llvm_ad_rgb")
        version: tuple[int, int, int] = drjit.detail.llvm_version()
    except (ImportError, RuntimeError) as error:
        raise TracerMissingError(NO_COMPILER.format("none")) from error
    if version[0] < LEAST_LLVM:
        raise TracerMissingError(NO_COMPILER.format(".".join(map(str, version))))
    drjit.set_thread_count(threads)
    return mi


def skin_mesh(mi: Any, surface: Surface, complexion: Complexion) -> Any:
    """Mitsuba mesh whose BSDF is diffuse (weight 0) or a rough dielectric's reflection alone (weight 1)."""
    black = {"type": "rgb", "value": 0.0}
    coat = {
        "type": "roughplastic",
        "distribution": "beckmann",
        "alpha": complexion.alpha,
        "int_ior": SKIN_INDEX,
        "diffuse_reflectance": black,
        "specular_reflectance": {"type": "rgb", "value": complexion.shine},
    }
    under = {"type": "diffuse", "reflectance": {"type": "mesh_attribute", "name": "vertex_albedo"}}
    props = mi.Properties()
    props["bsdf"] = mi.load_dict({"type": "blendbsdf", "weight": 0.0, "under": under, "coat": coat})
    side = surface.u_mm.shape[0]
    faces = triangles(side)
    mesh = mi.Mesh("skin", side * side, len(faces), props, True, True)
    mesh.add_attribute("vertex_albedo", 3, surface.albedo.reshape(-1).astype(np.float32))
    params = mi.traverse(mesh)
    params["vertex_positions"] = mi.Float(surface.points.reshape(-1).astype(np.float32))
    params["vertex_normals"] = mi.Float(grid_normals(surface.points).reshape(-1).astype(np.float32))
    params["vertex_texcoords"] = mi.Float(
        np.stack((surface.u_mm, surface.v_mm), axis=-1).reshape(-1).astype(np.float32)
    )
    params["faces"] = mi.UInt32(faces.reshape(-1))
    params.update()
    return mesh


def grid_normals(points: Field) -> Field:
    """(n, n, 3) unit normals of a grid whose rows run down and columns to the right, towards +z."""
    down, right = np.gradient(points, axis=0), np.gradient(points, axis=1)
    normal = np.cross(right, -down)
    return normal / np.linalg.norm(normal, axis=-1, keepdims=True)


def sensor(mi: Any, camera: Camera) -> Any:
    """The camera as Mitsuba's."""
    _, up, _ = camera.axes()
    look = mi.ScalarTransform4f().look_at(
        origin=camera.origin.tolist(), target=camera.target.tolist(), up=up.tolist()
    )
    film = {
        "type": "hdrfilm",
        "width": camera.size_px,
        "height": camera.size_px,
        "pixel_format": "rgb",
        "component_format": "float32",
        "rfilter": {"type": "box"},
    }
    return mi.load_dict(
        {"type": "perspective", "fov": camera.fov_deg, "fov_axis": "x", "to_world": look, "film": film}
    )


def places(mi: Any, scene: Any, eye: Any, size_px: int) -> tuple[Field, Field]:
    """Skin places (H, W) in mm seen by the centres of the pixels, NaN beside the skin."""
    rows, columns = np.divmod(np.arange(size_px * size_px), size_px)
    at = mi.Point2f(
        mi.Float(((columns + 0.5) / size_px).astype(np.float32)),
        mi.Float(((rows + 0.5) / size_px).astype(np.float32)),
    )
    ray, _ = eye.sample_ray(mi.Float(0), mi.Float(0.5), at, mi.Point2f(0.5))
    hit = scene.ray_intersect(ray)
    seen = np.array(hit.is_valid()) & (np.array(hit.t) < 1e6)
    uv = np.array(hit.uv).reshape(2, -1).astype(np.float64)
    uv[:, ~seen] = np.nan
    return uv[0].reshape(size_px, size_px), uv[1].reshape(size_px, size_px)


def trace(
    mi: Any,
    mesh: Any,
    surface: Surface,
    complexion: Complexion,
    rig: Rig,
    camera: Camera,
    samples: int,
    seed: int,
) -> Traced:
    """Traces one photograph with `samples` rays a pixel, half as many for the shine."""
    eye = sensor(mi, camera)
    scene = mi.load_dict({"type": "scene", "skin": mesh, **emitters(rig, mi)})
    params = mi.traverse(scene)
    weight = next(key for key in params.keys() if key.endswith("weight.value"))  # noqa: SIM118 (not a dict)
    pictures = []
    for coat, rays, depth in ((0.0, samples, BOUNCES), (1.0, max(1, samples // 2), 2)):
        params[weight] = coat
        params.update()
        integrator = mi.load_dict({"type": "path", "max_depth": depth, "hide_emitters": True})
        pictures.append(np.array(mi.render(scene, sensor=eye, integrator=integrator, spp=rays, seed=seed)))
    u_mm, v_mm = places(mi, scene, eye, camera.size_px)
    colour = at_places(surface, surface.albedo, u_mm, v_mm)
    mean = np.nanmean(surface.albedo.reshape(-1, 3), axis=0)
    light = spread(pictures[0] / np.maximum(colour, 0.005), mean, camera.px_per_mm, complexion.free_path)
    return Traced(light, pictures[1].astype(np.float32), colour.astype(np.float32), u_mm, v_mm)


def at_places(surface: Surface, values: Field, u_mm: Field, v_mm: Field) -> NDArray[np.float32]:
    """Values of the surface's grid (n, n, ...) at skin places (H, W); the nearest edge's beside the skin."""
    step = float(surface.u_mm[0, 1] - surface.u_mm[0, 0])
    x = np.nan_to_num((u_mm - surface.u_mm[0, 0]) / step).astype(np.float32)
    y = np.nan_to_num((surface.v_mm[0, 0] - v_mm) / step).astype(np.float32)
    return cv2.remap(values.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def photograph(linear: NDArray[np.float32], rng: Generator, exposure: float = 1.0) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 sRGB: lens blur, automatic exposure, sensor noise, highlights rolled off, JPEG."""
    blurred = cv2.GaussianBlur(linear, (0, 0), float(rng.uniform(0.4, 0.7)))
    # The camera sets the green channel's middle by how bright the skin is, though not all the way to one grey.
    middle = float(np.median(blurred[..., 1]))
    goal = 0.26 * (max(middle, 1e-4) / 0.1) ** 0.35
    exposed = blurred * (exposure * min(goal, 0.42) / max(middle, 1e-4))
    noisy = exposed + rng.normal(size=exposed.shape) * np.sqrt(2e-5 + 1.2e-4 * np.maximum(exposed, 0))
    rolled = np.where(noisy > 0.8, 1 - 0.2 * np.exp(-(noisy - 0.8) / 0.2), np.maximum(noisy, 0))
    coded = np.where(
        rolled <= 0.0031308, 12.92 * rolled, 1.055 * np.maximum(rolled, 1e-9) ** (1 / 2.4) - 0.055
    )
    rgb = np.clip(coded * 255, 0, 255).round().astype(np.uint8)
    quality = int(rng.integers(86, 97))
    ok, data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert ok
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
