"""What a request may ask of the sandbox exchange, and Binance's words where it may not."""

from collections.abc import Container

from starlette.requests import Request

from domain.timeframes import Timeframe, timeframe

INTERVALS = frozenset(
    ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w")
)
MOST_ROWS = 1_000


class Refused(Exception):
    """A request that Binance answers with status 400, a code and a message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def asked_pair(request: Request, pairs: dict[str, str]) -> str:
    """The pair whose id the request names; raises Refused."""
    name = _mandatory(request, "symbol")
    if name not in pairs:
        raise Refused(-1121, "Invalid symbol.")
    return pairs[name]


def asked_frame(request: Request, served: Container[str]) -> Timeframe:
    """The timeframe that the request names, of those that are served; raises Refused."""
    name = _mandatory(request, "interval")
    if name not in INTERVALS or name not in served:
        raise Refused(-1120, "Invalid interval.")
    return timeframe(name)


def asked_limit(request: Request, most: int = MOST_ROWS) -> int:
    """How many rows: 500, or what is asked for up to `most`; raises Refused."""
    limit = whole_number(request, "limit")
    if limit == 0:
        raise Refused(-1130, "Data sent for parameter 'limit' is not valid.")
    return 500 if limit is None else min(limit, most)


def whole_number(request: Request, name: str) -> int | None:
    """A parameter that is a whole number, if it was sent; raises Refused."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise Refused(
            -1100,
            f"Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'.",
        )
    return int(text)


def _mandatory(request: Request, name: str) -> str:
    text = request.query_params.get(name)
    if not text:
        raise Refused(
            -1102,
            f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.",
        )
    return text
