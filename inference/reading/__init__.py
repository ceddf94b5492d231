"""Blinded reading: pairs of photographs graded without knowing which came first, and how far the grades agree."""
