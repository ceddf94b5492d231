"""`docs/tutorial.md` as written: every command, in order, in one shell, in a fresh copy of the program.

One test a step, so that a failure names the step; a step after a failed one fails too. What the page shows as output
has to be said in truth, but for the figures.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch", reason="training needs torch: pip install -e '.[training]'")

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
#: Not part of a fresh clone.
LOCAL = shutil.ignore_patterns(
    ".git", ".venv", "build", "runs", "dist", "__pycache__", ".*_cache", "*.egg-info"
)
LIMIT_S = 600
SHIPPED = "atrophic-0.2.3"
MASKED = re.compile(r"[+−-]?\d[\d.,]*%?")


@dataclass(frozen=True)
class Step:
    """title: of its section. commands: one block of the page. shown: lines of its output that the page shows."""

    title: str
    commands: str
    shown: tuple[str, ...]


def steps_of(page: str) -> list[Step]:
    """The ```sh blocks in order, each with the ```text block that follows it, if any."""
    found: list[Step] = []
    title = ""
    for part in re.finditer(
        r"^## (?P<title>[^\n]+)$|^```(?P<kind>\w+)\n(?P<body>.*?)^```$", page, re.M | re.S
    ):
        if part["title"]:
            title = part["title"]
        elif part["kind"] == "sh":
            found.append(Step(title, part["body"], ()))
        elif part["kind"] == "text":
            lines = tuple(line for line in part["body"].splitlines() if line not in ("", "..."))
            found[-1] = Step(found[-1].title, found[-1].commands, lines)
    return found


STEPS = steps_of(PAGE.read_text(encoding="utf-8"))


class Shell:
    """One bash that reads the page's commands as a person would type them, and stops at the first that fails."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CICATRIX_")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
        environment = {**kept, "PATH": path, "PYTHONPATH": str(folder), "HOME": str(home)}
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self.type("set -e")

    def type(self, commands: str) -> list[str]:
        """Runs the commands; the lines they said. Fails the test where one of them failed, or took `LIMIT_S`."""
        end = "--- end of step ---"
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        watch = threading.Timer(LIMIT_S, self.close)
        watch.start()
        said: list[str] = []
        try:
            self._bash.stdin.write(f"{commands}\necho; echo '{end}'\n")
            self._bash.stdin.flush()
            for line in self._bash.stdout:
                if line.rstrip("\n") == end:
                    return said
                said.append(line.rstrip("\n").rsplit("\r", 1)[-1])
        except BrokenPipeError:
            pass
        finally:
            watch.cancel()
        pytest.fail("the shell stopped here, or at an earlier step:\n" + "\n".join(said[-40:]))

    def close(self) -> None:
        """Ends the shell and all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._bash.pid, signal.SIGKILL)
        self._bash.wait()


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    for tool in ("bash", "curl", "git"):
        if shutil.which(tool) is None:
            pytest.skip(f"the tutorial needs {tool}")
    place = tmp_path_factory.mktemp("tutorial")
    copy = place / "cicatrix"
    shutil.copytree(ROOT, copy, ignore=LOCAL)
    for bundle in (copy / "models" / "bundles").iterdir():
        if not bundle.name.startswith("atrophic-"):
            shutil.rmtree(bundle) if bundle.is_dir() else bundle.unlink()
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=copy, check=True)
    (place / "home").mkdir()
    shell = Shell(copy, place / "home")
    yield shell
    shell.close()


def the_sample_is_there(folder: Path) -> None:
    assert len(list((folder / "build/tutorial/sample/photos").glob("*.jpg"))) == 24
    assert len(list((folder / "build/tutorial/sample/second-look").glob("*.json"))) == 12


def the_set_has_all_labels(folder: Path) -> None:
    from data.manifest import read_manifest

    rows = read_manifest(folder / "build/tutorial/set/manifest.csv")
    assert len(rows) == 48
    for row in rows:
        assert row.mm_per_px is not None
        assert row.grades.keys() == {"goodman_baron_quantitative"}
        assert (row.mask is not None) == (row.rater_id == "anna" or row.photo_id.endswith("-left"))
    mask = np.asarray(Image.open(folder / "build/tutorial/set" / str(rows[0].mask)))
    assert {1, 2, 3} <= set(np.unique(mask).tolist())


def the_check_has_pictures(folder: Path) -> None:
    assert (folder / "build/tutorial/check.html").read_text(encoding="utf-8").count("data:image/jpeg") >= 12


def every_part_has_patients(folder: Path) -> None:
    from data.manifest import read_manifest
    from data.splits import check_splits

    rows = read_manifest(folder / "build/tutorial/set/manifest.csv")
    check_splits(rows, folder / "build/tutorial/set")
    assert {row.split for row in rows} == {"train", "validation", "test"}


def drafts_are_there(folder: Path) -> None:
    assert (folder / "build/tutorial/annotations.xml").read_text(encoding="utf-8").count("<image ") == 2


def the_run_has_weights(folder: Path) -> None:
    assert (folder / "build/tutorial/runs/mine/last.pt").is_file()


def the_bundle_reproduces_its_picture(folder: Path) -> None:
    from inference.network.verify import verify_bundle

    verify_bundle(folder / "build/tutorial/bundles/tutorial-1.0.0")
    assert "12 labelled photographs of 6 patients" in read(folder, "bundles/tutorial-1.0.0/card.md")


def both_were_judged_on_unseen_patients(folder: Path) -> None:
    assert json.loads(read(folder, "evaluation/labels.json"))
    assert read(folder, "evaluation/labels.html").count("data:image/") >= 6


def the_new_bundle_is_in_use(folder: Path) -> None:
    assert (folder / "models/bundles/adopted.txt").read_text(encoding="utf-8").strip() == "tutorial-1.0.0"
    assert read(folder, "adopt.html").count("data:image/jpeg") == 8


def results_are_of_the_new_bundle(folder: Path) -> None:
    assert json.loads(read(folder, "results/n01-left.json"))["model"]["name"] == "tutorial"


def the_shipped_bundle_is_in_use_again(folder: Path) -> None:
    assert not (folder / "models/bundles/adopted.txt").exists()
    assert (folder / "models/bundles" / SHIPPED).is_dir()


def the_new_one_can_be_named(folder: Path) -> None:
    assert json.loads(read(folder, "by-name/n01-left.json"))["model"]["name"] == "tutorial"


def read(folder: Path, path: str) -> str:
    return (folder / "build/tutorial" / path).read_text(encoding="utf-8")


#: What a block promises, by a word of its commands; every block with such a word must keep it.
PROMISES: dict[str, Callable[[Path], None]] = {
    "sample-labels": the_sample_is_there,
    "import grades": the_set_has_all_labels,
    "check ": the_check_has_pictures,
    "split build": every_part_has_patients,
    "prelabel": drafts_are_there,
    "cicatrix-train train": the_run_has_weights,
    "export build": the_bundle_reproduces_its_picture,
    "evaluate labels": both_were_judged_on_unseen_patients,
    "--yes": the_new_bundle_is_in_use,
    "--out build/tutorial/results": results_are_of_the_new_bundle,
    "--undo": the_shipped_bundle_is_in_use_again,
    "--bundle tutorial ": the_new_one_can_be_named,
}


def test_every_promise_is_of_a_step() -> None:
    for word in PROMISES:
        assert sum(word in step.commands for step in STEPS) == 1, word


@pytest.mark.parametrize(
    "step", STEPS, ids=lambda step: f"{step.title}: {step.commands.split(' --')[0][:40]}"
)
def test_the_step_does_what_the_page_says(shell: Shell, step: Step) -> None:
    said = {masked(line) for line in shell.type(step.commands)}
    for line in step.shown:
        head, cut, _ = masked(line).partition(" …")
        assert any(other == head or (cut and other.startswith(head)) for other in said), (
            f"the page shows: {line}"
        )
    for word, keep in PROMISES.items():
        if word in step.commands:
            keep(shell.folder)


def test_nothing_is_left_in_the_sight_of_git(shell: Shell) -> None:
    """All files were added before the first step; what is new or changed since would be listed otherwise than as A."""
    lines = shell.type("git status --porcelain --untracked-files=all")
    assert not [line for line in lines if line and not line.startswith("A  ")]
    assert any(line.startswith("A  ") for line in lines)


def masked(line: str) -> str:
    return MASKED.sub("#", line).strip()
