"""Commands around labels: import, check, split, rank, pre-label. Nothing here needs torch."""
