"""A photograph as read -> a photograph in known units, with the face and the references found in it."""

from dataclasses import dataclass, replace

from inference.face.face import Face
from inference.face.find import FaceFinder
from inference.face.scale import iris_scale, pupil_scale
from inference.photo.photo import Photo, QualityIssue, Scale
from inference.photo.scale import assumed_scale
from inference.reference.chart import ChartKind
from inference.reference.find import find_references
from inference.reference.reference import References, ScaleReading
from inference.standard.scale import settle


@dataclass(frozen=True, slots=True, eq=False)
class Standard:
    """A photograph with its best scale. readings: every scale it offered, the surest first.

    scale_issue: what to say where they contradict each other.
    """

    photo: Photo
    face: Face | None
    references: References
    readings: tuple[Scale, ...]
    scale_issue: QualityIssue | None = None

    def at(self, scale: Scale) -> "Standard":
        """The same photograph with a scale from elsewhere, as one carried over from the baseline."""
        return replace(self, photo=replace(self.photo, scale=scale), scale_issue=None)


def standardize(photo: Photo, finder: FaceFinder | None, chart: ChartKind | None = None) -> Standard:
    """Find face and references, and settle the scale.

    photo: as `read_photo` gives it, its scale typed in or assumed. finder: None looks for no face. chart: which
    24-patch chart is used; without it the chart gives a scale only where another scale tells its size.
    """
    face = finder.find(photo.rgb) if finder is not None else None
    own = [photo.scale, *_of_face(face)]
    references = find_references(photo.rgb, chart, _rough(own))
    readings = [*_of_references(references), *own]
    if photo.scale.source != "assumed":
        readings.append(assumed_scale(photo.width_px, photo.height_px))
    settled = settle(readings)
    return Standard(replace(photo, scale=settled.scale), face, references, settled.readings, settled.issue)


def _rough(readings: list[Scale]) -> ScaleReading | None:
    """The surest scale known without a reference, to tell charts of several sizes apart."""
    best = min(readings, key=lambda reading: reading.relative_sd)
    if best.source == "assumed":
        return None
    return ScaleReading(best.mm_per_px, best.relative_sd, best.method)


def _of_references(references: References) -> list[Scale]:
    reading = references.scale
    return (
        [] if reading is None else [Scale(reading.mm_per_px, "marker", reading.relative_sd, reading.method)]
    )


def _of_face(face: Face | None) -> list[Scale]:
    if face is None:
        return []
    readings = {"irises": iris_scale(face), "distance between the pupils": pupil_scale(face)}
    return [
        Scale(found[0], "face", found[1], method) for method, found in readings.items() if found is not None
    ]
