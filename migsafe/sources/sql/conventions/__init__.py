"""One migration tool in each file. A file here defines `CONVENTION` and is found by the registry."""
