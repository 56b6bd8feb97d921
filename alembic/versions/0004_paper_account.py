"""What the paper account has learnt: order types, parts, moving stops, epochs, locks and halts."""

from alembic import op

revision = "0004"
down_revision = "0003"

ORDERS = """
ALTER TABLE read.orders
    DROP price,
    ADD "limit" numeric, ADD trigger numeric, ADD time_in_force text NOT NULL,
    ADD filled numeric NOT NULL DEFAULT 0, ADD value numeric NOT NULL DEFAULT 0,
    ADD slippage numeric NOT NULL DEFAULT 0,
    ADD triggered_at timestamptz, ADD cancel_requested_at timestamptz, ADD exit_reason text,
    ADD price numeric GENERATED ALWAYS AS
        (CASE WHEN filled > 0 THEN trim_scale(value / filled) END) STORED;
CREATE INDEX orders_waiting_idx ON read.orders (position) WHERE status = 'waiting';
"""

TRADES = """
ALTER TABLE read.trades
    ADD first_stop numeric, ADD stop_kind text NOT NULL, ADD "left" numeric NOT NULL,
    ADD frozen boolean NOT NULL DEFAULT false, ADD slippage numeric NOT NULL,
    ADD risk numeric, ADD r_multiple numeric, ADD duration bigint,
    ADD shortfall numeric NOT NULL DEFAULT 0,
    ALTER ambiguous SET DEFAULT false, ALTER ambiguous SET NOT NULL;
"""

ACCOUNTS = """
ALTER TABLE read.accounts
    ADD epoch int NOT NULL DEFAULT 1, ADD epoch_began_at timestamptz NOT NULL,
    ADD deposits numeric NOT NULL, ADD slippage numeric NOT NULL DEFAULT 0,
    ADD shortfall numeric NOT NULL DEFAULT 0, ADD paused boolean NOT NULL DEFAULT false,
    ADD band text, ADD sizing text, ADD shorts boolean,
    ADD ambiguous_trades int NOT NULL DEFAULT 0, ADD ambiguous_profit numeric NOT NULL DEFAULT 0,
    ADD absolute_profit numeric NOT NULL DEFAULT 0,
    ADD ambiguous_absolute numeric NOT NULL DEFAULT 0,
    ADD ambiguous_share numeric GENERATED ALWAYS AS (
        CASE WHEN absolute_profit > 0
            THEN trim_scale(round(ambiguous_absolute / absolute_profit, 12)) END) STORED;
COMMENT ON COLUMN read.accounts.absolute_profit IS
    'profits and losses of closed trades, added up without their signs';
"""

LOCKS = """
CREATE TABLE read.locks (
    account text NOT NULL,
    pair text,
    side text,
    since timestamptz NOT NULL,
    until timestamptz,
    by text NOT NULL,
    why text NOT NULL,
    numbers jsonb NOT NULL,
    ended_at timestamptz,
    ended_by text,
    ended_why text,
    status text GENERATED ALWAYS AS
        (CASE WHEN ended_at IS NULL THEN 'active' ELSE 'ended' END) STORED,
    position bigint PRIMARY KEY
);
CREATE INDEX locks_active_idx ON read.locks (account, position) WHERE ended_at IS NULL;
COMMENT ON TABLE read.locks IS 'derived: locks of markets and halts of accounts, and their ends';
"""

FEED = "ALTER TABLE read.order_feed ALTER pair DROP NOT NULL;"

ANEW = """
TRUNCATE read.orders, read.trades, read.accounts, read.order_feed;
DELETE FROM read.positions
    WHERE projection IN ('orders', 'trades', 'accounts', 'order_feed');
"""


def upgrade() -> None:
    """Truncate what is projected anew, then give it its columns."""
    for statement in (ANEW, ORDERS, TRADES, ACCOUNTS, LOCKS, FEED):
        op.execute(statement)
