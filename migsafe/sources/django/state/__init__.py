"""The project's state, replayed over the whole graph, and the part of it that an operation can touch."""
