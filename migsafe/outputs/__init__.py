"""Reports as text: one format for each file, each a pure function of the report."""
