"""Manifests, masks, splits and folds, labels of other tools, checks of a labelled set, the sample series."""
