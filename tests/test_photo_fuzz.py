"""A bounded part of `make fuzz`, and that the fuzzer would notice what it looks for."""

import os
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from tests import fuzz
from tests.fuzz_seeds import seeds

pytest.importorskip("pydicom")


def test_sound_seeds_are_read_or_refused_with_a_reason(tmp_path: Path) -> None:
    """The fuzzer starts from files that are fit to be read; only those of several pages are refused."""
    refused = 0
    for kind, files in seeds().items():
        for content in files:
            (tmp_path / "a").write_bytes(content)
            outcome, detail = fuzz.outcome_of(tmp_path / "a")
            assert outcome == "read" or ("several pages" in detail or "2 frames" in detail), (kind, detail)
            refused += outcome == "refused"
    assert refused == 6


def test_a_thousand_damaged_files(tmp_path: Path) -> None:
    tally = fuzz.Fuzz(seed=7, scratch=tmp_path).run(list(range(1000)), count=1)
    assert tally.findings == []
    assert sum(counts.total() for counts in tally.counts.values()) == 1000
    assert all(counts["refused"] and counts["read"] for counts in tally.counts.values())


def broken(jobs: "Connection[Any, Any]", seed: int, files: dict[str, list[bytes]], scratch: Path) -> None:
    """A worker that dies of its first file, sleeps over its second, and reads the others."""
    jobs.send(None)
    while (number := jobs.recv()) is not None:
        if number == 0:
            os.abort()
        if number == 1:
            time.sleep(60)
        jobs.send((number, "JPEG", "read", "", 0.0, 0.0))


def test_crashes_and_hangs_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "LIMIT_S", 1.0)
    tally = fuzz.Fuzz(seed=1, scratch=tmp_path, target=broken).run(list(range(5)), count=1)
    assert [line.split(":")[0] for line in tally.findings] == ["crashed", "hung"]
    assert sum(counts["read"] for counts in tally.counts.values()) == 3


def test_other_errors_and_memory_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from inference.errors import PhotoError
    from inference.photo import read

    def out_of_memory(path: Path) -> None:
        raise PhotoError("too large") from MemoryError()

    for fault, expected in ((out_of_memory, "memory"), (os.stat, "other error"), (len, "other error")):
        monkeypatch.setattr(read, "read_photo", fault)
        assert fuzz.outcome_of(tmp_path / "missing")[0] == expected


def test_the_same_number_is_the_same_file() -> None:
    files = seeds()
    assert [fuzz.damaged(3, n, files) for n in range(50)] == [fuzz.damaged(3, n, files) for n in range(50)]
    assert len({fuzz.damaged(3, n, files)[1] for n in range(50)}) == 50
