"""The words of the page. What reports say as well is in `inference.report.words`."""

#: One photograph's fitness, in a word.
FITNESS: dict[str, str] = {
    "good": "Good",
    "advice": "Usable, with advice",
    "reject": "Not usable",
}
#: What follows from a photograph that is not fit; it is said, not enforced.
REJECTED = "Better take it again. It can be compared all the same, but its figures cannot be relied on."

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
