"""Results for other programs: tables for statistics, FHIR, DICOM, and a patient's archive."""
