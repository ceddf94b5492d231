"""`cicatrix-train evaluate change`: registration, refusals, and figures of change."""

import json
from pathlib import Path
from typing import Annotated

import typer

from training.evaluate.change.figures_command import figures

app = typer.Typer(no_args_is_help=True, help="How well change is measured.")
app.command()(figures)

FacesOption = Annotated[
    Path | None, typer.Option(help="Folder with london/ and canada/; without it only close-ups are rendered.")
]
SeedOption = Annotated[int, typer.Option(help="Seed of the rendered skin, light, pose and expression.")]


@app.command()
def registration(
    faces: FacesOption = None,
    patients: Annotated[int, typer.Option(min=1, help="Four pairs of each.")] = 50,
    seed: SeedOption = 4001,
    peers_every: Annotated[
        int, typer.Option(min=0, help="Other ways to register too, on every so many-th pair; 0 for none.")
    ] = 1,
    json_path: Annotated[Path | None, typer.Option("--json", help="Also write each pair's figures.")] = None,
) -> None:
    """Registration error in mm on pairs with an exactly known map, beside other ways to register."""
    import numpy as np

    from training.evaluate.change.known_maps import known_pairs
    from training.evaluate.change.registration import measure_pairs, report

    results = measure_pairs(known_pairs(seed, patients, faces), peers_every)
    typer.echo("\n".join(report(results)))
    if json_path:
        facts = [
            {
                "way": r.way,
                "pair": r.pair,
                "kind": r.kind,
                "turn_deg": r.turn_deg,
                "moves": r.moves,
                "median_mm": None if r.error_mm is None else float(np.median(r.error_mm)),
                "p90_mm": None if r.error_mm is None else float(np.percentile(r.error_mm, 90)),
                "seconds": r.seconds,
                "reason": r.reason,
            }
            for r in results
        ]
        json_path.write_text(json.dumps(facts, indent=1) + "\n")


@app.command()
def refusals(
    faces: FacesOption = None,
    pairs: Annotated[int, typer.Option(min=1, help="Pairs of each kind of real faces, at most.")] = 80,
    patients: Annotated[int, typer.Option(min=2, help="Rendered people.")] = 10,
    seed: SeedOption = 4002,
) -> None:
    """Pairs that must be refused, and true pairs that must not be."""
    from training.evaluate.change.refusals import judge_pairs, report, wrong_and_right_pairs

    typer.echo("\n".join(report(judge_pairs(wrong_and_right_pairs(faces, pairs, patients, seed)))))
