"""Which scar every pixel belongs to, and so of which type it is."""

from collections.abc import Iterator

import torch
from torch import Tensor

from inference.network.maps import TYPES
from training.render.blobs import Blobs, windows
from training.render.scars import Scars
from training.render.tissue import warp_of
from training.render.troughs import tracks

#: A rolling scar is labelled up to this share of its outline: beyond, its slope is no longer seen.
ROLLING_REACH = 0.85
#: Relative distances are compared in steps of one millionth, beside the number of the blob in one integer.
_STEPS, _MOST_BLOBS = 1_000_000, 2**24
_NOBODY = torch.iinfo(torch.int64).max


def scar_owners(scars: Scars, size_px: tuple[int, int], px_per_mm: float, device: torch.device) -> Tensor:
    """(H, W) int64, 0 where no scar is, k + 1 inside `scars.listed()[k]`.

    Where scars overlap the smaller kind counts, icepick over boxcar over rolling over raised, and of one kind the one
    whose centre is nearer by its own size.
    """
    owner = torch.zeros(size_px, dtype=torch.int64, device=device)
    for first, row in _layers(scars, size_px, px_per_mm, device):
        owner = torch.where(row >= 0, row + first + 1, owner)
    return owner


def scar_types(scars: Scars, owner: Tensor) -> Tensor:
    """(H, W) uint8 over `TYPES`, of `scar_owners`."""
    kinds = [0, *(TYPES.index(scar.type) for scar in scars.listed())]
    return torch.tensor(kinds, dtype=torch.uint8, device=owner.device)[owner]


def _layers(
    scars: Scars, size_px: tuple[int, int], px_per_mm: float, device: torch.device
) -> Iterator[tuple[int, Tensor]]:
    """From the kind that gives way to the one that counts: number of its first scar, and rows of its table (H, W)."""
    warp = warp_of(scars.tissue, size_px, px_per_mm, device)
    first, before = {}, 0
    for name, table in scars.tables.items():
        first[name], before = before, before + len(table)

    def blobs(kind: str, reach: float = 1.0) -> tuple[int, Tensor]:
        table = scars.by_type.get(kind, Blobs.empty())
        return first.get(kind, 0), _nearest_blob(table, size_px, px_per_mm, device, reach, warp)

    def troughs(steep: bool) -> tuple[int, Tensor]:
        return first["trough"], _nearest_trough(scars, steep, size_px, px_per_mm, device, warp)

    yield blobs("raised")
    yield blobs("rolling", ROLLING_REACH)
    yield troughs(steep=False)
    yield blobs("boxcar")
    yield troughs(steep=True)
    yield blobs("icepick")


def _nearest_blob(
    blobs: Blobs,
    size_px: tuple[int, int],
    px_per_mm: float,
    device: torch.device,
    reach: float,
    warp_mm: Tensor | None,
) -> Tensor:
    """(H, W) int64, the row of the blob that is nearest by its radius, -1 beyond `reach` radii of all."""
    nearest = torch.full((size_px[0] * size_px[1],), _NOBODY, device=device)
    for w in windows(blobs, size_px, px_per_mm, max(reach, 1.0), device, warp_mm):
        key = _key(w.rho, w.rows[:, None], w.rho <= reach)
        nearest.scatter_reduce_(0, w.index.reshape(-1), key.reshape(-1), "amin")
    return _row(nearest).view(size_px)


def _nearest_trough(
    scars: Scars,
    steep: bool,
    size_px: tuple[int, int],
    px_per_mm: float,
    device: torch.device,
    warp_mm: Tensor | None,
) -> Tensor:
    """(H, W) int64, the row of the trough of that kind whose centre line is nearest, -1 outside of all."""
    nearest = torch.full((size_px[0] * size_px[1],), _NOBODY, device=device)
    for track in tracks(scars.troughs, size_px, px_per_mm, device, warp_mm, reach=1.0):
        if bool(scars.troughs.steep[track.row]) != steep:
            continue
        key = _key(track.rho, torch.tensor(track.row, device=device), track.rho <= 1)
        nearest.scatter_reduce_(0, track.index, key, "amin")
    return _row(nearest).view(size_px)


def _key(rho: Tensor, row: Tensor, inside: Tensor) -> Tensor:
    """int64 that sorts by distance and tells the row; `_NOBODY` outside."""
    return torch.where(inside, (rho.clamp(max=4) * _STEPS).long() * _MOST_BLOBS + row, _NOBODY)


def _row(nearest: Tensor) -> Tensor:
    return torch.where(nearest < _NOBODY, nearest % _MOST_BLOBS, -1)
