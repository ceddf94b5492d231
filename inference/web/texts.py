"""The words of the page. What reports say as well is in `inference.report.words`."""

from inference.change.comparison import Verdict

#: Of a series; {} is the first visit beyond error.
SERIES_VERDICTS: dict[Verdict, str] = {
    "improved": "Improved since {}, beyond measurement error",
    "worse": "Worse since {}, beyond measurement error",
    "within measurement error": "No lasting change beyond measurement error",
    "unknown": "No verdict: measurement error not known",
}
MISFIT = "Does not fit: far off the line between the visits beside it."

#: One photograph's fitness, in a word.
FITNESS: dict[str, str] = {
    "good": "Good",
    "advice": "Usable, with advice",
    "reject": "Not usable",
}
#: What follows from a photograph that is not fit; it is said, not enforced.
REJECTED = "Better take it again. It can be compared all the same, but its figures cannot be relied on."

#: What the pictures of a pair were done to, so that they look like one session.
ALIKE = (
    "Light and colour of the second photograph are brought to those of the first{}. For the eye only: all figures "
    "come from the originals."
)
BLUNTED: dict[str, str] = {
    "before": ", and the first is softened to the sharpness of the second",
    "after": ", and it is softened to the sharpness of the first",
    "": "",
}

#: Classes of improvement as the end of a clause, by quarter, and whether the patient is a responder.
QUARTILES_SAID = (
    "no improvement beyond error",
    "1–25 % better",
    "26–50 % better",
    "51–75 % better",
    "76–100 % better",
)
RESPONDER: dict[bool | None, str] = {
    True: "yes, improved beyond error",
    False: "no, not beyond error",
    None: "not known",
}

#: What to do with the camera or the head, by the way it has to go; {} are how much and where to.
HINTS: dict[str, str] = {
    "lost": "Show the same skin as in the pale picture.",
    "closer": "Come closer, about {}.",
    "back": "Move back, about {}.",
    "turn": "Turn the camera {} {}.",
    "left": "Aim further to the left.",
    "right": "Aim further to the right.",
    "up": "Aim higher.",
    "down": "Aim lower.",
    "tilt": "Tilt the camera: its {} edge away from the skin, about {}.",
    "head": "Turn the head {} towards the {} of the picture.",
    "chin": "{} the chin by {}.",
    "hold": "Good. Hold still.",
}
EDGES: dict[str, str] = {"left": "left", "right": "right", "top": "top", "bottom": "bottom"}
SENSES: dict[str, str] = {"clockwise": "clockwise", "counterclockwise": "counterclockwise"}
CHIN: dict[str, str] = {"lower": "Lower", "raise": "Raise"}
