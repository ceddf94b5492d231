"""Run a batch in this process or in several."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import cv2

from inference.batch.jobs import Job
from inference.batch.scorer import Outcome, Scorer
from inference.network.session import Network

#: The scorer of this worker process, so that a session is built once a process, not once a photograph.
_scorer: Scorer | None = None


def run_jobs(jobs: Sequence[Job], scorer: Scorer, workers: int) -> Iterator[Outcome]:
    """Outcomes as they are ready, one for each job.

    With one worker the photographs are scored here, on all cores. With more, each process uses one core:
    photographs side by side make better use of cores than one photograph on many.
    """
    if workers == 1:
        yield from map(scorer, jobs)
        return
    broken: list[Job] = []
    with _pool(scorer, min(workers, len(jobs))) as executor:
        futures = {executor.submit(_score, job): job for job in jobs}
        try:
            for future in as_completed(futures):
                try:
                    yield future.result()
                except BrokenProcessPool:
                    broken.append(futures[future])
        finally:
            executor.shutdown(cancel_futures=True)
    yield from _one_by_one(broken, scorer)


def _one_by_one(jobs: Sequence[Job], scorer: Scorer) -> Iterator[Outcome]:
    """After a worker died: the rest with one photograph in flight, so that the one that kills it is known."""
    pending = list(jobs)
    while pending:
        with _pool(scorer, 1) as executor:
            while pending:
                job = pending.pop(0)
                try:
                    yield executor.submit(_score, job).result()
                except BrokenProcessPool:
                    yield Outcome(job, error="the process that scored it died, perhaps for want of memory.")
                    break


def _pool(scorer: Scorer, workers: int) -> ProcessPoolExecutor:
    """Spawned, not forked: a forked copy of ONNX Runtime's and OpenCV's threads can hang."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(scorer,))


def _start_worker(scorer: Scorer) -> None:
    global _scorer
    cv2.setNumThreads(1)
    network = Network(scorer.instruments.network.bundle, threads=1)
    _scorer = replace(scorer, instruments=replace(scorer.instruments, network=network))


def _score(job: Job) -> Outcome:
    if _scorer is None:
        raise RuntimeError("the worker process was not started by run_jobs")
    return _scorer(job)
