"""What a run leaves besides weights: its resolved config, metrics.jsonl, a progress bar, TensorBoard."""

import json
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from torch import Tensor
from tqdm import tqdm

from training.config import TrainConfig


class Journal:
    """Writes one JSON line every `log_every` steps and one for every validation; silent when not `first`.

    TensorBoard files are written into the same folder when the package is installed.
    """

    def __init__(self, run: Path, config: TrainConfig, start: int, first: bool) -> None:
        self._every = config.loop.log_every
        self._first = first
        self._bar = tqdm(
            initial=start, total=config.loop.max_steps, unit="step", disable=not first, mininterval=5
        )
        self._since, self._since_step = time.monotonic(), start
        self._writer: Any = None
        if first:
            run.mkdir(parents=True, exist_ok=True)
            (run / "config.json").write_text(config.model_dump_json(indent=2) + "\n", encoding="utf-8")
            self._stream = (run / "metrics.jsonl").open("a", encoding="utf-8")
            self._writer = _tensorboard(run)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()
        if self._first:
            self._stream.close()
        if self._writer is not None:
            self._writer.close()

    def step(self, step: int, terms: dict[str, Tensor | float]) -> None:
        """Notes the terms of a step; reads them off the device only when they are logged."""
        self._bar.update()
        if not self._first or step % self._every:
            return
        now = time.monotonic()
        pace = (now - self._since) / max(step - self._since_step, 1)
        self._since, self._since_step = now, step
        values = {name: round(float(value), 6) for name, value in terms.items()}
        self._bar.set_postfix(loss=values["loss"], refresh=False)
        self._write({"step": step, **values, "step_s": round(pace, 4)}, "train")

    def validation(self, step: int, figures: dict[str, float | None]) -> None:
        """Notes the figures of a validation pass."""
        shown = ", ".join(f"{name} {value:.3f}" for name, value in figures.items() if value is not None)
        self._bar.write(f"step {step}: {shown}")
        self._write({"step": step, "validation": figures}, "validation")
        self._since, self._since_step = time.monotonic(), step

    def _write(self, line: dict[str, Any], group: str) -> None:
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()
        if self._writer is not None:
            for name, value in line.get("validation", line).items():
                if value is not None:
                    self._writer.add_scalar(f"{group}/{name}", value, line["step"])


def _tensorboard(run: Path) -> Any:
    """A SummaryWriter, or None where TensorBoard is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(log_dir=str(run))
