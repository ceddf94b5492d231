"""Manifests, splits, masks, importers and the sample series."""
