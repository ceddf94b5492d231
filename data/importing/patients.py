"""Whose photograph it is: said by a column, read from its path, or at last each group of near-duplicates alone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.checking.duplicates import Codes, groups_of, likenesses
from data.errors import DatasetError
from data.importing.labels import Problems
from data.manifest import UNKNOWN_PATIENT


@dataclass(frozen=True, slots=True)
class PatientRule:
    """pattern: searched in a photograph's path below its folder, without ending; its first group is the patient."""

    pattern: str | None = None

    def patient(self, key: str, place: str, problems: Problems) -> str | None:
        """None without a pattern; a path that does not fit is noted."""
        if self.pattern is None:
            return None
        match = re.search(self.pattern, key.rpartition(".")[0] or key)
        if match is None or not match.groups() or not match[1]:
            problems.add(
                place, f"{key} does not fit the pattern {self.pattern!r}, whose first group is the patient"
            )
            return None
        return match[1]


def check_pattern(pattern: str | None) -> None:
    """Raises DatasetError for what is no regular expression."""
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise DatasetError(f"{pattern!r} is no regular expression ({error}).") from error


def name_unknown(
    photo_ids: Sequence[str], patients: Mapping[str, str], codes: Mapping[str, Codes]
) -> dict[str, str]:
    """A patient for every photograph: the known one, else that of a near-duplicate, else one of its own.

    Without names nothing better is known; two photographs of one person that do not look alike count as two people.
    """
    named = dict(patients)
    missing = [photo for photo in photo_ids if photo not in named]
    if not missing:
        return named
    pairs = [(found.one, found.other) for found in likenesses({p: codes[p] for p in photo_ids})]
    leaders = groups_of(photo_ids, pairs)
    known = {leaders[photo]: patient for photo, patient in reversed(list(patients.items()))}
    for photo in missing:
        named[photo] = known.get(leaders[photo], UNKNOWN_PATIENT + leaders[photo])
    return named
