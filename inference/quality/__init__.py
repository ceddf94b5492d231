"""Is a photograph fit for measuring? One table of limits, small checks, advice in every message."""
