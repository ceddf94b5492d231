"""Errors of the records. Every message says what happened and what to do next."""

from inference.errors import CicatrixError


class RecordsError(CicatrixError):
    """The records cannot be opened, or refuse what was asked."""


class NotInRecordsError(RecordsError):
    """What was asked for is not, or no longer, in the records."""


class ConsentError(RecordsError):
    """The patient has not agreed to this, or agrees no longer."""


class EntryError(RecordsError):
    """Something that was typed cannot be kept.

    fields: what is wrong, by the name of the field; "" where it is the entry as a whole.
    """

    def __init__(self, fields: dict[str, str]) -> None:
        self.fields = fields
        super().__init__("; ".join(f"{name}: {text}" if name else text for name, text in fields.items()))
