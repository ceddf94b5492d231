"""The lettering of pictures that leave the program: a font that knows micrometres and the true minus."""

from functools import cache
from importlib import resources

from PIL import ImageFont


@cache
def font(size_px: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Bitstream Vera, which comes with the PDF library; Pillow's own font lacks µ and −."""
    file = resources.files("reportlab") / "fonts" / ("VeraBd.ttf" if bold else "Vera.ttf")
    with resources.as_file(file) as path:
        return ImageFont.truetype(path, size_px)
