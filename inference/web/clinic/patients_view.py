"""The list of patients as a piece of page."""

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from inference.records.facts import Change, ClinicSettings, PatientPage, PatientRow
from inference.records.listing import Sorting
from inference.records.timing import Due
from inference.web.clinic.route import Route
from inference.web.clinic.spark import spark_svg
from inference.web.clinic.words import Catalogue
from inference.web.view import render

#: Lines at once.
LINES = 25
#: Columns that sort, with the way that they sort first.
_SORTS: dict[str, tuple[Sorting, bool]] = {
    "code": ("code", False),
    "name": ("name", False),
    "visit": ("last visit", True),
    "due": ("next due", False),
    "change": ("change", False),
}


@dataclass(frozen=True, slots=True)
class Sort:
    """How the list is sorted, from a route's `sort`: a column, with a minus in front where it is turned round."""

    column: str
    turned: bool

    @property
    def by(self) -> Sorting:
        """As the records say it."""
        return _SORTS[self.column][0]

    @property
    def descending(self) -> bool:
        """The larger first."""
        return _SORTS[self.column][1] != self.turned


def sort_of(text: str) -> Sort:
    """By code for what is no column."""
    column = text.removeprefix("-")
    return Sort(column, text.startswith("-")) if column in _SORTS else Sort("code", False)


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head. route: where a click leads. aria: how it is sorted now."""

    label: str
    route: dict[str, object] | None
    aria: str


@dataclass(frozen=True, slots=True)
class Line:
    """A patient, in words. finding: the verdict's class, for its colour."""

    id: int
    code: str
    name: str
    last_visit: str
    visits: str
    due: str
    due_day: str
    due_class: str
    spark: Markup
    change: str
    interval: str
    finding: str
    verdict: str
    waiting: str
    failed: str


def render_patients(
    page: PatientPage, route: Route, settings: ClinicSettings, words: Catalogue, today: date
) -> str:
    """The part of the list that the route asks for."""
    columns = ["code", *(["name"] if settings.keep_names else []), "visit", "due", "change"]
    last = route.start + len(page.rows)
    return render(
        "clinic/patients.html",
        words=words,
        heads=[_head(column, route, words) for column in columns],
        named=settings.keep_names,
        lines=[_line(row, words, today) for row in page.rows],
        search=route.search,
        span=words.say("patients.span", first=route.start + 1, last=last, total=page.total),
        earlier=_to(route, start=max(0, route.start - LINES)) if route.start else None,
        later=_to(route, start=last) if last < page.total else None,
        renew=_renew_s(page),
    )


def render_patients_head(settings: ClinicSettings, words: Catalogue, today: date) -> str:
    """What stands above the list, with the form for a new patient: nothing in it changes by itself."""
    return render(
        "clinic/patients_head.html", words=words, named=settings.keep_names, today=today.isoformat()
    )


def _renew_s(page: PatientPage) -> int:
    """Seconds until the list is looked at again: soon while photographs are measured, later while pairs are compared
    or could not be; 0 where nothing is to come."""
    if any(row.waiting for row in page.rows):
        return 4
    return 15 if any(len(row.spark) > 1 and row.change is None for row in page.rows) else 0


def _to(route: Route, **changed: object) -> dict[str, object]:
    """As the address says it: only what differs from the beginning."""
    values = {"search": route.search, "sort": route.sort, "start": route.start, **changed}
    return {"page": "patients", **{name: value for name, value in values.items() if value}}


def _head(column: str, route: Route, words: Catalogue) -> Head:
    sort = sort_of(route.sort)
    here = sort.column == column
    to = f"-{column}" if here and not sort.turned else column
    aria = "none" if not here else "descending" if sort.descending else "ascending"
    return Head(words[f"patients.{column}"], _to(route, sort="" if to == "code" else to, start=0), aria)


def _line(row: PatientRow, words: Catalogue, today: date) -> Line:
    change = row.change
    return Line(
        id=row.id,
        code=row.code,
        name=row.name or "",
        last_visit="" if row.last_visit_on is None else words.day(row.last_visit_on),
        visits=words.count("patients.visits", row.visits),
        due="" if row.due is None else due_words(row.due, words),
        due_day="" if row.due is None else words.day(row.due.on),
        due_class="" if row.due is None else due_class(row.due, today),
        spark=spark_svg(row.spark, words.term(row.spark_view or ""), words),
        change=change_words(change, words),
        interval=interval_words(change, words),
        finding=(change.verdict if change else "unknown").split()[0],
        verdict=words[f"verdict.short.{change.verdict}"] if change else "",
        waiting=words.count("patients.waiting", row.waiting) if row.waiting else "",
        failed=words.count("patients.failed", row.not_scored) if row.not_scored else "",
    )


def due_words(due: Due, words: Catalogue) -> str:
    """What is to be done, as in "3rd treatment"."""
    if due.what == "treatment":
        return words.say("due.treatment", nth=words.nth(due.number))
    return words.count("due.outcome", due.number) if due.what == "outcome" else words["due.upkeep"]


def due_class(due: Due, today: date) -> str:
    """ "late", "now" or "later", for its colour."""
    return "late" if due.overdue_days(today) > 0 else "now" if due.is_due(today) else "later"


def change_words(change: Change | None, words: Catalogue) -> str:
    """As in "−26 %"; empty where nothing was compared."""
    if change is None or change.percent is None:
        return ""
    return f"{words.signed(change.percent)} %"


def interval_words(change: Change | None, words: Catalogue) -> str:
    """The 95 % interval as in "−51 to +9 %"; empty where an end is open."""
    if change is None or change.percent_low is None or change.percent_high is None:
        return ""
    return words.say("interval", low=words.signed(change.percent_low), high=words.signed(change.percent_high))
