"""The tables of an evaluation, for Markdown and the page alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inference.network.maps import TYPES
from training.evaluate.own.closeness import AgainstRater, Compared
from training.evaluate.own.figures import COUNT_PARTS, FALSE_MARKS, FALSE_MARKS_CM2, REACH_MM
from training.evaluate.own.report import Report, facts
from training.evaluate.own.results import FEW, Group
from training.evaluate.own.sums import Estimate

_COUNT = "count, "
#: Titles.
FIGURES, FROC = "Figures", "Scars found, by how many false marks are borne"
#: Beside too small a group.
SMALL = "too few to be read as a result"


@dataclass(frozen=True, slots=True)
class Table:
    """head: one text a column. rows: as many each. The first column, and those of `words`, are words."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    words: tuple[int, ...] = ()


def number(value: float | None) -> str:
    """Two decimals below 10, fewer above; unknown is a dash."""
    if value is None:
        return "–"
    text = f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"
    return text.replace("-", "−")


def told(estimate: Estimate) -> str:
    """The value with its interval."""
    if estimate.value is None:
        return "–"
    if estimate.low is None or estimate.high is None:
        return f"{number(estimate.value)} (no interval)"
    return f"{number(estimate.value)} ({number(estimate.low)} to {number(estimate.high)})"


def tables(report: Report) -> list[Table]:
    """All tables, in the order in which they are read; those without rows are left out."""
    found = [
        _tests(report),
        _figures(report),
        _counts(report),
        _froc(report),
        *_confusion(report),
        *(_compared(one) for one in report.raters),
        *_groups(report.groups),
        _unknown(report),
    ]
    return [one for one in found if one is not None and one.rows]


def _tests(report: Report) -> Table | None:
    if report.against is None:
        return None
    rows = [
        (
            one.sentence,
            number(one.new),
            number(one.old),
            _p(one.p),
            _p(one.p_holm),
            _count(one.difference),
        )
        for one in report.tests
    ]
    return Table(
        f"Against {report.against}, on the same photographs",
        ("finding (95 % interval)", str(report.bundle), str(report.against), "p", "p, Holm", "photographs, patients"),
        tuple(rows),
        "Differences are this bundle's figure less the other's. p is of a permutation test that exchanges the bundles "
        f"within patients, two-sided, corrected for the {len(rows)} tests made (Holm); better or worse below 0.05.",
    )  # fmt: skip


def _figures(report: Report) -> Table:
    names = [str(one) for one in (report.bundle, report.against) if one is not None]
    rows: list[tuple[str, ...]] = []
    for name, one in report.new.figures.items():
        other = None if report.old is None else report.old.figures.get(name)
        if name.startswith(_COUNT) or (
            one.estimate.value is None and (other is None or other.estimate.value is None)
        ):
            continue
        unit = f", {one.estimate.unit}" if one.estimate.unit else ""
        cells = [told(one.estimate)]
        if report.old is not None:
            cells.append("–" if other is None else told(other.estimate))
        known = one.estimate if one.estimate.value is not None or other is None else other.estimate
        rows.append((one.title + unit, *cells, _count(known)))
    return Table(
        FIGURES,
        ("figure", *names, "photographs, patients"),
        tuple(rows),
        f"95 % intervals from {report.draws} draws of patients. Grades: the machine's against the mean of the raters'.",
    )


def _counts(report: Report) -> Table:
    """A row for each type and bundle."""
    rows: list[tuple[str, ...]] = []
    for kind in ("all", *TYPES[1:]):
        for bundle, side in ((report.bundle, report.new), (report.against, report.old)):
            mine = (
                []
                if side is None
                else [side.figures[f"{_COUNT}{kind}, {part}"].estimate for part in COUNT_PARTS]
            )
            if mine and mine[0].value is not None:
                rows.append((f"{kind}, {bundle}", *map(told, mine), _count(mine[0])))
    return Table(
        "Number of scars: machine less label",
        ("scars", *COUNT_PARTS, "photographs, patients"),
        tuple(rows),
        "Bland and Altman's limits: 95 % of photographs are expected between them.",
    )


def _froc(report: Report) -> Table | None:
    sides = [one.froc for one in (report.new, report.old) if one is not None]
    if not sides or sides[0] is None:
        return None
    names = [str(one) for one in (report.bundle, report.against) if one is not None]
    rows: list[tuple[str, ...]] = []
    for place, unit, levels in (("at", "a photograph", FALSE_MARKS), ("at_cm2", "per cm²", FALSE_MARKS_CM2)):
        for most in levels:
            cells = ["–" if side is None else told(getattr(side, place)[most]) for side in sides]
            rows.append((f"{most:g} false marks {unit}", *cells))
    return Table(
        FROC,
        ("at most", *names),
        tuple(rows),
        f"Share of the labelled scars that have a mark within {REACH_MM:g} mm, at the best confidence with so few "
        "false marks.",
    )


def _confusion(report: Report) -> list[Table]:
    if not report.new.confusion:
        return []
    rows = [(label, *(f"{row[name]:.3g}" for name in TYPES)) for label, row in report.new.confusion.items()]
    note = f"{report.bundle}: the type whose outlines cover most. Photographs with several labels are split among them."
    return [Table("Type of the photograph", ("label \\ machine", *TYPES), tuple(rows), note)]


def _compared(one: Compared) -> Table:
    rows = [_closeness(row) for row in one.rows]
    unit = f", {one.unit}" if one.unit else ""
    head = (
        "rater",
        "rater to the others",
        "machine to the others",
        "machine closer by",
        "as close on",
        "finding",
    )
    margin = f"{one.margin:g} {one.unit}".strip()
    return Table(
        f"As close as a rater? {one.what}{unit}",
        head,
        tuple(rows),
        "Each rater in turn is set against the machine, by the other raters. It is said to be as close where the 95 % "
        f"interval of the difference lies above −{margin}, a margin of ours.",
        (5,),
    )


def _closeness(row: AgainstRater) -> tuple[str, ...]:
    ahead = "" if row.ahead is None or row.ahead.value is None else f"{row.ahead.value:.0%} of photographs"
    return row.rater, told(row.of_rater), told(row.of_machine), told(row.closer), ahead, row.sentence


def _groups(groups: Iterable[Group]) -> list[Table]:
    found: list[Table] = []
    for kind in ("skin tone", "device"):
        mine = [group for group in groups if group.kind == kind]
        known = {
            name: one.title
            for group in mine
            for name, one in group.figures.items()
            if one.estimate.value is not None
        }
        head = tuple(f"{group.name}{' *' if group.is_small else ''}, n {group.photographs}" for group in mine)
        rows = [
            (title, *(_of_group(group, group.figures[name].estimate) for group in mine))
            for name, title in known.items()
        ]
        note = (
            f"* {SMALL} (fewer than {FEW} photographs)."
            if any("*" in cell for row in rows for cell in row)
            else ""
        )
        if kind == "skin tone":
            note = f"ITA as the product measures it, the light is in it. {note}".strip()
        found.append(Table(f"By {kind}", ("figure", *head), tuple(rows), note))
    return found


def _of_group(group: Group, estimate: Estimate) -> str:
    """With its own n where not all photographs of the group have a say, and a sign where those are too few."""
    if estimate.value is None:
        return "–"
    own = f", n {estimate.photographs}" if estimate.photographs != group.photographs else ""
    return f"{told(estimate)}{own}{' *' if estimate.photographs < FEW else ''}"


def _unknown(report: Report) -> Table:
    rows: list[tuple[str, ...]] = []
    for name, one in report.new.figures.items():
        title = one.title
        if name.startswith(_COUNT):  # four figures with one reason
            if not name.endswith(f", {COUNT_PARTS[0]}"):
                continue
            title = title.removesuffix(f": {COUNT_PARTS[0]}")
        if one.estimate.value is None:
            rows.append((title, one.estimate.why or ""))
    rows += [(f"grade {scale}", "the product does not give this scale") for scale in report.not_given]
    rows += [(f"photograph {photo}", f"left out: {reason}") for photo, reason in report.failed.items()]
    return Table("Not known", ("what", "why"), tuple(rows), words=(1,))


def _count(estimate: Estimate) -> str:
    return f"{estimate.photographs}, {estimate.patients}"


def _p(value: float | None) -> str:
    return "–" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"


def as_markdown(report: Report) -> str:
    """All tables. The page holds the same, with curves and pictures."""
    lines = [f"# {report.title}", "", facts(report)]
    for note in report.notes:
        lines += ["", f"**{note}**"]
    for table in tables(report):
        lines += ["", f"## {table.title}", "", _row(table.head), _row(["---"] * len(table.head))]
        lines += [_row(row) for row in table.rows]
        lines += ["", table.note] if table.note else []
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
