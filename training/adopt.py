"""The bundle in use and a new one, side by side on a set of photographs, before the new one is adopted."""

import base64
import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from numpy.typing import NDArray
from tqdm import tqdm

from inference.check import CheckOptions, Instruments
from inference.errors import BundleError, PhotoError
from inference.measure.assessment import Assessment
from inference.network import bundle as bundles
from inference.network.bundle import ADOPTED_FILE, load_bundle
from inference.network.session import Network
from inference.network.verify import verify_bundle
from inference.report.overlay import COLOURS, outlines
from inference.report.words import GRADES
from inference.score import score_photo

log = logging.getLogger(__name__)

#: Long side of a picture on the page, px.
_SHOWN_PX = 620
#: Two outlines that agree less than this are pointed out (Dice; by eye on pages of our own).
_UNLIKE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class SideBySide:
    """One photograph as both bundles see it. agreement: Dice of their scar outlines, None where neither marks any."""

    name: str
    old: Assessment
    new: Assessment
    agreement: float | None

    @property
    def is_unlike(self) -> bool:
        return self.agreement is not None and self.agreement < _UNLIKE


def look_at_both(
    photos: Sequence[Path], old: Path, new: Path, mm_per_px: float | None = None
) -> list[SideBySide]:
    """Both bundles on every photograph, the least alike first. What is no photograph is named and left out.

    Raises BundleError when either cannot be used, or the new one does not reproduce its check picture.
    """
    verify_bundle(new)
    instruments = [Instruments(Network(load_bundle(folder))) for folder in (old, new)]
    found = []
    for path in tqdm(photos, desc="photographs"):
        try:
            before, after = (score_photo(path, one, CheckOptions(mm_per_px)) for one in instruments)
        except PhotoError as error:
            log.warning("%s left out: %s", path.name, error)
            continue
        found.append(SideBySide(path.name, before, after, agreement(before, after)))
    return sorted(found, key=lambda one: 2.0 if one.agreement is None else one.agreement)


def agreement(one: Assessment, other: Assessment) -> float | None:
    """Dice of the scar outlines of two assessments of one photograph, at the working size of the first."""
    assert one.evidence is not None
    assert other.evidence is not None
    mine = one.evidence.label > 0
    size = mine.shape[1], mine.shape[0]
    theirs = cv2.resize(other.evidence.label, size, interpolation=cv2.INTER_NEAREST_EXACT) > 0
    marked = int(mine.sum() + theirs.sum())
    return 2.0 * int((mine & theirs).sum()) / marked if marked else None


def write_page(path: Path, seen: Sequence[SideBySide], old: Path, new: Path) -> None:
    """One HTML file with its pictures inside; it holds photographs of patients, so it belongs where they are kept."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
    )
    page = environment.get_template("adopt.html").render(
        old=_facts(old),
        new=_facts(new),
        rows=[_row(one) for one in seen],
        unlike=sum(one.is_unlike for one in seen),
        legend=COLOURS,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def _facts(folder: Path) -> dict[str, str]:
    description = load_bundle(folder).description
    calibrated = "calibration" in description.metrics
    return {
        "name": f"{description.name} {description.version}",
        "calibrated": "calibrated" if calibrated else "not calibrated: its thresholds are another bundle's",
        "intervals": f"{len(description.errors)} figures have an error of the network's own",
        "change": f"{len(description.repeatability)} figures have an error of change",
    }


def _row(one: SideBySide) -> dict[str, object]:
    return {
        "name": one.name,
        "agreement": "–" if one.agreement is None else f"{one.agreement:.2f}",
        "unlike": one.is_unlike,
        "pictures": [_picture(one.old), _picture(one.new)],
        "figures": _figures(one.old, one.new),
    }


def _picture(assessed: Assessment) -> str:
    evidence = assessed.evidence
    assert evidence is not None
    factor = min(1.5, _SHOWN_PX / max(evidence.label.shape))
    return _uri(outlines(evidence.rgb, evidence.label, factor))


def _uri(rgb: NDArray[np.uint8]) -> str:
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(rgb[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 88])
    if not done:
        raise RuntimeError("OpenCV could not encode a picture as JPEG; its build lacks the codec.")
    return f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode('ascii')}"


def _figures(old: Assessment, new: Assessment) -> list[tuple[str, str, str]]:
    """Name with unit, old and new value; unknown is a dash."""
    rows: list[tuple[str, float | None, float | None, str]] = [
        ("scars", old.scars.count, new.scars.count, "{:.0f}")
    ]
    for kind in ("icepick", "boxcar", "rolling", "raised"):
        rows.append((f"· {kind}", old.scars.by_type[kind].count, new.scars.by_type[kind].count, "{:.0f}"))
    rows += [
        ("scarred skin, %", _percent(old.scars.area_fraction), _percent(new.scars.area_fraction), "{:.1f}"),
        ("burden, µm", old.scars.burden_um, new.scars.burden_um, "{:.1f}"),
    ]
    for scale in old.scales:
        values = [one.scales[scale].value if scale in one.scales else None for one in (old, new)]
        rows.append((GRADES.get(scale, scale), values[0], values[1], "{:.3g}"))
    return [(name, _text(before, form), _text(after, form)) for name, before, after, form in rows]


def _percent(share: float | None) -> float | None:
    return None if share is None else 100.0 * share


def _text(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)


def adopt(folder: Path) -> Path:
    """Makes a bundle the one that the app and `cicatrix` use on this computer; returns where it is installed.

    A bundle from elsewhere is copied beside the shipped ones first. Raises BundleError when it does not reproduce its
    check picture, or another bundle of its name is installed, OSError where nothing may be written there.
    """
    verify_bundle(folder)
    installed = bundles.BUNDLES_FOLDER / folder.resolve().name
    if installed.exists() and load_bundle(installed).sha256 != load_bundle(folder).sha256:
        raise BundleError(f"Another {installed.name} is installed: export this one with another --version.")
    if not installed.exists():
        partial = installed.with_name(f".{installed.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(folder, partial)
        partial.rename(installed)
    (bundles.BUNDLES_FOLDER / ADOPTED_FILE).write_text(f"{installed.name}\n", encoding="utf-8")
    return installed


def undo() -> str | None:
    """Forgets what was adopted, so that the newest shipped bundle is used again; returns the name of what was.

    It stays installed and can be named, as results that were made with it may have to be made again.
    """
    adopted = bundles.BUNDLES_FOLDER / ADOPTED_FILE
    if not adopted.is_file():
        return None
    name = adopted.read_text(encoding="utf-8").strip()
    adopted.unlink()
    return name


def photographs_in(place: Path) -> list[Path]:
    """The files of a folder, or of a manifest's column image."""
    if place.suffix == ".csv":
        from data.manifest import read_manifest

        return sorted({place.parent / row.image for row in read_manifest(place)})
    return sorted(path for path in place.rglob("*") if path.is_file() and not path.name.startswith("."))
