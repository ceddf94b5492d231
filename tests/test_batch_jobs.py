"""Which photographs a batch finds, and that no two results fall on one name."""

import os
from pathlib import Path

import pytest

from inference.batch.jobs import JobError, collect_jobs


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def stems(*places: Path, out: Path) -> dict[str, str]:
    return {job.file: job.stem for job in collect_jobs(places, out)}


def test_folders_are_searched_below_in_order(tmp_path: Path) -> None:
    touch(tmp_path, "b.JPG", "a.png", "visit 2/é.tiff", "notes.txt", ".hidden.jpg", ".git/x.jpg", "a.heic2")
    jobs = collect_jobs([tmp_path], tmp_path / "out")
    assert [(job.file, job.stem) for job in jobs] == [
        ("a.png", "a"),
        ("b.JPG", "b"),
        ("visit 2/é.tiff", "visit 2/é"),
    ]
    assert not any(job.renamed for job in jobs)


def test_a_file_is_taken_whatever_its_ending(tmp_path: Path) -> None:
    touch(tmp_path, "deep/scan.dat", "deep/noending")
    assert stems(tmp_path / "deep/scan.dat", tmp_path / "deep/noending", out=tmp_path / "out") == {
        "scan.dat": "scan",
        "noending": "noending",
    }


def test_results_of_this_program_are_not_scored(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "a.scars.png", "out/a.jpg")
    assert stems(tmp_path, out=tmp_path / "out") == {"a.jpg": "a"}
    assert stems(tmp_path / "out", out=tmp_path / "out") == {"a.jpg": "a"}


def test_photographs_of_one_stem_keep_their_full_names(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "a.png", "A.tif", "a.jpg.webp", "v1/a.jpg", "b.v2.jpg")
    assert stems(tmp_path, out=tmp_path / "out") == {
        "A.tif": "A.tif",
        "a.jpg": "a.jpg",
        "a.jpg.webp": "a.jpg.webp",
        "a.png": "a.png",
        "b.v2.jpg": "b.v2",
        "v1/a.jpg": "v1/a",
    }


def test_one_name_from_two_folders_is_numbered(tmp_path: Path) -> None:
    touch(tmp_path, "left/a.jpg", "right/a.jpg", "c/a.jpg")
    jobs = collect_jobs([tmp_path / "left/a.jpg", tmp_path / "right/a.jpg", tmp_path / "c"], tmp_path / "out")
    assert [(job.path.parent.name, job.stem) for job in jobs] == [
        ("left", "a.jpg"),
        ("right", "a.jpg-2"),
        ("c", "a.jpg-3"),
    ]
    assert all(job.renamed for job in jobs)


def test_a_photograph_given_twice_is_scored_once(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b.jpg")
    assert stems(tmp_path / "a.jpg", tmp_path, tmp_path / "a.jpg", out=tmp_path / "out") == {
        "a.jpg": "a",
        "b.jpg": "b",
    }


def test_a_folder_without_photographs_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "notes.txt")
    with pytest.raises(JobError, match="no photographs"):
        collect_jobs([tmp_path], tmp_path / "out")


@pytest.mark.skipif(os.name != "posix", reason="only POSIX file names are bytes")
def test_a_name_that_is_no_utf8_can_be_written(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"bad\xff.jpg")).touch()
    (job,) = collect_jobs([tmp_path], tmp_path / "out")
    assert job.stem.encode("utf-8") == "bad\ufffd".encode()
    assert job.path.exists()
