"""The parameters of the built-in strategies: described, read again as written, bounded."""

import msgspec
import pytest

from domain.strategies import STRATEGIES, strategy
from domain.strategies.strategy import BadParameter, Parameter


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_every_parameter_is_described_and_read_again(name: str) -> None:
    kind = STRATEGIES[name]
    (schema,) = msgspec.json.schema(kind)["$defs"].values()
    assert all(each.get("description") for each in schema["properties"].values())
    assert strategy(name, kind().parameters()) == kind()


@pytest.mark.parametrize(
    ("name", "parameters", "says"),
    [
        ("double_bottom", {"apart": 99}, "apart = 99 and right = 3 leave no time"),
        ("double_top", {"left": 0}, "left = 0: it must be a whole number >= 1"),
        ("rsi_divergence", {"oversold": 0}, "oversold = 0: it must be a number > 0"),
        ("engulfing_at_support", {"near": 0}, "near = 0: it must be a number > 0"),
        ("supertrend", {"multiplier": 0}, "multiplier = 0: it must be a number >= 0.5"),
        ("donchian_breakout", {"exit": 21}, "exit = 21 must not be longer than entry = 20"),
        ("bollinger_squeeze", {"period": 2}, "period = 2: it must be a whole number >= 5"),
        ("ichimoku", {"base": 9}, "conversion = 9 must be shorter than base = 9"),
        ("ichimoku", {"displacement": 0}, "displacement = 0: it must be a whole number >= 1"),
    ],
)
def test_what_makes_no_sense_is_refused(
    name: str, parameters: dict[str, Parameter], says: str
) -> None:
    with pytest.raises(BadParameter, match=says):
        strategy(name, parameters)
