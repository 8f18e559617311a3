"""A bag is written as RFC 8493 wants it, whole or not at all, and over nothing."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from distro.archive.bag import base_of, new_bag
from distro.errors import Refused

AT = datetime(2026, 12, 1, 17, 0, 5, 123456, tzinfo=UTC)


def write(out: Path, *, force: bool = False) -> bytes:
    """A small bag with a file of each kind."""
    with new_bag(out, AT, force=force) as bag:
        with bag.aside("data/late.txt") as late:
            late(b"first, ")
            bag.put("data/now.txt", b"at hand")
            with bag.stream("data/long.txt") as piece:
                piece(b"x" * 70_000)
                piece(b"y" * 70_000)
            late(b"then")
        bag.close({"Source-Organization": "An\noffice"}, {"README.txt": b"Read me."})
    return out.read_bytes()


def test_what_a_bag_is(tmp_path: Path) -> None:
    write(tmp_path / "case.zip")
    with ZipFile(tmp_path / "case.zip") as zipped:
        assert zipped.testzip() is None
        files = {name.removeprefix("case/"): zipped.read(name) for name in zipped.namelist()}
        assert {info.date_time for info in zipped.infolist()} == {(2026, 12, 1, 17, 0, 4)}
    assert files["bagit.txt"] == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    assert files["bag-info.txt"] == b"Source-Organization: An office\nPayload-Oxum: 140018.3\n"
    assert files["data/late.txt"] == b"first, then"
    payload = {name for name in files if name.startswith("data/")}
    for manifest, expected in (
        ("manifest-sha256.txt", payload),
        ("tagmanifest-sha256.txt", set(files) - payload - {"tagmanifest-sha256.txt"}),
    ):
        listed = [line.split("  ") for line in files[manifest].decode().splitlines()]
        assert {name for _, name in listed} == expected
        assert all(hashlib.sha256(files[name]).hexdigest() == digest for digest, name in listed)


def test_the_same_content_gives_the_same_octets(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert write(tmp_path / "case.zip") == write(tmp_path / "other" / "case.zip")


def test_a_file_that_came_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    out = tmp_path / "case.zip"
    waiting = new_bag(out, AT)
    waiting.__enter__().close({}, {})
    out.write_bytes(b"somebody's")
    with pytest.raises(Refused, match="has come meanwhile"):
        waiting.__exit__(None, None, None)
    assert out.read_bytes() == b"somebody's"
    assert list(tmp_path.iterdir()) == [out]


def test_a_disk_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", no_links)
    assert write(tmp_path / "case.zip")
    with pytest.raises(Refused, match="is there already"):
        write(tmp_path / "case.zip")
    assert list(tmp_path.iterdir()) == [tmp_path / "case.zip"]


@pytest.mark.parametrize("path", ["../x", "/x", "data/../../x", "data/a b", "data/é", "data//x", "", "data/.x", "data/a%0a"])
def test_a_path_that_is_not_plain_is_never_written(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="no plain path"), new_bag(tmp_path / "case.zip", AT) as bag:
        bag.put(path, b"")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "base"), [("case.zip", "case"), ("Caso nº 17.zip", "Caso-n-17"), ("...zip", "evidence"), ("a.b.zip", "a.b")]
)
def test_the_folder_is_named_as_the_zip(name: str, base: str) -> None:
    assert base_of(Path(name)) == base
