"""The batch projector and one file for each read model."""
