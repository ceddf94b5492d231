"""All limits of the quality checks, in one table, each with its reason. They are ours unless a source is named."""

from dataclasses import dataclass

import numpy as np

from inference.photo.photo import QualityIssue, Severity


@dataclass(frozen=True, slots=True)
class Limit:
    """One check. From `best` on the score is full, at `reject` the check's whole weight is lost.

    `best` < `warning` < `reject` for what should be low, and the other way round for what should be high. Where
    `rejects` is false, the check warns at most. weight: part of the score lost at `reject`, 0..1. unit: of the
    value. message: for the user, with the value as {value}. reason: why the limits are where they are.
    """

    code: str
    best: float
    warning: float
    reject: float
    unit: str
    message: str
    reason: str
    weight: float = 1.0
    rejects: bool = True


#: The table. Limits were set on the even-numbered people of the London and Canada sets, whose values the command
#: `cicatrix-train evaluate quality --even` prints; docs/quality.md has the figures of the odd ones.
LIMITS: dict[str, Limit] = {
    "resolution": Limit(
        "resolution_low",
        0.10,
        0.25,
        0.60,
        "mm/px",
        "The photograph is coarse ({value:.2f} mm per pixel): come closer or use the original file.",
        "0.1 resolves pores of 0.25 mm; at 0.25 the smallest scar reported, of 0.6 mm, is 2.4 px wide; at 0.6 an "
        "icepick of 2 mm is 3 px wide and its type is a guess.",
    ),
    "blur": Limit(
        "blurred",
        0.10,
        0.25,
        0.70,
        "mm",
        "The skin is out of focus (blur of {value:.2f} mm): tap on the skin to focus, and hold still.",
        "Sd of the point spread over the pixels' own. At 0.25 its full width at half maximum is 0.6 mm, the smallest "
        "scar reported; at 0.7 it is 1.6 mm and icepicks and small boxcars are gone.",
    ),
    "motion": Limit(
        "motion_blur",
        0.50,
        0.75,
        2.50,
        "mm",
        "The camera or the face moved ({value:.1f} mm): rest the head, hold the camera still, use more light.",
        "A straight shake smears scars along one direction; 0.75 mm is wider than the smallest scar reported. On "
        "London no untouched face reaches it.",
    ),
    "clipping": Limit(
        "clipped",
        0.0,
        0.01,
        0.30,
        "part",
        "{value:.0%} of the skin is burnt out: use a softer light, away from the lens, or expose less.",
        "Where a channel is at white neither colour nor relief can be read. Photographic standards ask for less than "
        "0.5 to 1 % (field notes D2).",
    ),
    "darkness": Limit(
        "dark",
        40.0,
        30.0,
        12.0,
        "L*",
        "The picture is dark (brightest skin at L* {value:.0f}): use more light or a longer exposure.",
        "95th percentile of CIE L* of the skin. The darkest London skin in studio light reaches 40; polarized light, "
        "which takes the highlights off, may leave less.",
    ),
    "brightness": Limit(
        "over_exposed",
        80.0,
        86.0,
        97.0,
        "L*",
        "The skin is too bright (L* {value:.0f}): expose less, or move the light away.",
        "Median CIE L* of the skin. The lightest London skin stays below 75; above 86 the tone curve leaves little "
        "contrast for relief.",
    ),
    "shine": Limit(
        "shine",
        0.08,
        0.15,
        0.60,
        "part",
        "{value:.0%} of the skin mirrors the lamp: blot oil off, and move the light to the side or diffuse it.",
        "Highlights hide colour and are taken for relief. Oily skin is common in acne, so it never rejects.",
        weight=0.5,
        rejects=False,
    ),
    "cast": Limit(
        "colour_cast",
        26.0,
        30.0,
        75.0,
        "degrees",
        "The skin's colour is off: set the white balance to the light, and use one kind of lamp.",
        "Distance of the CIELAB hue angle from 50 degrees. London and Canada skin of all tones lies within 29.",
        weight=0.4,
        rejects=False,
    ),
    "chroma": Limit(
        "colour_cast",
        36.0,
        42.0,
        90.0,
        "chroma",
        "The skin's colour is too strong: set the white balance to the light, and turn colour effects off.",
        "CIELAB chroma of the skin. London and Canada reach 33; lamplight of 3200 K left unbalanced mostly passes 42.",
        weight=0.4,
        rejects=False,
    ),
    "grey": Limit(
        "grey",
        8.0,
        4.0,
        2.0,
        "chroma",
        "The photograph has no colour: use the colour original. Redness and pigment cannot be measured.",
        "95th percentile of CIELAB chroma over the whole picture; relief can still be read.",
        weight=0.3,
        rejects=False,
    ),
    "skin": Limit(
        "small",
        32_768,
        16_384,
        1_024,
        "px",
        "Little skin is seen ({value:.0f} working pixels): frame the whole cheek, hair tied back.",
        "At 6.4 px per mm these are 8, 4 and 0.25 cm2.",
    ),
    "enlargement": Limit(
        "upscaled",
        1.6,
        1.75,
        8.0,
        "times",
        "The file has {value:.1f} times more pixels across than detail: use the original from the camera, not an "
        "enlarged or forwarded copy.",
        "Enlarged twice, photographs measure 1.8 to 2.2. Judged only where the true detail is coarser than pores need: "
        "a soft file with pixels to spare does no harm.",
        weight=0.3,
        rejects=False,
    ),
    "pitch": Limit(
        "pose",
        10.0,
        20.0,
        60.0,
        "degrees",
        "The head is tilted up or down by {value:.0f} degrees: hold the camera at the height of the nose.",
        "Foreshortening by cos 20 is 6 %, over the 5 % allowed in a pair (field notes D2).",
        weight=0.5,
        rejects=False,
    ),
    "roll": Limit(
        "pose",
        8.0,
        15.0,
        60.0,
        "degrees",
        "The head leans by {value:.0f} degrees: turn the camera or the head upright.",
        "Raking light falls from another side on a leaning head; 15 degrees is three times the 5 of a pair.",
        weight=0.3,
        rejects=False,
    ),
    "mouth_open": Limit(
        "expression",
        0.09,
        0.12,
        0.60,
        "ratio",
        "The mouth is open: let the patient close it and relax the face.",
        "Gap between the inner lips by the mouth's width. Of 120 neutral faces one passes the limit.",
        weight=0.3,
        rejects=False,
    ),
    "smile": Limit(
        "expression",
        0.90,
        0.93,
        1.30,
        "ratio",
        "The patient smiles: folds hide scars and move them. Ask for a relaxed face.",
        "Width of the mouth by the distance between the pupils. Neutral London and Canada faces stay below the limit.",
        weight=0.3,
        rejects=False,
    ),
    "hair": Limit(
        "hair",
        1.0,
        2.0,
        15.0,
        "mm/cm2",
        "Strands of hair lie over the skin: tie the hair back with a band.",
        "Length of long thin strands by skin area: 2 is one strand of 2 cm over 10 cm2.",
        weight=0.4,
        rejects=False,
    ),
    "blocks": Limit(
        "compressed",
        2.0,
        2.3,
        8.0,
        "times",
        "The file is heavily compressed: use the original from the camera, not one sent by a messenger.",
        "Steps across the borders of JPEG blocks by those inside. London and Canada, which were JPEG once, stay below "
        "2; copies saved at quality 40 mostly pass 2.3, at 30 all did.",
        weight=0.8,
    ),
    "jpeg_quality": Limit(
        "compressed",
        80.0,
        45.0,
        10.0,
        "IJG quality",
        "The file is heavily compressed (quality {value:.0f}): use the original, not one sent by a messenger.",
        "As stored in the file. Below 45 the fine relief of skin is quantized away.",
        weight=0.8,
    ),
    "smoothing": Limit(
        "smoothed",
        1.5,
        2.5,
        10.0,
        "times",
        "The skin looks smoothed by a filter: turn beauty mode off and use the original.",
        "Untouched faces stay below 2 (docs/quality.md); at 2.5 the texture has a sixth of its usual power.",
        weight=0.8,
        rejects=False,
    ),
    "faces": Limit(
        "several_faces",
        1.0,
        2.0,
        6.0,
        "faces",
        "{value:.0f} faces are in the picture, and the largest is measured: photograph one person at a time.",
        "Skin of two people would be counted as one.",
        weight=0.3,
        rejects=False,
    ),
}

#: Pores of 0.25 mm need 0.1 mm per pixel or finer (field notes D1).
PORES_MM_PER_PX = 0.10


def part(limit: Limit, value: float) -> float:
    """1 at `best` and beyond, 0 at `reject` and beyond, linear between."""
    return float(np.clip((value - limit.reject) / (limit.best - limit.reject), 0, 1))


def issue(limit: Limit, value: float) -> QualityIssue | None:
    """The finding where the value reaches `warning`; None before."""
    if part(limit, value) > part(limit, limit.warning):
        return None
    severity: Severity = "reject" if limit.rejects and part(limit, value) == 0 else "warning"
    bound = limit.reject if severity == "reject" else limit.warning
    return QualityIssue(limit.code, severity, limit.message.format(value=value), round(value, 4), bound)
