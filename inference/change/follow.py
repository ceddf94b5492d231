"""A first guess followed to a dense map, and what the marks of the skin say of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.change.confidence import local_likeness
from inference.change.dense import (
    COARSE,
    FINE,
    Found,
    Laid,
    Over,
    View,
    field_of_guess,
    grid_on,
    lay,
    lost,
    over,
    refit,
    rescaled,
    search,
    view_of,
)
from inference.change.guess import Guess
from inference.change.marks import HALF_PX, Agreement, agreement, choose_marks, near_marks
from inference.measure.assessment import Evidence

#: While the map still grows over the skin it is bent less, so that it leads farther: sd by the long side.
_GROWING_SHARE = 0.06
#: Rounds of growing at most, and the shares of patches below which there is nothing to gain.
_ROUNDS, _FEW_LOST, _LEAST_GAIN = 6, 0.02, 0.005

#: A field that hardly moves half of the skin, px, is kept only where it makes the pictures more alike, px.
_SLIGHT_PX = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The first photograph at both levels, and its marks in pixels of the fine one."""

    coarse: View
    fine: View
    marks: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """A guess followed to the fine level. laid: by the final map, of all patches. agreement: of the marks with a map
    in which neither they nor any patch that overlaps them had a part."""

    guess: Guess
    laid: Laid
    agreement: Agreement


def look_at(before: Evidence) -> Seen:
    """The first photograph made ready, once for all guesses."""
    fine = view_of(before, FINE)
    return Seen(view_of(before, COARSE), fine, choose_marks(fine))


def follow(seen: Seen, after: Evidence, guess: Guess) -> Followed:
    """The dense map that a guess leads to."""
    scale = float(seen.coarse.to_small[0, 0] / seen.fine.to_small[0, 0])
    places = grid_on(seen.coarse.skin, COARSE.step_px)
    marks = np.rint(seen.marks * scale).astype(np.intp)
    free = ~near_marks(places, marks, COARSE.half_px + HALF_PX * scale)
    field = _grown(seen.coarse, after, guess, places[free])
    what = over(seen.fine, after, guess.matrix)
    field = rescaled(field, seen.coarse, seen.fine)
    laid = lay(what, field)
    places = grid_on(seen.fine.skin, FINE.step_px)
    found = search(laid, places, FINE)
    free = ~near_marks(places, seen.marks, FINE.half_px + HALF_PX)
    held = lay(what, refit(found, field, FINE.smooth_share, free))
    final = _simplest(what, refit(found, field, FINE.smooth_share, np.ones_like(free)))
    return Followed(guess, final, agreement(held, seen.marks))


def _simplest(what: Over, field: NDArray[np.float32]) -> Laid:
    """after laid over by the field, or by the plane's map alone where that is as good: patches are placed to some
    hundredths of a pixel, and a picture against itself should not be moved at all."""
    bent = lay(what, field)
    skin = what.view.skin
    if not skin.any() or float(np.median(np.abs(field[skin]))) > _SLIGHT_PX:
        return bent
    flat = lay(what, np.zeros_like(field))
    alike = [float(local_likeness(what.view.detail, one.after)[skin].mean()) for one in (bent, flat)]
    return bent if alike[0] > alike[1] else flat


def _grown(view: View, after: Evidence, guess: Guess, places: NDArray[np.intp]) -> NDArray[np.float32]:
    """The field at the coarse level. Features often match on a part of the skin only: from there the map is led on
    over the rest, round by round, each looking again for what is still lost."""
    what = over(view, after, guess.matrix)
    field = field_of_guess(guess, view)
    every = np.ones(len(places), np.bool_)
    found = search(lay(what, field), places, COARSE)
    field = refit(found, field, _GROWING_SHARE, every)
    missing = lost(found, field)
    for _ in range(_ROUNDS):
        if missing.mean() < _FEW_LOST:
            break
        again = search(lay(what, field), places[missing], COARSE)
        shifts, weights = found.shifts.copy(), found.weights.copy()
        shifts[missing], weights[missing] = again.shifts, again.weights
        found = Found(places, shifts, weights)
        field = refit(found, field, _GROWING_SHARE, every)
        before, missing = missing, lost(found, field)
        if before.mean() - missing.mean() < _LEAST_GAIN:
            break
    return refit(found, field, COARSE.smooth_share, every)
