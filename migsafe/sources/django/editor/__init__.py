"""Django's own schema editor, without a connection: what it would ask a database, the replayed state answers."""
