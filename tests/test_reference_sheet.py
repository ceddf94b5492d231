"""The printed sheet: what the PDF draws is what the layout says and what the detector knows."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from inference.cli import app
from inference.errors import CicatrixError
from inference.reference.dictionary import black_cells, dictionary
from inference.reference.layout import CARD_OF_ID, CARDS, PAPER_MM, Card, Paper, sheet
from inference.reference.raster import draw_card
from inference.reference.sheet import sheet_bytes, write_sheet

PAPERS: tuple[Paper, ...] = ("a4", "letter")
MM = 72 / 25.4


def rectangles(paper: Paper) -> list[tuple[float, float, float, float]]:
    """Every rectangle of the page's content stream: left, top, width, height in mm from the page's top left."""
    content = sheet_bytes(paper).decode("latin-1")
    found = re.findall(r"([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+) re", content)
    numbers = [tuple(float(part) / MM for part in one) for one in found]
    return [(x, PAPER_MM[paper][1] - y - height, width, height) for x, y, width, height in numbers]


@pytest.mark.parametrize("paper", PAPERS)
def test_pdf_has_every_marker_cell_and_patch_where_the_layout_says(paper: Paper) -> None:
    drawn = np.array(rectangles(paper))
    for placed in sheet(paper).placed:
        boxes = []
        for marker in placed.card.markers:
            boxes.append((marker.x_mm, marker.y_mm, marker.size_mm, marker.size_mm))
            cell = marker.size_mm / 8
            white = np.argwhere(~black_cells(marker.id))
            boxes += [(marker.x_mm + c * cell, marker.y_mm + r * cell, cell, cell) for r, c in white]
        boxes += [(p.x_mm, p.y_mm, p.size_mm, p.size_mm) for p in placed.card.patches]
        for x, y, width, height in boxes:
            wanted = placed.x_mm + x, placed.y_mm + y, width, height
            assert np.abs(drawn - wanted).max(axis=1).min() < 0.001, (placed.card.kind, wanted)


@pytest.mark.parametrize("paper", PAPERS)
def test_check_line_is_100_mm_in_the_pdf(paper: Paper) -> None:
    assert any(abs(width - 100) < 0.001 and height < 1 for _, _, width, height in rectangles(paper))


@pytest.mark.parametrize("paper", PAPERS)
def test_pdf_is_the_same_each_time_and_names_no_machine(paper: Paper, tmp_path: Path) -> None:
    write_sheet(tmp_path / "a.pdf", paper)
    assert (tmp_path / "a.pdf").read_bytes() == sheet_bytes(paper)
    assert b"PrintScaling" in sheet_bytes(paper)
    assert str(Path.home()).encode() not in sheet_bytes(paper)


@pytest.mark.parametrize("paper", PAPERS)
def test_cards_lie_on_the_paper_apart_from_each_other(paper: Paper) -> None:
    page = sheet(paper)
    boxes = [(p.x_mm, p.y_mm, p.x_mm + p.card.width_mm, p.y_mm + p.card.height_mm) for p in page.placed]
    for left, top, right, bottom in boxes:
        # 10 mm that office printers cannot reach.
        assert left >= 10
        assert top >= 10
        assert right <= page.width_mm - 10
        assert bottom <= page.height_mm - 10
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


@pytest.mark.parametrize("card", [CARDS[0], CARDS[-1]], ids=lambda card: card.kind)
def test_markers_have_a_cell_of_white_around_them(card: Card) -> None:
    picture = draw_card(card, 40)
    for marker in card.markers:
        rim = round(40 * marker.size_mm / 8)
        top, left, side = (round(40 * value) for value in (marker.y_mm, marker.x_mm, marker.size_mm))
        around = picture[top - rim : top + side + rim, left - rim : left + side + rim].copy()
        around[rim:-rim, rim:-rim] = 255
        assert (around == 255).all()


def test_every_id_has_one_card_and_no_two_markers_are_alike() -> None:
    assert len(CARD_OF_ID) == sum(len(card.markers) for card in CARDS) == len(dictionary().bytesList)
    turned = [np.rot90(black_cells(marker_id), turn) for marker_id in CARD_OF_ID for turn in range(4)]
    bits = np.array([cells[1:-1, 1:-1].ravel() for cells in turned])
    mirrored = np.array([np.fliplr(cells)[1:-1, 1:-1].ravel() for cells in turned])
    apart = (bits[:, None] != bits[None]).sum(axis=2)
    assert apart[~np.eye(len(bits), dtype=bool)].min() >= 11
    # Two bits are corrected: a mirrored marker differs in more than that from all of ours.
    assert (bits[:, None] != mirrored[None]).sum(axis=2).min() > 4


@given(st.sampled_from(CARDS))
def test_ruler_has_a_tick_at_every_millimetre(card: Card) -> None:
    places = [tick.x_mm for tick in card.ticks]
    assert all(abs(b - a - 1) < 1e-9 for a, b in pairwise(places))
    assert 0 < places[0] < places[-1] < card.width_mm


def test_command_writes_the_pdf_and_says_why_it_cannot(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["sheet", "--out", str(tmp_path / "s.pdf"), "--paper", "letter"])
    assert run.exit_code == 0
    assert (tmp_path / "s.pdf").read_bytes() == sheet_bytes("letter")
    missing = tmp_path / "none" / "s.pdf"
    assert CliRunner().invoke(app, ["sheet", "--out", str(missing)]).exit_code == 2
    with pytest.raises(CicatrixError, match="choose another place"):
        write_sheet(missing)
