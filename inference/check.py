"""From file to verdict, before anything is measured: read, find face and references, settle the scale, judge."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.face.find import FaceFinder
from inference.measure.site import Site, assessed_skin
from inference.network.maps import Maps
from inference.network.session import Network
from inference.photo.photo import Photo, Quality, QualityIssue, Scale
from inference.photo.read import read_photo
from inference.quality.judge import judge
from inference.quality.view import View
from inference.reference.chart import ChartKind
from inference.standard.regions import DrawnRegion, ground_of
from inference.standard.standardize import Standard, standardize


@dataclass(frozen=True, slots=True)
class Instruments:
    """What photographs are looked at with. Can be sent to another process. finder: None looks for no face."""

    network: Network
    finder: FaceFinder | None = field(default_factory=FaceFinder)


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What the user says about a photograph: its scale, which parts of it to measure, the colour chart in it."""

    mm_per_px: float | None = None
    drawn: tuple[DrawnRegion, ...] = ()
    chart: ChartKind | None = None


#: Scale to be found in the picture, all of it to be measured.
NOTHING_SAID = CheckOptions()


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """A photograph judged and ready to be measured."""

    standard: Standard
    maps: Maps
    site: Site
    options: CheckOptions

    @property
    def photo(self) -> Photo:
        """The photograph with its settled scale."""
        return self.standard.photo

    @property
    def skin(self) -> NDArray[np.bool_]:
        """(h, w) bool, the skin to be measured, on the working picture."""
        return self.site.skin

    @property
    def quality(self) -> Quality:
        """Fitness for measuring."""
        return self.site.quality


def check_photo(path: Path, instruments: Instruments, options: CheckOptions = NOTHING_SAID) -> Checked:
    """Read a photograph and judge it.

    Raises PhotoError when the file cannot be read as a photograph, BundleError when the model cannot be run.
    """
    photo = read_photo(path, mm_per_px=options.mm_per_px)
    return check(standardize(photo, instruments.finder, options.chart), instruments.network, options)


def check(standard: Standard, network: Network, options: CheckOptions = NOTHING_SAID) -> Checked:
    """Judge a photograph that has been read and standardized."""
    maps = network.maps(standard.photo)
    shape = maps.rgb.shape[0], maps.rgb.shape[1]
    photo = standard.photo
    photo_px_per_px = photo.width_px / shape[1], photo.height_px / shape[0]
    ground = ground_of(shape, photo_px_per_px, standard.face, standard.references, options.drawn)
    skin = assessed_skin(maps, network.bundle.description.thresholds, ground)
    view = View(photo, maps.rgb, skin, maps.mm_per_px, standard.face, standard.references)
    site = Site(
        skin, ground.index, ground.names, _with(judge(view), standard.scale_issue), standard.face,
        standard.references.colour,
    )  # fmt: skip
    return Checked(standard, maps, site, options)


def recheck(checked: Checked, scale: Scale, network: Network) -> Checked:
    """The same photograph looked at with a scale from elsewhere, as one carried over from the baseline."""
    return check(checked.standard.at(scale), network, checked.options)


def _with(quality: Quality, issue: QualityIssue | None) -> Quality:
    return quality if issue is None else replace(quality, issues=(*quality.issues, issue))
