"""The scar and skin renderer: torch, batched, any device, deterministic by seed.

scene (what is drawn, from a seed) -> stamp (blobs to maps) -> skin, marks (height and colour) -> light -> camera.
"""
