"""Where a photographed face is skin, from its 189 points and its own colour, and where its backdrop begins."""

import cv2
import numpy as np
from numpy.typing import NDArray

NOT_SKIN, SKIN, UNSURE = 0, 1, 2

_FACE = (*range(109, 112), *range(125, 134), 114, 113, 112, *range(144, 133, -1))
_LIPS = (87, 88, 89, 90, 91, 92, 93, 108, 107, 106, 105, 104)
_EYES = ((18, 19, 20, 21, 22, 30, 29, 28), (23, 24, 25, 26, 27, 33, 32, 31))
_LIDS = ((18, 34, 35, 36, 37, 38, 22, 30, 29, 28), (23, 39, 40, 41, 42, 43, 27, 33, 32, 31))
_BROWS = ((71, 72, 73, 74, 75, 76, 84, 83), (77, 78, 79, 80, 81, 82, 86, 85))
_NOSE_FOOT = (63, 65, 64, 170, 55, 172, 69, 70, 68, 180, 181, 179, 182)
_EARS = ((109, 110, 111, 115, 116, 117, 118, 119), (112, 113, 114, 120, 121, 122, 123, 124))
_JAW, _NECK_SIDES = tuple(range(126, 133)), (145, 157)
_LID_TOPS, _CHIN = (36, 41), 129
_HAIRLINE, _HEAD_TOP = (136, 137, 138, 139, 140, 141, 142), (153, 152, 151, 150, 149)
_BROW_LINE, _TEMPLES = (72, 74, 79, 81), (134, 144)

#: Middles of tiles that hold what is easily taken for scars, by points: lips, eyes with lashes, brows, nostrils and
#: nose wings, ears, hairline, beard and jaw, chin, neck, nasolabial folds.
HARD_PLACES = (
    (87, 90, 93, 106),
    (18, 20, 22, 23, 25, 27),
    (72, 74, 76, 77, 79, 81),
    (55, 62, 63, 67, 68, 179, 182),
    (115, 117, 119, 120, 122, 124),
    (134, 136, 138, 139, 140, 142, 144),
    (126, 127, 128, 130, 131, 132),
    (174, 175, 177, 129),
    (145, 157, 183, 184),
    (159, 160, 162, 163),
)


def mark_skin(
    rgb: NDArray[np.uint8], points: NDArray[np.float64], px_per_mm: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(H, W) uint8 label (0 not skin, 1 skin, 2 unsure) and (H, W) uint8, 1 where scars may be painted."""
    shape = rgb.shape[:2]
    face = _fill(shape, [points[list(_FACE)]])
    soft = cv2.GaussianBlur(rgb, (0, 0), 0.35 * px_per_mm)
    lab = cv2.cvtColor(soft, cv2.COLOR_RGB2LAB).astype(np.float32)
    holes, doubt = _features(lab, points, px_per_mm)
    open_skin = (face > 0) & (holes == 0) & (doubt == 0)
    cheeks = open_skin.copy()
    cheeks[: max(0, int(points[list(_LID_TOPS), 1].mean()))] = False
    centre = np.median(lab[cheeks], axis=0)
    spread = 1.4826 * np.median(np.abs(lab[cheeks] - centre), axis=0) + np.array([6, 2, 2])
    off = (lab - centre) / spread
    # Gloss is bright and pale, shade is dark and keeps its hue: both are skin.
    light = np.where(off[..., 0] > 0, 0.35 * off[..., 0], 0.75 * off[..., 0])
    hue = np.hypot(off[..., 1], off[..., 2]) * np.where(off[..., 0] > 1.5, 0.5, 1.0)
    distance = np.hypot(light, hue)
    hair = _hair(lab, points, px_per_mm, centre)
    label = np.zeros(shape, np.uint8)
    likely = (face > 0) & (holes == 0)
    label[likely & (distance < 7)] = UNSURE
    dark_hair = hair & (off[..., 0] < 1)  # what is bright and alone on a forehead is gloss
    label[likely & (distance < 5) & ~dark_hair & (doubt == 0)] = SKIN
    label[_hangs_in(hair & _above_brows(points, shape, px_per_mm), face, px_per_mm)] = NOT_SKIN
    aside = (_ears_and_neck(points, shape) > 0) & (face == 0)
    label[aside & (distance < 7)] = UNSURE
    clear = cv2.erode((aside & (distance < 3.2) & ~hair).astype(np.uint8), _disc(1.2 * px_per_mm))
    label[clear > 0] = SKIN
    alike = (np.abs(off[..., 0]) < 2.5) & (np.hypot(off[..., 1], off[..., 2]) < 1.6)
    alike = cv2.morphologyEx(alike.astype(np.uint8), cv2.MORPH_CLOSE, _disc(3 * px_per_mm)) > 0
    low = np.arange(shape[0])[:, None] > points[_CHIN, 1]
    label[low & (face == 0) & (label == NOT_SKIN) & alike] = UNSURE  # shoulders, chest
    label = _without_crumbs(label, px_per_mm)
    paintable = ((label == SKIN) & (face > 0) & _away_from(holes, 1.2 * px_per_mm)).astype(np.uint8)
    return label, _smooth_skin(rgb, paintable, px_per_mm)


def _features(
    lab: NDArray[np.float32], points: NDArray[np.float64], px_per_mm: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(H, W) what is surely not skin (lips, open eyes with lashes, brows, nostrils), and what nobody can tell."""
    shape = lab.shape[:2]
    brows = _fill(shape, [points[list(b)] for b in _BROWS])
    eyes = cv2.dilate(_fill(shape, [points[list(e)] for e in _EYES]), _disc(1.0 * px_per_mm))
    lips = _fill(shape, [points[list(_LIPS)]])
    foot = _fill(shape, [cv2.convexHull(points[list(_NOSE_FOOT)].astype(np.float32))[:, 0]])
    foot = cv2.dilate(foot, _disc(0.8 * px_per_mm))
    dark = np.zeros(shape, np.uint8)
    if foot.any():
        level = np.percentile(lab[..., 0][foot > 0], 60)
        dark = (foot > 0) & (lab[..., 0] < level - 28)
    nostrils = cv2.dilate(
        cv2.morphologyEx(dark.astype(np.uint8), cv2.MORPH_OPEN, _disc(0.5 * px_per_mm)),
        _disc(0.5 * px_per_mm),
    )
    holes = brows | eyes | lips | nostrils
    near = cv2.dilate(brows, _disc(2.0 * px_per_mm)) | cv2.dilate(lips, _disc(0.8 * px_per_mm))
    lids = cv2.dilate(_fill(shape, [points[list(e)] for e in _LIDS]), _disc(1.0 * px_per_mm))
    return holes, ((near | lids | cv2.dilate(nostrils, _disc(0.5 * px_per_mm))) & (1 - holes)).astype(
        np.uint8
    )


def _hair(
    lab: NDArray[np.float32], points: NDArray[np.float64], px_per_mm: float, skin: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """(H, W) bool: locally dark as hair; above the brows also streaky, or nearer to the colour of the hair on top
    of the head than to that of the cheeks, as a fringe is."""
    light = lab[..., 0]
    dark = light < cv2.GaussianBlur(light, (0, 0), 4 * px_per_mm) - 14
    above = _above_brows(points, light.shape, px_per_mm)
    fine = light - cv2.GaussianBlur(light, (0, 0), 1.2 * px_per_mm)
    busy = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), 1.5 * px_per_mm))
    streaky = cv2.dilate((busy > 5.5).astype(np.uint8), _disc(1.0 * px_per_mm)) > 0
    top = _fill(light.shape, [points[[*_HAIRLINE, *_HEAD_TOP]]])
    alike = np.zeros(light.shape, bool)
    if top.any():
        hair = np.median(lab[top > 0], axis=0)
        weight = np.array([0.5, 1.0, 1.0], np.float32)
        if np.linalg.norm((hair - skin) * weight) > 9:
            broad = cv2.GaussianBlur(lab, (0, 0), 1.0 * px_per_mm)
            to_hair, to_skin = (np.linalg.norm((broad - c) * weight, axis=-1) for c in (hair, skin))
            alike = to_hair < 0.8 * to_skin
    return np.asarray(dark | (above & (streaky | alike)))


def _hangs_in(hair: NDArray[np.bool_], face: NDArray[np.uint8], px_per_mm: float) -> NDArray[np.bool_]:
    """(H, W) bool: the parts of `hair` on the face that reach its outline; what lies alone is gloss or a mole."""
    on_face = (hair & (face > 0)).astype(np.uint8)
    _, parts = cv2.connectedComponents(on_face, connectivity=4)
    rim = cv2.dilate(1 - face, _disc(1.5 * px_per_mm)) > 0
    kept = np.unique(parts[rim & (on_face > 0)])
    return np.asarray(np.isin(parts, kept[kept > 0]))


def _above_brows(points: NDArray[np.float64], shape: tuple[int, ...], px_per_mm: float) -> NDArray[np.bool_]:
    """(H, W) bool: between the temples, over a line 4 mm above the brows."""
    line = points[[_TEMPLES[0], *_BROW_LINE, _TEMPLES[1]]].copy()
    line[1:-1, 1] -= 4 * px_per_mm
    top = np.array([[line[-1, 0], 0], [line[0, 0], 0]])
    return _fill(shape, [np.vstack([line, top])]) > 0


def _ears_and_neck(points: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Places that may be skin but that the points do not outline."""
    left, right = points[list(_NECK_SIDES), 0]
    neck = np.vstack([points[list(_JAW)], [[right, shape[0]], [left, shape[0]]]])
    outlines = [points[list(ear)] for ear in _EARS] + [neck]
    return _fill(shape, [cv2.convexHull(o.astype(np.float32))[:, 0] for o in outlines])


def _without_crumbs(label: NDArray[np.uint8], px_per_mm: float) -> NDArray[np.uint8]:
    """Specks of skin off the skin go; specks of doubt within skin (moles, gloss) are skin."""
    skin = (label == SKIN).astype(np.uint8)
    filled = cv2.morphologyEx(skin, cv2.MORPH_CLOSE, _disc(1.2 * px_per_mm))
    out = label.copy()
    out[(filled > 0) & (label == UNSURE)] = SKIN
    opened = cv2.morphologyEx((out == SKIN).astype(np.uint8), cv2.MORPH_OPEN, _disc(0.8 * px_per_mm))
    out[(out == SKIN) & (opened == 0)] = UNSURE
    return out


def _smooth_skin(rgb: NDArray[np.uint8], skin: NDArray[np.uint8], px_per_mm: float) -> NDArray[np.uint8]:
    """Skin away from beards and hair: its fine luminance contrast is not far above the face's usual one."""
    light = np.log(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) + 8)
    fine = light - cv2.GaussianBlur(light, (0, 0), 0.8 * px_per_mm)
    busy = np.sqrt(cv2.GaussianBlur(fine * fine * skin, (0, 0), 2.5 * px_per_mm))
    limit = 2.2 * float(np.median(busy[skin > 0])) if skin.any() else 0.0
    keep = cv2.erode(skin, _disc(1.0 * px_per_mm)) * (busy < limit)
    return keep.astype(np.uint8)


def see_backdrop(
    rgb: NDArray[np.uint8], points: NDArray[np.float64], px_per_mm: float
) -> tuple[NDArray[np.uint8], tuple[float, float, float]]:
    """(H, W) uint8, 0..255, how much of the studio's plain backdrop shows, 0 on the head, neck and ears; and the
    backdrop's middle sRGB colour.

    Its colour is fitted as a quadratic over the picture, from what is near that of the upper corners. Hair that the
    light comes through counts in part.
    """
    step = 4
    small = cv2.cvtColor(rgb[::step, ::step], cv2.COLOR_RGB2LAB).astype(np.float32)
    gap = _off_backdrop(small)
    sure = (gap < 12).astype(np.uint8)
    _, parts = cv2.connectedComponents(sure, connectivity=4)
    half = small.shape[0] // 2
    rim = np.unique(np.concatenate([parts[0], parts[:half, 0], parts[:half, -1]]))
    sure = np.isin(parts, rim[rim > 0]).astype(np.uint8)
    if not sure.any():
        return np.zeros(rgb.shape[:2], np.uint8), (255.0, 255.0, 255.0)
    near = cv2.dilate(sure, _disc(7 * px_per_mm / step))
    seen = np.where(sure > 0, 1.0, np.clip((48 - gap) / 36, 0, 1) * near).astype(np.float32)
    whole = cv2.resize(seen, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    head = _fill(rgb.shape, [points[list(_FACE)]]) | _ears_and_neck(points, rgb.shape[:2])
    head = cv2.GaussianBlur(
        cv2.dilate(head, _disc(1.0 * px_per_mm)).astype(np.float32), (0, 0), 0.5 * px_per_mm
    )
    r, g, b = np.median(rgb[::step, ::step][sure > 0], axis=0)
    return np.asarray(whole * (1 - head) * 255, np.uint8), (float(r), float(g), float(b))


def _off_backdrop(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H, W) distance in Lab from the fitted backdrop."""
    height, width = lab.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    u, v = x / width, y / height
    base = np.stack([np.ones_like(u), u, v, u * u, v * v, u * v], -1)
    corner = max(3, height // 25)
    tops = np.concatenate([lab[:corner, :corner], lab[:corner, -corner:]], 1).reshape(-1, 3)
    gap = np.linalg.norm(lab - np.median(tops, axis=0), axis=-1)
    for limit in (18, 14, 12):
        near = gap < limit
        if near.sum() < 50:
            break
        model, *_ = np.linalg.lstsq(base[near], lab[near], rcond=None)
        gap = np.linalg.norm(lab - base @ model, axis=-1)
    return np.asarray(gap, np.float32)


def _fill(shape: tuple[int, ...], outlines: list[NDArray[np.floating]]) -> NDArray[np.uint8]:
    mask = np.zeros(shape[:2], np.uint8)
    for outline in outlines:
        cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
    return mask


def _away_from(mask: NDArray[np.uint8], reach_px: float) -> NDArray[np.bool_]:
    return np.asarray(cv2.dilate(mask, _disc(reach_px)) == 0)


def _disc(radius_px: float) -> NDArray[np.uint8]:
    r = max(1, round(radius_px))
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1)), np.uint8)
