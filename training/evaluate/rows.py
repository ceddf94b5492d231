"""Figures -> rows of the table with their goals, which are those of the issue that asked for them."""

from collections.abc import Sequence

from training.evaluate import distractors, groups, points, repeat, widths
from training.evaluate.goals import Goal, Row, not_run
from training.evaluate.grades import coverage
from training.evaluate.real import (
    PhotoLook,
    box_figures,
    by_person,
    face_figures,
    marked_over_other_skin,
    scores_of,
)
from training.evaluate.rendered import TileResult, tile_figures
from training.evaluate.statistics import Interval

AUC, ORDERED, RATIO = Goal(least=0.98), Goal(least=0.98), Goal(least=5)
LOSS, GAP = Goal(most=0.02), Goal(most=0.02)
PHOTO_AUC, CLEAR_MARKED = Goal(least=0.99), Goal(most=0.001)
F1, TYPE, ERROR, DEPTH_R = Goal(least=0.9), Goal(least=0.85), Goal(most=0.15), Goal(least=0.9)
CALLED = Goal(most=0.02)
COVERAGE = Goal(0.93, 0.97)
CV_OWN, CV_ANY, CHANGE_COVERED = Goal(most=0.06), Goal(most=0.15), Goal(least=0.95)
SLOPE, R_OWN, R_OTHER = Goal(0.9, 1.1), Goal(least=0.95), Goal(least=0.8)
MILLISECONDS = Goal(most=250)
PEOPLE = "scarred photographs and clear people"


def box_rows(looks: Sequence[PhotoLook]) -> list[Row]:
    """Scar boxes against clear ones of real photographs."""
    scores = scores_of(looks)
    figures = box_figures(scores)
    where = f"real photographs with boxes ({len(scores)}), scale unknown"
    rows = []
    for kind in ("clear", "clear_skin"):
        rows.append(Row(f"scar boxes against {kind}: AUC", where, figures[f"auc_{kind}_gated"], AUC))
    for kind in ("clear", "clear_skin"):
        ordered = figures[f"ordered_{kind}_gated"]
        rows.append(Row(f"scar boxes above own {kind}", "same, that have both", ordered, ORDERED))
    other = marked_over_other_skin(looks)
    rows.append(Row("marked area in scar boxes over that on other skin", "same photograph", other, RATIO))
    return rows


def width_rows(photos: Sequence[widths.AtWidths]) -> list[Row]:
    """AUC of the boxes on smaller photographs."""
    rows = []
    for width in widths.WIDTHS_PX:
        for kind in ("clear", "clear_skin"):
            value = widths.bootstrap(photos, lambda p, w=width, k=kind: widths.auc_at(p, w, k))
            rows.append(Row(f"scar boxes against {kind}: AUC", f"resized to {width} px wide", value))
    where, loss = widths.largest_loss(photos)
    return [*rows, Row("largest loss of AUC by width", where, loss, LOSS)]


def photo_rows(looks: Sequence[PhotoLook], faces: Sequence[PhotoLook]) -> list[Row]:
    """Scarred photographs against faces of people held out of training, by the share of skin marked."""
    if not faces:
        where = "scarred photographs against clear faces"
        return [not_run("photo-level AUC", where, PHOTO_AUC)]
    where = f"{len(looks)} scarred photographs against {len(faces)} held-out clear faces"
    figures = face_figures(faces)
    people = f"{len(faces)} held-out clear faces"
    return [
        Row("photo-level AUC, by share of skin marked", where, groups.photo_auc(looks, faces), PHOTO_AUC, "", PEOPLE),
        *(
            Row(f"{name} share of clear skin called scar", people, figures[f"faces_marked_{name}"], goal, "%", "people")
            for name, goal in (("median", CLEAR_MARKED), ("mean", None), ("worst", None))
        ),
        *group_rows(looks, faces),
    ]  # fmt: skip


def group_rows(looks: Sequence[PhotoLook], faces: Sequence[PhotoLook]) -> list[Row]:
    """The same AUC by tone on either side and by the sex of the clear faces."""
    sides = (
        ("tone of the scarred skin", groups.by_scarred_group(looks, faces, groups.tone_group(looks)),
         groups.tone_limits_deg(looks)),
        ("tone of the clear skin", groups.by_face_group(looks, faces, groups.tone_group(faces)),
         groups.tone_limits_deg(faces)),
        ("sex of the clear face", groups.by_face_group(looks, faces, groups.sex_group),
         "Canada file names; sex unknown in London and scarred sets"),
    )  # fmt: skip
    rows = []
    for by, compared, where in sides:
        for name, interval in compared.groups.items():
            rows.append(Row(f"photo-level AUC, {by}: {name}", where, interval, None, "", PEOPLE))
        gap = Interval(compared.gap, None, None, len(compared.groups))
        rows.append(Row(f"largest gap of AUC by {by}", where, gap, GAP, "", "groups"))
    return rows


def point_rows(found: dict[str, tuple[points.Mark, ...]], known: points.Points) -> list[Row]:
    """F1 against the points marked by eye; its goal is how far two passes agree."""
    figures = points.found_figures(found, known)
    rows, goal = [], None
    for name, first, second in known.pairs():
        agreement = points.agreement_figures(first, second)["f1_3mm"]
        if agreement.value is not None:
            goal = Goal(least=agreement.value)
        rows.append(Row("lesion F1 at 3 mm of one marking against the other", name, agreement))
    where = f"points on {len(found)} real photographs, doubtful ones asked for too"
    rows.append(Row("lesion F1 at 3 mm, mean of the passes", where, figures["f1_all_mean"], goal))
    for number in range(1, len(known.passes) + 1):
        for name, text in (
            ("recall", "scars marked by eye that are found"),
            ("f1_chance", "the same F1 by chance"),
        ):
            rows.append(Row(text, f"pass {number}", figures[f"{name}_all_pass_{number}"]))
    return rows


def tile_rows(results: Sequence[TileResult] | None, where: str) -> list[Row]:
    """Detection, type, width and depth, look-alikes and grades, on tiles whose truth is known; None: not run."""
    figures = tile_figures(list(results)) if results is not None else {}
    titles = (
        ("f1_3mm", "detection F1 at 3 mm", F1, ""),
        ("type_accuracy", "type accuracy of found scars", TYPE, ""),
        ("width_error", "width error, median", ERROR, "%"),
        ("depth_error", "depth error, median", ERROR, "%"),
        ("depth_r", "depth correlation", DEPTH_R, ""),
    )
    rows = [Row(title, where, figures.get(name), goal, unit, "tiles") for name, title, goal, unit in titles]
    return rows + called_rows(results, where) + coverage_rows(results, where)


def called_rows(results: Sequence[TileResult] | None, where: str) -> list[Row]:
    """Look-alikes called scars, by number with the goal and by area without."""
    rows = []
    for name, text in distractors.KINDS.items():
        called = [result.called for result in results or ()]
        objects = distractors.share_of_objects(called, name) if results is not None else None
        area = distractors.share_of_area(called, name) if results is not None else None
        rows.append(Row(f"{text} called atrophic scars", where, objects, CALLED, "%", "tiles"))
        rows.append(Row(f"area of {text} called scar", where, area, None, "%", "tiles"))
    return rows


def coverage_rows(results: Sequence[TileResult] | None, where: str) -> list[Row]:
    """Share of the intervals of grades, burden, area, density and roughness that hold the truth."""
    if results is None:
        return [Row("95 % intervals hold the truth", where, None, COVERAGE, "%", "tiles")]
    return [
        Row(f"95 % interval of {name} holds the truth", where, share, COVERAGE, "%", "tiles")
        for name, share in coverage([result.graded for result in results]).items()
    ]


def repeat_rows(results: Sequence[TileResult] | None, where: str) -> list[Row]:
    """One skin photographed again, and healing of known depth; None: not run."""
    views = [result.burden for result in results or ()]
    reliefs = repeat.repeats_of(views)
    rows = []
    for light, text, goal in (("own", "same rig", CV_OWN), ("any_light", "any other light", CV_ANY)):
        found = repeat.repeatability(reliefs, light) if results is not None else {}
        for name, title, wanted in (
            ("cv", f"burden of the same relief, {text}: within-subject CV", goal),
            ("covered", f"no change of burden held by its interval, {text}", CHANGE_COVERED),
        ):
            rows.append(Row(title, where, found.get(name), wanted, "%", "groups"))
    kinds = (("change of burden against true change", repeat.follows_changes),
             ("burden against true depth in a group", repeat.follows_healing))  # fmt: skip
    for same, text, least in ((True, "same rig", R_OWN), (False, "other light", R_OTHER)):
        for title, follow in kinds:
            figures = follow(views, same) if results is not None else {}
            slope, r = figures.get("slope"), figures.get("r")
            rows.append(Row(f"{title}, {text}: slope", where, slope, SLOPE if same else None, "", "groups"))
            rows.append(Row(f"{title}, {text}: r", where, r, least, "", "groups"))
    return rows


def clear_repeat_rows(faces: Sequence[PhotoLook]) -> list[Row]:
    """The clear end of repeatability: London's people photographed twice in the same hour, neutral and smiling.

    faces: both photographs of everybody.
    """
    london = [person for person in by_person(faces) if person[0].photo.startswith("london")]
    burdens = [[face.burden_um for face in person if face.burden_um is not None] for person in london]
    spread = repeat.clear_repeatability(burdens)
    where = "London, neutral and smiling, held-out people"
    return [Row("burden of clear skin: within-person sd", where, spread, None, "um", "people")]


def missing_real_rows() -> list[Row]:
    """Stand in for the rows on real photographs where none were given."""
    where = "no photographs given"
    return [
        not_run("scar boxes against clear and clear_skin: AUC", where, AUC),
        not_run("scar boxes above own clear and clear_skin", where, ORDERED),
        not_run("marked area in scar boxes over that on other skin", where, RATIO),
        not_run("largest loss of AUC by width", where, LOSS),
        not_run("photo-level AUC, by share of skin marked", where, PHOTO_AUC),
        not_run("lesion F1 at 3 mm, mean of the passes", where, F1),
    ]
