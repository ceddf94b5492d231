"""Errors that a user can act on. Every message says what happened and what to do next."""


class CicatrixError(Exception):
    """Base of all expected failures; the message is fit to show to a user."""


class PhotoError(CicatrixError):
    """A photograph cannot be read or is refused before decoding."""


class BundleError(CicatrixError):
    """A model bundle is missing, altered or does not fit this version."""


class ComparisonError(CicatrixError):
    """Two assessments cannot be set against each other."""
