"""The shadow schema: what exists before each statement, as far as the history tells."""
