"""Lots that fall the same each time: there is no chance in the domain."""

from hashlib import shake_256

import numpy as np
from numpy.typing import NDArray


def lots(key: str, count: int) -> NDArray[np.uint64]:
    """So many numbers, evenly spread, told by the key alone."""
    return np.frombuffer(shake_256(key.encode()).digest(8 * count), dtype=np.uint64)


def drawn(key: str, of: list[int], count: int) -> set[int]:
    """So many of them, or all if there are fewer."""
    return {of[place] for place in np.argsort(lots(key, len(of)))[:count].tolist()}
