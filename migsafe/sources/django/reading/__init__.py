"""A migration file, read without running it: its operations, and what custom ones come to."""
