"""A sweep: one strategy over one history with many combinations of parameters."""
