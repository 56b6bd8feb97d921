"""What the system does, one file a use, over ports."""
