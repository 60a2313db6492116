"""Migrations in the words of all stages: statements, names of operations, concerns, both ways."""
