"""What the fixtures here show: two pictures of 128 x 96 pixels with outlines, boxes and points in three classes.

Kept free of imports of this project, because the scripts beside it run where only the labelling tool is installed.
"""

WIDTH, HEIGHT = 128, 96
LABELS = ("Ice pick", "Boxcar", "tattoo")
POLYGONS = {
    "a": [
        ("Boxcar", [(20.3, 10.2), (60.7, 14.9), (55.1, 50.5), (25.8, 47.6)]),
        ("Ice pick", [(80.0, 20.0), (90.5, 20.0), (90.5, 33.25), (80.0, 30.0)]),
    ],
    "b": [("Ice pick", [(5.5, 60.5), (30.25, 62.75), (17.0, 90.0)])],
}
#: Ellipses as (label, centre x, centre y, radius x, radius y) for masks.
ELLIPSES = {"a": [("tattoo", 100, 70, 14, 9)], "b": [("Boxcar", 70, 40, 22, 17), ("Ice pick", 4, 4, 9, 7)]}
BOXES = {"a": [("Boxcar", 20.5, 10.25, 60.75, 50.5)], "b": [("Ice pick", 5.0, 60.0, 31.0, 90.5)]}
POINTS = {"a": [("Ice pick", 85.25, 25.5), ("Ice pick", 88.0, 60.0)], "b": [("Boxcar", 70.0, 40.0)]}
TYPES = {"a": ["Boxcar"], "b": ["Ice pick"]}


def ellipse(numpy, x, y, rx, ry):
    """(HEIGHT, WIDTH) bool."""
    rows, columns = numpy.mgrid[:HEIGHT, :WIDTH]
    return ((columns - x) / rx) ** 2 + ((rows - y) / ry) ** 2 <= 1
