"""A logo is a small PNG or JPEG, told by its octets; anything else is refused with a sentence."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro.picture import LARGEST, Picture, read_picture
from tests.pictures import jpeg, png


@pytest.mark.parametrize(("octets", "kind", "size"), [(png(), "png", (480, 112)), (jpeg(), "jpeg", (300, 100))])
def test_a_picture_says_what_it_is(tmp_path: Path, octets: bytes, kind: str, size: tuple[int, int]) -> None:
    path = tmp_path / "logo"
    path.write_bytes(octets)
    found = read_picture(path)
    assert (found.octets, found.kind, (found.width, found.height)) == (octets, kind, size)


@pytest.mark.parametrize(
    ("octets", "sentence"),
    [
        (b"GIF89a" + bytes(40), "neither a PNG nor a JPEG"),
        (b"<svg/>", "neither a PNG nor a JPEG"),
        (png()[:20], "neither a PNG nor a JPEG"),
        (jpeg()[:14], "neither a PNG nor a JPEG"),
        (b"\xff\xd8\xff\xe0\x00\x00" * 9, "neither a PNG nor a JPEG"),
        (png(2001, 1), "2001 x 1 pixels"),
        (png() + bytes(LARGEST), "over 40 KB"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, octets: bytes, sentence: str) -> None:
    path = tmp_path / "logo"
    path.write_bytes(octets)
    with pytest.raises(ValueError, match=sentence):
        read_picture(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such file"):
        read_picture(tmp_path / "logo")
    with pytest.raises(ValueError, match="cannot be read"):
        read_picture(tmp_path)


@given(st.binary(max_size=200))
def test_no_octets_are_too_much_for_it(tail: bytes) -> None:
    for head in (b"", png()[:16], b"\xff\xd8\xff"):
        path = Path(mkdtemp()) / "logo"
        path.write_bytes(head + tail)
        with suppress(ValueError):
            assert isinstance(read_picture(path), Picture)
        rmtree(path.parent)


@given(st.integers(1, 2000), st.integers(1, 2000))
def test_a_picture_is_shown_within_its_frame_and_never_enlarged(width: int, height: int) -> None:
    shown = Picture(b"", "png", width, height).within(240, 72)
    assert 1 <= shown[0] <= min(240, width)
    assert 1 <= shown[1] <= min(72, height)
