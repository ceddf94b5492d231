"""Writes LabelMe files, and their masks as LabelMe draws them, with labelme 6.3.1: python by_labelme.py FOLDER"""

import sys
from pathlib import Path

import numpy as np
import shapes
from labelme import utils
from labelme._label_file import LabelFile
from PIL import Image


def shape(label, points, kind, mask=None):
    return {"label": label, "points": points, "group_id": None, "shape_type": kind, "flags": {}, "description": "",
            "mask": mask}  # fmt: skip


def shapes_of(name):
    found = [
        shape(label, [list(corner) for corner in corners], "polygon")
        for label, corners in shapes.POLYGONS[name]
    ]
    for label, *place in shapes.ELLIPSES[name]:
        mask = shapes.ellipse(np, *place)
        rows, columns = np.nonzero(mask)
        top, left, bottom, right = rows.min(), columns.min(), rows.max(), columns.max()
        cut = mask[top : bottom + 1, left : right + 1]
        found.append(shape(label, [[int(left), int(top)], [int(right), int(bottom)]], "mask", cut))
    found.append(shape("Boxcar", [[100.0, 80.0], [109.5, 80.0]], "circle"))
    found.append(shape("Ice pick", [[70.0, 5.0], [75.5, 11.25]], "rectangle"))
    return found


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    size = (shapes.HEIGHT, shapes.WIDTH)
    for name in ("a", "b"):
        drawn = shapes_of(name)
        values = {label: number for number, label in enumerate(shapes.LABELS, start=1)}
        classes, _ = utils.shapes_to_label(size, drawn, values)
        Image.fromarray(classes.astype(np.uint8)).save(out / f"{name}.expected.png")
        for one in drawn:
            if one["mask"] is not None:
                one["mask"] = utils.img_arr_to_b64(one["mask"].astype(np.uint8))
        drawn += [shape(label, [[x, y]], "point") for label, x, y in shapes.POINTS[name]]
        file = LabelFile()
        flags = {label: label in shapes.TYPES[name] for label in shapes.LABELS}
        about = {"image_path": f"{name}.jpg", "image_height": shapes.HEIGHT, "image_width": shapes.WIDTH}
        path = str(out / f"{name}.json")
        file.save(filename=path, shapes=drawn, image_data=None, other_data={}, flags=flags, **about)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
