"""Alembic's revisions as migrations: found, ordered and rendered without running one of them."""
