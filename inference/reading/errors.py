"""Errors of blinded reading. Every message says what to do next."""

from inference.errors import CicatrixError


class DesignError(CicatrixError):
    """A design cannot be made, or its file cannot be used."""


class ReadingError(CicatrixError):
    """A reader's wish cannot be granted."""
