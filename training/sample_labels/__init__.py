"""A small labelled set that everybody can make: rendered skin of invented patients, labelled by simulated raters.

For the tutorial (`docs/tutorial.md`), to try every step from labels to an adopted bundle. What is learnt from it holds
for no patient.
"""
