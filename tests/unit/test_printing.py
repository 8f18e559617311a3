"""A list is printed whole; one that breaks off leaves nothing, or something that no program takes for the whole."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from distro.cli import asking, printing
from distro.cli.printing import print_json_array
from distro.errors import Failed


def items(good: int, then: BaseException | None = None) -> Iterator[dict[str, int]]:
    for number in range(good):
        yield {"n": number}
    if then is not None:
        raise then


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_PAGE", 3)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 7])
def test_a_list_is_one_array(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    print_json_array(items(count))
    out, err = capsys.readouterr()
    assert (json.loads(out), err) == (list(items(count)), "")
    assert out.endswith("]\n")


def test_what_fails_in_the_first_page_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Failed):
        print_json_array(items(2, Failed("The store is gone.")))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("wrong", [Failed("The store is gone."), KeyboardInterrupt()])
def test_what_fails_later_has_no_end_and_says_so(wrong: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(type(wrong)):
        print_json_array(items(5, wrong))
    out, err = capsys.readouterr()
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(out)
    assert out.count("{") == 3
    assert err == "The list broke off behind 3 items: what was printed has no end, and is no JSON.\n"


def test_nobody_is_blamed_for_a_reader_who_has_enough(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BrokenPipeError):
        print_json_array(items(5, BrokenPipeError()))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("erased", "(erased)"),
        ("disposed", "(disposed of)"),
        ("damaged", "(DAMAGED, see `distro archive verify`)"),
    ],
)
def test_why_somebody_is_not_shown_is_said(why: str, said: str) -> None:
    assert asking.whom({"recipient": None, "not_shown": why}) == said
    assert (
        asking.whom({"recipient": {"name": "Ada", "address": "ada@example.org"}, "not_shown": None}) == "Ada <ada@example.org>"
    )
