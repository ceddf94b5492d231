"""Time and learning rate of a run."""

import math
import time

from torch import nn

from training.config import LoopConfig, OptimConfig


class Clock:
    """Wall time of the run over all its resumed parts, and when the next checkpoint is due."""

    def __init__(self, loop: LoopConfig, elapsed_s: float) -> None:
        self._loop = loop
        self._start = time.monotonic() - elapsed_s
        self._saved = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._start

    def progress(self, step: int) -> float:
        """0..1, the larger of the share of the steps and the share of the time, where time is limited."""
        share = step / self._loop.max_steps
        if self._loop.max_minutes is not None:
            share = max(share, self.elapsed_s / (60.0 * self._loop.max_minutes))
        return min(share, 1.0)

    def checkpoint_due(self) -> bool:
        return time.monotonic() - self._saved >= 60.0 * self._loop.checkpoint_minutes

    def checkpoint_done(self) -> None:
        self._saved = time.monotonic()


def learning_rate(optim: OptimConfig, step: int, progress: float) -> float:
    """Linear warm-up, then a half cosine from `lr` to `final_lr_share` of it (arXiv 1608.03983)."""
    warm = min(1.0, (step + 1) / max(optim.warmup_steps, 1))
    floor = optim.final_lr_share
    return optim.lr * warm * (floor + (1.0 - floor) * 0.5 * (1.0 + math.cos(math.pi * progress)))


def decay_groups(network: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Weight decay for matrices and kernels, none for biases and batch norms."""
    trained = [p for p in network.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]
