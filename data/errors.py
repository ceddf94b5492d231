"""Errors about data sets. Every message says what happened and what to do next."""

from inference.errors import CicatrixError


class DatasetError(CicatrixError):
    """A manifest, a mask or a folder of labels is not as it must be."""


class LeakError(DatasetError):
    """The same person or the same picture is in more than one split."""
