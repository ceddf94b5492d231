"""A model bundle: one folder that holds a network and all that is needed to run it and to prove it."""

import hashlib
import os
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from inference.errors import BundleError
from inference.network.maps import LEAST_SURFACE, SURFACE, TYPES
from inference.network.repeatability import HealingShown, RepeatError

#: Where a clone and an installed package keep their bundles.
BUNDLES_FOLDER = Path(__file__).resolve().parents[2] / "models" / "bundles"
#: Names a bundle, or its folder, to use in place of the adopted or newest one.
BUNDLE_VARIABLE = "CICATRIX_BUNDLE"
#: In `BUNDLES_FOLDER`: the name of the bundle that `cicatrix-train adopt` chose for this computer.
ADOPTED_FILE = "adopted.txt"
#: A bundle of any other name is used only when it is named, or was adopted.
SHIPPED_NAME = "atrophic"

MODEL_FILE = "model.onnx"
DESCRIPTION_FILE = "model.json"

Probability = Annotated[float, Field(ge=0, le=1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InputDescription(_Part):
    """The ONNX input: (N, 3, H, W) float32 sRGB 0..1, H and W multiples of `multiple`."""

    name: str = "image"
    axes: Literal["nchw"] = "nchw"
    color: Literal["sRGB"] = "sRGB"
    range: tuple[Literal[0], Literal[1]] = (0, 1)
    multiple: int = Field(gt=0)


class OutputsDescription(_Part):
    """The ONNX outputs: channel names of `types` and `surface`, meaning of `relief_um` and of `grades`.

    relief_px_per_mm: the network sees slopes, so its heights hold for a picture of this scale, and grow with the true
    size of a pixel. None for a network that was taught plain micrometres.
    """

    types: tuple[str, ...]
    surface: tuple[str, ...]
    relief_um: str
    grades: tuple[str, str, str, str]
    relief_px_per_mm: float | None = Field(default=None, gt=0)


class Plan(_Part):
    """The working picture: `px_per_mm` wide, its long side no longer than `max_side_px`.

    A picture shorter than `min_side_px` is padded, not enlarged, and every side is padded to `pad_multiple`.
    """

    px_per_mm: float = Field(gt=0)
    max_side_px: int = Field(gt=0)
    min_side_px: int = Field(gt=0)
    pad_multiple: int = Field(gt=0)


class ConfidenceMap(_Part):
    """How often a lesion with this mean probability p inside its outline and this diameter is a true scar.

    Logistic in logit(p) and ln(diameter_mm): Platt, "Probabilities for support vector machines", 1999, with the
    width beside the score. Fitted by `cicatrix-train calibrate` on rendered lesions.
    """

    intercept: Finite
    by_logit: Finite
    by_log_diameter: Finite


class FigureError(_Part):
    """Residuals, truth less reported value, of one figure on rendered tiles kept out of training.

    at: reported values, rising. low, high: 2.5 % and 97.5 % points of the residual there; linear between, constant
    beyond. log_floor: residuals are of ln(x + log_floor), so that a reported 0 has an upper bound too; None for
    plain differences. by_sd: residuals are in units of the standard deviation that the network states itself.
    """

    at: tuple[Finite, ...] = Field(min_length=1)
    low: tuple[Finite, ...]
    high: tuple[Finite, ...]
    log_floor: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    by_sd: bool = False

    @model_validator(mode="after")
    def _is_a_band(self) -> Self:
        if not len(self.at) == len(self.low) == len(self.high):
            raise ValueError("at, low and high of an error must be of equal length")
        if any(b <= a for a, b in pairwise(self.at)):
            raise ValueError("the values of an error must rise")
        if any(b < a for a, b in zip(self.low, self.high, strict=True)):
            raise ValueError("the bounds of an error must not cross")
        return self


class Thresholds(_Part):
    """Operating points that belong to the weights: probabilities 0..1, and the least scar width in mm.

    None for any but skin and scar says that this network does not find them well enough to measure. confidence: None
    takes the mean probability inside a scar's outline as it is; `min_confidence` is asked of what it makes of it.
    burden_gain: factor on the expected depth of scars, chosen in calibration so that the burden of all tiles together
    is the true one; None measures the burden inside the outlines instead.
    """

    skin: Probability
    scar: Probability
    min_diameter_mm: float = Field(ge=0)
    min_confidence: Probability
    pores: Probability | None
    wrinkles: Probability | None
    red: Probability | None
    brown: Probability | None
    acne: Probability | None = None
    stretch: Probability | None = None
    confidence: ConfidenceMap | None = None
    burden_gain: float | None = Field(default=None, gt=0, allow_inf_nan=False)


class ModelDescription(_Part):
    """model.json. `files` holds the sha256 of every other file in the folder.

    relief_gain: factor on the relief output, chosen in calibration so that the median depth of the scars found on
    rendered tiles is their true one. A network under doubt predicts depths that are too shallow.
    errors: the network's own error by figure, named as in `scars.burden_um`, `scales.ecca_atrophic` and
    `lesions.depth_um`; without an entry a figure's interval holds the scale's error alone.
    repeatability: error of the change of a figure between two photographs of the same skin, by the same names; without
    an entry no change of it is called better or worse. healing_shown: how much of a change of burden the relief
    shows; None takes it at its word.
    """

    format_version: Literal["1"]
    name: str = Field(min_length=1)
    version: str = Field(pattern=r"^\d+\.\d+\.\d+")
    description: str
    license: str
    input: InputDescription
    outputs: OutputsDescription
    plan: Plan
    thresholds: Thresholds
    relief_gain: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    errors: dict[str, FigureError] = Field(default_factory=dict[str, FigureError])
    repeatability: dict[str, RepeatError] = Field(default_factory=dict[str, RepeatError])
    healing_shown: HealingShown | None = None
    training: dict[str, Any]
    metrics: dict[str, Any]
    files: dict[str, Sha256]

    @model_validator(mode="after")
    def _fits_this_version(self) -> Self:
        surface = self.outputs.surface
        if self.outputs.types != TYPES or len(surface) < LEAST_SURFACE or surface != SURFACE[: len(surface)]:
            raise ValueError(f"this version reads types {TYPES} and surface {SURFACE}, in this order")
        if self.plan.pad_multiple % self.input.multiple:
            raise ValueError("plan.pad_multiple must be a multiple of input.multiple")
        if MODEL_FILE not in self.files:
            raise ValueError(f"files must hold the sha256 of {MODEL_FILE}")
        return self


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose network file has been verified. `sha256` is of model.onnx."""

    folder: Path
    description: ModelDescription
    sha256: str

    @property
    def model_path(self) -> Path:
        return self.folder / MODEL_FILE


def load_bundle(folder: Path) -> Bundle:
    """Read model.json and verify the network file against it.

    Raises BundleError when a file is missing or altered, or the description does not fit this version.
    """
    try:
        text = (folder / DESCRIPTION_FILE).read_bytes()
    except OSError as error:
        raise BundleError(
            f"{folder} is no model bundle ({DESCRIPTION_FILE}: {error.strerror}). "
            f"Give one made by `cicatrix-train export`, or unset {BUNDLE_VARIABLE} to use the one shipped."
        ) from error
    try:
        description = ModelDescription.model_validate_json(text)
    except ValidationError as error:
        raise BundleError(
            f"{folder.name}/{DESCRIPTION_FILE} does not fit this version: {error}. Export the model again."
        ) from error
    verify_file(folder, MODEL_FILE, description.files[MODEL_FILE])
    return Bundle(folder, description, description.files[MODEL_FILE])


def verify_file(folder: Path, name: str, expected_sha256: str) -> None:
    """Raise BundleError unless the file is there and its bytes are those that were exported."""
    path = folder / name
    if path.resolve().parent != folder.resolve():
        raise BundleError(f"{folder.name} names a file outside its folder ({name}): do not use this bundle.")
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise BundleError(f"{folder.name} lacks {name} ({error.strerror}): copy the bundle again.") from error
    if digest != expected_sha256:
        raise BundleError(
            f"{folder.name}/{name} has been altered (sha256 {digest[:12]}, expected {expected_sha256[:12]}): "
            "copy the bundle again; after an edit that was meant, export it anew."
        )


def default_bundle_folder() -> Path:
    """The bundle named by CICATRIX_BUNDLE, else the adopted one, else the newest that ships with the program.

    Raises BundleError when there is none.
    """
    named = os.environ.get(BUNDLE_VARIABLE)
    if named:
        return bundle_folder(named)
    adopted = BUNDLES_FOLDER / ADOPTED_FILE
    if adopted.is_file():
        return bundle_folder(adopted.read_text(encoding="utf-8").strip())
    folders = [path.parent for path in BUNDLES_FOLDER.glob(f"{SHIPPED_NAME}-*/{DESCRIPTION_FILE}")]
    if not folders:
        raise BundleError(
            f"No model bundle is installed under {BUNDLES_FOLDER}. "
            f"Export one with `cicatrix-train export`, or point {BUNDLE_VARIABLE} to one."
        )
    return max(folders, key=age)


def bundle_folder(named: str) -> Path:
    """The folder of a bundle: a path, or the name of an installed one with its version, or without for the newest.

    Raises BundleError for a bare name that no installed bundle has; whether a path holds a bundle, `load_bundle` says.
    """
    if Path(named).is_dir() or len(Path(named).parts) > 1:
        return Path(named)
    installed = [path.parent for path in BUNDLES_FOLDER.glob(f"*/{DESCRIPTION_FILE}")]
    fitting = [one for one in installed if named in (one.name, one.name.rpartition("-")[0])]
    if not fitting:
        known = ", ".join(sorted(one.name for one in installed)) or "none"
        raise BundleError(
            f"No bundle named {named!r} is installed (installed: {known}). Name one, or its folder."
        )
    return max(fitting, key=age)


def age(folder: Path) -> tuple[tuple[int, ...], str]:
    """Sort key of `<name>-<version>`: by version number, then by name."""
    name, _, version = folder.name.rpartition("-")
    numbers = tuple(int(part) for part in version.split(".") if part.isdigit())
    return numbers, name
