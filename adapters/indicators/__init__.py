"""Indicators: Backtrader's own code over arrays, and compiled twins."""
