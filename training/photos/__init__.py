"""Labelled photographs in training: what is known of each, crops of them, and what the network learns from it.

labels (manifest, masks, boxes, points, types, grades) -> crops -> steps (mixed with rendered samples) -> losses.
"""
