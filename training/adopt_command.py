"""`cicatrix-train adopt`: both bundles side by side, then the new one in use, and back."""

from pathlib import Path
from typing import Annotated

import typer

from inference.errors import CicatrixError


def adopt(
    bundle: Annotated[Path | None, typer.Argument(help="Folder of the new bundle.")] = None,
    photos: Annotated[
        Path | None, typer.Option(help="Folder of photographs, or manifest.csv, to see both bundles on.")
    ] = None,
    page: Annotated[Path, typer.Option(help="HTML to write.")] = Path("build/adopt.html"),
    old: Annotated[
        str | None, typer.Option(help="Bundle to compare with; the one in use when left out.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Photographs at most.")] = 40,
    mm_per_px: Annotated[float | None, typer.Option(help="Of all the photographs.")] = None,
    yes: Annotated[bool, typer.Option(help="Use the new bundle from now on.")] = False,
    undo: Annotated[bool, typer.Option(help="Use the shipped bundle again.")] = False,
) -> None:
    """Shows BUNDLE beside the one in use, photograph by photograph; with --yes it is used from then on."""
    from inference.network.bundle import bundle_folder, default_bundle_folder
    from training import adopt as adopting

    try:
        if undo and (bundle is not None or photos is not None or yes):
            raise ValueError("--undo stands alone: what was adopted is known.")
        if undo:
            was = adopting.undo()
            said = f"; {was} stays installed and can be named" if was else ": none was adopted"
            typer.echo(f"{default_bundle_folder().name} is used{said}.")
            return
        if bundle is None or (photos is None and not yes):
            raise ValueError(
                "Give a BUNDLE with --photos to see it beside the one in use, --yes to adopt it, or both; or --undo."
            )
        if photos is not None:
            used = bundle_folder(old) if old else default_bundle_folder()
            chosen = adopting.photographs_in(photos)[:limit]
            adopting.write_page(page, adopting.look_at_both(chosen, used, bundle, mm_per_px), used, bundle)
            typer.echo(f"{page}: both bundles on {len(chosen)} photographs.")
        if yes:
            installed = adopting.adopt(bundle)
            typer.echo(
                f"{installed.name} is now used by the app and by `cicatrix`, unless they are told another."
            )
    except (OSError, ValueError, CicatrixError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
