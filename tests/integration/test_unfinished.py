"""What a killed process was writing: gone with it where the disk can do that, else removed by the next; never what lives."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from distro.archive.unfinished import SUFFIX, abandoned, sweep, unfinished, working_folder
from distro.errors import Refused
from tests.backups import ADMIN, make, with_admin
from tests.leftovers import where
from tests.office import Office
from tests.prepared import Prepared
from tests.sink import Sink

ROOT = Path(__file__).parents[2]
NAME = "Zacarías Inventado"

WRITER = """\
import os, signal, sys
what, url, folder, out, actor, nameless, steps = sys.argv[1:]
if nameless == "no":
    del os.O_TMPFILE
from datetime import datetime, UTC
from pathlib import Path
from distro.db import Store
left = int(steps)
def went(*_):
    global left
    left -= 1
    if left == 0:
        print("there", flush=True)
        signal.pause()
now = datetime.now(UTC)
if what == "backup":
    from distro.backup.making import back_up
    back_up(Store(url), Path(folder), Path(out), actor=actor, at=now, told=went)
else:
    from distro.archive.vault import Keys, Vault
    from distro.config import Config, Storage
    from distro.dispatch.evidence import Archive, export
    from distro.staff import Actor, Role
    config = Config(storage=Storage(url=url, data_dir=Path(folder)))
    archive = Archive(Store(url), Vault(Keys.load(Path(folder))), config)
    export(archive, "clinic", Path(out), actor=Actor(actor, Role.ADMIN), at=now, went=went)
"""


class Writing:
    """A process that is in the midst of it, until it is killed."""

    def __init__(self, office: Office, what: str, out: Path, nameless: str, steps: int) -> None:
        url = office.store.url.render_as_string(hide_password=False)
        arguments = [what, url, str(office.folder), str(out), ADMIN, nameless, str(steps)]
        self.process = subprocess.Popen([sys.executable, "-c", WRITER, *arguments], cwd=ROOT, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"there\n", "it was over before"

    def kill(self) -> None:
        self.process.kill()
        assert self.process.wait(30) == -signal.SIGKILL
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def full(office: Office, sink: Sink, prepared: Prepared) -> Office:
    return prepared(play, office, sink)


def play(office: Office, _sink: Sink) -> None:
    with_admin(office)
    for n in range(40):
        office.contact(f"reader{n}@outlet.example.org", languages="en", tier="1", name=NAME, notes="x" * 3000)
    office.segment("All", "tier<=9")
    office.send()
    office.run()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Path]:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    yield shelf
    assert abandoned(shelf) == []


@pytest.mark.parametrize(("what", "steps"), [("backup", 1), ("backup", 2), ("export", 1)])
def test_a_kill_leaves_nothing_at_all(full: Office, shelf: Path, what: str, steps: int) -> None:
    """By the first sign of life SQLite's copy has its pages, by the second the file has a part."""
    writing = Writing(full, what, shelf / "case.zip", "yes", steps)
    assert list(shelf.iterdir()) == []
    writing.kill()
    assert list(shelf.iterdir()) == []


@pytest.mark.parametrize(("what", "steps"), [("backup", 2), ("export", 1)])
def test_where_files_must_have_a_name_the_next_one_removes_it(full: Office, shelf: Path, what: str, steps: int) -> None:
    writing = Writing(full, what, shelf / "case.zip", "no", steps)
    (living,) = shelf.iterdir()
    assert living.name.startswith(".case.zip.")
    assert living.name.endswith(SUFFIX)
    assert living.stat().st_mode & 0o077 == 0
    assert abandoned(shelf) == []
    make(full, shelf / "other")
    assert set(shelf.iterdir()) == {living, shelf / "other"}, "somebody is writing to it"
    writing.kill()
    assert abandoned(shelf) == [living]
    make(full, shelf / "third")
    assert set(shelf.iterdir()) == {shelf / "other", shelf / "third"}


def test_no_name_of_a_person_stands_on_the_disk_meanwhile(full: Office, shelf: Path) -> None:
    if full.store.dialect != "sqlite":
        pytest.skip("PostgreSQL needs no copy of the store")
    writing = Writing(full, "backup", shelf / "b", "no", 1)
    assert where([path for path in shelf.rglob("*") if path.is_file()], [NAME]) == []
    writing.kill()
    sweep(shelf)


def test_only_what_is_ours_is_swept(tmp_path: Path) -> None:
    others = [".b.zip.part", ".b.12345678.part", "b.12345678.distro.part", ".b.123.distro.part", ".12345678.distro.part"]
    for name in others:
        (tmp_path / name).write_bytes(b"theirs")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x").write_bytes(b"kept")
    (tmp_path / f".link.12345678{SUFFIX}").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / f".pipe.12345678{SUFFIX}")
    foreign = tmp_path / f".foreign.12345678{SUFFIX}"
    foreign.write_bytes(b"another account's")
    if os.geteuid() == 0:
        os.chown(foreign, 4711, 4711)
    else:
        foreign.unlink()
    before = set(tmp_path.rglob("*"))
    sweep(tmp_path)
    assert set(tmp_path.rglob("*")) == before


def test_a_folder_is_swept_with_what_is_in_it_and_not_while_it_is_used(tmp_path: Path) -> None:
    dead = tmp_path / f".b.12345678{SUFFIX}"
    dead.mkdir()
    (dead / "store.db").write_bytes(b"names")
    with working_folder(tmp_path / "b") as folder:
        assert not dead.exists()
        (folder / "store.db").write_bytes(b"names")
        sweep(tmp_path)
        assert (folder / "store.db").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_between_a_name_and_its_lock_costs_nothing_but_a_second_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_TMPFILE")
    real = fcntl.flock
    swept: list[Path] = []

    def late(handle: int, how: int) -> None:
        if not swept:
            swept.extend(tmp_path.iterdir())
            swept[0].unlink()
        real(handle, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with unfinished(tmp_path / "b") as work:
        assert work.name is not None
        assert work.name.exists()
        assert work.name != swept[0]
        work.file.write(b"whole")
        work.take_place(force=False)
    assert (tmp_path / "b").read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [tmp_path / "b"]


@pytest.mark.parametrize("nameless", [True, False])
@pytest.mark.parametrize("links", [True, False])
def test_it_takes_its_place_whole_whatever_the_disk_can_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nameless: bool, links: bool
) -> None:
    if not nameless:
        monkeypatch.delattr(os, "O_TMPFILE")
    if not links:

        def no_links(*_: object, **__: object) -> None:
            raise OSError(95, "Operation not supported")

        monkeypatch.setattr(os, "link", no_links)
    target = tmp_path / ("b" * 250)
    for octets, force in ((b"first", False), (b"second", True)):
        with unfinished(target) as work:
            work.file.write(octets)
            work.take_place(force=force)
        assert target.read_bytes() == octets
        assert target.stat().st_mode & 0o777 == 0o600
    with unfinished(target) as work, pytest.raises(FileExistsError):
        work.take_place(force=False)
    assert target.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_takes_nothing_is_a_sentence() -> None:
    for make_one in (unfinished, working_folder):
        with pytest.raises(Refused, match=r"The folder /proc cannot be written to \(.*\); name another place\."):
            make_one(Path("/proc/b")).__enter__()
