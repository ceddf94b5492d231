"""The pages of the records: patients, one patient, visits, settings. See docs/clinic.md."""
