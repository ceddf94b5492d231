"""What measures photographs of the records: the instruments of `cicatrix score`, behind a small interface."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from inference.change.comparison import Comparison
from inference.check import CheckOptions, Instruments, check_photo
from inference.measure.assessment import Assessment
from inference.score import compare_pair, score_photo


@dataclass(frozen=True, slots=True)
class Source:
    """A photograph to be measured: its file, and what the user said of it."""

    path: Path
    options: CheckOptions


class Scorer(Protocol):
    """Measures photographs. Raises CicatrixError with a message fit to show."""

    @property
    def model_sha256(self) -> str:
        """Of the model that measures."""
        ...

    def score(self, photograph: Source) -> Assessment:
        """One photograph's result, with its evidence."""
        ...

    def compare(self, before: Source, after: Source) -> Comparison:
        """Two photographs of the same skin set against each other."""
        ...


@dataclass(frozen=True, slots=True)
class InstrumentScorer:
    """Measures as `cicatrix score` and `cicatrix compare` do."""

    instruments: Instruments

    @property
    def model_sha256(self) -> str:
        """Of the model that measures."""
        return self.instruments.network.bundle.sha256

    def score(self, photograph: Source) -> Assessment:
        """One photograph's result, with its evidence."""
        return score_photo(photograph.path, self.instruments, photograph.options)

    def compare(self, before: Source, after: Source) -> Comparison:
        """Two photographs of the same skin set against each other."""
        first, second = (check_photo(one.path, self.instruments, one.options) for one in (before, after))
        return compare_pair(first, second, self.instruments)
