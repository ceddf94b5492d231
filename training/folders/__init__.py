"""A folder of photographs per class: how well can the class be told? Cross-validated; nothing that is learnt is kept.

read (photographs, groups of near-duplicates) -> features (of the frozen network) -> classify (in folds) -> report.
"""
