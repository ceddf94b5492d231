"""All pages in one: the pages of the records, compare and series. Mounted on the shell by `mount_page`."""

# Gradio is typed in part.
# pyright: reportUnknownMemberType=false

import hashlib
from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from gradio.themes import Base, LocalFont

from inference.web.accounts import Accounts
from inference.web.clinic.clinic import Clinic
from inference.web.clinic.pages import build_clinic_pages
from inference.web.clinic.words import component_words, words
from inference.web.compare_page import ComparePage
from inference.web.intake import QUIET, piece
from inference.web.samples import SamplePair, SamplePhoto
from inference.web.series_page import SeriesPage
from inference.web.series_service import SeriesService
from inference.web.service import Service
from inference.web.settings import Settings
from inference.web.view import render

_STATIC_FOLDER = Path(__file__).parent / "static"
#: Uploads that nobody compared are deleted after an hour, looked for every ten minutes.
_CACHE_CHECK_S, _CACHE_AGE_S = 600, 3600


class Pages:
    """All pages in one document: the browser shows one of them, and each keeps what it holds."""

    def __init__(
        self,
        clinic: Clinic,
        service: Service,
        series: SeriesService,
        pairs: tuple[SamplePair, ...],
        sample: tuple[SamplePhoto, ...],
        settings: Settings,
    ) -> None:
        with gr.Blocks(
            title="cicatrix", fill_width=True, delete_cache=(_CACHE_CHECK_S, _CACHE_AGE_S)
        ) as self.blocks:
            header = piece(_header(service.model_name, None, reads=False))
            self.blocks.unload(build_clinic_pages(clinic).leave)
            piece(render("camera.html"), elem_id="cx-camera-place")
            piece(render("mark.html"), elem_id="cx-mark-place")
            ComparePage(service, pairs, _CACHE_AGE_S)
            followed = SeriesPage(series, sample, service.discard, _CACHE_AGE_S)
            self.blocks.unload(followed.leave)

            def translated(request: gr.Request) -> str:
                return _header(service.model_name, request, reads=clinic.records.readings.any_open())

            self.blocks.load(translated, None, header, queue=False, **QUIET)
        self.blocks.queue(max_size=settings.queue_size, default_concurrency_limit=1)


def _header(model_name: str, request: gr.Request | None, *, reads: bool) -> str:
    """The bar on top, in the browser's language. reads: there is a blinded reading to be done."""
    return render("header.html", model_name=model_name, reads=reads, words=words(request))


def mount_page(app: FastAPI, page: Pages, settings: Settings, accounts: Accounts | None) -> FastAPI:
    """Mount the page at /. Run history, monitoring, error texts and links to elsewhere are off."""
    return gr.mount_gradio_app(
        app,
        page.blocks,
        path="/",
        footer_links=[],
        run_history=False,
        max_file_size=f"{settings.max_upload_mb}mb",
        show_error=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        app_kwargs={"openapi_url": None},
        auth=accounts.check if accounts is not None else None,
        theme=_theme(),
        i18n=component_words(),
        head=_head(),
    )


def _theme() -> Base:
    """Gradio's plain theme in a font that comes with it; only these two weights are complete there."""
    return Base(font=[LocalFont("IBM Plex Sans", weights=(400, 700)), "system-ui", "sans-serif"])


def _head() -> str:
    """Style and script from our own folder; their hash in the address renews a browser's copy."""
    marks = {name: hashlib.sha256((_STATIC_FOLDER / name).read_bytes()).hexdigest()[:12] for name in _HEAD}
    return "".join(tag.format(f"/page/{name}?{marks[name]}") for name, tag in _HEAD.items())


_HEAD = {
    "page.css": '<link rel="stylesheet" href="{}">',
    "pictures.css": '<link rel="stylesheet" href="{}">',
    "intake.css": '<link rel="stylesheet" href="{}">',
    "series.css": '<link rel="stylesheet" href="{}">',
    "clinic.css": '<link rel="stylesheet" href="{}">',
    "patient.css": '<link rel="stylesheet" href="{}">',
    "entry.css": '<link rel="stylesheet" href="{}">',
    "scars.css": '<link rel="stylesheet" href="{}">',
    "reading.css": '<link rel="stylesheet" href="{}">',
    "pictures.js": '<script src="{}" defer></script>',
    "save.js": '<script src="{}" defer></script>',
    "intake.js": '<script src="{}" defer></script>',
    "mark.js": '<script src="{}" defer></script>',
    "camera.js": '<script src="{}" defer></script>',
    "series.js": '<script src="{}" defer></script>',
    "clinic.js": '<script src="{}" defer></script>',
    "patient.js": '<script src="{}" defer></script>',
    "entry.js": '<script src="{}" defer></script>',
    "scars.js": '<script src="{}" defer></script>',
    "reading.js": '<script src="{}" defer></script>',
}
