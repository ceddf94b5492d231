"""Reports read back by other libraries: text, fonts, pictures and pages, of one comparison and of a series."""

import base64
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pypdf
import pypdfium2
import pytest
from PIL import Image
from reportlab.pdfbase.pdfmetrics import stringWidth
from result_folders import CLINIC, build_case, comparison_folder, measured_comparison, series_folder
from typer.testing import CliRunner

from data.manifest import read_manifest
from inference.change.comparison import Comparable
from inference.cli import app
from inference.photo.photo import QualityIssue
from inference.report.case import Case, CaseError, read_case
from inference.report.chart import NARROW, WIDE, track_chart
from inference.report.gauge import change_gauge
from inference.report.html import html_text
from inference.report.make import ReportError, document_of, find_results
from inference.report.pdf import pdf_bytes
from inference.report.read import ResultFileError, StoredSeries

MADE = date(2026, 10, 5)


def pdf_text(content: bytes) -> str:
    """All text, with every run of blanks as one."""
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def made(folder: Path, case: Case | None = None) -> bytes:
    return pdf_bytes(document_of(find_results(folder), build_case() if case is None else case, MADE))


def test_the_report_of_a_comparison_says_what_was_measured(tmp_path: Path) -> None:
    text = pdf_text(made(comparison_folder(tmp_path)))
    for words in (
        CLINIC,
        "P-0142 · left cheek · 4 Mar 2026 to 2 Oct 2026",
        "Improved, beyond measurement error",
        "Scar burden fell by 50 % (40 to 20 µm).",
        "Scar burden, µm 40.0 20.0 −20.0 −22.8 to −17.2 ± 2.8 improved",
        "1 resolved · 1 improved · 1 unchanged",
        "Icepick, 300 to 150 µm deep: resolved",
        "4 Mar 2026 microneedling, motorized pen 1.5 mm 4 PRP",
        "Redness 1 Apr 2026 to 4 Apr 2026. mild",
        "Goodman–Baron grade (1–4), by LM 3 –",
        "Dr. Łucja Šahin",
        "Signature",
        "adapted to photographs",
        "1" * 64,
        "0.1 mm per pixel ± 50 %, assumed",
        "Enter the scale to get mm.",
        "Not for diagnosis.",
        "page 1 of",
    ):
        assert words in text, words


def test_fonts_are_inside_and_pictures_are_the_photographs(tmp_path: Path) -> None:
    reader = pypdf.PdfReader(io.BytesIO(made(comparison_folder(tmp_path))))
    fonts = {
        font.get_object()["/BaseFont"]: font.get_object()["/FontDescriptor"].get_object()
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
        if "/FontDescriptor" in font.get_object()
    }
    assert {name.split("+")[1] for name in fonts} == {"OpenSans", "OpenSans-Semibold"}
    assert all("/FontFile2" in descriptor for descriptor in fonts.values())
    pictures = [picture.image for picture in reader.pages[0].images]
    pair = measured_comparison().pair
    assert pair is not None
    shown = [
        np.asarray(picture.convert("RGB"), np.float32) for picture in pictures if picture.size == (160, 120)
    ]
    for rgb in (pair.before_rgb, pair.after_rgb):
        assert min(np.abs(one - rgb).mean() for one in shown) < 3


@pytest.mark.parametrize(("paper", "size"), [("a4", (595, 842)), ("letter", (612, 792))])
def test_nothing_lies_outside_the_margins_of_either_paper(
    tmp_path: Path, paper: str, size: tuple[int, int]
) -> None:
    content = pdf_bytes(document_of(find_results(series_folder(tmp_path)), build_case(), MADE), paper)  # type: ignore[arg-type]
    pages = pypdfium2.PdfDocument(content)
    for page in pages:
        assert tuple(map(round, page.get_size())) == size
        ink = np.asarray(page.render(scale=1).to_pil().convert("L")) < 250
        assert ink.any()
        margin = 40
        assert not ink[:, :margin].any()
        assert not ink[:, -margin:].any()


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    folder = comparison_folder(tmp_path)
    assert made(folder) == made(folder)


def test_the_report_of_a_series_says_when_change_began_and_what_does_not_count(tmp_path: Path) -> None:
    text = pdf_text(made(series_folder(tmp_path, early=1)))
    assert "Scar burden has been lower than at the baseline, beyond measurement error, since visit-3" in text
    assert "Not counted: taken 5 days after a treatment" in text
    assert "Baseline · 4 Mar 2026" in text
    assert "visit-2 · day 30 (not counted) 36.0 ± 2.0" in text
    assert "3 months · 2 Jun 2026 20.0 ± 2.0, improved" in text
    assert "3 months against Baseline" in text
    assert "Trend with 95 % interval Scar burden −" in text


def test_a_series_takes_the_patient_from_the_results_where_nothing_else_is_known(tmp_path: Path) -> None:
    assert "P-7 · left cheek · day 0 to day 90" in pdf_text(made(series_folder(tmp_path), Case()))


def test_a_pair_that_cannot_be_compared_gets_no_figure(tmp_path: Path) -> None:
    issue = QualityIssue("pose", "reject", "The head is turned 20° further: take it again.")
    comparison = replace(measured_comparison(), comparable=Comparable(False, (issue,)))
    text = pdf_text(made(comparison_folder(tmp_path, comparison)))
    assert "These two cannot be compared" in text
    assert "turned 20° further" in text
    assert "Scar burden" not in text
    assert "MDC95 " not in text.replace("MDC95 = 1.96", "")


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    folder = comparison_folder(tmp_path)
    (folder / "comparison.after.jpg").unlink()
    with pytest.raises(ResultFileError, match="after is missing"):
        made(folder)


class _Page(HTMLParser):
    """What a page refers to, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href", "data", "srcset")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_one_file_that_fetches_and_runs_nothing(tmp_path: Path) -> None:
    case = replace(build_case(), region="<script>alert(1)</script>")
    html = html_text(document_of(find_results(comparison_folder(tmp_path)), case, MADE))
    page = _Page(html)
    assert not {"script", "link", "iframe"} & set(page.tags)
    assert page.sources
    assert all(source.startswith("data:image/jpeg;base64,") for source in page.sources)
    assert not re.search(r"url\(|@import|http://(?!www\.w3\.org/2000/svg)|https://", html)
    pictures = [
        Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))).size for source in page.sources
    ]
    assert (160, 120) in pictures
    text = " ".join(page.text.split())
    assert "Scar burden fell by 50" in text
    assert "<script>alert(1)</script>" in text


def test_pdf_and_page_say_the_same_words(tmp_path: Path) -> None:
    document = document_of(find_results(series_folder(tmp_path)), build_case(), MADE)
    printed = pdf_text(pdf_bytes(document)).replace(" ", "")
    body = re.sub(r"<title>.*?</title>", "", html_text(document).split("</style>")[1])
    for text in {" ".join(text.split()) for text in re.findall(r">([^<>]+)<", body)}:
        assert text.replace("&#39;", "'").replace("&amp;", "&").replace(" ", "") in printed, text


def test_the_command_writes_by_the_ending(tmp_path: Path) -> None:
    series_folder(tmp_path / "out" / "P-7" / "left_cheek")
    case = tmp_path / "case.json"
    case.write_text('{"clinic": "Praxis", "treatments": [{"date": "2026-03-04", "kind": "peel"}]}', "utf-8")
    for name in ("report.pdf", "report.html"):
        arguments = ["report", str(tmp_path / "out"), "--out", str(tmp_path / name), "--case", str(case)]
        run = CliRunner().invoke(app, [*arguments, "--patient", "P-9", "--paper", "letter"])
        assert run.exit_code == 0, run.output
    assert "P-9" in pdf_text((tmp_path / "report.pdf").read_bytes())
    assert "size: letter" in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "why"), [("report.docx", ".pdf or .html"), ("report.pdf", "holds no results")]
)
def test_the_command_says_what_to_do(tmp_path: Path, name: str, why: str) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    if "docx" in name:
        comparison_folder(folder)
    run = CliRunner().invoke(app, ["report", str(folder), "--out", str(tmp_path / name)])
    assert run.exit_code == 2
    assert why in run.output.replace("\n", " ")


def test_two_series_must_be_told_apart(tmp_path: Path) -> None:
    for side in ("left", "right"):
        series_folder(tmp_path / side)
    with pytest.raises(ReportError, match="left, right"):
        find_results(tmp_path)


def test_a_case_with_a_misspelt_field_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(
        json.dumps({"treatments": [{"date": "2026-03-04", "kind": "peel", "needle": 1.5}]}), "utf-8"
    )
    with pytest.raises(CaseError, match=r"treatments\.0\.needle"):
        read_case(path)


def test_two_photographs_of_one_name_are_not_mixed_up(tmp_path: Path) -> None:
    built = measured_comparison(file="before.jpg")
    folder = comparison_folder(tmp_path, built)
    assert made(folder, Case())
    with pytest.raises(CaseError, match=r"called before\.jpg"):
        made(folder)


def test_the_sample_series_has_a_case_of_its_photographs() -> None:
    sample = Path(__file__).resolve().parents[1] / "data" / "sample"
    case = read_case(sample / "case.json")
    rows = read_manifest(sample / "manifest.csv")
    assert [visit.file for visit in case.visits] == [row.image for row in rows]
    days = [
        (visit.date - case.visits[0].date).days for visit in case.visits if visit.date and case.visits[0].date
    ]
    assert days == [row.days_from_baseline for row in rows]


def test_a_gauge_holds_whatever_changed() -> None:
    metric = replace(measured_comparison().metrics[0], change=-50.0, change_low=-60.0, change_high=-40.0)
    drawing = change_gauge(metric)
    assert drawing is not None
    root = ElementTree.fromstring(drawing.svg)
    dot = root.find("{http://www.w3.org/2000/svg}circle")
    bar = root.findall("{http://www.w3.org/2000/svg}path")[-1].get("d")
    assert dot is not None
    ends = [float(x) for x in re.findall(r"[MH]([\d.]+)", str(bar))]
    assert 0 < ends[0] < float(dot.get("cx", 0)) < ends[1] < drawing.width / 2
    assert change_gauge(replace(metric, mdc95=None)) is None


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_names_of_many_visits_do_not_run_into_each_other(tmp_path: Path, size: tuple[int, int]) -> None:
    stored = find_results(series_folder(tmp_path, tuple(40 - k for k in range(1, 20))))
    assert isinstance(stored, StoredSeries)
    svg = track_chart(stored.series.tracks[0], stored.series.visits, "Scars", (), size)
    rows: dict[str, list[tuple[float, float]]] = {}
    for node in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        text, x, anchor = str(node.text), float(node.get("x", 0)), node.get("text-anchor")
        if text.startswith("visit-"):
            width = stringWidth(text, "Helvetica", 13)
            start = x - {"start": 0, "middle": width / 2, "end": width}[str(anchor)]
            rows.setdefault(str(node.get("y")), []).append((start, start + width))
    assert sum(map(len, rows.values())) >= 6
    for spans in rows.values():
        assert all(first[1] < second[0] for first, second in pairwise(sorted(spans)))
        assert max(end for _, end in spans) <= size[0]
