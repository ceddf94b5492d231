"""The web server: a FastAPI shell around the Gradio page, closed by default and offline."""

import logging
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.trustedhost import TrustedHostMiddleware

from inference.check import Instruments
from inference.network.bundle import default_bundle_folder, load_bundle
from inference.network.session import Network
from inference.web.accounts import load_accounts
from inference.web.environment import private_environment
from inference.web.headers import SecurityHeaders
from inference.web.samples import sample_pairs, sample_visits
from inference.web.settings import Settings, is_loopback

_log = logging.getLogger(__name__)
_STATIC_FOLDER = Path(__file__).parent / "static"
#: Names under which a browser on this machine asks; refuses a foreign name that was made to point here.
_LOOPBACK_NAMES = ["127.0.0.1", "localhost", "::1", "[::1]"]


def build_app(settings: Settings, instruments: Instruments, upload_folder: Path) -> FastAPI:
    """The whole app: /healthz without login, the page's own code, and the page.

    `upload_folder` is the private folder of `private_environment`, which must have been entered before.
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
    service = Service(instruments, upload_folder)
    samples = sample_pairs(settings.sample_folder), sample_visits(settings.sample_folder)
    page = Pages(service, SeriesService(instruments, service.upload_folder), *samples, settings)
    return mount_page(app, page, settings, load_accounts(settings))


def serve(host: str | None = None, port: int | None = None) -> None:
    """Serve until stopped. What is not given comes from the environment (see Settings).

    Raises ServeError for settings that would expose photographs, BundleError without a usable model.
    """
    given = {"host": host, "port": port}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    instruments = Instruments(Network(load_bundle(default_bundle_folder())))
    with private_environment() as upload_folder:
        app = build_app(settings, instruments, upload_folder)
        _log.info("serving on http://%s:%d", settings.host, settings.port)
        uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning", server_header=False)
