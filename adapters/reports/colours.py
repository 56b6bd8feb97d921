"""The colours of charts as CSS variables: one drawing for light and dark pages."""

from dataclasses import asdict

from adapters.charts.looks import LOOKS, Look


def inline_look() -> Look:
    """Colours that the page's variables decide."""
    names = {name: f"var(--{name})" for name in asdict(LOOKS["light"]) if name != "lines"}
    lines = tuple(f"var(--line-{number})" for number in range(len(LOOKS["light"].lines)))
    return Look(**names, lines=lines)


def variables(look: Look) -> str:
    """The declarations that give them a look."""
    colours = {name: colour for name, colour in asdict(look).items() if name != "lines"}
    colours |= {f"line-{number}": colour for number, colour in enumerate(look.lines)}
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())
