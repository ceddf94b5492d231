"""What only a whole face can tell: pose, expression, glasses, how many people there are."""

from inference.quality.view import View


def head_figures(view: View) -> dict[str, float | None]:
    """Values for `LIMITS`; empty without a face, which is no fault: close-ups are the usual photograph.

    Turning sideways (yaw) is not judged: frontal, oblique and profile views are all legitimate.
    """
    face = view.face
    if face is None:
        return {}
    return {
        "pitch": abs(face.pose.pitch_deg),
        "roll": abs(face.pose.roll_deg),
        "mouth_open": face.expression.mouth_open,
        "smile": face.expression.smile,
        "faces": float(face.count),
    }
