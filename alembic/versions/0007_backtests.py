"""Backtests: runs with what gives them again, and the facts of those that are recorded."""

from alembic import op

revision = "0007"
down_revision = "0006"

RUNS = """
CREATE SCHEMA backtests;
CREATE TABLE backtests.runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    engine integer NOT NULL,
    libraries jsonb NOT NULL,
    strategy text NOT NULL,
    source text NOT NULL REFERENCES trading.sources (hash),
    parameters jsonb NOT NULL,
    exchange text NOT NULL,
    pairs text[] NOT NULL,
    timeframe text NOT NULL,
    execution text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    data text,
    position bigint,
    candles bigint NOT NULL,
    candle_hash text NOT NULL,
    rules jsonb NOT NULL,
    accounts jsonb NOT NULL,
    seconds jsonb NOT NULL,
    cut_short boolean NOT NULL,
    recorded boolean NOT NULL
);
COMMENT ON TABLE backtests.runs IS
    'operational: kept beside the tapes; what backtests gave, and what gives it again';
"""

FACTS = """
CREATE TABLE backtests.run_facts (
    run bigint NOT NULL REFERENCES backtests.runs ON DELETE CASCADE,
    account text NOT NULL,
    version bigint NOT NULL,
    topic text NOT NULL,
    state text NOT NULL,
    PRIMARY KEY (run, account, version)
);
COMMENT ON TABLE backtests.run_facts IS
    'operational: kept beside the tapes; the facts of recorded backtests as canonical JSON';
"""


def upgrade() -> None:
    """Create the schema and its tables."""
    for statement in (RUNS, FACTS):
        op.execute(statement)
