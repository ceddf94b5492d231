"""A bundle on a researcher's own labels: what each rater said -> what the machine said -> sums -> figures -> a page.

Every photograph leaves nothing but a few sums (`held.py`), so that intervals, groups and tests need no picture again.
"""
