"""What has to be in the environment before Gradio is imported: it reads some of it only then."""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

#: Nothing leaves this machine: no version check, no statistics, no hub.
_OFFLINE = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
#: Switches that would open the app; the program decides these, not the surroundings.
_FORBIDDEN = (
    "GRADIO_SHARE",
    "GRADIO_MCP_SERVER",
    "GRADIO_ALLOWED_PATHS",
    "GRADIO_SSR_MODE",
    "GRADIO_ROOT_PATH",
)


@contextmanager
def private_environment() -> Generator[Path]:
    """Yields a new folder that only this user may read, for uploads; it is deleted in the end."""
    folder = Path(tempfile.mkdtemp(prefix="cicatrix-"))  # mkdtemp makes it 0700
    os.environ.update(_OFFLINE, GRADIO_TEMP_DIR=str(folder))
    for name in _FORBIDDEN:
        os.environ.pop(name, None)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
