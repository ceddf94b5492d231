"""The words that the records know. Pages and reports translate them; database and exchange keep them as here."""

from typing import Literal

#: `assessment`: photographs are kept and scored. Without it no photograph is kept. The others add to it.
Purpose = Literal["assessment", "training", "teaching", "publication"]

#: Views that are offered first; any other name may be given to a view.
USUAL_VIEWS = (
    "front",
    "left 45°",
    "right 45°",
    "left profile",
    "right profile",
    "left cheek",
    "right cheek",
    "forehead",
    "chin",
    "left temple",
    "right temple",
)

Device = Literal[
    "roller", "manual pen", "motorized pen", "radiofrequency", "laser", "peel", "subcision", "other"
]
#: Devices that reach into the skin with needles, which have a length.
NEEDLING: tuple[Device, ...] = ("roller", "manual pen", "motorized pen", "radiofrequency")
NEEDLE_LENGTH_MM = (0.25, 3.5)

Anaesthetic = Literal["none", "topical", "local injection", "nerve block", "cooling", "other"]
#: mJ by needle or pulse, J in all, J/cm2 for light, W for generators that state power only.
EnergyUnit = Literal["mJ", "J", "J/cm2", "W"]
Agent = Literal[
    "platelet-rich plasma",
    "vitamin C",
    "trichloroacetic acid",
    "hyaluronic acid",
    "minoxidil",
    "subcision",
    "other",
]

ChecklistItem = Literal[
    "active acne or infection",
    "herpes",
    "eczema or psoriasis in the area",
    "keloid tendency",
    "chemotherapy or immune suppression",
    "recent botulinum toxin",
    "bleeding disorder or anticoagulants",
    "age under 22",
    "retinoid use",
]

AdverseEventKind = Literal[
    "redness",
    "peeling",
    "bruising",
    "crusting",
    "infection",
    "allergic reaction",
    "pigment change",
    "herpes reactivation",
    "scarring",
    "other",
]

#: Where a photograph's result stands. A photograph that is scored anew stays "scored" meanwhile.
ScoringState = Literal["waiting", "scored", "not scored"]
#: `accept`: the whole photograph was gone through, and what is not corrected is right.
CorrectionKind = Literal["retype", "delete", "draw", "accept"]
#: Scales whose values clinicians enter, by their name in the result files: lowest, highest and step, as published.
#: Field notes A1 to A7; Goodman and Baron's grade has a 0 for none, as trials add it; IGA has the five steps of the
#: Scar Global Assessment.
CLINICIAN_SCALES: dict[str, tuple[float, float, float]] = {
    "goodman_baron_qualitative": (0, 4, 1),
    "goodman_baron_quantitative": (0, 84, 1),
    "ecca_atrophic": (0, 180, 5),
    "ecca": (0, 540, 5),
    "scar_s_face": (0, 5, 1),
    "iga": (0, 4, 1),
    "gais": (1, 5, 1),
}
DocumentKind = Literal["report", "export", "picture"]
