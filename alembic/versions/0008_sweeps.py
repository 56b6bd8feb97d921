"""Sweeps: what was asked, and what came of each combination of parameters."""

from alembic import op

revision = "0008"
down_revision = "0007"

SWEEPS = """
CREATE TABLE backtests.sweeps (
    id text PRIMARY KEY,
    asked jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE backtests.sweeps IS
    'operational: kept beside the tapes; sweeps by the SHA-256 of all that they depend on';
"""

RESULTS = """
CREATE TABLE backtests.sweep_results (
    sweep text NOT NULL REFERENCES backtests.sweeps ON DELETE CASCADE,
    number integer NOT NULL,
    parameters jsonb NOT NULL,
    figures jsonb NOT NULL,
    refused text,
    failure text,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (sweep, number)
);
COMMENT ON TABLE backtests.sweep_results IS
    'operational: kept beside the tapes; a sweep that was stopped goes on behind them';
COMMENT ON COLUMN backtests.sweep_results.refused IS
    'why strategy or account refused the combination; then there are no figures';
COMMENT ON COLUMN backtests.sweep_results.failure IS 'what the strategy''s own code failed with';
"""


def upgrade() -> None:
    """Create the tables."""
    for statement in ("CREATE SCHEMA IF NOT EXISTS backtests", SWEEPS, RESULTS):
        op.execute(statement)
