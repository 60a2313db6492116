"""Programs that measure what real servers do. They make data and tests; they are not in the wheel."""
