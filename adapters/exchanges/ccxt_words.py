"""What went wrong with a request, in words for people: nothing of ccxt, no long addresses."""

import re
from urllib.parse import urlsplit

NO_ANSWER = "no answer in time"
_LONGEST = 150
_TAG = re.compile("<[^>]*>")


def of_answer(status: int, body: str) -> str:
    """An answer by its HTTP status, where that is an error's, and the beginning of its text."""
    said = short(body)
    if status < 400:
        return said
    return f"HTTP {status}: {said}" if said else f"HTTP {status}"


def of_connection(error: BaseException | None, url: str) -> str:
    """Why there was no answer, or no whole one, from that address."""
    import aiohttp  # noqa: PLC0415  # loaded by ccxt already

    address = urlsplit(url)
    host = f"{address.scheme}://{address.netloc}"
    match error:
        case TimeoutError():
            return NO_ANSWER
        case aiohttp.ClientPayloadError():
            return "the answer was cut off"
        case aiohttp.ServerDisconnectedError():
            return f"{host} closed the connection without an answer"
        case aiohttp.ClientConnectorError():
            return f"no connection to {host}"
        case aiohttp.ClientConnectionError():
            return f"the connection to {host} broke"
        case aiohttp.ClientError():
            return f"{host} does not speak HTTP as it should"
    return f"no connection to {host}"


def short(text: str) -> str:
    """The beginning of a text or page, in one line and without tags."""
    return " ".join(_TAG.sub(" ", text).split())[:_LONGEST]
