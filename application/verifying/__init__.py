"""Checking a trading tape: what was recorded against what follows from the market tape."""
