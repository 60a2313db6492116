"""Raw SQL migrations: which tool runs them, in which order, in which transactions."""
