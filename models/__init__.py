"""Torch modules (encoder, decoder, heads, config) and, under bundles/, the exported models."""
