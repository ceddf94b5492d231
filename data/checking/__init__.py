"""Is a labelled set fit to train on: its files, near-duplicates, balance and folds (`docs/labels.md`)."""
