"""Something that takes seconds and may fail: what the page shows when it is done."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from inference.errors import CicatrixError
from inference.web.view import render_message

_log = logging.getLogger(__name__)
_FAILED = "The program failed on these photographs. Its log says why; the photographs are unchanged."


@dataclass(frozen=True, slots=True)
class Done:
    """html: the result, None where there is none; then `message` says why, as HTML."""

    html: str | None
    message: str = ""


def attempt(measure: Callable[[], str]) -> Done:
    """The result of `measure`, or what went wrong in words fit to show."""
    try:
        return Done(measure())
    except CicatrixError as error:
        return Done(None, render_message("This did not work", str(error)))
    except Exception:
        _log.exception("measuring failed")
        return Done(None, render_message("Something went wrong", _FAILED))
