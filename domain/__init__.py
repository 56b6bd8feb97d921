"""What Papertape is about, pure: no I/O, no clock, no chance, no framework."""
