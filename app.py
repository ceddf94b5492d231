"""Serves the app: `python app.py`, then open http://127.0.0.1:7860."""

import logging
import sys

from inference.errors import CicatrixError
from inference.web.server import serve

if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    try:
        serve()
    except CicatrixError as error:
        sys.exit(f"cicatrix: {error}")
