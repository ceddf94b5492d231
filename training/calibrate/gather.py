"""All pairs of folders of skins and of people, looked at by several processes."""

import multiprocessing
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
from tqdm import tqdm

from inference.check import Instruments
from inference.network.session import Network
from training.calibrate.pair_looks import PairLook, Person, Refused, look_at_person, look_at_skin, skins_of
from training.dataset import SampleFolder

Looks = list[PairLook | Refused]
Task = tuple[Path, list[int]] | tuple[Path, Path] | Person


def gather(
    network: Network,
    folders: Sequence[Path],
    people: Sequence[tuple[Path, Path] | Person],
    limit: int | None = None,
    workers: int = 1,
) -> tuple[list[PairLook], list[Refused]]:
    """Pairs that were compared, and those that the product refused; the same for any number of workers.

    folders: of samples with several views, the first `limit` skins of each. people: two photographs of each person.
    Raises FileNotFoundError, ValueError, CicatrixError.
    """
    tasks: list[Task] = [
        (folder, views) for folder in folders for views in skins_of(SampleFolder(folder), limit)
    ]
    tasks += list(people)[:limit]
    found: Looks = []
    for looks in tqdm(_done(network, tasks, workers), total=len(tasks), desc="pairs", unit="skin"):
        found += looks
    return (
        [one for one in found if isinstance(one, PairLook)],
        [one for one in found if isinstance(one, Refused)],
    )


def _done(network: Network, tasks: Sequence[Task], workers: int) -> Iterator[Looks]:
    if workers <= 1:
        looker = Looker(network)
        yield from map(looker.look, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(workers, _start, (network,)) as pool:
        yield from pool.imap(_look, tasks)


class Looker:
    """One process's share of the work."""

    def __init__(self, network: Network) -> None:
        # Rendered tiles are not searched for faces: half of them hold part of one, and none its usual framing.
        self.tiles, self.photographs = Instruments(network, finder=None), Instruments(network)
        self.samples: dict[Path, SampleFolder] = {}

    def look(self, task: Task) -> Looks:
        """All pairs of one skin, or the one of a person."""
        first, second = task[:2]
        if isinstance(second, Path):
            person = task if isinstance(task, Person) else Person(first, second)
            return [look_at_person(person, self.photographs)]
        samples = self.samples.setdefault(first, SampleFolder(first))
        return list(look_at_skin(samples, second, self.tiles, first.name))


#: The looker of a pool's process; a pool can only call functions of a module.
_looker: Looker | None = None


def _start(network: Network) -> None:
    global _looker
    cv2.setNumThreads(1)
    _looker = Looker(network)


def _look(task: Task) -> Looks:
    assert _looker is not None
    return _looker.look(task)
