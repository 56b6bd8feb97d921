"""A listening socket whose port may be told before the server runs."""

import socket


def listening(host: str, port: int) -> socket.socket:
    """A socket that already queues connections, so that its port may be told at once.

    It says that it speaks TCP, else asyncio would not see that and leave Nagle's delay on: 40 ms.
    Raises OSError.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2_048)
    except BaseException:
        listener.close()
        raise
    return listener
