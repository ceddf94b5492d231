"""Reports and exports of a patient's records: made of what is kept there, and kept there themselves."""

import io
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd  # pyright: ignore[reportMissingTypeStubs]

from inference.check import check_photo
from inference.errors import CicatrixError
from inference.exchange.make import export
from inference.exchange.table import tidy_table, write_table
from inference.exchange.visits import visits_of
from inference.records import facts
from inference.records.errors import NotInRecordsError
from inference.records.facts import Document, PatientRecord, Photograph, Visit
from inference.records.terms import NEEDLING, DocumentKind
from inference.report.case import AdverseEvent, Case, CaseVisit, OwnGrade, Treatment
from inference.report.files import write_comparison
from inference.report.make import document_of, write_report
from inference.report.read import StoredComparison, StoredSeries, read_comparison
from inference.score import compare_pair
from inference.web.clinic.clinic import Clinic

#: Ending and media type by format. DICOM is a folder of files, which travels as one.
FORMATS: dict[str, tuple[str, str]] = {
    "pdf": (".pdf", "application/pdf"),
    "html": (".html", "text/html"),
    "csv": (".csv", "text/csv"),
    "parquet": (".parquet", "application/vnd.apache.parquet"),
    "fhir": (".fhir.json", "application/fhir+json"),
    "dicom": (".dicom.zip", "application/zip"),
}
_REPORTS = ("pdf", "html")
_TABLES = ("csv", "parquet")


class PaperError(CicatrixError):
    """This cannot be made of these records."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A photograph with its visit, and the name by which the kept results call it."""

    visit: Visit
    photograph: Photograph
    name: str


class Papers:
    """Makes reports and exports. Pictures are measured anew; figures are those of the records."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        self._records = clinic.records

    def archive(self, patient_id: int) -> Document:
        """All of a patient as one archive, kept with the patient. Raises NotInRecordsError."""
        code = self._records.patients.record(patient_id).patient.code
        with self._records.workspace() as folder:
            path = folder / "patient.zip"
            self._records.carry.write(patient_id, path)
            return self._records.documents.keep(
                patient_id, "export", f"{_safe(code)}.cicatrix.zip", "application/zip", path.read_bytes()
            )

    def series(self, patient_id: int, view_id: int, form: str) -> Document:
        """A view through all visits as a report or an export, kept with the patient. Raises CicatrixError."""
        record = self._records.patients.record(patient_id, self._clinic.today())
        with self._records.workspace() as folder:
            results, taken = self._series(record, view_id, folder, pictures=form in _REPORTS)
            return self._kept(record, results, taken, f"series {results.view}", form, folder)

    def table(self, patient_id: int, form: str) -> Document:
        """All views through all visits as one tidy table, CSV or Parquet, kept with the patient.

        Raises PaperError for another form, or where no view has been measured twice.
        """
        if form not in _TABLES:
            raise PaperError("All views together make a table: choose CSV or Parquet, or one view.")
        record = self._records.patients.record(patient_id, self._clinic.today())
        tables: list[pd.DataFrame] = []
        with self._records.workspace() as folder:
            for view in record.views:
                with suppress(NotInRecordsError):  # a view that was not measured twice has no series
                    results, taken = self._series(record, view.id, folder, pictures=False)
                    visits = visits_of(results, self._case(record, taken))
                    tables.append(tidy_table(visits, record.patient.code, view.name))
            if not tables:
                raise PaperError("No view has been measured at two visits yet: come back after the next one.")
            path = folder / f"made{FORMATS[form][0]}"
            write_table(pd.concat(tables, ignore_index=True), path)
            return self._keep(record, "all views", form, path.read_bytes())

    def pair(self, patient_id: int, before_id: int, after_id: int, form: str) -> Document:
        """Two photographs as a report or an export, kept with the patient. Raises CicatrixError."""
        record = self._records.patients.record(patient_id, self._clinic.today())
        taken = [_taken(record, one) for one in (before_id, after_id)]
        with suppress(NotInRecordsError):
            kept = self._records.results.comparison(before_id, after_id)
            sides = (kept.before, kept.after)
            taken = [replace(one, name=side.photo.file) for one, side in zip(taken, sides, strict=True)]
        with self._records.workspace() as folder:
            self._copy(taken, folder)
            results = self._pair(taken[0], taken[1], folder, pictures=form in _REPORTS)
            title = f"{taken[0].photograph.view.name} {taken[0].visit.on} to {taken[1].visit.on}"
            return self._kept(record, results, taken, title, form, folder)

    def _series(
        self, record: PatientRecord, view_id: int, folder: Path, *, pictures: bool
    ) -> tuple[StoredSeries, list[_Taken]]:
        """The kept series of a view, with its photographs in `folder`. Raises NotInRecordsError where there is none."""
        series = self._records.results.series(view_id)
        ids = self._records.results.figures(view_id).photographs
        taken = [
            replace(_taken(record, one), name=visit.file)
            for one, visit in zip(ids, series.visits, strict=True)
        ]
        self._copy(taken, folder)
        pairs = tuple(self._pair(taken[0], later, folder, pictures=pictures) for later in taken[1:])
        view = taken[0].photograph.view.name
        return StoredSeries(series, folder, pairs, record.patient.code, view), taken

    def _copy(self, taken: Sequence[_Taken], folder: Path) -> None:
        """The photographs and masks under the names that the results call them by."""
        for one in taken:
            (folder / one.name).write_bytes(self._records.visits.file(one.photograph.sha256).read_bytes())
            if one.photograph.figures is not None:
                mask = self._records.results.mask(one.photograph.figures.id).read_bytes()
                (folder / f"{Path(one.name).stem}.scars.png").write_bytes(mask)

    def _pair(self, before: _Taken, after: _Taken, folder: Path, *, pictures: bool) -> StoredComparison:
        """The kept comparison; a pair that nobody has compared yet is measured."""
        try:
            kept = self._records.results.comparison(before.photograph.id, after.photograph.id)
        except NotInRecordsError:
            kept = None
        if kept is not None and not pictures:
            return StoredComparison(kept, folder, {})
        own = folder / f"{before.photograph.id}-{after.photograph.id}"
        with self._clinic.measuring:
            checked = [
                check_photo(
                    folder / one.name,
                    self._clinic.instruments,
                    self._records.queue.source(one.photograph.id).options,
                )
                for one in (before, after)
            ]
            fresh = compare_pair(checked[0], checked[1], self._clinic.instruments)
            write_comparison(fresh, own, (checked[0].photo.rgb, checked[1].photo.rgb))
        made = read_comparison(own)
        return made if kept is None else replace(made, comparison=kept)

    def _kept(
        self,
        record: PatientRecord,
        results: StoredSeries | StoredComparison,
        taken: Sequence[_Taken],
        title: str,
        form: str,
        folder: Path,
    ) -> Document:
        case = self._case(record, taken)
        path = folder / ("made" if form == "dicom" else f"made.{FORMATS[form][0].rpartition('.')[2]}")
        if form in _REPORTS:
            write_report(document_of(results, case, self._clinic.today()), path)
        else:
            export(results, case, path, folder, None)
        return self._keep(record, title, form, _zipped(path) if path.is_dir() else path.read_bytes())

    def _keep(self, record: PatientRecord, title: str, form: str, content: bytes) -> Document:
        ending, media_type = FORMATS[form]
        name = f"{_safe(record.patient.code)} {_safe(title)} {self._clinic.today()}{ending}"
        kind: DocumentKind = "report" if form in _REPORTS else "export"
        return self._records.documents.keep(record.patient.id, kind, name, media_type, content)

    def _case(self, record: PatientRecord, taken: Sequence[_Taken]) -> Case:
        """What surrounds the results, as reports and exports take it. The patient's name and note stay here."""
        settings = self._records.settings()
        named = {one.visit.id: one.name for one in taken}
        view_id = taken[0].photograph.view.id
        return Case(
            patient_code=record.patient.code,
            region=taken[0].photograph.view.name,
            visits=tuple(CaseVisit(one.name, one.visit.on, note=one.visit.note or None) for one in taken),
            treatments=tuple(map(_treatment, record.treatments)),
            adverse_events=tuple(
                AdverseEvent(one.kind, one.starts_on, one.ends_on, one.note or None)
                for one in record.adverse_events
            ),
            own_grades=tuple(
                OwnGrade(named[one.visit_id], one.scale, one.value, one.author or None)
                for one in record.grades
                if one.visit_id in named and (one.view is None or one.view.id == view_id)
            ),
            clinic=settings.clinic_name or None,
        )


def _taken(record: PatientRecord, photograph_id: int) -> _Taken:
    """Raises NotInRecordsError for a photograph that is not this patient's."""
    for visit in record.visits:
        for photograph in visit.photographs:
            if photograph.id == photograph_id:
                suffix = (photograph.format or "").lower()
                stem = f"{photograph.view.name} {visit.on}"
                return _Taken(visit, photograph, f"{stem}.{suffix}" if suffix else stem)
    raise NotInRecordsError("This photograph is not, or no longer, in the records: load the page again.")


def _treatment(one: facts.Treatment) -> Treatment:
    energy = None if one.energy is None else f"{one.energy:g} {one.energy_unit}"
    device = f"{one.device}, {one.device_name}" if one.device_name else one.device
    return Treatment(
        date=one.on,
        kind="microneedling" if one.device in NEEDLING else one.device,
        device=device,
        needle_mm=one.needle_length_mm,
        passes=one.passes,
        area=one.area or None,
        energy=energy,
        anaesthetic=one.anaesthetic,
        agents=tuple(one.agents),
        operator=one.operator or None,
        note=one.note or None,
    )


def _zipped(folder: Path) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder).as_posix())
    return file.getvalue()


def _safe(text: str) -> str:
    """A part of a file's name on any system."""
    return "".join(one if one.isalnum() or one in " -_." else "-" for one in text).strip(" .") or "patient"
