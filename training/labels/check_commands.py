"""`cicatrix-train check` and `split`."""

from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from data.checking.balance import class_counts, photo_classes, split_counts
from data.checking.check import Checked, check_set, refuse_leaks
from data.checking.folds import FOLDS, draw_folds, extend_folds, read_folds, write_folds
from data.errors import DatasetError
from data.manifest import Split, write_manifest
from data.splits import assign_splits
from inference.errors import CicatrixError
from training.labels.agreement import Agreement, agreements
from training.labels.opened import open_network

_FRACTIONS: dict[Split, float] = {"train": 0.7, "validation": 0.1, "test": 0.2}


def check(
    dataset: Annotated[Path, typer.Argument(help="Folder of a labelled set, or its manifest.")],
    html: Annotated[Path | None, typer.Option(help="Page with pictures to write.")] = None,
    json_path: Annotated[Path | None, typer.Option("--json", help="All findings and figures.")] = None,
    tones: Annotated[int, typer.Option(min=0, help="Photographs whose skin tone is measured; 0 none.")] = 100,
    bundle: Annotated[
        Path | None, typer.Option(help="Bundle that sees the skin; the newest when left out.")
    ] = None,
    threads: int = 1,
) -> None:
    """Checks a labelled set before training. Exit status 1 with faults, 2 where splits or folds leak."""
    try:
        checked = check_set(dataset)
        agreed = agreements(checked.labelled)
        ita_deg = _tones(checked, tones, bundle, threads) if tones else None
        if html:
            from training.labels.check_page import check_page

            html.write_text(check_page(checked, agreed, ita_deg), encoding="utf-8")
        if json_path:
            _write_json(json_path, checked, agreed, ita_deg)
        typer.echo(_text(checked, agreed))
        refuse_leaks(checked)
    except CicatrixError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    for fault in checked.faults:
        typer.echo(f"{fault.photo_id}: {fault.message}", err=True)
    if checked.faults:
        raise typer.Exit(1)


def split(
    dataset: Annotated[Path, typer.Argument(help="Folder of a labelled set.")],
    folds: Annotated[int | None, typer.Option(min=2, help="Write folds.csv with so many folds.")] = None,
    fractions: Annotated[
        tuple[float, float, float] | None,
        typer.Option(help="Shares of train, validation and test, for the manifest."),
    ] = None,
    seed: int = 0,
) -> None:
    """Splits a set by patient and near-duplicate group: folds.csv, written once and reused, or the manifest's column.

    Run again, folds.csv keeps everybody where they are and takes in photographs that came later.
    """
    if (folds is None) == (fractions is None):
        typer.echo("Ask for one of --folds and --fractions.", err=True)
        raise typer.Exit(2)
    try:
        checked = check_set(dataset)
        typer.echo(_split_folds(checked, folds, seed) if folds else _split_once(checked, fractions, seed))
    except CicatrixError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


def _split_folds(checked: Checked, count: int, seed: int) -> str:
    path = checked.labelled.folder / FOLDS
    classes = photo_classes(checked.labelled, checked.examined.masks)
    if path.exists():
        known = read_folds(path)
        if known.count != count:
            raise CicatrixError(
                f"{path} has {known.count} folds already: use them, or remove it to draw {count}."
            )
        drawn = extend_folds(known, checked.group, classes)
        said = f"{path} is kept, {len(set(drawn.fold) - set(known.fold))} photographs joined"
    else:
        drawn = draw_folds(checked.group, classes, count, seed)
        said = f"{path} written"
    write_folds(path, drawn)
    places = {photo: f"fold {k}" for photo, k in drawn.fold.items()}
    return "\n".join([said, *_shares(checked, classes, places)])


def _split_once(checked: Checked, fractions: tuple[float, float, float] | None, seed: int) -> str:
    """The manifest's column, drawn by group; a photograph's near-duplicates go where it goes.

    Raises DatasetError, and writes nothing, where a split that was asked for would stay empty.
    """
    shares = _FRACTIONS if fractions is None else dict(zip(_FRACTIONS, fractions, strict=True))
    rows = checked.labelled.rows
    grouped = [row.model_copy(update={"patient_id": checked.group[row.photo_id]}) for row in rows]
    drawn = assign_splits(grouped, fractions=shares, seed=seed)
    if empty := [
        name for name, share in shares.items() if share and name not in {one.split for one in drawn}
    ]:
        raise DatasetError(
            f"None of {len(set(checked.group.values()))} patients or groups fell to {', '.join(empty)}: "
            "take another --seed or other --fractions, or --folds."
        )
    split_rows = [row.model_copy(update={"split": one.split}) for row, one in zip(rows, drawn, strict=True)]
    write_manifest(checked.labelled.folder / "manifest.csv", split_rows)
    classes = photo_classes(checked.labelled, checked.examined.masks)
    places = {row.photo_id: str(row.split) for row in split_rows}
    return "\n".join(_shares(checked, classes, places))


def _shares(checked: Checked, classes: dict[str, str], places: dict[str, str]) -> list[str]:
    """A line for each split or fold."""
    patients: dict[str, set[str]] = defaultdict(set)
    for photo, row in checked.labelled.photos.items():
        patients[places[photo]].add(row.patient_id)
    return [
        f"{name}: {counts.total()} photographs of {len(patients[name])} patients, most pixels "
        + ", ".join(f"{kind} in {count}" for kind, count in sorted(counts.items()))
        for name, counts in split_counts(checked.labelled, classes, places).items()
    ]


def _tones(checked: Checked, limit: int, bundle: Path | None, threads: int) -> dict[str, float]:
    from training.labels.tone import skin_tones

    return skin_tones(checked.labelled, open_network(bundle, threads), limit)


def _text(checked: Checked, agreed: list[Agreement]) -> str:
    photos = len(checked.labelled.photos)
    patients = len({row.patient_id for row in checked.labelled.rows})
    lines = [f"{photos} photographs of {patients} patients, {len(checked.examined.masks)} masks"]
    for one in class_counts(checked.labelled, checked.examined.masks):
        lines.append(
            f"{one.name:10} {one.photos} photographs, {one.patches} patches, {one.boxes} boxes, {one.points} points"
        )
    lines += [
        f"{pair.one} and {pair.other} show the same picture ({pair.bits} of 256 bits)"
        for pair in checked.alike
    ]
    for one in agreed:
        low, high = (
            ("–" if bound is None else f"{bound:.2f}") for bound in (one.interval.low, one.interval.high)
        )
        value = "–" if one.interval.value is None else f"{one.interval.value:.2f}"
        lines.append(f"{one.what}, {one.raters}: {one.figure} {value} ({low} to {high}), n {one.interval.n}")
    lines += [
        f"{finding.severity}: {finding.photo_id or 'the set'}: {finding.message}"
        for finding in checked.findings
        if finding.severity != "fault"
    ]
    return "\n".join(lines)


def _write_json(
    path: Path, checked: Checked, agreed: list[Agreement], ita_deg: dict[str, float] | None
) -> None:
    from inference.report.files import write_json

    content = {
        "photos": len(checked.labelled.photos),
        "findings": [asdict(finding) for finding in checked.findings],
        "leaks": list(checked.leaks),
        "alike": [asdict(pair) for pair in checked.alike],
        "groups": checked.group,
        "classes": [asdict(one) for one in class_counts(checked.labelled, checked.examined.masks)],
        "agreement": [asdict(one) for one in agreed],
        "ita_deg": ita_deg,
    }
    write_json(path, content)
