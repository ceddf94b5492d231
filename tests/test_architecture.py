"""The rooms of the house: results flow one way, and scoring never needs what training needs."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
#: A room may import those before it. `check`, `score` and `batch` put rooms together, `records` keeps what they
#: make, `reading` asks people about them; `cli` stands on top.
ROOMS = (
    *(
        "errors",
        "photo",
        "face",
        "reference",
        "standard",
        "network",
        "quality",
        "measure",
        "change",
        "report",
        "exchange",
    ),
    *("check", "score", "batch", "records", "reading", "web", "cli"),
)
TRAINING_ONLY = {"torch", "torchvision", "onnx", "onnxscript", "tensorboard", "training", "models"}
RUNTIME_FILES = sorted([*ROOT.glob("inference/**/*.py"), *ROOT.glob("data/**/*.py"), *ROOT.glob("app.py")])


def imports(path: Path) -> Iterator[str]:
    """Dotted names that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.relative_to(ROOT)}: write imports in full"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "inference" and len(parts) > 1 else None


@pytest.mark.parametrize("path", RUNTIME_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_runtime_imports_nothing_of_training(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & TRAINING_ONLY


@pytest.mark.parametrize("path", sorted(ROOT.glob("inference/*/**/*.py")), ids=lambda path: path.parent.name)
def test_results_flow_one_way(path: Path) -> None:
    own = path.relative_to(ROOT / "inference").parts[0]
    assert own in ROOMS, f"give the new room {own} its place in ROOMS"
    before = ROOMS[: ROOMS.index(own) + 1]
    later = {name for name in imports(path) if room(name) is not None and room(name) not in before}
    assert not later


#: Rooms of `data/`: what is stored stands below what checks it, and both below what brings it in.
DATA_ROOMS = ("stored", "checking", "importing")


def data_room(dotted: str) -> str | None:
    parts = dotted.split(".")
    if parts[0] != "data" or len(parts) < 2:
        return None
    return parts[1] if parts[1] in DATA_ROOMS else "stored"


@pytest.mark.parametrize("path", sorted(ROOT.glob("data/**/*.py")), ids=lambda path: path.stem)
def test_data_is_stored_checked_imported_in_this_order(path: Path) -> None:
    own = data_room(".".join(path.relative_to(ROOT).with_suffix("").parts)) or "stored"
    before = DATA_ROOMS[: DATA_ROOMS.index(own) + 1]
    assert {data_room(name) for name in imports(path)} - {None} <= set(before)


@pytest.mark.parametrize("path", sorted(ROOT.glob("training/labels/*.py")), ids=lambda path: path.stem)
def test_commands_of_labels_need_no_torch(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & (TRAINING_ONLY - {"training"})


@pytest.mark.parametrize("path", sorted(ROOT.glob("training/evaluate/own/*.py")), ids=lambda path: path.stem)
def test_evaluation_on_own_labels_needs_no_torch(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & (TRAINING_ONLY - {"training"})


@pytest.mark.parametrize("path", sorted(ROOT.glob("data/**/*.py")), ids=lambda path: path.stem)
def test_data_needs_only_the_photo_room(path: Path) -> None:
    assert {room(name) for name in imports(path)} <= {None, "errors", "photo"}


@pytest.mark.parametrize("module", ["inference.cli", "inference.web.server", "inference.web.page", "app"])
def test_torch_is_never_loaded(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'torch', 'training', 'models'}} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("path", RUNTIME_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_stay_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < 60, f"{node.name} is too long"
