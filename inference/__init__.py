"""Scoring and serving. Data flows photo -> network -> measure -> change -> report -> web, and imports follow it."""
