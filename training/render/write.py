"""Write rendered samples to a folder of memory-mapped arrays, and contact sheets to look at.

Folder: meta.json; rgb.npy (N, S, S, 3) uint8 sRGB; types.npy (N, S, S) uint8, 255 not labelled; surface.npy and
surface_known.npy (N, S, S) uint8 bit sets over SURFACE; relief_um.npy (N, S, S) int16, -32768 not labelled;
samples.jsonl, a line a sample with its scars.

With several views of one skin the rows of a group are adjacent, and their lines say `group`, `view`, `same_rig`,
`healed`, `healed_share` (of the true burden), `burden_um` and `affine` (px of view 0 -> px of the view).
"""

import json
import logging
import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from tqdm import tqdm

from inference.network.maps import SURFACE, TYPES
from inference.report.overlay import outlines
from training.render.canvas import find_faces, load_canvas
from training.render.grade import true_scales
from training.render.pairs import View, burden_um, draw_views, render_views
from training.render.patient import draw_patient
from training.render.picture import UNLABELLED, Picture
from training.render.scene import draw_scene

log = logging.getLogger(__name__)

#: Seeds of two sets differ by this much, so that sets of up to a million samples never share one.
SEED_STRIDE = 1_000_003
ARRAYS = {
    "rgb": (np.uint8, (3,)),
    "types": (np.uint8, ()),
    "surface": (np.uint8, ()),
    "surface_known": (np.uint8, ()),
    "relief_um": (np.int16, ()),
}


@dataclass(frozen=True)
class Job:
    """What a worker process needs to render its share of the rows."""

    out: Path
    count: int
    seed: int
    size_px: int
    faces: tuple[Path, ...]
    device: str
    views: int = 1
    posed: bool = False
    bare: bool = False
    patients: bool = False


def render_dataset(
    out: Path,
    count: int,
    seed: int,
    size_px: int = 448,
    faces: Path | None = None,
    device: str = "cpu",
    workers: int = 1,
    held_out: bool = False,
    views: int = 1,
    posed: bool = False,
    bare: bool = False,
    patients: bool = False,
) -> None:
    """Render `count` samples into `out`. Row i depends on the seed and i alone, not on workers or device.

    faces: folder that holds london/ and canada/; without it all skin is rendered. held_out: use the people kept out
    of training instead of the training people. views: photographs of each skin, in adjacent rows. posed: move the
    later views by a small affine. bare: the same skins without any look-alikes. patients: only skins whose first
    photograph shows scarring as a clinic's would (`training.render.patient`).

    Raises ValueError when count is no multiple of views.
    """
    if views < 1 or count % views:
        raise ValueError(f"{count} samples cannot be groups of {views} views: take a multiple of {views}.")
    out.mkdir(parents=True, exist_ok=True)
    for name, (dtype, tail) in ARRAYS.items():
        open_memmap(out / f"{name}.npy", "w+", dtype, (count, size_px, size_px, *tail)).flush()
    paths = tuple(find_faces(faces, held_out)) if faces is not None else ()
    if faces is not None and not paths:
        log.warning("no faces with points below %s: all skin will be rendered", faces)
    job = Job(out, count, seed, size_px, paths, device, views, posed, bare, patients)
    lines: list[dict[str, object]] = []
    groups = _rendered(job, max(1, workers))
    for group in tqdm(groups, total=count // views, desc="render", unit="skin"):
        lines.extend(group)
    with (out / "samples.jsonl").open("w") as file:
        for line in sorted(lines, key=lambda entry: int(str(entry["row"]))):
            file.write(json.dumps(line) + "\n")
    meta = {
        "size_px": size_px,
        "count": count,
        "seed": seed,
        "views": views,
        "bare": bare,
        "patients": patients,
        "types": TYPES,
        "surface": SURFACE,
    }
    (out / "meta.json").write_text(json.dumps(meta, indent=1))


def _rendered(job: Job, workers: int) -> Iterator[list[dict[str, object]]]:
    groups = range(job.count // job.views)
    if workers == 1:
        renderer = Renderer(job)
        yield from map(renderer.render_group, groups)
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, _start, (job,)) as pool:
        yield from pool.imap_unordered(_render_group, groups, chunksize=max(1, 8 // job.views))


class Renderer:
    """One process's share of the work: the canvases are read once, the arrays stay open for writing."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.device = torch.device(job.device)
        self.canvases = [load_canvas(path) for path in job.faces]
        self.arrays = {name: np.load(job.out / f"{name}.npy", mmap_mode="r+") for name in ARRAYS}

    def render_group(self, group: int) -> list[dict[str, object]]:
        """Render all views of one skin into their rows; returns their lines of samples.jsonl."""
        job = self.job
        seed = job.seed * SEED_STRIDE + group
        if job.patients:
            scene = draw_patient(seed, job.size_px, self.canvases, self.device)
        else:
            scene = draw_scene(seed, job.size_px, self.canvases, self.device, bare=job.bare)
        views = draw_views(scene, job.views, job.posed)
        pictures = render_views(views, self.device)
        before = burden_um(pictures[0].relief_um)
        lines: list[dict[str, object]] = []
        for k, (view, picture) in enumerate(zip(views, pictures, strict=True)):
            row = group * job.views + k
            for name, array in self.arrays.items():
                array[row] = getattr(picture, name)
            place = {"row": row, "group": group, "view": k}
            lines.append(place | _line(view, picture, before))
        return lines


def _line(view: View, picture: Picture, burden_before_um: float) -> dict[str, object]:
    """One sample's facts. healed_share: of the burden in view 0 that is gone, by the true relief of both."""
    scene, burden = view.scene, burden_um(picture.relief_um)
    scales = true_scales(picture.scars)
    gone = 1 - burden / burden_before_um if view.healed and burden_before_um > 0 else 0.0
    return {
        "seed": scene.seed,
        "source": "skin" if scene.face is None else "face",
        "px_per_mm": scene.px_per_mm * float(np.sqrt(np.linalg.det(view.affine[:, :2]))),
        "rig": scene.rig.name,
        "polarization": scene.rig.polarization,
        "camera": scene.camera.name,
        "same_rig": view.same_rig,
        "healed": view.healed,
        "depth_left": round(view.depth_left, 4),
        "healed_share": round(gone, 4),
        "burden_um": round(burden, 3),
        "affine": np.round(view.affine, 9).tolist(),
        "roughness_sa_um": picture.roughness_sa_um,
        "severity": scales["goodman_baron_quantitative"],
        "scales": scales,
        "scars": picture.scars,
    }


#: The renderer of a pool's process; a pool can only call functions of a module.
_renderer: Renderer | None = None


def _start(job: Job) -> None:
    global _renderer
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    _renderer = Renderer(job)


def _render_group(group: int) -> list[dict[str, object]]:
    assert _renderer is not None
    return _renderer.render_group(group)


def contact_sheet(folder: Path, out: Path, columns: int = 6, rows: int = 4, cell_px: int = 300) -> None:
    """PNG of the first samples, each beside itself with its true outlines; unlabelled pixels darkened."""
    rgb, types = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("rgb", "types"))
    cells: list[NDArray[np.uint8]] = []
    for picture, label in zip(rgb[: columns * rows // 2], types, strict=False):
        marked = np.where((label == UNLABELLED)[..., None], picture // 2, picture).astype(np.uint8)
        marked = outlines(marked, np.where(label == UNLABELLED, 0, label).astype(np.uint8))
        for view in (picture, marked):
            cells.append(
                np.asarray(cv2.resize(view, (cell_px, cell_px), interpolation=cv2.INTER_AREA), np.uint8)
            )
    blank = np.zeros((cell_px, cell_px, 3), np.uint8)
    cells += [blank] * (-len(cells) % columns)
    sheet = np.vstack([np.hstack(cells[i : i + columns]) for i in range(0, len(cells), columns)])
    cv2.imwrite(str(out), sheet[..., ::-1])
