"""Chance by counter: any number of a stream at once, without those before it (SplitMix64)."""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from domain.candles import Floats

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
Key = int | NDArray[np.uint64]


def stream(*names: object) -> int:
    """The key of a stream of numbers: 64 bits of a hash of its names."""
    return int.from_bytes(blake2b(repr(names).encode(), digest_size=8).digest(), "big")


def uniforms(key: Key, counters: NDArray[np.int64]) -> Floats:
    """Numbers between 0 and 1, exclusive, one for each counter (of one stream, or of many)."""
    mixed = counters.astype(np.uint64) * _GOLDEN + np.asarray(key, dtype=np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
    mixed = mixed ^ (mixed >> np.uint64(31))
    return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normals(key: Key, counters: NDArray[np.int64]) -> Floats:
    """Standard normal numbers, one for each counter (Box and Muller)."""
    radius = np.sqrt(-2.0 * np.log(uniforms(key, counters * 2)))
    return np.asarray(radius * np.cos(2.0 * np.pi * uniforms(key, counters * 2 + 1)))


def chance(*names: object) -> float:
    """A number from 0 up to 1, exclusive, that only its names decide."""
    return stream(*names) / 2.0**64
