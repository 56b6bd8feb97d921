"""Charts on Matplotlib."""
