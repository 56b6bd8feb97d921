"""Where a sweep looks."""

import pytest

from application.sweeping.space import BadSpace, axis, drawn, every


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("fast=5,10,20", ("5", "10", "20")),
        ("fast=5:20:5", ("5", "10", "15", "20")),
        ("fast=5:19:5", ("5", "10", "15")),
        ("fast=5:8", ("5", "6", "7", "8")),
        ("stop=0.01:0.02:0.005", ("0.01", "0.015", "0.02")),
        ("stop=0.010, 1e-2,0", ("0.01", "0")),
        ("fast=7:7:1", ("7",)),
    ],
)
def test_values_are_listed_or_step_through_a_range(text: str, values: tuple[str, ...]) -> None:
    assert axis(text).values == values


def test_a_range_that_says_no_step_has_a_thousand_where_its_ends_are_not_whole() -> None:
    values = axis("stop=0.01:0.05").values
    assert (len(values), values[0], values[1], values[-1]) == (1_001, "0.01", "0.01004", "0.05")


@pytest.mark.parametrize(
    "text",
    ["fast", "fast=", "=5", "fast=5:1:1", "fast=1:5:0", "fast=1:5:1:1", "fast=1:5,7", "fast=a",
     "fast=nan", "fast=0:1:0.0000001", "fast=1:", "fast=1e99"],
)  # fmt: skip
def test_what_is_no_space_is_refused(text: str) -> None:
    with pytest.raises(BadSpace, match="fast"):
        axis(text)


def test_a_grid_is_every_combination_the_last_parameter_changing_fastest() -> None:
    grid = every([axis("fast=5,10"), axis("slow=20,30")])
    assert [tuple(each.values()) for each in grid] == [
        ("5", "20"), ("5", "30"), ("10", "20"), ("10", "30"),
    ]  # fmt: skip


def test_a_grid_has_each_parameter_once_and_an_end() -> None:
    with pytest.raises(BadSpace, match="once"):
        every([axis("fast=5,10"), axis("fast=20")])
    with pytest.raises(BadSpace, match="random"):
        every([axis("fast=1:1000"), axis("slow=1:1000")])


def test_the_same_seed_draws_the_same_combinations_and_another_seed_others() -> None:
    axes = [axis("fast=1:1000"), axis("stop=0.01:0.05")]
    draw = drawn(axes, 50, 7)
    assert draw == drawn(axes, 50, 7)
    assert draw != drawn(axes, 50, 8)
    assert draw[:2] == [{"fast": "324", "stop": "0.01604"}, {"fast": "651", "stop": "0.01288"}]


def test_no_combination_is_drawn_twice_and_no_more_than_there_are() -> None:
    axes = [axis("fast=1:4"), axis("slow=5:7")]
    assert len({tuple(each.values()) for each in drawn(axes, 11, 1)}) == 11
    assert drawn(axes, 1_000, 1) == every(axes)
