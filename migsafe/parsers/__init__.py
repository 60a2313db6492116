"""The text of statements as operations: one package for each dialect."""
