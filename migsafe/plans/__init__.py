"""What to do instead."""
