"""What operators ask of accounts, and what came of it."""

from alembic import op

revision = "0005"
down_revision = "0004"

COMMANDS = """
CREATE TABLE ops.commands (
    id uuid PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    account text NOT NULL,
    command text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome text CHECK (outcome IN ('done', 'refused')),
    answer text,
    ended_at timestamptz
);
CREATE INDEX commands_waiting_idx ON ops.commands (number) WHERE outcome IS NULL;
COMMENT ON TABLE ops.commands IS
    'operational: what operators ask of accounts; what was done is on the trading tape';
"""


def upgrade() -> None:
    """Create the queue."""
    op.execute(COMMANDS)
