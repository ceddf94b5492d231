"""Figures about change between two visits; `cicatrix-train evaluate change`."""
