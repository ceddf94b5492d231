"""A document as one HTML file: pictures inside, no script, nothing fetched, made to be printed as well."""

import base64
from pathlib import Path

from markupsafe import Markup

from inference.report import words
from inference.report.document import Document, Drawing, Paper, Picture
from inference.report.templates_in import templates_in

_TEMPLATES = Path(__file__).parent / "templates"
#: CSS's names of the papers.
_PAPERS: dict[Paper, str] = {"a4": "A4", "letter": "letter"}


def html_text(document: Document, paper: Paper = "a4") -> str:
    """The page. `paper` is what it asks a printer for."""
    template = templates_in(_TEMPLATES).get_template("report.html")
    return template.render(
        document=document, paper=_PAPERS[paper], note=words.NOTE, kind=_kind, uri=_uri, vectors=_vectors
    )


def _uri(picture: Picture) -> str:
    kind = "png" if picture.content.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture.content).decode('ascii')}"


def _vectors(drawing: Drawing) -> Markup:
    """The drawing is made by this program, its texts are escaped there."""
    return Markup(drawing.svg)


def _kind(value: object) -> str:
    return type(value).__name__
