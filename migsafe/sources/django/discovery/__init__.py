"""Where a project keeps its migrations, and what its other files tell of it: apps, labels, settings, requirements.

All of it is read as text.
"""
