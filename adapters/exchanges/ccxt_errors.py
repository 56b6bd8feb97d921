"""ccxt's errors, and what its clients let through, as the port's."""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.exchanges.ccxt_words import NO_ANSWER, short
from application.ports import (
    ExchangeError,
    ExchangeRefused,
    ExchangeSaysWait,
    ExchangeUnavailable,
)


@contextmanager
def translated(name: str, asked: str, pair: str | None = None) -> Iterator[None]:
    """Errors of what was asked of the exchange `name`, named by what they ask for."""
    import aiohttp  # noqa: PLC0415  # loaded by ccxt already
    import ccxt  # noqa: PLC0415

    what = f"{name} {asked} {pair}" if pair else f"{name} {asked}"
    away = (aiohttp.ClientError, OSError)
    try:
        yield
    except ExchangeSaysWait as error:
        raise ExchangeSaysWait(f"{what}: {error}", error.seconds) from error
    except ExchangeError as error:
        raise type(error)(f"{what}: {error}") from error
    except (ccxt.RequestTimeout, TimeoutError) as error:
        raise ExchangeUnavailable(f"{what}: {NO_ANSWER}") from error
    except ccxt.OperationFailed as error:
        raise ExchangeUnavailable(f"{what}: {short(str(error))}") from error
    except ccxt.BaseError as error:
        cause = ExchangeUnavailable if isinstance(error.__cause__, away) else ExchangeRefused
        raise cause(f"{what}: {short(str(error))}") from error
    except away as error:
        raise ExchangeUnavailable(f"{what}: {_cut(error)}") from error
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise ExchangeUnavailable(
            f"{what}: an answer that makes no sense ({_cut(error)})"
        ) from error


def _cut(error: Exception) -> str:
    return f"{type(error).__name__} {str(error)[:300]}"
