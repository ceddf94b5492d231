"""What the page asks for: two photographs, or one, in; a finished piece of page out."""

import logging
import time
from pathlib import Path

from inference.change.compare import compare
from inference.network.session import Network
from inference.photo.read import read_photo
from inference.report.pictures import display_pair, display_picture
from inference.score import score
from inference.web.view import render_assessment, render_comparison

_log = logging.getLogger(__name__)


class Service:
    """Scores and compares photographs and shows the result. Keeps nothing of them.

    upload_folder: where uploads arrive; the only folder from which `discard` deletes.
    """

    def __init__(self, network: Network, upload_folder: Path) -> None:
        self._network = network
        self.upload_folder = upload_folder.resolve()

    @property
    def model_name(self) -> str:
        """Name and version of the model, as in "atrophic 0.1.0"."""
        description = self._network.bundle.description
        return f"{description.name} {description.version}"

    def assess(self, path: Path, mm_per_px: float | None) -> str:
        """One photograph's assessment as HTML. Raises CicatrixError with a message fit to show."""
        photo = read_photo(path, mm_per_px=mm_per_px)
        return render_assessment(score(photo, self._network), display_picture(photo))

    def compare(
        self,
        before_path: Path,
        after_path: Path,
        mm_per_px: tuple[float | None, float | None],
        titles: tuple[str, str] = ("Before", "After"),
    ) -> str:
        """The comparison as HTML. Raises CicatrixError with a message fit to show."""
        start_s = time.perf_counter()
        before = read_photo(before_path, mm_per_px=mm_per_px[0])
        after = read_photo(after_path, mm_per_px=mm_per_px[1])
        comparison = compare(score(before, self._network), score(after, self._network))
        html = render_comparison(comparison, display_pair(comparison, before, after), titles)
        _log.info("compared two photographs in %.1f s", time.perf_counter() - start_s)
        return html

    def discard(self, paths: list[str]) -> None:
        """Delete uploaded photographs; whatever is not an upload is left alone."""
        for path in map(Path, paths):
            if path.resolve().is_relative_to(self.upload_folder):
                path.unlink(missing_ok=True)
