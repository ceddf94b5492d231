"""Pre-labels -> Label Studio: tasks with predictions, and the labelling configuration they are for.

https://labelstud.io/guide/predictions; coordinates are percent of the image, strokes are packed as its brush does.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from data.importing.brush import encode_brush
from inference.network.maps import TYPES
from inference.report.overlay import COLOURS
from training.labels.prelabel import PreLabel, Scar

_IMAGE, _STROKE, _OUTLINE = "image", "scar", "outline"


def label_studio_tasks(
    labels: Sequence[PreLabel], model_version: str, prefix: str, polygons: bool = False
) -> str:
    """JSON to import: one brush result a type, exact to the pixel, or a polygon a scar, which is easier to move.

    prefix: put before a photograph's name to give the address that Label Studio fetches it from.
    """
    tasks = [
        {
            "data": {_IMAGE: prefix + one.name},
            "predictions": [
                {
                    "model_version": model_version,
                    "score": _score(one.scars),
                    "result": _polygons(one) if polygons else _strokes(one),
                }
            ],
        }
        for one in labels
    ]
    return json.dumps(tasks, indent=1) + "\n"


def label_studio_config(polygons: bool = False) -> str:
    """The labelling interface: the four types in the colours of this program."""
    tag, name = ("PolygonLabels", _OUTLINE) if polygons else ("BrushLabels", _STROKE)
    lines = [f'    <Label value="{kind}" background="{COLOURS[kind]}"/>' for kind in COLOURS]
    return "\n".join(
        [
            "<View>",
            f'  <Image name="{_IMAGE}" value="${_IMAGE}" zoom="true"/>',
            f'  <{tag} name="{name}" toName="{_IMAGE}">',
            *lines,
            f"  </{tag}>",
            "</View>",
            "",
        ]
    )


def _score(scars: Sequence[Scar]) -> float:
    """Mean confidence, by which Label Studio can sort tasks; 0 where nothing was found."""
    known = [scar.confidence for scar in scars if scar.confidence is not None]
    return float(np.mean(known)) if known else 0.0


def _strokes(one: PreLabel) -> list[dict[str, Any]]:
    present = [(index, name) for index, name in enumerate(TYPES) if index and (one.label == index).any()]
    return [
        _result(one, name, "brushlabels", _STROKE, {"format": "rle", "rle": encode_brush(one.label == index)})
        for index, name in present
    ]


def _polygons(one: PreLabel) -> list[dict[str, Any]]:
    width, height = one.size_px
    return [
        _result(
            one,
            f"{number}",
            "polygonlabels",
            _OUTLINE,
            {"points": [[100 * x / width, 100 * y / height] for x, y in scar.polygon()], "closed": True},
            scar.type,
        )
        for number, scar in enumerate(one.scars)
    ]


def _result(
    one: PreLabel, id_: str, kind: str, control: str, value: dict[str, Any], name: str | None = None
) -> dict[str, Any]:
    width, height = one.size_px
    return {
        "id": f"cicatrix-{id_}",
        "type": kind,
        "from_name": control,
        "to_name": _IMAGE,
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        "value": {**value, kind: [name or id_]},
    }
