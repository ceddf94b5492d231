"""DICOM photographs written with pydicom, in each way of storing pixels that is read."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
)

VL_PHOTOGRAPHIC = "1.2.840.10008.5.1.4.1.1.77.1.4"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
SYNTAXES = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
    "rle": RLELossless,
    "jpeg": JPEGBaseline8Bit,
}


def dicom(
    pixels: NDArray[np.uint8] | NDArray[np.uint16],
    *,
    syntax: str = "explicit",
    photometric: str | None = None,
    sop_class: str = VL_PHOTOGRAPHIC,
    bits_stored: int | None = None,
    frame: bytes | None = None,
    **elements: Any,
) -> bytes:
    """A file of (h, w) or (h, w, 3) pixels, stored as they are; `frame` is the JPEG for syntax "jpeg".

    `elements` are further ones by keyword, and win over those made from the pixels.
    """
    dataset = Dataset()
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = "1.2.3.4"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 1 if pixels.ndim == 2 else 3
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = photometric or ("MONOCHROME2" if pixels.ndim == 2 else "RGB")
    dataset.BitsAllocated = 8 * pixels.dtype.itemsize
    dataset.BitsStored = bits_stored or dataset.BitsAllocated
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = 0
    raw = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    dataset.PixelData = raw + bytes(len(raw) % 2)
    dataset["PixelData"].VR = "OB" if pixels.dtype.itemsize == 1 else "OW"
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = SYNTAXES["explicit" if syntax == "rle" else syntax]
    if syntax == "jpeg":
        dataset.PixelData = encapsulate([frame or jpeg(pixels)])
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
    if syntax == "rle":
        dataset.compress(RLELossless, generate_instance_uid=False)
    stream = io.BytesIO()
    dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def jpeg(pixels: NDArray[np.uint8] | NDArray[np.uint16], **options: Any) -> bytes:
    """Quality 95 and full colour resolution; `options` go to Pillow."""
    stream = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(
        stream, "JPEG", **{"quality": 95, "subsampling": 0} | options
    )
    return stream.getvalue()


def in_422(ycc: NDArray[np.uint8]) -> bytes:
    """(h, w, 3) YCbCr to DICOM's order Y Y Cb Cr, the colour of each pair that of its left pixel."""
    h, w = ycc.shape[:2]
    pairs = np.empty((h, w // 2, 4), np.uint8)
    pairs[..., :2] = ycc[..., 0].reshape(h, w // 2, 2)
    pairs[..., 2:] = ycc[:, ::2, 1:]
    return pairs.tobytes()
