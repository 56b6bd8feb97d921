"""What was checked, in numbers."""

from collections import Counter
from dataclasses import dataclass, field

from application.replay.given import Given
from application.verifying.comparing import Agreement


@dataclass(slots=True)
class Tally:
    """Periods and candles gone through, and facts by how they agreed.

    `given` counts those that name what was given, by topic. `asked_for` are the commands whose own
    request was still there. `confirmed` are differences of the replay that trading itself, asked
    period by period, did not find.
    """

    periods: int = 0
    candles: int = 0
    agreed: Counter[Agreement] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    commands: int = 0
    asked_for: int = 0
    confirmed: int = 0

    def take(self, given: Given, *, is_asked_for: bool) -> None:
        """Count what was given."""
        self.given.update(fact.topic for fact in given.facts)
        if not given.is_configuration:
            self.commands += 1
            self.asked_for += is_asked_for

    @property
    def facts(self) -> int:
        """How many facts were derived and found as they are recorded."""
        return self.agreed.total()
