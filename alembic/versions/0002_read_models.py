"""The first read models: every table here can be dropped and projected again from the tapes."""

from alembic import op

revision = "0002"
down_revision = "0001"

POSITIONS = """
CREATE TABLE read.positions (
    projection text NOT NULL,
    tape text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (projection, tape)
);
COMMENT ON TABLE read.positions IS 'derived: how far each read model has come';
"""

MARKET = """
CREATE TABLE read.markets (
    exchange text NOT NULL,
    pair text NOT NULL,
    base text NOT NULL,
    quote text NOT NULL,
    tick numeric NOT NULL,
    lot numeric NOT NULL,
    min_quantity numeric NOT NULL,
    min_notional numeric NOT NULL,
    maker numeric NOT NULL,
    taker numeric NOT NULL,
    listed_at timestamptz NOT NULL,
    changed_at timestamptz,
    PRIMARY KEY (exchange, pair)
);
COMMENT ON TABLE read.markets IS 'derived: markets and their rules of today';
CREATE TABLE read.periods (
    exchange text NOT NULL,
    timeframe text NOT NULL,
    closed_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    markets int NOT NULL,
    missing int NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (exchange, timeframe)
);
COMMENT ON TABLE read.periods IS 'derived: the newest period of each scan';
CREATE TABLE read.scans (
    exchange text NOT NULL,
    timeframe text NOT NULL,
    pair text NOT NULL,
    last_candle_at timestamptz,
    last_seen_at timestamptz,
    missing_since timestamptz,
    missing_periods int NOT NULL DEFAULT 0,
    failures int NOT NULL DEFAULT 0,
    last_failure text,
    last_failure_at timestamptz,
    PRIMARY KEY (exchange, timeframe, pair)
);
COMMENT ON TABLE read.scans IS 'derived: the health of every market of every scan';
CREATE TABLE read.indicator_sets (
    deployment bigint PRIMARY KEY,
    exchange text NOT NULL,
    timeframe text NOT NULL,
    strategy text NOT NULL,
    parameters jsonb NOT NULL,
    names text[] NOT NULL,
    UNIQUE (exchange, timeframe, strategy, parameters)
);
COMMENT ON TABLE read.indicator_sets IS
    'derived: which indicators a strategy wants, by the position where it was first deployed';
CREATE TABLE read.indicators (
    deployment bigint NOT NULL,
    open_time bigint NOT NULL,
    pair text NOT NULL,
    numbers float8[] NOT NULL,
    PRIMARY KEY (deployment, pair, open_time)
);
COMMENT ON TABLE read.indicators IS 'derived: indicator values beside their candles';
"""

TRADING = """
CREATE TABLE read.signals (
    account text NOT NULL,
    trade bigint NOT NULL,
    strategy text NOT NULL,
    timeframe text NOT NULL,
    pair text NOT NULL,
    side text NOT NULL,
    purpose text NOT NULL,
    at timestamptz NOT NULL,
    close numeric NOT NULL,
    stop numeric,
    target numeric,
    indicators jsonb NOT NULL,
    outcome text CHECK (outcome IN ('ordered', 'declined')),
    reason text,
    numbers jsonb,
    position bigint PRIMARY KEY
);
CREATE INDEX signals_trade_idx ON read.signals (trade, account);
COMMENT ON TABLE read.signals IS 'derived: opinions of strategies, and what became of them';
CREATE TABLE read.orders (
    account text NOT NULL,
    number bigint NOT NULL,
    trade bigint NOT NULL,
    pair text NOT NULL,
    strategy text NOT NULL,
    timeframe text NOT NULL,
    side text NOT NULL,
    purpose text NOT NULL,
    type text NOT NULL,
    quantity numeric NOT NULL,
    stop numeric,
    target numeric,
    placed_at timestamptz NOT NULL,
    valid_until timestamptz,
    status text NOT NULL CHECK (status IN ('waiting', 'filled', 'cancelled', 'expired')),
    ended_at timestamptz,
    price numeric,
    fee numeric,
    reason text,
    position bigint NOT NULL,
    PRIMARY KEY (account, number)
);
CREATE INDEX orders_position_idx ON read.orders (position);
CREATE INDEX orders_trade_idx ON read.orders (trade, account);
COMMENT ON TABLE read.orders IS 'derived: orders and how they ended';
CREATE TABLE read.order_feed (
    position bigint PRIMARY KEY,
    event_id uuid NOT NULL,
    type text NOT NULL,
    account text NOT NULL,
    pair text NOT NULL,
    at timestamptz NOT NULL,
    valid_until timestamptz,
    data text NOT NULL
);
COMMENT ON TABLE read.order_feed IS 'derived: what a live bot must learn of, in order';
CREATE TABLE read.trades (
    account text NOT NULL,
    number bigint NOT NULL,
    pair text NOT NULL,
    strategy text NOT NULL,
    timeframe text NOT NULL,
    side text NOT NULL,
    quantity numeric NOT NULL,
    entered_at timestamptz NOT NULL,
    entry_price numeric NOT NULL,
    entry_fee numeric NOT NULL,
    stop numeric,
    target numeric,
    status text NOT NULL CHECK (status IN ('open', 'closed')),
    exited_at timestamptz,
    exit_price numeric,
    exit_reason text,
    fees numeric,
    profit numeric,
    best numeric,
    worst numeric,
    ambiguous boolean,
    caught_up boolean,
    position bigint NOT NULL,
    PRIMARY KEY (account, number)
);
CREATE INDEX trades_position_idx ON read.trades (position);
CREATE INDEX trades_open_idx ON read.trades (position) WHERE status = 'open';
COMMENT ON TABLE read.trades IS 'derived: round trips, open and closed';
CREATE TABLE read.accounts (
    account text PRIMARY KEY,
    exchange text NOT NULL,
    quote text NOT NULL,
    capital numeric NOT NULL,
    cash numeric NOT NULL,
    open_cost numeric NOT NULL DEFAULT 0,
    profit numeric NOT NULL DEFAULT 0,
    fees numeric NOT NULL DEFAULT 0,
    open_trades int NOT NULL DEFAULT 0,
    closed_trades int NOT NULL DEFAULT 0,
    won_trades int NOT NULL DEFAULT 0,
    declined_signals int NOT NULL DEFAULT 0,
    opened_at timestamptz NOT NULL,
    timeframe text,
    stake numeric,
    max_open_trades int
);
COMMENT ON TABLE read.accounts IS 'derived: paper money and what became of it';
"""


def upgrade() -> None:
    """Create the read models."""
    op.execute(POSITIONS)
    op.execute(MARKET)
    op.execute(TRADING)
