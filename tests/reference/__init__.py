"""A second paper account, written from its description only, to compare the real one with."""
