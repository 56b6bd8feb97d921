"""Levels that traders know of some indicators, drawn faintly in their panels."""

_LEVELS: tuple[tuple[tuple[str, ...], tuple[float, ...]], ...] = (
    (("rsi", "relativestrengthindex"), (30, 70)),
    (("stochastic", "stoch", "moneyflow", "mfi"), (20, 80)),
    (("williamsr", "percentr"), (-80, -20)),
    (("commoditychannel", "cci"), (-100, 100)),
)


def guides_of(title: str) -> tuple[float, ...]:
    """The levels of the indicator that a panel's title names, low to high; often none."""
    name = "".join(filter(str.isalnum, title.lower()))
    for beginnings, levels in _LEVELS:
        if name.startswith(beginnings):
            return levels
    return ()
