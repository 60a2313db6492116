"""SQL as the project's own `manage.py sqlmigrate` prints it, for `--render`."""
