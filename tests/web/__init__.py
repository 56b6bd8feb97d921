"""The web layer, over real Postgres and real HTTP."""
