"""The pages that app.py puts together."""
