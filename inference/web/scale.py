"""The scale as a person types it."""

from inference.errors import CicatrixError


class ScaleError(CicatrixError):
    """What was typed is no scale."""


def parse_scale(text: str | None) -> float | None:
    """Millimetres per pixel from "0.05" or "0,05"; None from a field that is empty or was never opened.

    Raises ScaleError for anything else; whether the number is possible is judged where photographs are read.
    """
    typed = (text or "").strip()
    if not typed:
        return None
    try:
        return float(typed.replace(",", "."))
    except ValueError:
        raise ScaleError(
            f"“{typed}” is no scale: enter millimetres per pixel, such as 0.05, or leave the field empty."
        ) from None
