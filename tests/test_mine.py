"""Hard tiles of clear faces: where they lie, that none repeats, and that a training run can read them."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install -e '.[training]'")

from bundles import build_bundle

from inference.network.bundle import load_bundle
from inference.network.maps import SURFACE
from inference.network.session import Network
from training import mine as mining
from training.config import AugmentConfig, DataConfig
from training.dataset import UNKNOWN_RELIEF_UM, SampleFolder, TrainingSteps
from training.mine import Look, mine, overlap, pick
from training.render.canvas import Canvas

SKIN, DARK = (200, 145, 130), (60, 40, 30)
SIZE, SCALE = 64, 6.4
#: Middles of dark places on the drawn faces, (x, y) px at 6.4 px/mm.
PLACES = {"001": ((60, 60), (200, 180)), "002": (), "003": ((130, 200),)}


def face(name: str) -> Canvas:
    """Skin with dark squares, which the arithmetic bundle calls scars; not skin on the left, unsure on the right."""
    rgb = np.full((256, 256, 3), SKIN, np.uint8)
    for x, y in PLACES[name]:
        rgb[y - 8 : y + 8, x - 8 : x + 8] = DARK
    label = np.ones((256, 256), np.uint8)
    label[:, :50], label[:, 240:] = 0, 2
    return Canvas(name, rgb, label, label.copy(), SCALE)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return Network(load_bundle(build_bundle(tmp_path_factory.mktemp("bundle") / "arithmetic")), threads=1)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of faces that are drawn when they are read, and left undamaged."""
    paths = [tmp_path / "faces" / "london" / f"{name}.jpg" for name in PLACES]
    monkeypatch.setattr(mining, "find_faces", lambda root, held_out: [] if held_out else paths)
    monkeypatch.setattr(mining, "load_canvas", lambda path: face(path.stem))
    monkeypatch.setattr(mining, "photograph", lambda rgb, config, rng: rgb)
    return tmp_path / "faces"


def test_tiles_lie_on_what_is_taken_for_scars_and_nowhere_else(
    network: Network, drawn: Path, tmp_path: Path
) -> None:
    tiles = mine(network, tmp_path / "mined", drawn, count=30, size_px=SIZE)
    assert {tile.face for tile in tiles} == {"london/001", "london/003"}
    assert [t.score for t in tiles] == sorted((t.score for t in tiles), reverse=True)
    for tile in tiles:
        left, top, side = tile.box_px
        places = PLACES[tile.face.split("/")[1]]
        assert any(
            left < x + 8 and x - 8 < left + side and top < y + 8 and y - 8 < top + side for x, y in places
        )
        assert tile.rgb.min() < 80
        assert side == pytest.approx(SIZE * SCALE / tile.px_per_mm)
    scales = {round(tile.px_per_mm / SCALE, 2) for tile in tiles}
    assert min(scales) < 0.8
    assert max(scales) > 1.3


def test_no_place_repeats_and_nobody_dominates(network: Network, drawn: Path, tmp_path: Path) -> None:
    tiles = mine(network, tmp_path / "mined", drawn, count=30, size_px=SIZE)
    for k, one in enumerate(tiles):
        for other in tiles[:k]:
            assert one.face != other.face or overlap(one.box_px, other.box_px) <= mining.MOST_OVERLAP
    few = mine(network, tmp_path / "few", drawn, count=2, size_px=SIZE)
    assert len(few) == 2
    assert max(sum(t.face == name for t in few) for name in {t.face for t in few}) <= 2
    assert mining.PERSON_SHARE * 2 / len(PLACES) <= 2


def test_the_folder_is_one_that_training_reads(network: Network, drawn: Path, tmp_path: Path) -> None:
    tiles = mine(network, tmp_path / "mined", drawn, count=4, size_px=SIZE, seed=3)
    folder = SampleFolder(tmp_path / "mined")
    assert len(folder) == len(tiles) == 4
    tile, line = folder.tile(0), folder.samples[0]
    assert np.array_equal(tile.rgb, tiles[0].rgb)
    assert line["source"] == "mined"
    assert (line["group"], line["view"], line["severity"], line["scars"]) == (0, 0, None, [])
    assert line["px_per_mm"] == tiles[0].px_per_mm
    assert not tile.types.any()
    skin, unsure, off = (tiles[0].label == value for value in (1, 2, 0))
    bit = 1 << SURFACE.index("skin")
    assert (tile.surface[skin] == bit).all()
    assert not tile.surface[~skin].any()
    assert (tile.surface_known[skin] == bit).all()
    assert (tile.surface_known[off] == (1 << len(SURFACE)) - 1).all()
    assert not tile.surface_known[unsure].any()
    assert (tile.relief_um[skin] == 0).all()
    assert (tile.relief_um[~skin] == UNKNOWN_RELIEF_UM).all()
    data = DataConfig(
        train=(tmp_path / "mined",), validation=(tmp_path / "mined",), crop_px=64, batch=2, full_tile_px=(64,)
    )
    steps = TrainingSteps(data, AugmentConfig(), output_stride=2, seed=0)
    assert steps[0]["image"].shape == (2, 3, 64, 64)
    assert steps[3]["severity"].isnan().all()


def test_the_same_seed_gives_the_same_tiles_whoever_shares_the_work(
    network: Network, drawn: Path, tmp_path: Path
) -> None:
    for workers, name in ((1, "one"), (2, "two")):
        mine(network, tmp_path / name, drawn, count=4, size_px=SIZE, seed=1, workers=workers)
    for name in ("samples.jsonl", "meta.json", "rgb.npy"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    other = mine(network, tmp_path / "other", drawn, count=4, size_px=SIZE, seed=2)
    lines = (tmp_path / "one" / "samples.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["px_per_mm"] != other[0].px_per_mm


def test_the_middle_of_a_tile_counts_most_and_faint_doubt_is_no_hard_place() -> None:
    scar = np.zeros((200, 200), np.float32)
    scar[95:105, 60:70] = 1.0
    look = Look(np.zeros((200, 200, 3), np.uint8), np.ones((200, 200), np.uint8), SCALE)
    first = pick("a", look, scar, SCALE, SIZE, most=1)[0]
    left, top, side = first.box_px
    assert (left + side / 2, top + side / 2) == pytest.approx((65, 100), abs=2)
    assert pick("a", look, scar * 0.2, SCALE, SIZE, most=3) == []


def test_overlap_by_arithmetic() -> None:
    assert overlap((0, 0, 10), (0, 0, 10)) == 1.0
    assert overlap((0, 0, 10), (5, 0, 10)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 10), (2, 2, 5)) == pytest.approx(0.25)
    assert overlap((0, 0, 10), (10, 0, 10)) == 0.0


def test_faces_that_fool_nobody_and_no_faces_are_said(
    network: Network, drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mining, "load_canvas", lambda path: face("002"))
    with pytest.raises(ValueError, match="nothing to mine"):
        mine(network, tmp_path / "mined", drawn, size_px=SIZE)
    monkeypatch.setattr(mining, "find_faces", lambda root, held_out: [])
    with pytest.raises(FileNotFoundError, match="london"):
        mine(network, tmp_path / "mined", drawn, size_px=SIZE)
