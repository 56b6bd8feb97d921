"""What is said to the author of a strategy whose code cannot be used."""


class BadStrategy(Exception):
    """A strategy's code cannot be used: where, what, and what to do."""

    def __init__(self, where: str, what: str, advice: str) -> None:
        ends = "" if what[-1:] in "?!" else "."
        super().__init__(f"{where}: {what}{ends} {advice}")
        self.where = where
        self.what = what
        self.advice = advice
