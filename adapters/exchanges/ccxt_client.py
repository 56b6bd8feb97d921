"""A ccxt client made fit for the port: our budget, our host, exact numbers, answers heard first."""

import json
import time
from collections.abc import Mapping
from contextvars import ContextVar
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from adapters.exchanges import ccxt_words
from adapters.exchanges.budget import Allowance, Budget, BudgetStore, within_a_minute
from adapters.exchanges.ccxt_rows import rows_as_they_came
from adapters.exchanges.traits import known
from adapters.exchanges.waits import BANNED, TOO_MANY, date_ms, seconds_asked
from application.ports import ExchangeRefused, ExchangeSaysWait, ExchangeUnavailable


class Heard(NamedTuple):
    """The newest answer that a task heard: HTTP status, the server's clock in ms, the JSON.

    `says` tells an error by status and text.
    """

    status: int = 0
    date: int | None = None
    answer: Any = None
    says: str = ""


NOTHING = Heard()
HEARD: ContextVar[Heard] = ContextVar("HEARD", default=NOTHING)


def is_known(ccxt_id: str) -> bool:
    """Whether ccxt has a client for that exchange."""
    import ccxt.async_support as ccxt  # noqa: PLC0415  # a second, which most commands never need

    return ccxt_id in ccxt.exchanges


def open_client(
    name: str,
    ccxt_id: str,
    store: BudgetStore,
    *,
    url: str | None,
    requests_per_second: float | None,
    seconds_for_answer: float,
) -> Any:
    """The client; raises ExchangeRefused if ccxt does not know the exchange."""
    import ccxt.async_support as ccxt  # noqa: PLC0415  # a second, which most commands never need

    if not is_known(ccxt_id):
        raise ExchangeRefused(f"{name}: ccxt knows no exchange {ccxt_id!r}")
    config: dict[str, Any] = {"enableRateLimit": True, "options": {"defaultType": "spot"}}
    config["timeout"] = int(seconds_for_answer * 1_000)
    if url is not None and url.startswith("http:"):
        config["verify"] = False  # no certificates to load where nothing is encrypted
    client = getattr(ccxt, ccxt_id)(config)
    _speak_exactly(client)
    _keep_to_spot(client)
    _pace(client, store, requests_per_second)
    if url is not None:
        client.urls["api"] = _readdressed(client.urls["api"], url)
        client.timeout_on_exit = 0  # ccxt waits there for the end of TLS
    return client


def _speak_exactly(client: Any) -> None:
    """Numbers as the text that came, rows as they came: ccxt drops and cuts some in silence."""
    client.number = str
    client.on_json_response = partial(json.loads, parse_float=str, parse_constant=_no_number)
    overridden = "parse_ohlcvs" in vars(type(client))
    if not overridden:
        client.parse_ohlcvs = partial(rows_as_they_came, client.parse_ohlcv)


def _no_number(text: str) -> str:
    raise ValueError(f"{text} is no number")


def _keep_to_spot(client: Any) -> None:
    """Load spot markets only, and no currencies, where the exchange tells them apart."""
    fetched = client.options.get("fetchMarkets")
    if isinstance(fetched, dict) and isinstance(fetched.get("types"), list):
        fetched["types"] = ["spot"]
    client.options["fetchMargins"] = False
    if not known(client.id).currencies:
        client.has["fetchCurrencies"] = False


def _pace(client: Any, store: BudgetStore, requests_per_second: float | None) -> None:
    """Our budget in place of ccxt's throttle, in ccxt's costs, or one for each request."""
    if requests_per_second is None:
        rate = 1_000 / client.rateLimit
        budget = Budget(store, within_a_minute(rate, known(client.id).burst_seconds))
        client.throttle = budget.take
    else:
        a_quarter_second = max(requests_per_second / 4, 1.0)
        budget = Budget(store, Allowance(requests_per_second, a_quarter_second))
        client.throttle = lambda _cost=None: budget.take(1.0)
    _hear_first(client, budget)


def _hear_first(client: Any, budget: Budget) -> None:
    """Hear every answer, with its own status and headers, before ccxt makes something of it."""
    import ccxt  # noqa: PLC0415  # loaded already

    ask, pass_on = client.fetch, client.on_rest_response

    def hear(
        code: int, reason: str, url: str, method: str, headers: Any, body: str, *r: Any
    ) -> Any:
        HEARD.set(Heard(code, date_ms(headers), says=ccxt_words.of_answer(code, body)))
        _refuse_waits_and_pages(code, headers, body)
        return pass_on(code, reason, url, method, headers, body, *r)

    async def fetch(url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        HEARD.set(NOTHING)
        try:
            answer = await ask(url, method, headers, body)
        except ExchangeSaysWait as wait:
            await budget.close_for(wait.seconds, str(wait))
            raise
        except (ccxt.RateLimitExceeded, ccxt.DDoSProtection) as error:
            seconds, says = seconds_asked(TOO_MANY, {}, "", 0), _said(error, url)
            await budget.close_for(seconds, says)
            raise ExchangeSaysWait(says, seconds) from error
        except ccxt.BaseError as error:
            says, heard = _said(error, url), HEARD.get()
            if type(error) is ccxt.ExchangeError and not 400 <= heard.status < 500:
                strange = 0 < heard.status < 400
                words = f"says what ccxt does not know: {says}" if strange else says
                raise ExchangeUnavailable(words) from error
            error.args = (says,)
            raise
        if not isinstance(answer, (dict, list)):
            raise ExchangeUnavailable(f"JSON that is cut off or wrong: {str(answer)[:60]!r}")
        HEARD.set(HEARD.get()._replace(answer=answer))
        return answer

    client.on_rest_response, client.fetch = hear, fetch


def _said(error: Exception, url: str) -> str:
    """What the answer says, or why there was none; ccxt names itself and the whole address."""
    heard = HEARD.get()
    return heard.says if heard.status else ccxt_words.of_connection(error.__cause__, url)


def _refuse_waits_and_pages(code: int, headers: Mapping[str, str], body: str) -> None:
    if code in (TOO_MANY, BANNED):
        seconds = seconds_asked(code, headers, body, int(time.time() * 1_000))
        raise ExchangeSaysWait(ccxt_words.of_answer(code, body), seconds)
    if code < 400 and not body.lstrip().startswith(("{", "[")):
        raise ExchangeUnavailable(
            f"a page instead of JSON: {body[:60]!r}" if body.strip() else "an empty answer"
        )


def _readdressed(address: Any, url: str) -> Any:
    """The same addresses, nested as they are, on the host of `url`."""
    if isinstance(address, dict):
        return {key: _readdressed(inner, url) for key, inner in address.items()}
    if not isinstance(address, str):
        return address
    host, old = urlsplit(url), urlsplit(address)
    return urlunsplit((host.scheme, host.netloc, old.path, old.query, ""))
