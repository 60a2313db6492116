"""Bytes and characters: everything that is decided about a text before a parser sees it."""
