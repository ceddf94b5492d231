"""Pre-labels -> CVAT: annotations.xml ("CVAT for images 1.1") or a ZIP of masks ("Segmentation mask 1.1").

https://docs.cvat.ai/docs/manual/advanced/xml_format/, .../format-smask/. In CVAT: Actions, Upload annotations, on a
task with the four types as labels and the photographs that were pre-labelled.
"""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from lxml import etree
from numpy.typing import NDArray
from PIL import Image

from inference.network.maps import TYPES
from inference.report.overlay import COLOURS, rgb_of
from training.labels.prelabel import PreLabel, Scar


def cvat_xml(labels: Sequence[PreLabel], polygons: bool = False) -> bytes:
    """annotations.xml: a mask a scar, exact to the pixel, or a polygon, which is easier to move."""
    root = etree.Element("annotations")
    etree.SubElement(root, "version").text = "1.1"
    task = etree.SubElement(etree.SubElement(root, "meta"), "task")
    etree.SubElement(task, "size").text = str(len(labels))
    names = etree.SubElement(task, "labels")
    for name in TYPES[1:]:
        etree.SubElement(etree.SubElement(names, "label"), "name").text = name
    for number, one in enumerate(labels):
        width, height = one.size_px
        image = etree.SubElement(
            root, "image", id=str(number), name=one.name, width=str(width), height=str(height)
        )
        for scar in one.scars:
            if polygons:
                _polygon(image, scar)
            else:
                _mask(image, scar)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _polygon(image: etree._Element, scar: Scar) -> None:
    corners = scar.polygon()
    points = ";".join(f"{x:.2f},{y:.2f}" for x, y in corners)
    etree.SubElement(
        image, "polygon", label=scar.type, source="auto", occluded="0", points=points, z_order="0"
    )


def _mask(image: etree._Element, scar: Scar) -> None:
    height, width = scar.mask.shape
    place = {"left": str(scar.left), "top": str(scar.top), "width": str(width), "height": str(height)}
    counts = ", ".join(map(str, run_lengths(scar.mask)))
    etree.SubElement(
        image, "mask", label=scar.type, source="auto", occluded="0", rle=counts, z_order="0", **place
    )


def run_lengths(mask: NDArray[np.bool_]) -> list[int]:
    """Unmarked and marked pixels in turn, row by row, unmarked first."""
    flat = np.concatenate(([False], mask.ravel()))
    changes = np.flatnonzero(np.diff(flat))
    return np.diff(np.concatenate(([0], changes, [mask.size]))).tolist()


def write_cvat_masks(path: Path, labels: Sequence[PreLabel]) -> None:
    """A ZIP with labelmap.txt, SegmentationClass/*.png in its colours and the list of photographs."""
    colours = {"background": (0, 0, 0), **{name: rgb_of(colour) for name, colour in COLOURS.items()}}
    lines = ["# label:color_rgb:parts:actions"]
    lines += [f"{name}:{red},{green},{blue}::" for name, (red, green, blue) in colours.items()]
    palette = np.array(list(colours.values()), np.uint8)
    stems = [PurePosixPath(one.name).with_suffix("").as_posix() for one in labels]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("labelmap.txt", "\n".join(lines) + "\n")
        archive.writestr("ImageSets/Segmentation/default.txt", "\n".join(stems) + "\n")
        for stem, one in zip(stems, labels, strict=True):
            content = io.BytesIO()
            Image.fromarray(palette[one.label]).save(content, format="PNG")
            archive.writestr(f"SegmentationClass/{stem}.png", content.getvalue())
