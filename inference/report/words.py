"""Names of figures, grades and verdicts as a clinician reads them: the page and the reports say them alike."""

import re
from dataclasses import dataclass
from datetime import date

from inference.change.comparison import LesionVerdict, Verdict
from inference.measure.assessment import ScarType
from inference.photo.photo import Provenance, Scale, ScaleSource, Severity

NOTE = "Supports, and does not replace, a professional's judgement. Not for diagnosis."
NOT_KNOWN = "not yet known"


@dataclass(frozen=True, slots=True)
class Figure:
    """How a figure is shown. `factor` brings it to the shown unit, `decimals` are those worth reading.

    `main` figures stand on the page at once, the others unfold.
    """

    label: str
    unit: str
    decimals: int
    factor: float = 1.0
    main: bool = False


#: By the metric's name in the result files; in the order in which they are shown.
FIGURES: dict[str, Figure] = {
    "scars.burden_um": Figure("Scar burden", "µm", 1, main=True),
    "scars.count": Figure("Scars", "", 0, main=True),
    "scars.density_per_cm2": Figure("Scars per cm²", "", 2, main=True),
    "scars.area_fraction": Figure("Scarred skin", "%", 1, 100.0, main=True),
    "scars.area_mm2": Figure("Scarred area", "mm²", 0),
    "scars.volume_mm3": Figure("Scar volume", "mm³", 1),
    "texture.roughness_sa_um": Figure("Roughness Sa", "µm", 1, main=True),
    "texture.roughness_sz_um": Figure("Roughness Sz", "µm", 0),
    "texture.pore_density_per_cm2": Figure("Pores per cm²", "", 1, main=True),
    "texture.pore_area_fraction": Figure("Pore share of skin", "%", 2, 100.0),
    "texture.wrinkle_length_mm_per_cm2": Figure("Wrinkle length per cm²", "mm", 1),
    "texture.wrinkle_depth_um": Figure("Wrinkle depth", "µm", 0),
    "pigment.erythema_index": Figure("Redness (erythema index)", "", 1, main=True),
    "pigment.scar_erythema_delta": Figure("Redness of scars beyond skin", "", 1),
    "pigment.melanin_index": Figure("Pigment (melanin index)", "", 1, main=True),
    "pigment.ita_deg": Figure("Skin tone (ITA)", "°", 1),
    "pigment.evenness_de00": Figure("Unevenness of colour (ΔE00)", "", 2),
    "pigment.redness_spot_fraction": Figure("Red spots, share of skin", "%", 2, 100.0),
    "pigment.pigment_spot_fraction": Figure("Pigment spots, share of skin", "%", 2, 100.0),
}

#: Clinical scales by their name in the result files, with the range of the published scale.
GRADES: dict[str, str] = {
    "goodman_baron_quantitative": "Goodman–Baron quant. (0–84)",
    "goodman_baron_qualitative": "Goodman–Baron grade (1–4)",
    "ecca_atrophic": "ECCA, atrophic part (0–180)",
    "ecca_continuous": "ECCA without bands (0–180)",
    "scar_s_face": "SCAR-S, face (0–5)",
    "severity_network": "Severity by the network (0–84)",
}

#: Of these, the ones that do not count in whole points.
_CONTINUOUS = frozenset({"ecca_continuous", "severity_network"})

SCAR_NAMES: dict[ScarType, str] = {
    "icepick": "icepick",
    "boxcar": "boxcar",
    "rolling": "rolling",
    "raised": "raised",
}

VERDICTS: dict[Verdict, str] = {
    "improved": "Improved, beyond measurement error",
    "worse": "Worse, beyond measurement error",
    "within measurement error": "Within measurement error",
    "unknown": "No verdict: measurement error not yet known",
}

#: In place of every figure, where a pair cannot be compared.
WITHHELD = "No change is reported. Each photograph can be assessed alone."

SCALE_SOURCES: dict[ScaleSource, str] = {
    "given": "scale as entered",
    "marker": "scale from the marker",
    "face": "scale from the face",
    "assumed": "scale assumed for a cheek close-up",
}

#: The worst first.
SEVERITIES: tuple[Severity, ...] = ("reject", "warning", "note")

#: Where the scale comes from, as the end of a clause; {} is what it rests on.
SCALE_FROM: dict[ScaleSource, str] = {
    "given": "as given",
    "marker": "from the {}",
    "face": "from the {}",
    "assumed": "assumed: {}",
}
#: How a scale begins that rests on the other photograph of a pair.
CARRIED = "carried over"

#: Not by the system's language: a report is in one.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

#: What became of a place of scarring, from its depth.
LESION_VERDICTS: dict[LesionVerdict, str] = {
    "resolved": "resolved",
    "improved": "improved beyond error",
    "unchanged": "within error",
    "worse": "worse beyond error",
    "new": "new",
    "unknown": "error not known",
}
#: The same in a word or two, below a picture.
SHORT_LESION_VERDICTS: dict[LesionVerdict, str] = {
    "resolved": "resolved",
    "improved": "improved",
    "unchanged": "within error",
    "worse": "worse",
    "new": "new",
    "unknown": "no verdict",
}
#: A verdict in a table's cell.
SHORT_VERDICTS: dict[Verdict, str] = {
    "improved": "improved",
    "worse": "worse",
    "within measurement error": "within error",
    "unknown": "no verdict",
}

#: Improvement against baseline in quarters, and the Global Aesthetic Improvement Scale.
QUARTILES = ("none or worse", "1–25 %", "26–50 %", "51–75 %", "76–100 %")
GAIS = {1: "very much improved", 2: "much improved", 3: "improved", 4: "no change", 5: "worse"}


def figure_of(name: str, unit: str) -> Figure:
    """How the metric `name` is shown; one this page has no words for is shown as it is."""
    group, _, field = name.partition(".")
    if group == "scales" and field in GRADES:
        return Figure(GRADES[field], "", 1 if field in _CONTINUOUS else 0)
    return FIGURES.get(name) or Figure(field.replace("_", " "), unit, 2)


def scale_words(scale: Scale) -> str:
    """As in "0.052 mm per pixel ± 5 %, from the irises"."""
    method = scale.method or SCALE_SOURCES[scale.source]
    source = method if method.startswith(CARRIED) else SCALE_FROM[scale.source].format(method)
    return f"{scale.mm_per_px:.3g} mm per pixel ± {100 * scale.relative_sd:.2g} %, {source}"


def taken_words(provenance: Provenance) -> str:
    """Day and camera of a photograph, as in "2026-03-04 with Canon EOS R5"; empty where its file tells neither."""
    day = (provenance.taken_at or "")[:10]
    camera = f"with {provenance.camera}" if provenance.camera else ""
    return f"{day} {camera}".strip()


def number(value: float | None, figure: Figure) -> str:
    """The value in the shown unit, an en dash where it is unknown."""
    return "–" if value is None else f"{value * figure.factor:.{figure.decimals}f}"


def signed(value: float | None, figure: Figure) -> str:
    """A difference with its sign, a true minus; no sign on nothing."""
    if value is None:
        return "–"
    text = number(value, figure)
    if float(text) == 0:
        return text.lstrip("-")
    return f"+{text}" if value > 0 else f"−{text.lstrip('-')}"


def day_words(day: date) -> str:
    """As in "4 Mar 2026": no country reads it as another day."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def bound(text: str) -> str:
    """Numbers stay on one line with their unit."""
    return re.sub(r"(?<=\d) (?=[%µm°])", "\N{NO-BREAK SPACE}", text)
