"""Copies of a photograph under another name, size and compression."""

from pathlib import Path

import cv2
import numpy as np

from inference.batch.duplicates import find_duplicates, fingerprints_of
from inference.quality.fingerprint import fingerprint

SAMPLES = sorted((Path(__file__).parent.parent / "data" / "sample").glob("*.jpg"))


def test_a_smaller_recompressed_copy_is_named_with_its_original() -> None:
    picture = cv2.imread(str(SAMPLES[0]))
    _, code = cv2.imencode(".jpg", cv2.resize(picture, None, fx=0.4, fy=0.4), [cv2.IMWRITE_JPEG_QUALITY, 60])
    copy = cv2.imdecode(code, cv2.IMREAD_COLOR)
    other = np.ascontiguousarray(picture[:, ::-1])
    prints = {name: fingerprint(rgb[..., ::-1]) for name, rgb in (("a", picture), ("b", other), ("c", copy))}
    assert find_duplicates(prints) == [("a", "c")]


def test_counting_bits_by_hand() -> None:
    """Six bits apart are the same photograph, seven are not; a third copy is named with the first."""
    prints = {"a": "0" * 16, "b": f"{0b1111111:016x}", "c": f"{0b111111:016x}", "d": "f" * 16, "e": "0" * 16}
    assert find_duplicates(prints) == [("a", "c"), ("a", "e")]


def test_rows_without_a_fingerprint_are_passed_over() -> None:
    rows = [{"photo.file": "a", "photo.fingerprint": None}, {"photo.file": "b", "photo.fingerprint": "0f"}]
    assert fingerprints_of(rows) == {"b": "0f"}
    assert find_duplicates({}) == []
