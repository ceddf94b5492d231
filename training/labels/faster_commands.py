"""`cicatrix-train rank` and `prelabel`: what to label next, and a first draft of it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from inference.errors import CicatrixError, PhotoError
from inference.photo.read import read_photo
from training.labels.gather import Source, unlabelled_of
from training.labels.opened import open_network

SourceArgument = Annotated[
    Path, typer.Argument(help="Labelled set, whose unlabelled photographs count, or a folder.")
]
BundleOption = Annotated[Path | None, typer.Option(help="Bundle folder; the newest when left out.")]


class Tool(StrEnum):
    """Where pre-labels go."""

    CVAT = "cvat"
    CVAT_MASKS = "cvat-masks"
    LABEL_STUDIO = "labelstudio"


def rank(
    source: SourceArgument,
    out: Annotated[Path, typer.Option(help="CSV to write.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Look at the first so many photographs.")] = None,
    bundle: BundleOption = None,
    threads: int = 1,
) -> None:
    """Ranks unlabelled photographs by what a label of each would teach (docs/labels.md)."""
    from training.labels.rank import gain_of, hash_of, write_ranking
    from training.labels.rank import rank as ranked_of

    failed = 0
    try:
        network = open_network(bundle, threads)
        bare, told = unlabelled_of(source)
        gains, codes, labelled = [], {}, {}
        for one in bare[:limit]:
            try:
                photo = read_photo(one.path, mm_per_px=one.mm_per_px)
            except PhotoError as error:
                failed += _failed(one, error)
                continue
            codes[one.name] = hash_of(photo)
            gains.append(gain_of(one.name, photo, network))
        for one in told:
            try:
                labelled[one.name] = hash_of(read_photo(one.path))
            except PhotoError as error:
                failed += _failed(one, error)
        ranked = ranked_of(gains, codes, labelled)
        write_ranking(out, ranked)
    except CicatrixError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(
        f"{len(ranked)} photographs in {out}; label first {', '.join(r.gain.photo for r in ranked[:3])}"
    )
    raise typer.Exit(1 if failed else 0)


def prelabel(
    source: SourceArgument,
    tool: Annotated[Tool, typer.Option("--to", help=" ".join(Tool))],
    out: Annotated[Path, typer.Option(help="annotations.xml, masks as .zip, or tasks as .json.")],
    ranking: Annotated[Path | None, typer.Option(help="Ranking: take photographs in its order.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many photographs.")] = None,
    polygons: Annotated[
        bool, typer.Option(help="A polygon a scar instead of masks exact to the pixel.")
    ] = False,
    prefix: Annotated[
        str, typer.Option(help="Label Studio's address of the photographs, before their names.")
    ] = "/data/local-files/?d=",
    bundle: BundleOption = None,
    threads: int = 1,
) -> None:
    """Drafts labels of unlabelled photographs with the model, to be corrected in CVAT or Label Studio."""
    from inference.check import Instruments
    from training.labels.prelabel import prelabel as draft_of

    failed = 0
    try:
        instruments = Instruments(open_network(bundle, threads))
        bare, _ = unlabelled_of(source)
        chosen = _in_order(bare, ranking)[:limit]
        drafts = []
        for one in chosen:
            try:
                drafts.append(draft_of(_called(one), one.path, instruments, one.mm_per_px))
            except PhotoError as error:
                failed += _failed(one, error)
        description = instruments.network.bundle.description
        _write(out, tool, drafts, f"{description.name}-{description.version}", prefix, polygons)
    except CicatrixError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    scars = sum(len(draft.scars) for draft in drafts)
    typer.echo(f"{len(drafts)} photographs with {scars} scars in {out}")
    raise typer.Exit(1 if failed else 0)


def _write(out: Path, tool: Tool, drafts: list, version: str, prefix: str, polygons: bool) -> None:
    from training.labels.to_cvat import cvat_xml, write_cvat_masks
    from training.labels.to_label_studio import label_studio_config, label_studio_tasks

    match tool:
        case Tool.CVAT:
            out.write_bytes(cvat_xml(drafts, polygons))
        case Tool.CVAT_MASKS:
            write_cvat_masks(out, drafts)
        case Tool.LABEL_STUDIO:
            out.write_text(label_studio_tasks(drafts, version, prefix, polygons), encoding="utf-8")
            out.with_suffix(".config.xml").write_text(label_studio_config(polygons), encoding="utf-8")


def _called(one: Source) -> str:
    """The name with its ending, as annotation tools know photographs."""
    return one.name if one.name.endswith(one.path.suffix) else one.name + one.path.suffix


def _in_order(sources: list[Source], ranking: Path | None) -> list[Source]:
    """In the order of a ranking, without those it holds to be like another; all of them where there is none."""
    if ranking is None:
        return sources
    from training.labels.rank import read_ranking

    by_name = {one.name: one for one in sources}
    return [by_name[name] for name in read_ranking(ranking) if name in by_name]


def _failed(one: Source, error: PhotoError) -> int:
    typer.echo(f"{one.name}: {error}", err=True)
    return 1
