"""`cicatrix-train train`: from a config, or from a plan made for labelled photographs."""

import json
import logging
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from inference.errors import CicatrixError

log = logging.getLogger(__name__)

Overrides = Annotated[
    list[str] | None, typer.Option("--set", help="Override a setting: section.key=value. May be repeated.")
]


def train(
    name: Annotated[str, typer.Option(help="Folder of the run, under --runs.")],
    config: Annotated[Path | None, typer.Argument(help="TOML file; without it the run is planned.")] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="Bundle folder, imagenet or scratch. Plans the run.")
    ] = None,
    photos: Annotated[Path | None, typer.Option(help="manifest.csv of labelled photographs.")] = None,
    folds: Annotated[Path | None, typer.Option(help="folds.csv; one fold is kept for validation.")] = None,
    fold: Annotated[int, typer.Option(min=0, help="The fold that is kept.")] = 0,
    rendered: Annotated[
        list[Path] | None, typer.Option(help="Folder of rendered samples to mix in. May be repeated.")
    ] = None,
    rendered_validation: Annotated[
        list[Path] | None, typer.Option(help="Rendered samples kept for validation. May be repeated.")
    ] = None,
    share: Annotated[
        float | None, typer.Option(min=0.05, max=1, help="Of photographs among the crops; planned otherwise.")
    ] = None,
    freeze: Annotated[
        list[str] | None,
        typer.Option(help="Layer that stays as it is, as encoder.stages.0. May be repeated."),
    ] = None,
    boxes_complete: Annotated[
        bool, typer.Option(help="Photographs with boxes hold no scar outside them.")
    ] = False,
    close_ups: Annotated[
        bool, typer.Option(help="All that is labelled is skin: no hair, no background.")
    ] = False,
    download: Annotated[
        bool, typer.Option(help="With --from imagenet: fetch the weights if missing.")
    ] = False,
    plan_only: Annotated[bool, typer.Option(help="Print the plan and why, and train nothing.")] = False,
    overrides: Overrides = None,
    runs: Path = Path("runs"),
    resume: Annotated[bool, typer.Option(help="Go on from the run's last checkpoint.")] = False,
) -> None:
    """Trains as CONFIG says, or as a plan made for --photos says, into runs/NAME."""
    from models.efficientnet_lite import WeightsMissingError
    from training.config import PhotosConfig, TrainConfig, load_config, overridden
    from training.loop import train as run_training
    from training.plan import plan

    try:
        if resume and config is None:
            text = (runs / name / "config.json").read_text(encoding="utf-8")
            settings = TrainConfig.model_validate_json(text)
        elif config is not None:
            settings = load_config(config)
        elif start is None or photos is None:
            raise ValueError(
                "Give a CONFIG, or --from (a bundle, imagenet or scratch) with --photos MANIFEST."
            )
        else:
            asked = {"manifest": photos, "folds": folds, "fold": fold, "boxes_complete": boxes_complete}
            asked |= {"close_ups": close_ups}
            known = PhotosConfig.model_validate(asked | ({} if share is None else {"share": share}))
            settings = plan(start, known, tuple(rendered or ()), tuple(rendered_validation or ()))
        if freeze:
            overrides = [*(overrides or []), f"optim.freeze={json.dumps(list(freeze))}"]
        settings = overridden(settings, overrides or [])
        if download and settings.network.pretrained:
            _fetch(settings.network.encoder)
        if plan_only:
            typer.echo(settings.model_dump_json(indent=2))
            return
        for what, reason in (settings.plan or {}).get("why", {}).items():
            log.info("plan: %s %s", what, reason)
        figures = run_training(settings, runs / name, resume)
    except (OSError, ValueError, ValidationError, CicatrixError, WeightsMissingError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(json.dumps(figures, indent=2))


def _fetch(encoder: str) -> None:
    from models.torchvision_weights import WEIGHTS, fetch, file_of

    if encoder in WEIGHTS and not file_of(WEIGHTS[encoder]).is_file():
        fetch(WEIGHTS[encoder])
