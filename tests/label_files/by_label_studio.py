"""Writes a Label Studio export with label-studio-sdk 2.1.2: python by_label_studio.py FOLDER

Brush strokes are packed by the SDK's converter, polygons are drawn through its COCO export. The tasks follow
https://labelstud.io/guide/export#Label-Studio-JSON-format-of-annotated-tasks.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import shapes
from label_studio_sdk.converter import Converter
from label_studio_sdk.converter.brush import decode_rle, mask2rle
from PIL import Image

CONFIG = """<View><Image name="image" value="$image"/>
<PolygonLabels name="outline" toName="image"><Label value="Ice pick"/><Label value="Boxcar"/></PolygonLabels>
<BrushLabels name="stroke" toName="image">
<Label value="Ice pick"/><Label value="Boxcar"/><Label value="tattoo"/></BrushLabels>
</View>"""


def result(kind, control, **value):
    return {
        "id": f"r{np.random.default_rng(len(str(value))).integers(1 << 30):x}",
        "type": kind,
        "from_name": control,
        "to_name": "image",
        "original_width": shapes.WIDTH,
        "original_height": shapes.HEIGHT,
        "image_rotation": 0,
        "value": value,
    }


def percent(x, y):
    return [100 * x / shapes.WIDTH, 100 * y / shapes.HEIGHT]


def results(name):
    found = []
    for label, corners in shapes.POLYGONS[name]:
        points = [percent(x, y) for x, y in corners]
        found.append(result("polygonlabels", "outline", points=points, closed=True, polygonlabels=[label]))
    for label, *place in shapes.ELLIPSES[name]:
        mask = shapes.ellipse(np, *place).astype(np.uint8) * 255
        found.append(result("brushlabels", "stroke", format="rle", rle=mask2rle(mask), brushlabels=[label]))
    for label, x0, y0, x1, y1 in shapes.BOXES[name]:
        x, y = percent(x0, y0)
        width, height = percent(x1 - x0, y1 - y0)
        found.append(
            result(
                "rectanglelabels",
                "box",
                x=x,
                y=y,
                width=width,
                height=height,
                rotation=0,
                rectanglelabels=[label],
            )
        )
    for label, x, y in shapes.POINTS[name]:
        x, y = percent(x, y)
        found.append(result("keypointlabels", "middle", x=x, y=y, width=0.5, keypointlabels=[label]))
    found.append(result("choices", "type", choices=shapes.TYPES[name]))
    found.append(result("number", "severity", number=12 + len(name)))
    return found


def tasks():
    for number, name in enumerate(("a", "b"), start=1):
        by = {"id": 7, "email": "rater@example.org"} if name == "a" else 8
        annotation = {"id": 10 + number, "completed_by": by, "was_cancelled": False, "result": results(name)}
        cancelled = {"id": 20 + number, "completed_by": 9, "was_cancelled": True, "result": []}
        yield {
            "id": number,
            "data": {"image": f"/data/upload/3/0a1b2c3d-{name}.jpg"},
            "annotations": [annotation, cancelled],
            "predictions": [],
        }


def polygons_of(task):
    """Outlines of a task as the converter writes them into COCO, in pixels."""
    kept = [one for one in task["annotations"][0]["result"] if one["type"] == "polygonlabels"]
    bare = {**task, "annotations": [{**task["annotations"][0], "result": kept}]}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "tasks.json"
        source.write_text(json.dumps([bare]))
        converter = Converter(CONFIG, project_dir=folder, download_resources=False)
        converter.convert_to_coco(
            str(source), f"{folder}/coco", output_image_dir=f"{folder}/images", is_dir=False
        )
        coco = json.loads((Path(folder) / "coco" / "result.json").read_text())
    names = {one["id"]: one["name"] for one in coco["categories"]}
    return [(names[one["category_id"]], one["segmentation"]) for one in coco["annotations"]]


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    made = list(tasks())
    (out / "export.json").write_text(json.dumps(made, indent=1) + "\n")
    outlines = {task["id"]: polygons_of(task) for task in made}
    (out / "outlines.json").write_text(json.dumps(outlines, indent=1) + "\n")
    for task, name in zip(made, ("a", "b"), strict=True):
        drawn = np.zeros((shapes.HEIGHT, shapes.WIDTH), np.uint8)
        for one in task["annotations"][0]["result"]:
            if one["type"] == "brushlabels":
                alpha = decode_rle(one["value"]["rle"]).reshape(shapes.HEIGHT, shapes.WIDTH, 4)[..., 3]
                drawn[alpha > 0] = shapes.LABELS.index(one["value"]["brushlabels"][0]) + 1
        Image.fromarray(drawn).save(out / f"{name}.strokes.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
