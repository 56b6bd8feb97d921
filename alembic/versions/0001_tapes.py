"""The two tapes, the typed candle table, and what consumers need to keep their place."""

from alembic import op

revision = "0001"
down_revision = None

TAPE = """
CREATE TABLE {schema}.tape_events (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    notification_id bigint NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (originator_id, originator_version)
);
CREATE UNIQUE INDEX tape_events_notification_id_idx ON {schema}.tape_events (notification_id);
COMMENT ON TABLE {schema}.tape_events IS 'tape: never changed, never derived';
CREATE VIEW {schema}.events AS
    SELECT notification_id AS position, topic, convert_from(state, 'UTF8')::jsonb AS fact,
           originator_id AS stream, originator_version AS version, recorded_at
    FROM {schema}.tape_events;
CREATE FUNCTION {schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the {schema} tape is never changed: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER tape_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.tape_events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
"""

MARKET = """
CREATE INDEX tape_events_acts_idx ON market.tape_events (notification_id)
    WHERE topic <> 'CandleClosed';
CREATE INDEX tape_events_rules_idx ON market.tape_events (notification_id)
    WHERE topic IN ('MarketListed', 'MarketRulesChanged');
CREATE TABLE market.series (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    exchange text NOT NULL,
    pair text NOT NULL,
    timeframe text NOT NULL,
    stream uuid NOT NULL UNIQUE,
    UNIQUE (exchange, timeframe, pair)
);
COMMENT ON TABLE market.series IS 'tape: index of the candle table';
CREATE TABLE market.candles (
    series int NOT NULL,
    open_time bigint NOT NULL,
    open float8 NOT NULL,
    high float8 NOT NULL,
    low float8 NOT NULL,
    close float8 NOT NULL,
    volume float8 NOT NULL,
    position bigint NOT NULL,
    superseded_by bigint,
    PRIMARY KEY (series, open_time, position)
);
CREATE TRIGGER candles_are_only_superseded BEFORE DELETE OR TRUNCATE OR UPDATE OF
    series, open_time, open, high, low, close, volume, position ON market.candles
    FOR EACH STATEMENT EXECUTE FUNCTION market.refuse_change();
COMMENT ON TABLE market.candles IS 'tape: typed index of candles, written with their events';
"""

TRADING = """
CREATE TABLE trading.tape_tracking (
    application_name text PRIMARY KEY,
    notification_id bigint NOT NULL
);
COMMENT ON TABLE trading.tape_tracking IS
    'operational: how far trading has handled the market tape, committed with its facts';
CREATE TABLE trading.tape_snapshots (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (originator_id, originator_version)
);
COMMENT ON TABLE trading.tape_snapshots IS 'derived: states of accounts, to load them quickly';
CREATE TABLE trading.sources (
    hash text PRIMARY KEY,
    source text NOT NULL
);
COMMENT ON TABLE trading.sources IS 'tape: the code of strategies by its SHA-256';
CREATE INDEX tape_events_topic_idx ON trading.tape_events (topic, notification_id);
CREATE INDEX tape_events_as_of_idx ON trading.tape_events (originator_id, notification_id);
"""

OPERATIONAL = """
CREATE TABLE ops.epoch (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch text NOT NULL,
    purpose text NOT NULL DEFAULT ''
);
INSERT INTO ops.epoch (epoch) VALUES (substr(replace(gen_random_uuid()::text, '-', ''), 1, 8));
COMMENT ON TABLE ops.epoch IS 'operational: names this database; a restored one gets another';
"""


def upgrade() -> None:
    """Create the schemas and their tables."""
    for schema in ("market", "trading", "read", "ops"):
        op.execute(f"CREATE SCHEMA {schema}")
    for schema in ("market", "trading"):
        op.execute(TAPE.format(schema=schema))
    op.execute(MARKET)
    op.execute(TRADING)
    op.execute(OPERATIONAL)
