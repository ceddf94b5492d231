"""Facts that become known after export, written into a bundle's description and card; its weights stay."""

from pathlib import Path
from typing import Any

from inference.network.bundle import ModelDescription, load_bundle
from training.card import card
from training.export import write_description


def record(folder: Path, name: str, facts: dict[str, Any]) -> None:
    """Puts `facts` under `metrics[name]` of the bundle in `folder`. Raises BundleError for a broken bundle."""
    description = load_bundle(folder).description
    rewrite(folder, description.model_copy(update={"metrics": {**description.metrics, name: facts}}))


def rewrite(folder: Path, description: ModelDescription) -> None:
    """Writes the card first, then model.json with the card's sha256."""
    (folder / "card.md").write_text(card(description), encoding="utf-8")
    write_description(folder, description)
