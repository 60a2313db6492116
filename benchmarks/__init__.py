"""Runnable comparisons; not part of the package."""
