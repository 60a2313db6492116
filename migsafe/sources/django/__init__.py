"""Django's migrations: read as text, replayed as project state, rendered by Django's own schema editor."""
