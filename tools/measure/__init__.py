"""Measures on a real server how long statements take, and holds the time model against it."""
