import pytest

from config.errors import UsageError
from pipelines.coordination.parameters import DetectParameters, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GB", 4_000_000_000), ("512 MiB", 2**29), ("1.5k", 1500), ("77", 77), ("2tb", 2 * 10**12)],
)
def test_a_size_is_read_in_decimal_and_binary_units(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GB", "-4GB", "lots", "4 GB of memory"])
def test_what_is_no_size_is_refused_with_an_example(text):
    with pytest.raises(UsageError, match="4GB"):
        parse_size(text)


@pytest.mark.parametrize(
    ("name", "value", "option"),
    [
        ("time_window", -1.0, "--time-window"),
        ("time_window", float("nan"), "--time-window"),
        ("min_participation", -1, "--min-participation"),
        ("min_edge_weight", 0, "--min-edge-weight"),
        ("fdr", 1.0, "--fdr"),
        ("permutations", -1, "--permutations"),
        ("seed", -1, "--seed"),
        ("memory_limit", 0, "--memory-limit"),
        ("semantics", "cooccurrence", "--semantics"),
        ("engine", "spark", "--engine"),
    ],
)
def test_a_senseless_parameter_is_refused_by_the_name_of_its_option(name, value, option):
    with pytest.raises(UsageError, match=option):
        DetectParameters(**{name: value})


def test_the_window_is_held_in_microseconds():
    assert DetectParameters(time_window=0.25).window_microseconds == 250_000
