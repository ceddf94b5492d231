"""The 24-patch chart (ColorChecker Classic) as published: its colours and its grid."""

import numpy as np
from numpy.typing import NDArray

from inference.photo.ciede import linear_of_xyz

COLUMNS, ROWS = 6, 4
#: Pitch of the patches by their side: the grid that OpenCV's chart model has, 2.5 patch and 0.25 gap.
PITCH = 1.1

#: CIELAB (D50, 2 degrees) of charts made since November 2014, row by row, the grey row last: X-Rite, "New color
#: specifications for ColorChecker SG and Classic charts", 2016. Older charts differ a little in some patches.
LAB_D50 = np.array(
    [
        *((37.54, 14.37, 14.92), (64.66, 19.27, 17.50), (49.32, -3.82, -22.54)),
        *((43.46, -12.74, 22.72), (54.94, 9.61, -24.79), (70.48, -32.26, -0.37)),
        *((62.73, 35.83, 56.50), (39.43, 10.75, -45.17), (50.57, 48.64, 16.67)),
        *((30.10, 22.54, -20.87), (71.77, -24.13, 58.19), (71.51, 18.24, 67.37)),
        *((28.37, 15.42, -49.80), (54.38, -39.72, 32.27), (42.43, 51.05, 28.62)),
        *((81.80, 2.67, 80.41), (50.63, 51.28, -14.12), (49.57, -29.71, -28.32)),
        *((95.19, -1.03, 2.93), (81.29, -0.57, 0.44), (66.89, -0.75, -0.06)),
        *((50.76, -0.13, 0.14), (35.63, -0.46, -0.48), (20.64, 0.07, -0.46)),
    ]
)
#: CIE 15: white of D50, Y = 1.
WHITE_D50 = np.array([0.96422, 1.0, 0.82521])
WHITE_D65 = np.array([0.95047, 1.0, 1.08883])
#: Bradford's cone responses of XYZ (Lam 1985; ICC.1:2022 annex E).
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def linear_patches() -> NDArray[np.float64]:
    """(24, 3) true linear sRGB, rows of the chart from the dark skin patch on; cyan lies outside of sRGB (R < 0)."""
    f_y = (LAB_D50[:, 0] + 16) / 116
    f = np.stack([f_y + LAB_D50[:, 1] / 500, f_y, f_y - LAB_D50[:, 2] / 200], axis=-1)
    epsilon, kappa = 216 / 24389, 24389 / 27
    xyz = np.where(f**3 > epsilon, f**3, (116 * f - 16) / kappa) * WHITE_D50
    cones_d50, cones_d65 = BRADFORD @ WHITE_D50, BRADFORD @ WHITE_D65
    adapt = np.linalg.inv(BRADFORD) @ np.diag(cones_d65 / cones_d50) @ BRADFORD
    return linear_of_xyz(xyz @ adapt.T)
