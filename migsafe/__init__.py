"""migsafe says what a database migration will lock, rewrite, lose or break before it is run."""

DISTRIBUTION = "migsafe-lint"
"""Tells this package from another project's package of the same import name."""
