"""Programs that change pictures, by the name that they leave in the file."""

from inference.photo.photo import QualityIssue

#: Apps that retouch faces as their purpose; their pictures may not show the patient's skin.
_BEAUTY = (
    *(
        "airbrush",
        "b612",
        "beautycam",
        "beautyplus",
        "camera360",
        "facelab",
        "faceapp",
        "facetune",
        "lightlab",
    ),
    *("makeupplus", "meitu", "perfect365", "remini", "retrica", "snow", "sweet selfie", "ulike", "youcam"),
)
#: Editors that can retouch but are also used to develop and crop.
_EDITORS = (
    *("affinity photo", "canva", "capture one", "darktable", "gimp", "imagemagick", "instagram", "lightroom"),
    *(
        "luminar",
        "paint.net",
        "photopea",
        "photoscape",
        "photoshop",
        "picsart",
        "pixelmator",
        "pixlr",
        "snapseed",
    ),
    *("topaz", "vsco"),
)


def edited(software: str | None) -> QualityIssue | None:
    """A note for a known editor, a warning for a beauty app, None for a camera's own firmware or an unknown name."""
    name = (software or "").lower()
    if any(_names(name, app) for app in _BEAUTY):
        return QualityIssue(
            "edited",
            "warning",
            f"The file was written by {software}, which retouches faces: use the original from the camera.",
        )
    if any(_names(name, app) for app in _EDITORS):
        return QualityIssue(
            "edited",
            "note",
            f"The file was written by {software}: make sure that only cropping was done, or use the original.",
        )
    return None


def _names(software: str, app: str) -> bool:
    """Whether a program's name begins one of the words of the tag, so that "snow" is not found in "Snowdrop"."""
    padded = f" {' '.join(software.replace('-', ' ').replace('_', ' ').split())} "
    return f" {app} " in padded or f" {app}." in padded or (len(app) > 5 and f" {app}" in padded)
