"""Two or more assessments -> registered, compared, with uncertainty."""
