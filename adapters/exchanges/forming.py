"""What an exchange shows of a candle whose period is not over."""

from decimal import ROUND_HALF_EVEN, Decimal

from domain.candles import Candle


def forming(final: Candle, elapsed: float) -> Candle:
    """The candle as it looks after `elapsed` (0 to 1) of its period.

    It has gone between a tenth and nine tenths of its way, so it is never mistaken for the final
    one (unless that is flat and without volume). Prices keep the decimals of the final candle.
    """
    share = Decimal(round(100 + 800 * min(max(elapsed, 0.0), 1.0))) / 1000
    step = Decimal(1).scaleb(min(_exponent(price) for price in final[1:5]))

    def reached(price: Decimal) -> Decimal:
        way = (price - final.open) * share
        return final.open + way.quantize(step, ROUND_HALF_EVEN)

    return Candle(
        final.open_time,
        final.open,
        reached(final.high),
        reached(final.low),
        reached(final.close),
        (final.volume * share).quantize(Decimal(1).scaleb(_exponent(final.volume) - 3)).normalize(),
    )


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
