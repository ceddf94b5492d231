"""Every limit that a pair of photographs is held against, each with its reason, in one table."""

from dataclasses import dataclass

from inference.photo.photo import QualityIssue, Severity


@dataclass(frozen=True, slots=True)
class Limit:
    """Beyond `note` it is said, beyond `warning` warned of, beyond `reject` the pair is not compared; None: never.

    falls: smaller figures are worse.
    """

    warning: float | None
    reject: float | None
    why: str
    falls: bool = False
    note: float | None = None


#: Figures marked D2 are the proposals of the field notes; the others are conventions of ours. None is published.
#: Modes of light are names, not figures: what tells them apart stands in `inference.photo.light`.
#: `cicatrix-train evaluate fit` prints how often each is passed by pairs that fit and by pairs changed on purpose.
LIMITS: dict[str, Limit] = {
    "turn": Limit(
        10.0,
        None,
        "Degrees within the picture. Registration takes it back, but lamps that stay put then fall from elsewhere.",
    ),
    "tilt": Limit(
        20.0,
        None,
        "Degrees out of the picture's plane, read from the squeeze of one direction, its cosine: 0.94. Less cannot "
        "be told from a cheek's curve and a smile, which squeeze as much in studio portraits.",
    ),
    "face_turn": Limit(
        8.0,
        25.0,
        "Degrees of yaw, pitch or roll between two faces. D2 asks for 3 to 5; the points themselves are uncertain "
        "by about 3 in each picture. By 25 a cheek is seen from another standard view (they lie 45 apart).",
    ),
    "scale": Limit(
        0.05,
        None,
        "Difference of the two stated scales by what registration finds, D2: 5 % of length is 10 % of every area. "
        "It must also exceed twice the combined standard error of both.",
    ),
    "distance": Limit(
        0.30,
        None,
        "How much larger the same skin stands in one frame, natural logarithm. The reproduction ratio is to be kept "
        "(D1); beyond a third the perspective of a face differs visibly.",
    ),
    "resolution": Limit(
        0.69,
        1.39,
        "Pixels across the same skin, natural logarithm of their ratio: at twice, pores are seen once only; at four "
        "times, small scars are.",
    ),
    "face_miss": Limit(
        None,
        0.15,
        "Distance between the points of both faces once aligned, by the pupils' distance: 9 mm. Neutral and smiling "
        "faces of one person lie under 0.05 apart; a map of the wall behind the head has no reason to come near.",
    ),
    "registration": Limit(
        1.0, 2.0, "Millimetres between matched points, D2: at most 1 mm, flagged over 2 mm."
    ),
    "overlap": Limit(
        0.8,
        0.5,
        "Share of the first photograph's skin that the second shows. D2 asks for 90 %, which is noted; the outlines "
        "of the skin alone differ by up to 20 % between two expressions, so it is warned of from there.",
        falls=True,
        note=0.9,
    ),
    "exposure": Limit(
        5.0,
        25.0,
        "CIE L* of the common skin. D2: at most 2 to 3, which is noted; heads that move a little in fixed studio light "
        "reach 4. At 25, one of the two is under- or overexposed.",
        note=3.0,
    ),
    "white_balance": Limit(None, None, "CIEDE2000 at equal lightness, D2: at most 2 to 3.", note=3.0),
    "light_gradient": Limit(
        0.45,
        None,
        "Change of brightness from edge to edge of the common skin, natural logarithm: half as bright again on one "
        "side. Heads that move a little under fixed studio lamps reach 0.4.",
    ),
    "light_direction": Limit(
        30.0,
        90.0,
        "Degrees between the sides the light comes from, where both pictures favour one. A slope's shading falls "
        "with the cosine: by 13 % at 30; beyond 90 lit and shaded flanks change places.",
    ),
    "focus": Limit(
        0.78,
        0.35,
        "Ratio of fine to coarser detail, the blunter picture's by the sharper one's, at common resolution. Small "
        "pits look shallower when blurred.",
        falls=True,
    ),
}


def issue(row: str, value: float, message: str, code: str | None = None) -> QualityIssue | None:
    """The finding of one row of the table, or None within its limits. `code` is the row's name unless given."""
    limit = LIMITS[row]
    sign = -1 if limit.falls else 1
    levels: tuple[tuple[Severity, float | None], ...] = (
        ("reject", limit.reject),
        ("warning", limit.warning),
        ("note", limit.note),
    )
    for severity, bound in levels:
        if bound is not None and sign * value > sign * bound:
            return QualityIssue(code or row, severity, message, round(value, 4), bound)
    return None
