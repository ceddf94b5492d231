"""The scar and skin renderer: torch, batched, any device, deterministic by seed.

scene (what is drawn, from a seed; on a canvas or a part of a face from forms) -> stamp (blobs to maps) -> skin, marks
(height and colour) -> rigs, light -> camera, phone -> pairs (the same skin seen more than once) -> write, sheet.
"""
