"""All pages of the records."""

from inference.web.clinic.clinic import Clinic
from inference.web.clinic.pair_page import PairPage
from inference.web.clinic.patient_page import PatientPage
from inference.web.clinic.patients_page import PatientsPage
from inference.web.clinic.reading_page import ReadingPage
from inference.web.clinic.router import Router
from inference.web.clinic.scars_page import ScarsPage
from inference.web.clinic.settings_page import SettingsPage
from inference.web.clinic.treatment_page import TreatmentPage
from inference.web.clinic.visit_page import VisitPage
from inference.web.intake import hidden


def build_clinic_pages(clinic: Clinic) -> Router:
    """Build them where Gradio is building, and connect them."""
    router = Router(hidden("cx-go"))
    router.add(PatientsPage(clinic), PatientPage(clinic), PairPage(clinic), SettingsPage(clinic))
    router.add(VisitPage(clinic), TreatmentPage(clinic), ScarsPage(clinic), ReadingPage(clinic))
    router.connect()
    return router
