"""Postgres: the embedded server, the tapes, the candle table, the migrations."""
