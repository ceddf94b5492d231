"""Photograph against photograph: scarred ones against clear faces, over all and by skin tone and sex.

A photograph's score is the share of its assessed skin inside reported scars, the figure that users see; it is 0 where
the product finds no skin. Groups of one side are set against everybody of the other side: twenty clear faces cut into
groups on both sides would leave too few. Tone is ITA as the product measures it, without a colour chart, so camera and
light are in it; terciles are those of each side.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from training.evaluate.real import PhotoLook, by_person
from training.evaluate.statistics import Interval, auc, bootstrap_strata

TONES = ("dark", "medium", "light")
SEXES = {"f": "women", "m": "men"}
Group = Callable[[PhotoLook], str | None]


class Compared(NamedTuple):
    """AUC of each group of one side, and how far the worst lies below the best."""

    groups: dict[str, Interval]
    gap: float | None


def photo_auc(scarred: Sequence[PhotoLook], faces: Sequence[PhotoLook]) -> Interval:
    """Bootstrap over scarred photographs and, apart from them, over people."""
    strata: list[list[list[PhotoLook]]] = [[[look] for look in scarred], by_person(faces)]
    return bootstrap_strata(strata, lambda drawn: auc(*(_scores(side) for side in drawn)))


def by_scarred_group(scarred: Sequence[PhotoLook], faces: Sequence[PhotoLook], group: Group) -> Compared:
    """Scarred photographs of each group against all faces."""
    return _compared({name: photo_auc(part, faces) for name, part in split(scarred, group).items()})


def by_face_group(scarred: Sequence[PhotoLook], faces: Sequence[PhotoLook], group: Group) -> Compared:
    """All scarred photographs against the faces of each group."""
    return _compared({name: photo_auc(scarred, part) for name, part in split(faces, group).items()})


def split(looks: Sequence[PhotoLook], group: Group) -> dict[str, list[PhotoLook]]:
    """Photographs by group, those of none left out."""
    parts: dict[str, list[PhotoLook]] = {}
    for look in looks:
        name = group(look)
        if name is not None:
            parts.setdefault(name, []).append(look)
    return dict(sorted(parts.items()))


def tone_group(looks: Sequence[PhotoLook]) -> Group:
    """Tercile of these photographs' ITA; None for one without colour."""
    known = [look.ita_deg for look in looks if look.ita_deg is not None]
    if not known:
        return lambda look: None
    limits = np.percentile(known, [100 / 3, 200 / 3])
    return lambda look: None if look.ita_deg is None else TONES[int(np.searchsorted(limits, look.ita_deg))]


def sex_group(look: PhotoLook) -> str | None:
    """By the letter that ends a Canada file's name; unknown for all others, whose sets come without a table."""
    folder, _, stem = look.photo.rpartition("/")
    return SEXES.get(stem[-1:]) if folder.startswith("canada") else None


def tone_limits_deg(looks: Sequence[PhotoLook]) -> str:
    """The terciles in words."""
    known = [look.ita_deg for look in looks if look.ita_deg is not None]
    if not known:
        return "ITA unknown"
    low, high = np.percentile(known, [100 / 3, 200 / 3])
    return f"ITA terciles at {low:.0f} and {high:.0f} deg"


def _compared(groups: dict[str, Interval]) -> Compared:
    known = [interval.value for interval in groups.values() if interval.value is not None]
    return Compared(groups, max(known) - min(known) if len(known) > 1 else None)


def _scores(side: Sequence[Sequence[PhotoLook]]) -> list[float]:
    return [look.marked for unit in side for look in unit]
