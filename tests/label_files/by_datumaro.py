"""Writes CVAT, VOC and YOLO files with datumaro 1.13.12, the library that CVAT imports and exports with:

python by_datumaro.py FOLDER
"""

import shutil
import sys
from pathlib import Path

import datumaro as dm
import numpy as np
import shapes
from PIL import Image
from pycocotools import mask as coco_mask


def picture():
    return np.full((shapes.HEIGHT, shapes.WIDTH, 3), 150, np.uint8)


def items(kinds):
    for order, name in enumerate(("a", "b")):
        found = []
        number = shapes.LABELS.index
        if "polygons" in kinds:
            for z, (label, corners) in enumerate(shapes.POLYGONS[name]):
                flat = [value for corner in corners for value in corner]
                found.append(dm.Polygon(flat, label=number(label), z_order=z))
        if "masks" in kinds:
            for z, (label, *place) in enumerate(shapes.ELLIPSES[name], start=5):
                found.append(dm.Mask(shapes.ellipse(np, *place), label=number(label), z_order=z))
        if "boxes" in kinds:
            for label, x0, y0, x1, y1 in shapes.BOXES[name]:
                found.append(dm.Bbox(x0, y0, x1 - x0, y1 - y0, label=number(label)))
        if "points" in kinds:
            for label, x, y in shapes.POINTS[name]:
                found.append(dm.Points([x, y], label=number(label)))
        if "types" in kinds:
            found += [dm.Label(number(label)) for label in shapes.TYPES[name]]
        yield dm.DatasetItem(
            id=name, media=dm.Image.from_numpy(picture()), annotations=found, attributes={"frame": order}
        )


def dataset(kinds):
    return dm.Dataset.from_iterable(list(items(kinds)), categories=list(shapes.LABELS), media_type=dm.Image)


def expected(folder):
    """Label masks as datumaro draws them: 0 background, then the labels in order; later shapes cover earlier ones."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("a", "b"):
        drawn = np.zeros((shapes.HEIGHT, shapes.WIDTH), np.uint8)
        for label, corners in shapes.POLYGONS[name]:
            flat = [value for corner in corners for value in corner]
            runs = coco_mask.frPyObjects([flat], shapes.HEIGHT, shapes.WIDTH)
            drawn[coco_mask.decode(runs)[..., 0] > 0] = shapes.LABELS.index(label) + 1
        for label, *place in shapes.ELLIPSES[name]:
            drawn[shapes.ellipse(np, *place)] = shapes.LABELS.index(label) + 1
        Image.fromarray(drawn).save(folder / f"{name}.png")


def main(out):
    for name in ("cvat", "cvat_masks", "voc", "yolo", "expected"):
        shutil.rmtree(out / name, ignore_errors=True)
    expected(out / "expected")
    dataset({"polygons", "masks", "boxes", "points", "types"}).export(
        str(out / "cvat"), "cvat", save_media=False
    )
    # CVAT's "Segmentation mask 1.1" is datumaro's voc_segmentation with the task's own colours, background first.
    colours = {"background": "0,0,0", "Ice pick": "250,50,83", "Boxcar": "51,221,255", "tattoo": "61,61,245"}
    out.mkdir(parents=True, exist_ok=True)
    wanted = out / "wanted_labelmap.txt"
    wanted.write_text("".join(f"{name}:{colour}::\n" for name, colour in colours.items()))
    drawn = dataset({"polygons", "masks"}).transform("polygons_to_masks")
    for item in drawn:
        whole = np.zeros((shapes.HEIGHT, shapes.WIDTH), np.uint8)
        for mask in sorted(item.annotations, key=lambda mask: mask.z_order):
            whole[mask.image > 0] = mask.label + 1
        Image.fromarray(whole).save(out / "expected" / f"{item.id}.masks.png")
    drawn.export(
        str(out / "cvat_masks"),
        "voc_segmentation",
        save_media=False,
        apply_colormap=True,
        label_map=str(wanted),
    )
    wanted.unlink()
    dataset({"boxes"}).export(str(out / "voc"), "voc_detection", save_media=False)
    dataset({"boxes"}).export(str(out / "yolo"), "yolo", save_media=True)
    for photo in (out / "yolo").rglob("*.jpg"):
        photo.unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
