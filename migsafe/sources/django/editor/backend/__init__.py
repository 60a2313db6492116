"""A Django database backend that never connects: what the schema editor asks a server, the replayed state answers."""
