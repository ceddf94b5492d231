"""The sheet's markers as OpenCV reads and draws them."""

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.reference.layout import FIRST_ID, ID_COUNT, MARKER_CELLS


@functools.cache
def dictionary() -> cv2.aruco.Dictionary:
    """Only the ids on the sheet, so that other people's markers are not even candidates."""
    full = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    own = full.bytesList[FIRST_ID : FIRST_ID + ID_COUNT]
    return cv2.aruco.Dictionary(own, full.markerSize, full.maxCorrectionBits)


def black_cells(marker_id: int) -> NDArray[np.bool_]:
    """(8, 8) cells of a marker, True where printed black, the border included."""
    image = dictionary().generateImageMarker(marker_id - FIRST_ID, MARKER_CELLS)
    return np.asarray(image) == 0
