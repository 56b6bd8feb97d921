"""What scanning leaves for people to see, and what it shares between processes."""

from alembic import op

revision = "0003"
down_revision = "0002"

TAPE = """
CREATE INDEX tape_events_listings_idx ON market.tape_events (notification_id)
    WHERE topic IN ('MarketListed', 'MarketRulesChanged', 'MarketDelisted');
CREATE INDEX tape_events_gaps_idx ON market.tape_events (notification_id)
    WHERE topic IN ('GapFound', 'GapFilled');
"""

OPERATIONAL = """
CREATE TABLE ops.budgets (
    exchange text PRIMARY KEY,
    free_at timestamptz NOT NULL,
    closed_until timestamptz,
    why text
);
COMMENT ON TABLE ops.budgets IS 'operational: when an exchange may be asked again';
CREATE TABLE ops.attempts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    exchange text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    asked text NOT NULL,
    kind text NOT NULL,
    pair text NOT NULL,
    timeframe text NOT NULL,
    reason text NOT NULL
);
CREATE INDEX attempts_exchange_idx ON ops.attempts (exchange, id DESC);
CREATE INDEX attempts_at_idx ON ops.attempts (at);
COMMENT ON TABLE ops.attempts IS 'operational: what was asked of exchanges in vain, for a week';
CREATE TABLE ops.backfills (
    exchange text,
    pair text,
    timeframe text,
    since bigint,
    until bigint,
    reached bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (exchange, pair, timeframe, since, until)
);
COMMENT ON TABLE ops.backfills IS 'operational: how far each backfill has come';
"""

DERIVED = """
CREATE TABLE read.gaps (
    exchange text NOT NULL,
    timeframe text NOT NULL,
    pair text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    candles int NOT NULL,
    reason text NOT NULL,
    found_at timestamptz NOT NULL,
    filled int NOT NULL DEFAULT 0,
    missing tstzmultirange NOT NULL,
    filled_at timestamptz,
    position bigint NOT NULL UNIQUE,
    PRIMARY KEY (exchange, timeframe, pair, since)
);
CREATE INDEX gaps_open_idx ON read.gaps (position) WHERE filled_at IS NULL;
CREATE INDEX gaps_open_of_series_idx ON read.gaps (exchange, timeframe, pair)
    WHERE filled_at IS NULL;
COMMENT ON TABLE read.gaps IS 'derived: holes that no quiet explains, and what was filled of them';
CREATE TABLE read.exchanges (
    exchange text PRIMARY KEY,
    clock timestamptz NOT NULL,
    stalled_since timestamptz,
    reason text,
    resumed_at timestamptz
);
COMMENT ON TABLE read.exchanges IS 'derived: clock and newest stall of each exchange';
ALTER TABLE read.markets ADD delisted_at timestamptz, ADD delisted_reason text;
ALTER TABLE read.scans
    ADD seen_periods bigint NOT NULL DEFAULT 0, ADD missed_periods bigint NOT NULL DEFAULT 0,
    ADD failing_since timestamptz, ADD failures_in_a_row int NOT NULL DEFAULT 0;
TRUNCATE read.markets, read.periods, read.scans;
DELETE FROM read.positions WHERE projection IN ('markets', 'scans');
"""


def upgrade() -> None:
    """Create the tables; markets and scans are projected anew, for their new columns."""
    op.execute(TAPE)
    op.execute(OPERATIONAL)
    op.execute(DERIVED)
