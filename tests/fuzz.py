"""`make fuzz`: damaged files of every format through `read_photo`, which must give a Photo or a PhotoError.

python -m tests.fuzz [--count 20000] [--seed 1] [--workers 2] [--keep FOLDER]

Workers are processes of their own under a limit of memory. A worker that dies, takes too long, runs into the limit
or leaves a file behind is reported with the number of the file, and `--only N --keep FOLDER` writes that file again.
Exit status 1 when anything was found.
"""

import argparse
import contextlib
import logging
import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

log = logging.getLogger("fuzz")
#: A sound seed is read in some milliseconds.
LIMIT_S = 20.0
#: Address space of a worker, of which libraries and their threads take about half before any file is read.
ADDRESS_LIMIT_BYTES = 2 << 30
#: Memory that reading one file of at most `SIZE_LIMIT` bytes may add to a worker: twice 80 megapixels in RGB.
GROWTH_LIMIT_MB = 1000
OUTCOMES = ("read", "refused", "crashed", "hung", "other error", "memory", "left behind")
BAD = OUTCOMES[2:]


def damaged(seed: int, number: int, files: dict[str, list[bytes]]) -> tuple[str, bytes]:
    """Format and content of file `number`; formats take turns, and each is at times spliced with others."""
    from tests.fuzz_mutate import mutate

    rng = random.Random(f"{seed}-{number}")
    kind = list(files)[number % len(files)]
    pool = (
        files[kind] if rng.random() < 0.9 else [*files[kind], *(f for other in files.values() for f in other)]
    )
    return kind, mutate(pool, rng)


def outcome_of(path: Path) -> tuple[str, str]:
    """What `read_photo` makes of the file, and a word on it."""
    import numpy as np

    from inference.errors import PhotoError
    from inference.photo.read import read_photo

    try:
        photo = read_photo(path)
    except PhotoError as error:
        out_of_memory = isinstance(error.__cause__, MemoryError)
        return ("memory" if out_of_memory else "refused"), str(error)
    except BaseException as error:  # whatever else comes out is a finding
        return "other error", repr(error)
    sound = photo.rgb.dtype == np.uint8 and photo.rgb.ndim == 3 and photo.rgb.shape[2] == 3
    sound = sound and photo.rgb.flags.c_contiguous and min(photo.rgb.shape[:2]) >= 64
    return ("read", "") if sound else ("other error", f"a photo of {photo.rgb.shape} {photo.rgb.dtype}")


def work(jobs: "Connection[Any, Any]", seed: int, files: dict[str, list[bytes]], scratch: Path) -> None:
    """A worker: numbers come in, outcomes go out."""
    os.environ["TMPDIR"] = tempfile.tempdir = str(scratch / "tmp")
    place = scratch / "in" / "photograph"
    for folder in (scratch / "tmp", scratch / "cwd", place.parent):
        folder.mkdir(parents=True, exist_ok=True)
    os.chdir(scratch / "cwd")
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)  # libtiff speaks to standard error itself
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_LIMIT_BYTES, ADDRESS_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for sound in (group[0] for group in files.values()):  # libraries are loaded before memory is measured
        place.write_bytes(sound)
        outcome_of(place)
    jobs.send(None)  # ready
    while (number := jobs.recv()) is not None:
        kind, content = damaged(seed, number, files)
        place.write_bytes(content)
        before_mb = _peak_mb()
        start = time.perf_counter()
        outcome, detail = outcome_of(place)
        seconds = time.perf_counter() - start
        place.unlink()
        left = [*(scratch / "tmp").iterdir(), *(scratch / "cwd").iterdir(), *place.parent.iterdir()]
        if left:
            outcome, detail = "left behind", ", ".join(path.name for path in left)
        elif _peak_mb() - before_mb > GROWTH_LIMIT_MB:
            outcome, detail = "memory", f"{_peak_mb() - before_mb:.0f} MB more"
        jobs.send((number, kind, outcome, detail, seconds, _peak_mb()))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@dataclass(slots=True)
class Worker:
    """A process and the file it is reading."""

    process: Any
    jobs: "Connection[Any, Any]"
    number: int = -1
    since: float = 0.0


@dataclass(slots=True)
class Tally:
    """Outcomes by format, and every finding."""

    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    seconds: Counter[str] = field(default_factory=Counter)
    slowest_s: Counter[str] = field(default_factory=Counter)
    peak_mb: float = 0.0
    findings: list[str] = field(default_factory=list)

    def add(self, number: int, kind: str, outcome: str, detail: str, seconds: float) -> None:
        self.counts[kind][outcome] += 1
        self.seconds[kind] += seconds
        self.slowest_s[kind] = max(self.slowest_s[kind], seconds)
        if outcome in BAD:
            self.findings.append(f"{outcome}: file {number}, {kind}: {detail}")


class Fuzz:
    """Feeds the workers, and replaces those that die or hang. `target` is what a worker runs, `work`."""

    def __init__(self, seed: int, scratch: Path, target: Callable[..., None] = work) -> None:
        from tests.fuzz_seeds import seeds

        self.seed, self.scratch, self.files, self.target = seed, scratch, seeds(), target
        self.context = multiprocessing.get_context("spawn")
        self.tally = Tally()
        self.started = 0

    def start(self) -> Worker:
        ours, theirs = self.context.Pipe()
        self.started += 1
        scratch = self.scratch / str(self.started)
        process = self.context.Process(
            target=self.target, args=(theirs, self.seed, self.files, scratch), daemon=True
        )
        process.start()
        theirs.close()
        ours.recv()
        return Worker(process, ours)

    def run(self, numbers: list[int], count: int) -> Tally:
        """Every number through one of `count` workers."""
        waiting = list(reversed(numbers))
        workers = [self.start() for _ in range(min(count, len(numbers)))]
        for worker in workers:
            self._give(worker, waiting)
        while busy := [worker for worker in workers if worker.number >= 0]:
            ready = wait([worker.jobs for worker in busy], timeout=1.0)
            for index, worker in enumerate(workers):
                if worker.number >= 0 and (worker.jobs in ready or self._is_late(worker)):
                    workers[index] = self._take(worker)
                    self._give(workers[index], waiting)
        for worker in workers:
            worker.process.join(5)
        return self.tally

    def _give(self, worker: Worker, waiting: list[int]) -> None:
        worker.number = waiting.pop() if waiting else -1
        worker.since = time.monotonic()
        with contextlib.suppress(BrokenPipeError):  # it died meanwhile: `_take` will find it
            worker.jobs.send(worker.number if worker.number >= 0 else None)

    def _is_late(self, worker: Worker) -> bool:
        return time.monotonic() - worker.since > LIMIT_S

    def _take(self, worker: Worker) -> Worker:
        """Book what the worker says; another worker in its place where it says nothing."""
        if worker.jobs.poll():
            with contextlib.suppress(EOFError, OSError):
                number, kind, outcome, detail, seconds, peak_mb = worker.jobs.recv()
                self.tally.add(number, kind, outcome, detail, seconds)
                self.tally.peak_mb = max(self.tally.peak_mb, peak_mb)
                return worker
        hung = worker.process.is_alive() and self._is_late(worker)
        if hung:
            worker.process.kill()
        worker.process.join()
        kind, _ = damaged(self.seed, worker.number, self.files)
        detail = f"over {LIMIT_S:.0f} s" if hung else f"exit status {worker.process.exitcode}"
        self.tally.add(
            worker.number, kind, "hung" if hung else "crashed", detail, time.monotonic() - worker.since
        )
        return self.start()


def table(tally: Tally) -> str:
    """One line for each format, and the sum."""
    lines = [
        f"{'format':8s}{'files':>8s}"
        + "".join(f"{name:>13s}" for name in OUTCOMES)
        + f"{'seconds':>9s}{'slowest':>9s}"
    ]
    total: Counter[str] = Counter()
    for kind, counts in tally.counts.items():
        total += counts
        lines.append(_line(kind, counts, tally.seconds[kind], tally.slowest_s[kind]))
    lines.append(_line("all", total, sum(tally.seconds.values()), max(tally.slowest_s.values(), default=0)))
    return "\n".join([*lines, f"peak memory of a worker: {tally.peak_mb:.0f} MB", *tally.findings])


def _line(kind: str, counts: Counter[str], seconds: float, slowest_s: float) -> str:
    cells = "".join(f"{counts[name]:13d}" for name in OUTCOMES)
    return f"{kind:8s}{counts.total():8d}{cells}{seconds:9.1f}{slowest_s:9.2f}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", type=int, help="only the file of this number")
    parser.add_argument("--keep", type=Path, help="write damaged files that were found here")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory() as scratch:
        fuzz = Fuzz(options.seed, Path(scratch))
        numbers = list(range(options.count)) if options.only is None else [options.only]
        tally = fuzz.run(numbers, options.workers)
        log.info(table(tally))
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            found = [int(line.split(" file ")[1].split(",")[0]) for line in tally.findings]
            for number in found if options.only is None else [options.only]:
                kind, content = damaged(options.seed, number, fuzz.files)
                (options.keep / f"{number}.{kind.lower()}").write_bytes(content)
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
