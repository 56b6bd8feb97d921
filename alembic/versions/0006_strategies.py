"""Strategies from files: which of their sources are to be traded; panels of their indicators."""

from alembic import op

revision = "0006"
down_revision = "0005"

STRATEGIES = """
CREATE TABLE ops.strategies (
    name text PRIMARY KEY,
    source text NOT NULL REFERENCES trading.sources (hash),
    at timestamptz NOT NULL DEFAULT now(),
    by text NOT NULL
);
COMMENT ON TABLE ops.strategies IS
    'operational: the sources of strategies from files that an operator has deployed';
"""

PANELS = """
ALTER TABLE read.indicator_sets
    ADD panels text[] NOT NULL DEFAULT '{}',
    DROP CONSTRAINT indicator_sets_exchange_timeframe_strategy_parameters_key;
COMMENT ON COLUMN read.indicator_sets.panels IS
    'where a chart draws each indicator, in the order of names';
"""


def upgrade() -> None:
    """Create the table; one strategy with the same parameters may have had several sources."""
    for statement in (STRATEGIES, PANELS):
        op.execute(statement)
