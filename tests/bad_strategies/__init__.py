"""Strategies that must not trade, each for one reason."""
