"""The outside: exchanges, Postgres, indicator libraries, charts, settings."""
