"""The pictures of a pair as they travel in the page: slider, map of change, every scar."""

from dataclasses import dataclass

from markupsafe import Markup

from inference.change.comparison import Comparison, LesionVerdict
from inference.measure.assessment import Assessment, Evidence, ScarType
from inference.report import words
from inference.report.change_map import change_layer, legend_of, map_facts, places_of
from inference.report.contact_sheet import change_words
from inference.report.pictures import PairPictures
from inference.report.scars import ScarView
from inference.web import texts
from inference.web.drawing import Picture, jpeg_picture, png_picture, svg_mask, svg_outlines

#: Of the many small pictures of single scars.
SCAR_QUALITY = 84


@dataclass(frozen=True, slots=True)
class PairOnPage:
    """What the picture card shows.

    before, after: made alike where that is possible; their originals are then beside them, with `alike` saying what was
    done. change and what belongs to it are None where the two photographs could not be laid over.
    """

    before: Picture
    after: Picture
    before_original: Picture | None
    after_original: Picture | None
    alike: str
    before_outlines: Markup
    after_outlines: Markup
    change: Picture | None
    change_outlines: Markup | None
    change_legend: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ScarOnPage:
    """One scar, before and after in one picture. group: better, worse or same, for its colour."""

    type: ScarType
    picture: Picture
    verdict: str
    group: str
    change: str


#: Of the colour that a verdict on a scar is written in.
GROUPS: dict[LesionVerdict, str] = {
    "resolved": "improved",
    "improved": "improved",
    "worse": "worse",
    "new": "worse",
}


def pair_on_page(comparison: Comparison, shown: PairPictures, place: str) -> PairOnPage:
    """Pictures and drawings of a pair, named by their `place` in the document.

    Raises ValueError for assessments without pictures.
    """
    pair = comparison.pair
    before_label = evidence_of(comparison.before).label if pair is None else pair.before_label
    after_label = evidence_of(comparison.after).label if pair is None else pair.after_label
    alike = shown.equal_before is not None and shown.equal_after is not None
    laid = pair is not None and comparison.comparable.usable
    return PairOnPage(
        before=jpeg_picture(shown.before if shown.equal_before is None else shown.equal_before),
        after=jpeg_picture(shown.after if shown.equal_after is None else shown.equal_after),
        before_original=jpeg_picture(shown.before) if alike else None,
        after_original=jpeg_picture(shown.after) if alike else None,
        alike=_alike_words(shown),
        before_outlines=svg_outlines(before_label, f"{place}-before"),
        after_outlines=svg_outlines(after_label, f"{place}-after"),
        change=png_picture(change_layer(comparison)) if laid else None,
        change_outlines=svg_mask(places_of(comparison) > 0, f"{place}-change") if laid else None,
        change_legend=legend_of(map_facts(comparison)) if laid else [],
    )


def _alike_words(shown: PairPictures) -> str:
    equalizer = shown.equalizer
    if equalizer is None:
        return ""
    side = "before" if equalizer.blunt_before_mm else "after" if equalizer.blunt_after_mm else ""
    return texts.ALIKE.format(texts.BLUNTED[side])


def scars_on_page(shown: PairPictures) -> list[ScarOnPage]:
    """All matched scars, the worst change first."""
    return [_scar(view) for view in shown.scars]


def _scar(view: ScarView) -> ScarOnPage:
    verdict = view.trace.verdict
    return ScarOnPage(
        type=view.type,
        picture=jpeg_picture(view.picture, quality=SCAR_QUALITY),
        verdict=words.SHORT_LESION_VERDICTS[verdict],
        group=GROUPS.get(verdict, "same"),
        change=change_words(view.change_um, view.error_um),
    )


def evidence_of(assessment: Assessment) -> Evidence:
    """Its pictures. Raises ValueError where there are none."""
    if assessment.evidence is None:
        raise ValueError("an assessment without pictures cannot be shown: score the photograph again")
    return assessment.evidence
