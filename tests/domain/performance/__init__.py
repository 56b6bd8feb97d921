"""Tests of the arithmetic of results, against numbers worked by hand and plain definitions."""
