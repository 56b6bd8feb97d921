"""Writing candle files in the form in which they are read, block by block."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING

from adapters.candle_checks import NUMBERS, TIME
from domain.candles import Candles, Floats
from domain.values import decimal_text, exact

if TYPE_CHECKING:
    import polars


class CannotWrite(ValueError):
    """A file that has another ending, or is there already, or cannot be written."""


def check_target(path: Path, *, overwrite: bool) -> None:
    """Raises CannotWrite if candles cannot be written to a file of that name."""
    if path.suffix.lower() not in _WRITERS:
        raise CannotWrite(f"{path}: a candle file ends in {' or '.join(_WRITERS)}")
    if path.is_dir() or not path.parent.is_dir():
        raise CannotWrite(f"{path}: there is no such folder, or it is one")
    if path.exists() and not overwrite:
        raise CannotWrite(f"{path}: it is there already; --force overwrites it")


def write_candles(path: Path, blocks: Iterable[Candles]) -> None:
    """Write all blocks, oldest first; the file is there when it is whole. Raises CannotWrite."""
    with whole(path) as unfinished:
        _WRITERS[path.suffix.lower()](unfinished, blocks)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Another file in the same folder, which takes the place of `path` when the block ends.

    Raises CannotWrite.
    """
    try:
        handle, name = mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
        try:
            yield Path(name)
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()
    except OSError as error:
        raise CannotWrite(f"{path}: {error.strerror or error}") from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _write_csv(path: Path, blocks: Iterable[Candles]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join((TIME, *NUMBERS)) + "\n")
        for block in blocks:
            columns = (map(str, block.open_time.tolist()), *map(_texts, _numbers(block)))
            file.writelines(",".join(row) + "\n" for row in zip(*columns, strict=True))


def _texts(numbers: Floats) -> Iterator[str]:
    return (decimal_text(exact(number)) for number in numbers.tolist())


def _write_parquet(path: Path, blocks: Iterable[Candles]) -> None:
    import polars  # noqa: PLC0415  # a third of a second, which other commands never need
    from polars.io.plugins import register_io_source  # noqa: PLC0415

    schema = {TIME: polars.Int64(), **dict.fromkeys(NUMBERS, polars.Float64())}

    def frames(
        columns: list[str] | None,
        predicate: "polars.Expr | None",  # noqa: ARG001  # nothing is filtered
        rows: int | None,  # noqa: ARG001  # nor cut
        batch: int | None,  # noqa: ARG001
    ) -> Iterator["polars.DataFrame"]:
        for block in blocks:
            named = zip(schema, (block.open_time, *_numbers(block)), strict=True)
            yield polars.DataFrame(dict(named), schema=schema).select(columns or list(schema))

    lazy = register_io_source(frames, schema=schema)
    lazy.sink_parquet(path, compression="zstd", maintain_order=True)


def _numbers(block: Candles) -> tuple[Floats, ...]:
    return block.open, block.high, block.low, block.close, block.volume


_WRITERS: dict[str, Callable[[Path, Iterable[Candles]], None]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
}
