"""How big and how busy the live database is: the snapshot file, and the only reader of a live database."""
