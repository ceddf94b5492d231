"""The records as pages, reports and exchange see them: a few parts, each with a few methods, and no SQLAlchemy.

records = Records.open(RecordsSettings())
patient = records.patients.add(PatientEntry(code="P-0142"))
records.patients.consent(patient.id, ConsentEntry(purpose="assessment", given_on=today))
visit = records.visits.save(patient.id, VisitEntry(on=today), [PhotographEntry(path, "left cheek")])
records.queue.work_off(InstrumentScorer(instruments))
records.patients.record(patient.id).visits[0].photographs[0].figures.burden_um
"""

from contextlib import AbstractContextManager
from pathlib import Path

from inference.records.care import Care
from inference.records.carry import Carry
from inference.records.database import Database
from inference.records.documents import Documents
from inference.records.errors import RecordsError
from inference.records.facts import ClinicSettings
from inference.records.opinions import Opinions
from inference.records.patients import Patients
from inference.records.queue import Queue
from inference.records.reading import clinic_settings
from inference.records.readings import Readings
from inference.records.results import Results
from inference.records.settings import RecordsSettings
from inference.records.store import Store
from inference.records.tables import SettingsRow
from inference.records.visits import Visits


class Records:
    """All records of a clinic. Threads may share it.

    patients: patients and consents, and their erasure. visits: visits and photographs. results: results and
    comparisons. care: treatments, checklists, adverse events, plans. opinions: the clinician's corrections and grades.
    documents: reports and exports that are kept. readings: blinded readings. queue: photographs to be scored.
    carry: a whole patient as an archive.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.patients = Patients(store)
        self.visits = Visits(store)
        self.results = Results(store)
        self.care = Care(store)
        self.opinions = Opinions(store)
        self.documents = Documents(store)
        self.readings = Readings(store)
        self.queue = Queue(store)
        self.carry = Carry(store)

    @classmethod
    def open(cls, settings: RecordsSettings) -> "Records":
        """Open the records, making or renewing the tables, and finish what a crash interrupted.

        Raises RecordsError where the folder or the database cannot be used.
        """
        folder = settings.data_folder.expanduser().resolve()
        given = settings.database_url
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            database = Database(
                f"sqlite:///{settings.sqlite_file}" if given is None else given.get_secret_value()
            )
            store = Store(folder, database)
            with store.files.changing():
                database.migrate()
            store.clean()
        except OSError as error:
            raise RecordsError(
                f"{folder} cannot be written ({error.strerror}): set CICATRIX_DATA_FOLDER to another folder"
            ) from error
        return cls(store)

    def close(self) -> None:
        """Close all connections."""
        self._store.database.close()

    @property
    def place(self) -> tuple[Path, str]:
        """The folder of the files, and the database in words."""
        return self._store.folder, self._store.database.place

    def workspace(self) -> AbstractContextManager[Path]:
        """A new private folder for documents in the making, removed in the end; after a crash, at the next start."""
        return self._store.workspace()

    def settings(self) -> ClinicSettings:
        """What the clinic has decided."""
        with self._store.database.read() as session:
            return clinic_settings(session)

    def decide(self, settings: ClinicSettings) -> None:
        """Change what the clinic has decided. Names are hidden when they are switched off, and erased by
        `Patients.forget_names`."""
        with self._store.database.write() as session:
            row = session.get(SettingsRow, 1) or SettingsRow(id=1)
            row.decided = settings.model_dump(mode="json")
            session.add(row)
