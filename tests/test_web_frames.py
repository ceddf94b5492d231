"""Frames of the live picture: decoded where they are what the page sends, refused where not, never stored."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from inference.web.frames import MAX_SIDE_PX, FrameError, read_frame


def message(width: int = 48, height: int = 32, kind: str = "JPEG", **changes: object) -> str:
    picture = io.BytesIO()
    Image.new("RGB", (width, height), (200, 150, 120)).save(picture, kind)
    jpeg = "data:image/jpeg;base64," + base64.b64encode(picture.getvalue()).decode()
    return json.dumps({"seq": 7, "mirrored": True, "jpeg": jpeg, **changes})


def test_a_frame_is_read() -> None:
    frame = read_frame(message())
    assert (frame.seq, frame.mirrored, frame.rgb.shape, frame.rgb.dtype) == (7, True, (32, 48, 3), np.uint8)
    assert (
        np.abs(frame.rgb.reshape(-1, 3).mean(axis=0) - (200, 150, 120)).max() < 8
    )  # JPEG at its usual quality


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        message(kind="PNG"),
        message(width=MAX_SIDE_PX + 1),
        message(jpeg="data:image/png;base64,AAAA"),
        message(jpeg="data:image/jpeg;base64,%%%%"),
        message(jpeg="data:image/jpeg;base64,AAAA"),
        message(jpeg="http://127.0.0.1/x.jpg"),
        message(seq="x"),
        message(more=1),
        message()[:-60] + '"}',
        "x" * 10_000_000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(FrameError, match="reload"):
        read_frame(text)
