"""Candle files: exact numbers out of good ones, file and line out of bad ones."""

import math
import random
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars
import pytest

from adapters.candle_files import BadCandleFile, read_candles
from domain.candles import Candle
from domain.timeframes import timeframe

HOUR = 3_600_000
START = 1_704_067_200_000  # 2024-01-01T00:00:00Z
HEADER = "open_time_ms,open,high,low,close,volume"
HOURLY = timeframe("1h")
NOW = START + 100_000 * HOUR


def test_decimals_of_csv_stay_exact(tmp_path: Path) -> None:
    file = csv(tmp_path, f"{START},0.10,15e-1,0.00000001,1.50,12345678901.12345678")
    (candle,) = read_candles([file], HOURLY, NOW).exact(0, 1)
    assert candle == Candle(
        START, *map(Decimal, ("0.1", "1.5", "0.00000001", "1.5", "12345678901.12345678"))
    )


def test_doubles_of_parquet_are_their_shortest_text(tmp_path: Path) -> None:
    file = parquet(tmp_path, [[START, 0.1, 0.30000000000000004, 1e-7, 0.2, 1e16]])
    (candle,) = read_candles([file], HOURLY, NOW).exact(0, 1)
    assert candle[1:] == tuple(map(Decimal, ("0.1", "0.30000000000000004", "1e-7", "0.2", "1e16")))


@pytest.mark.parametrize("kind", [polars.String, polars.Decimal(38, 8), polars.Float64])
def test_parquet_may_hold_text_or_decimals_too(tmp_path: Path, kind: polars.DataType) -> None:
    frame = polars.DataFrame(
        {"open_time_ms": [START], **{name: ["1.25"] for name in HEADER.split(",")[1:]}}
    )
    frame = frame.with_columns(polars.exclude("open_time_ms").cast(kind))
    frame.write_parquet(tmp_path / "a.parquet")
    read = read_candles([tmp_path / "a.parquet"], HOURLY, NOW)
    assert read.exact(0, 1) == [Candle(START, *[Decimal("1.25")] * 5)]


def test_doubles_are_those_nearest_to_the_exact_numbers(tmp_path: Path) -> None:
    chance = random.Random(7)
    rows = [
        f"{START + place * HOUR},{price},{price},{price},{price},{chance.random():.8f}"
        for place in range(2_000)
        for price in [round(chance.uniform(0.001, 99_999), chance.randrange(9)) or 1]
    ]
    read = read_candles([csv(tmp_path, *rows)], HOURLY, NOW)
    for candle, place in zip(read.exact(0, 2_000), range(2_000), strict=True):
        assert read.candles.candle(place) == candle


def test_order_of_columns_spaces_windows_line_ends_and_empty_last_lines_do_not_matter(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(
        b"\xef\xbb\xbfvolume, close,low,high,open,open_time_ms,trades\r\n"
        b'"7",4, 1,5,2,%d,99\r\n\r\n' % START
    )
    assert read_candles([file], HOURLY, NOW).exact(0, 1) == [candle_of(START, 2, 5, 1, 4, 7)]


def test_files_in_any_order_join_and_equal_candles_count_once(tmp_path: Path) -> None:
    late = csv(tmp_path, good(1), good(2), name="late.csv")
    early = csv(tmp_path, good(0), good(1), name="early.csv")
    read = read_candles([late, early, late], HOURLY, NOW)
    assert read.candles.open_time.tolist() == [START, START + HOUR, START + 2 * HOUR]
    assert [candle.open_time for candle in read.exact(1, 3)] == [START + HOUR, START + 2 * HOUR]


def test_files_that_contradict_each_other_are_refused_by_both_places(tmp_path: Path) -> None:
    one = csv(tmp_path, good(0), good(1), name="one.csv")
    other = csv(tmp_path, good(1).replace(",7", ",8"), name="other.csv")
    with pytest.raises(BadCandleFile) as refused:
        read_candles([other, one], HOURLY, NOW)
    assert str(refused.value) == (
        f"{one}, line 3: another candle for 2024-01-01T01:00:00Z than {other}, line 2"
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (",2,5,1,4,7", "open_time_ms is empty, not a time in ms since 1970"),
        ("2024-01-01,2,5,1,4,7", "open_time_ms is 2024-01-01, not a time in ms since 1970"),
        (f"{START + HOUR}.0,2,5,1,4,7", f"open_time_ms is {START + HOUR}.0, not a time"),
        (f"{START + HOUR}000,2,5,1,4,7", "not a time in ms since 1970"),
        (f"{START + HOUR + 1},2,5,1,4,7", "is not the open of a 1h period"),
        (f"{START},2,5,1,4,7", f"open_time_ms {START} stands there twice"),
        (f"{START - HOUR},2,5,1,4,7", "comes behind a later one; sort by time"),
        (f"{START + HOUR},,5,1,4,7", "open is empty, not a number"),
        (f"{START + HOUR},2,5,1,4", "volume is empty, not a number"),
        (f"{START + HOUR},2,five,1,4,7", "high is five, not a number"),
        (f"{START + HOUR},2,5,nan,4,7", "low is nan, not a number"),
        (f"{START + HOUR},2,inf,1,4,7", "high is inf, not a number"),
        (f"{START + HOUR},2,5,1,4,1_0", "volume is 1_0, not a number"),
        (f"{START + HOUR},2,5,1,4,1e999", "volume is 1e999, not a number"),
        (f"{START + HOUR},2,5,0,4,7", "low 0 is not above zero"),
        (f"{START + HOUR},2,5,1,4,-7", "volume -7 is below zero"),
        (f"{START + HOUR},2,3,1,4,7", "high 3 is below open 2 or close 4"),
        (f"{START + HOUR},2,5,3,4,7", "low 3 is above open 2 or close 4"),
        (f"{START + HOUR},2,5,1.00000000000000001,4,7", "has more digits than a double holds"),
        (f"{START + HOUR},2,5,1,4,7,8", "7 fields, the header 6"),
        ("", "open_time_ms is empty"),
    ],
)
def test_a_malformed_row_is_refused_by_file_and_line(tmp_path: Path, row: str, words: str) -> None:
    file = csv(tmp_path, good(0), row, good(2))
    with pytest.raises(BadCandleFile) as refused:
        read_candles([file], HOURLY, NOW)
    assert str(refused.value).startswith(f"{file}, line 3: ")
    assert words in str(refused.value)


def test_the_first_malformed_row_is_named_whatever_is_wrong_behind_it(tmp_path: Path) -> None:
    file = csv(tmp_path, good(0), f"{START + HOUR},2,5,1,4,-7", "x,x,x,x,x,x")
    with pytest.raises(BadCandleFile, match="line 3: volume -7 is below zero"):
        read_candles([file], HOURLY, NOW)


def test_a_malformed_row_of_parquet_is_refused_by_its_number(tmp_path: Path) -> None:
    rows = [[START, 2.0, 5.0, 1.0, 4.0, 7.0], [START + HOUR, 2.0, 5.0, float("nan"), 4.0, 7.0]]
    with pytest.raises(BadCandleFile, match=r"a\.parquet, row 2: low is nan, not a number"):
        read_candles([parquet(tmp_path, rows)], HOURLY, NOW)


@pytest.mark.parametrize("number", [1e100, 9.9e99, 1e-99, 9.9e-100, 0.0, -0.0, 5e-324, math.inf])
def test_a_double_is_judged_as_its_text_is(tmp_path: Path, number: float) -> None:
    doubles = parquet(tmp_path, [[START, 2.0, 5.0, 1.0, 4.0, number]])
    texts = tmp_path / "texts.parquet"
    polars.read_parquet(doubles).cast(polars.String).write_parquet(texts)
    assert judged(doubles) == judged(texts)


def test_an_empty_place_among_doubles_is_refused(tmp_path: Path) -> None:
    file = parquet(tmp_path, [[START + n * HOUR, 2.0, 5.0, 1.0, 4.0, 7.0] for n in range(3)])
    for column in HEADER.split(","):
        holed = polars.when(polars.int_range(polars.len()) != 1).then(column).alias(column)
        holed_file = tmp_path / "holed.parquet"
        polars.read_parquet(file).with_columns(holed).write_parquet(holed_file)
        with pytest.raises(BadCandleFile, match=f"row 2: {column} is empty, not a "):
            read_candles([holed_file], HOURLY, NOW)


@pytest.mark.parametrize("moment", [-1, -(2**63), 2**63 - 1])
def test_a_time_of_no_calendar_is_refused(tmp_path: Path, moment: int) -> None:
    file = parquet(tmp_path, [[START, 2.0, 5.0, 1.0, 4.0, 7.0]] * 2)
    times = polars.Series("open_time_ms", [moment, START])
    polars.read_parquet(file).with_columns(times).write_parquet(file)
    with pytest.raises(BadCandleFile, match=f"row 1: open_time_ms is {moment}, not a time"):
        read_candles([file], HOURLY, NOW)


def test_files_of_other_types_join_exactly(tmp_path: Path) -> None:
    text = csv(tmp_path, f"{START + HOUR},2,5,1,4,12345678901.12345678")
    doubles = parquet(tmp_path, [[START, 0.1, 0.30000000000000004, 0.1, 0.2, 7.0]])
    first, second = read_candles([text, doubles], HOURLY, NOW).exact(0, 2)
    assert (first.high, second.volume) == (
        Decimal("0.30000000000000004"), Decimal("12345678901.12345678")
    )  # fmt: skip


def test_weeks_open_on_mondays(tmp_path: Path) -> None:
    monday = csv(tmp_path, good(0))  # 2024-01-01 was one
    assert len(read_candles([monday], timeframe("1w"), NOW)) == 1
    thursday = csv(tmp_path, good(72))
    with pytest.raises(BadCandleFile, match="is not the open of a 1w period"):
        read_candles([thursday], timeframe("1w"), NOW)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.parquet", b"", "the file is empty"),
        ("a.csv", HEADER.encode(), "there are no candles in it"),
        ("a.csv", HEADER.encode() + b"\n\n\n", "there are no candles in it"),
        ("a.csv", b"open_time_ms,open,high,low,close\n1,2,3,4,5\n", "no column volume"),
        ("a.csv", b"open,open_time_ms,open,high,low,close,volume\n", "column open stands there"),
        ("a.csv", HEADER.encode() + b'\n"1,2,3\n4,5,6\n', "no CSV file in UTF-8"),
        ("a.csv", HEADER.encode() + b"\n\xff\xfe,1,2,3,4,5\n", "no CSV file in UTF-8"),
        ("a.csv", b"\x00\x01\x02PAR1", "no column open_time_ms"),
        ("a.parquet", b"open_time_ms,open\n1,2\n", "no Parquet file, or it is damaged"),
        ("a.parquet", b"PAR1" + bytes(200) + b"PAR1", "no Parquet file, or it is damaged"),
        ("a.xlsx", b"PK", "a candle file ends in .csv or .parquet"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadCandleFile) as refused:
        read_candles([tmp_path / name], HOURLY, NOW)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for name in ("missing.csv", "folder.csv"):
        with pytest.raises(BadCandleFile, match="there is no such file"):
            read_candles([tmp_path / name], HOURLY, NOW)


def test_a_damaged_parquet_file_is_refused_wherever_it_is_cut(tmp_path: Path) -> None:
    whole = parquet(tmp_path, [[START + n * HOUR, 2.0, 5.0, 1.0, 4.0, 7.0] for n in range(500)])
    content = whole.read_bytes()
    for length in range(1, len(content), len(content) // 20):
        whole.write_bytes(content[:length])
        with pytest.raises(BadCandleFile):
            read_candles([whole], HOURLY, NOW)


@pytest.mark.parametrize(
    ("column", "kind", "words"),
    [
        ("open", polars.Float32, "column open is Float32; it must be float64"),
        ("open_time_ms", polars.Float64, "column open_time_ms is Float64; it must be int64"),
        ("volume", polars.Boolean, "column volume is Boolean"),
    ],
)
def test_columns_of_another_type_are_refused(
    tmp_path: Path, column: str, kind: polars.DataType, words: str
) -> None:
    file = parquet(tmp_path, [[START, 2.0, 5.0, 1.0, 4.0, 7.0]])
    polars.read_parquet(file).with_columns(polars.col(column).cast(kind)).write_parquet(file)
    with pytest.raises(BadCandleFile, match=words):
        read_candles([file], HOURLY, NOW)


def test_polars_is_not_imported_before_a_file_is_read() -> None:
    check = "import sys, adapters.candle_files; sys.exit('polars' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], check=True, timeout=60)


def judged(file: Path) -> list[Candle] | str:
    """What a file with one candle holds, or why it does not."""
    try:
        return read_candles([file], HOURLY, NOW).exact(0, 1)
    except BadCandleFile as refused:
        return str(refused).removeprefix(str(file))


def csv(folder: Path, *rows: str, name: str = "a.csv") -> Path:
    (folder / name).write_text("\n".join((HEADER, *rows)) + "\n")
    return folder / name


def parquet(folder: Path, rows: list[list[float]]) -> Path:
    numbers = np.array(rows).T
    columns = dict(zip(HEADER.split(","), [numbers[0].astype(np.int64), *numbers[1:]], strict=True))
    polars.DataFrame(columns).write_parquet(folder / "a.parquet")
    return folder / "a.parquet"


def good(place: int) -> str:
    return f"{START + place * HOUR},2,5,1,4,7"


def candle_of(open_time: int, *numbers: int) -> Candle:
    return Candle(open_time, *map(Decimal, numbers))


def test_a_candle_that_has_not_closed_yet_is_refused(tmp_path: Path) -> None:
    rows = (f"{START + place * HOUR},2,3,1,2,1" for place in range(3))
    file = csv(tmp_path, *rows)
    with pytest.raises(BadCandleFile, match=r"line 4: open_time_ms \d+ is of the future"):
        read_candles([file], HOURLY, START + 3 * HOUR - 1)
    assert len(read_candles([file], HOURLY, START + 3 * HOUR)) == 3
