"""The web server: a FastAPI shell around the Gradio page, closed by default and offline."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.trustedhost import TrustedHostMiddleware

from inference.check import Instruments
from inference.network.bundle import default_bundle_folder, load_bundle
from inference.network.session import Network
from inference.records.records import Records
from inference.records.sample import give_sample
from inference.records.scorer import InstrumentScorer
from inference.records.settings import RecordsSettings
from inference.records.worker import Worker
from inference.web.accounts import load_accounts
from inference.web.clinic.clinic import Clinic
from inference.web.clinic.drafts import Drafts
from inference.web.environment import private_environment
from inference.web.headers import SecurityHeaders
from inference.web.samples import sample_pairs, sample_visits
from inference.web.settings import Settings, is_loopback

_log = logging.getLogger(__name__)
_STATIC_FOLDER = Path(__file__).parent / "static"
#: Names under which a browser on this machine asks; refuses a foreign name that was made to point here.
_LOOPBACK_NAMES = ["127.0.0.1", "localhost", "::1", "[::1]"]


def build_app(settings: Settings, clinic: Clinic) -> FastAPI:
    """The whole app: /healthz without login, the page's own code, and the page.

    The clinic's upload folder is that of `private_environment`, which must have been entered before.
    Raises ServeError for settings that would expose photographs.
    """
    settings.check()
    # Gradio reads the environment when it is imported, so this waits for private_environment.
    from inference.web.page import Pages, mount_page
    from inference.web.series_service import SeriesService
    from inference.web.service import Service

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    if is_loopback(settings.host):
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=_LOOPBACK_NAMES)
    app.add_middleware(SecurityHeaders)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        return {"status": "ok"}

    app.mount("/page", StaticFiles(directory=_STATIC_FOLDER))
    service = Service(clinic.instruments, clinic.upload_folder)
    series = SeriesService(clinic.instruments, service.upload_folder)
    samples = sample_pairs(settings.sample_folder), sample_visits(settings.sample_folder)
    page = Pages(clinic, service, series, *samples, settings)
    return mount_page(app, page, settings, load_accounts(settings))


def serve(host: str | None = None, port: int | None = None) -> None:
    """Serve until stopped. What is not given comes from the environment (see Settings, RecordsSettings).

    Raises ServeError for settings that would expose photographs, BundleError without a usable model, RecordsError where
    the records cannot be opened or could be reached through the web server.
    """
    given = {"host": host, "port": port}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    settings.check()
    instruments = Instruments(Network(load_bundle(default_bundle_folder())))
    with private_environment() as upload_folder, _records(upload_folder) as records:
        give_sample(records, settings.sample_folder)
        worker = Worker(records.queue, InstrumentScorer(instruments))
        with records.workspace() as drafts, worker:
            app = build_app(settings, Clinic(records, worker, instruments, upload_folder, Drafts(drafts)))
            model = instruments.network.bundle.description
            _log.setLevel(logging.INFO)  # the one line that whoever started it waits for
            where = f"http://{settings.host}:{settings.port}"
            _log.info("serving on %s with %s %s; Ctrl+C stops it", where, model.name, model.version)
            uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning", server_header=False)


@contextmanager
def _records(upload_folder: Path) -> Generator[Records]:
    """The records, out of the web server's reach."""
    where = RecordsSettings()
    where.check(served_folders(upload_folder))
    records = Records.open(where)
    try:
        yield records
    finally:
        records.close()


def served_folders(upload_folder: Path) -> list[Path]:
    """Every folder whose files the web server hands out: our own code, uploads, and what Gradio serves besides."""
    import gradio
    from gradio.utils import get_cache_folder

    return [_STATIC_FOLDER, upload_folder, Path(str(gradio.__file__)).parent, get_cache_folder()]
