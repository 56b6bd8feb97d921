"""Listening: a port of loopback, or an error that leaves nothing behind."""

import os
import sys

import pytest

from adapters.listening import listening


def test_port_0_is_a_free_one() -> None:
    with listening("127.0.0.1", 0) as one, listening("127.0.0.1", 0) as two:
        assert one.getsockname()[1] != two.getsockname()[1]


@pytest.mark.skipif(sys.platform == "win32", reason="counts open files in /dev/fd")
def test_a_port_that_is_taken_leaves_no_socket_open() -> None:
    with listening("127.0.0.1", 0) as taken:
        before = os.listdir("/dev/fd")
        with pytest.raises(OSError, match="in use") as refused:
            listening("127.0.0.1", taken.getsockname()[1])
        assert len(os.listdir("/dev/fd")) == len(before)
        assert refused.value.errno is not None  # its frames, and what they hold, are still there
