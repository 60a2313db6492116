"""How big and how busy the live database is, and how fast its machine."""
