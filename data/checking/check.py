"""All checks of a set that need its files alone."""

from dataclasses import dataclass
from pathlib import Path

from data.checking.duplicates import Likeness, likenesses
from data.checking.files import Examined, Finding, examine
from data.checking.folds import FOLDS, Folds, check_folds, read_folds, together
from data.errors import DatasetError, LeakError
from data.labelled import LabelledSet, read_labelled_set
from data.manifest import UNKNOWN_PATIENT
from data.splits import check_splits


@dataclass(frozen=True, slots=True)
class Checked:
    """alike: pairs of photographs that show one picture. group: what must stay together, by photo id. leaks: why the
    splits or folds are refused. folds: None where none were drawn."""

    labelled: LabelledSet
    examined: Examined
    alike: tuple[Likeness, ...]
    group: dict[str, str]
    findings: tuple[Finding, ...]
    leaks: tuple[str, ...]
    folds: Folds | None

    @property
    def faults(self) -> tuple[Finding, ...]:
        """What must be mended before training."""
        return tuple(finding for finding in self.findings if finding.severity == "fault")


def check_set(source: Path) -> Checked:
    """source: the folder of a set, or its manifest. Raises DatasetError where its tables cannot be read."""
    labelled = read_labelled_set(source)
    examined = examine(labelled)
    alike = tuple(likenesses({name: facts.codes for name, facts in examined.photos.items()}))
    group = together(labelled.rows, [(pair.one, pair.other) for pair in alike])
    leaks: list[str] = []
    folds, findings = _folds(labelled, group, leaks)
    _splits(labelled, alike, leaks)
    everything = (*examined.findings, *_across_patients(labelled, alike), *_patients(labelled), *findings)
    return Checked(labelled, examined, alike, group, everything, tuple(leaks), folds)


def _folds(
    labelled: LabelledSet, group: dict[str, str], leaks: list[str]
) -> tuple[Folds | None, list[Finding]]:
    path = labelled.folder / FOLDS
    if not path.exists():
        return None, []
    folds = read_folds(path)
    try:
        check_folds(folds, group)
    except LeakError as error:
        leaks.append(str(error))
    missing = sorted(set(labelled.photos) - set(folds.fold))
    if not missing:
        return folds, []
    message = f"{len(missing)} photographs are in no fold, as {missing[0]}: run split again"
    return folds, [Finding("warning", None, message)]


def _splits(labelled: LabelledSet, alike: tuple[Likeness, ...], leaks: list[str]) -> None:
    try:
        check_splits(labelled.rows)
    except LeakError as error:
        leaks.append(str(error))
    split = {photo: row.split for photo, row in labelled.photos.items()}
    for pair in alike:
        places = split[pair.one], split[pair.other]
        if None not in places and places[0] != places[1]:
            leaks.append(
                f"{pair.one} in {places[0]} and {pair.other} in {places[1]} show the same picture: give both one split."
            )


def _across_patients(labelled: LabelledSet, alike: tuple[Likeness, ...]) -> list[Finding]:
    """One picture under two patients, or with two types, is a mistake somewhere."""
    found: list[Finding] = []
    types: dict[str, set[str]] = {}
    for row in labelled.sidecars.types:
        types.setdefault(row.photo_id, set()).add(row.type)
    for pair in alike:
        one, other = labelled.photos[pair.one], labelled.photos[pair.other]
        if one.patient_id != other.patient_id:
            message = f"shows the same picture as {pair.other} of another patient ({other.patient_id})"
            found.append(Finding("warning", pair.one, message))
        if types.get(pair.one) and types.get(pair.other) and types[pair.one] != types[pair.other]:
            named = " and ".join("/".join(sorted(types[name])) for name in (pair.one, pair.other))
            found.append(
                Finding("warning", pair.one, f"shows the same picture as {pair.other}, but they are {named}")
            )
    return found


def _patients(labelled: LabelledSet) -> list[Finding]:
    unnamed = sum(row.patient_id.startswith(UNKNOWN_PATIENT) for row in labelled.photos.values())
    if not unnamed:
        return []
    message = (
        f"{unnamed} of {len(labelled.photos)} photographs have no known patient: near-duplicates count as one patient, "
        "all others as one each. Two different photographs of one person may come to lie in two splits"
    )
    return [Finding("warning", None, message)]


def refuse_leaks(checked: Checked) -> None:
    """Raises LeakError where the splits or folds leak."""
    if checked.leaks:
        raise LeakError("The splits are refused:\n" + "\n".join(checked.leaks[:20]))


def refuse_faults(checked: Checked) -> None:
    """Raises DatasetError where files are missing or do not fit."""
    if checked.faults:
        lines = [f"{finding.photo_id}: {finding.message}" for finding in checked.faults]
        raise DatasetError("\n".join(lines[:40]))
