"""Reads what `prelabel` writes for CVAT with datumaro 1.13.12: python read_cvat.py FILE_OR_FOLDER FORMAT OUT.npz

FORMAT: cvat or voc_segmentation. OUT: (H, W) uint8 by photograph, indices into the file's own labels + 1, and `labels`.
"""

import sys
from pathlib import Path

import datumaro as dm
import numpy as np
from pycocotools import mask as coco_mask


def drawn(item, labels):
    height, width = item.attributes.get("size", (0, 0))
    if item.media is not None and item.media.size is not None:
        height, width = item.media.size
    whole = None
    for one in item.annotations:
        if isinstance(one, dm.Mask):
            mask = one.image > 0
        else:
            mask = coco_mask.decode(coco_mask.frPyObjects([list(one.points)], height, width))[..., 0] > 0
        whole = np.zeros(mask.shape, np.uint8) if whole is None else whole
        whole[mask] = labels.index(labels[one.label]) + 1
    return whole


def main(source, kind, out):
    dataset = dm.Dataset.import_from(source, kind)
    labels = [item.name for item in dataset.categories()[dm.AnnotationType.label].items]
    found = {item.id: drawn(item, labels) for item in dataset}
    np.savez(out, labels=np.array(labels), **{name: mask for name, mask in found.items() if mask is not None})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
