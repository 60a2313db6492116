"""What the Python of a migration does to rows.

Stand-ins for the ORM, for cursors and for the registry of apps record it while the function is evaluated, never run.
"""
