"""Which view a photograph shows and on which day it was taken: proposed with the reason, for a person to confirm."""

import logging
import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from inference.change.features import EFFORTS, match_features, prepare
from inference.change.register import align
from inference.check import Checked, CheckOptions, Instruments, check, check_photo
from inference.errors import CicatrixError
from inference.face.face import Pose
from inference.measure.assessment import Evidence
from inference.photo.photo import Photo
from inference.score import measure
from inference.standard.standardize import standardize

_log = logging.getLogger(__name__)
#: Half way between the usual turns of the head, 0, 45 and 90 degrees.
_OBLIQUE_DEG, _PROFILE_DEG = 22.5, 67.5
#: Earlier photographs that are laid under a new one, those with the most matching features first: 2 to 3 s each.
_MOST_ALIGNED = 3
#: Earlier photographs held ready, about 25 MB each.
_HELD = 6

Why = Literal["face", "match", "name", "unknown"]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A photograph of the same patient that the records hold."""

    view: str
    on: date
    path: Path
    options: CheckOptions


@dataclass(frozen=True, slots=True)
class ViewGuess:
    """What a photograph probably shows. view: None where nothing tells.

    on: day of the photograph that it matches. word: of the file's name. yaw_deg: turn of the head.
    """

    view: str | None = None
    why: Why = "unknown"
    on: date | None = None
    word: str = ""
    yaw_deg: float | None = None


class Recognizer:
    """Looks at new photographs beside those of the patient's earlier visits. Threads may share it."""

    def __init__(self, instruments: Instruments) -> None:
        self._instruments = instruments
        self._held: OrderedDict[tuple[Path, CheckOptions], Evidence] = OrderedDict()

    def check(self, photo: Photo, options: CheckOptions) -> Checked:
        """The photograph with its face and its quality. Raises BundleError where the model cannot be run."""
        standard = standardize(photo, self._instruments.finder, options.chart)
        return check(standard, self._instruments.network, options)

    def view_of(self, checked: Checked, earlier: Sequence[Earlier], file_name: str) -> ViewGuess:
        """The view, by the face, else by an earlier photograph of the same skin, else by the file's name.

        earlier: the newest photograph of every view.
        """
        face = checked.standard.face
        if face is not None:
            return view_of_face(face.pose)
        matched = self._match(checked, earlier) if earlier else None
        return matched or view_of_name(file_name)

    def _match(self, checked: Checked, earlier: Sequence[Earlier]) -> ViewGuess | None:
        """The earlier photograph that can be laid exactly over the new one, the likeliest tried first."""
        new = measure(checked, self._instruments).evidence
        if new is None:
            return None
        known = [(one, evidence) for one, evidence in self._evidence_of(earlier)]
        known.sort(key=lambda pair: _matches(pair[1], new), reverse=True)
        for one, evidence in known[:_MOST_ALIGNED]:
            if align(evidence, new).registration.usable:
                return ViewGuess(one.view, "match", on=one.on)
        return None

    def _evidence_of(self, earlier: Sequence[Earlier]) -> Iterator[tuple[Earlier, Evidence]]:
        """Photographs that cannot be read any more are passed over, as they only help to guess.

        What is held of photographs that were deleted goes.
        """
        self._held = OrderedDict((key, one) for key, one in self._held.items() if key[0].is_file())
        for one in earlier:
            key = (one.path, one.options)
            evidence = self._held.get(key)
            if evidence is None:
                try:
                    checked = check_photo(one.path, self._instruments, one.options)
                except CicatrixError:
                    _log.warning("an earlier photograph cannot be read to recognize a view")
                    continue
                evidence = measure(checked, self._instruments).evidence
                if evidence is None:
                    continue
                self._held[key] = evidence
                while len(self._held) > _HELD:
                    self._held.popitem(last=False)
            yield one, evidence


def _matches(before: Evidence, after: Evidence) -> int:
    """How many features of the skin agree: a rough measure, for the order of looking."""
    first, second = (prepare(one.rgb, one.skin, EFFORTS[0], colour=False) for one in (before, after))
    return len(match_features(first, second)[0])


def view_of_face(pose: Pose) -> ViewGuess:
    """The view that a turn of the head gives. A nose to the right of the picture shows the right side of the face."""
    turn_deg = abs(pose.yaw_deg)
    if turn_deg < _OBLIQUE_DEG:
        view = "front"
    else:
        side = "right" if pose.yaw_deg > 0 else "left"
        view = f"{side} 45°" if turn_deg < _PROFILE_DEG else f"{side} profile"
    return ViewGuess(view, "face", yaw_deg=pose.yaw_deg)


#: Words in the names of files, English and German; a side needs its place, and the place its side.
_SIDES = {"left": "left", "links": "left", "li": "left", "right": "right", "rechts": "right", "re": "right"}
_SIDED = {
    **dict.fromkeys(("cheek", "wange"), "{} cheek"),
    **dict.fromkeys(("temple", "schläfe", "schlaefe"), "{} temple"),
    **dict.fromkeys(("profile", "profil"), "{} profile"),
    **dict.fromkeys(("45", "oblique", "schräg", "schraeg"), "{} 45°"),
}
_WHOLE = {
    **dict.fromkeys(("front", "frontal", "vorne"), "front"),
    **dict.fromkeys(("forehead", "stirn"), "forehead"),
    **dict.fromkeys(("chin", "kinn"), "chin"),
}


def view_of_name(file_name: str) -> ViewGuess:
    """The view that a file's name tells, as `IMG_12 left cheek.jpg`."""
    words = re.findall(r"[^\W\d_]+|\d+", Path(file_name).stem.casefold())
    side = next((_SIDES[word] for word in words if word in _SIDES), None)
    for word in words:
        if word in _WHOLE:
            return ViewGuess(_WHOLE[word], "name", word=word)
        if word in _SIDED and side is not None:
            said = " ".join(one for one in words if one in _SIDES or one == word)
            return ViewGuess(_SIDED[word].format(side), "name", word=said)
    return ViewGuess()


def day_of(photo: Photo) -> date | None:
    """The day that the camera wrote into the file; None where it wrote none."""
    try:
        return date.fromisoformat((photo.provenance.taken_at or "")[:10])
    except ValueError:
        return None
