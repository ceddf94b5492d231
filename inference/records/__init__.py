"""The clinic's records: patients, consents, visits with their photographs, results, treatments. See docs/records.md."""
