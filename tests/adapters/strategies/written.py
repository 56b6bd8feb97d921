"""Strategies as an author writes them, into a folder of a test's."""

from pathlib import Path

BREAKOUT = '''"""Long while the price is above its average."""

from papertape import Indicator, Rules, Strategy, crosses_above, crosses_below


class Breakout(Strategy, frozen=True):
    length: int = 50

    def indicators(self):
        return {"average": Indicator("SMA", period=self.length), "atr": Indicator("ATR", period=14)}

    def rules(self, candles, values):
        return Rules(
            enter_long=crosses_above(candles.close, values["average"]),
            exit_long=crosses_below(candles.close, values["average"]),
            stop=candles.close - 2 * values["atr"],
        )
'''
WIDER = BREAKOUT.replace("2 * values", "3 * values")
WITH_HELPER = BREAKOUT.replace("from papertape", "from levels import WIDE\nfrom papertape").replace(
    "2 * values", "WIDE * values"
)


def write(folder: Path, **modules: str) -> Path:
    """Files of a folder by their modules' names, `__` between packages and what is in them."""
    for name, text in modules.items():
        file = folder / (name.replace("__", "/") + ".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return folder


def write_package(folder: Path, package: str, text: str) -> None:
    """The `__init__.py` of a package in a folder."""
    (folder / package).mkdir(parents=True, exist_ok=True)
    (folder / package / "__init__.py").write_text(text, "utf-8")
