"""Seconds a step on this machine, and what a second process is worth."""

import time
from pathlib import Path

from training.config import TrainConfig
from training.loop import find_place, open_session, steps_of


def seconds_a_step(config: TrainConfig, steps: int = 8) -> dict[str, float]:
    """Median seconds of a step on crops and on full tiles, and of making the batch of each."""
    place = find_place(config.loop)
    session = open_session(config, Path(), place, resume=False)
    data = steps_of(config, 0, session.known)
    every = config.data.full_tile_every or steps + 1
    timed: dict[str, list[float]] = {}
    for step in range(steps):
        kind = "tiles" if step % every == every - 1 else "crops"
        started = time.perf_counter()
        batch = data[step]
        made = time.perf_counter()
        session.advance(batch)["loss"].item()  # type: ignore[union-attr]
        timed.setdefault(f"{kind}_data_s", []).append(made - started)
        timed.setdefault(f"{kind}_step_s", []).append(time.perf_counter() - made)
    return {name: sorted(values)[len(values) // 2] for name, values in timed.items()}
