"""What is wrong: one hazard for each file, found by walking this package (`registry.py`)."""
