"""A table of scores is read whole or refused with the line that is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from booth.errors import InputError
from booth.policy.scores import MAX_BYTES, Scored, read_scores

HEAD = "item,product,score,damaged\n"


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "scores.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_good_and_damaged_items_are_read_with_their_products(tmp_path: Path) -> None:
    text = (
        "\ufefffamily,score,item,damaged,product\ncarton,0.25,a,0,p1\ncarton,1,b,True,p1\njar,0,c,False,p2\n"
    )
    scores = read_scores(written(tmp_path, text))
    assert scores.items[1] == Scored("b", "p1", 1.0, True)
    assert scores.of(damaged=False) == ([0.25, 0.0], ["p1", "p2"])
    assert scores.of(damaged=True) == ([1.0], ["p1"])


def test_of_several_seeds_the_first_is_used_as_an_item_counts_once(tmp_path: Path) -> None:
    text = "seed,item,product,score,damaged\n0,a,p,0.1,0\n1,a,p,0.2,0\n0,b,p,0.3,0\n"
    scores = read_scores(written(tmp_path, text))
    assert [each.score for each in scores.items] == [0.1, 0.3]
    assert scores.left_out == {"scored again under another seed": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column 'item'"),
        ("item,product,damaged\n", "no column 'score'"),
        (HEAD, "no item"),
        (f"{HEAD}a,p,nan,0\n", "line 2: a score must be"),
        (f"{HEAD}a,p,0.1,0\nb,p,inf,0\n", "line 3: a score must be"),
        (f"{HEAD}a,p,1.1,0\n", "line 2: a score must be"),
        (f"{HEAD}a,p,,0\n", "line 2: a score must be"),
        (f"{HEAD}a,p,0.1\n", "line 2: damaged must be"),
        (f"{HEAD}a,p,0.1,perhaps\n", "line 2: damaged must be"),
        (f"{HEAD}a,,0.1,0\n", "line 2: an item needs"),
        (f"{HEAD}a,p,0.1,0\na,p,0.1,0\n", "line 3: item 'a' is there twice"),
        (f'{HEAD}a,p,0.1,"0\n', "no CSV table"),
        (b"\xff\xfe\x00\x01", "no CSV table"),
        (f"{HEAD}{'x' * 2_000},p,0.1,0\n", "no CSV table"),
        (f"{HEAD}{'x' * 200_000},p,0.1,0\n", "no CSV table"),
    ],
)
def test_a_bad_table_is_refused_in_one_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_scores(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(InputError, match="no file"):
            read_scores(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_scores(tmp_path / "none.csv")


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    file = written(tmp_path, HEAD)
    os.truncate(file, MAX_BYTES + 1)
    with pytest.raises(InputError, match="larger than any table"):
        read_scores(file)
