"""A backup is whole or it is refused, with a sentence that names what is not; and one that was killed half-way is none."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from distro.archive.unfinished import abandoned
from distro.backup.container import reading
from distro.backup.making import BACKED_UP
from distro.editorial.restored import RESTORED
from distro.errors import Refused
from tests.backups import ADMIN, Elsewhere, make, rewritten, rows_of, seal_all, silent, with_admin
from tests.office import Office, content
from tests.prepared import Prepared
from tests.sink import Sink

ROOT = Path(__file__).parents[2]


@pytest.fixture
def full(office: Office, sink: Sink, prepared: Prepared) -> Office:
    return prepared(play, office, sink)


def play(office: Office, _sink: Sink) -> None:
    with_admin(office)
    for n in range(6):
        office.contact(f"reader{n}@outlet.example.org", languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.send(content())
    office.run()
    seal_all(office)
    (office.folder / "assets").mkdir()
    (office.folder / "assets" / ("ab" * 32)).write_bytes(os.urandom(3_000_000))


@pytest.fixture
def elsewhere(elsewhere_url: str, tmp_path: Path) -> Elsewhere:
    return Elsewhere(elsewhere_url, tmp_path / "elsewhere")


@pytest.fixture
def backup(full: Office, tmp_path: Path) -> Path:
    made = make(full, tmp_path / "office.backup", with_key=True)
    assert len(made.damaged) == 1, "the file is not what its name says, and comes along all the same"
    return made.path


def changed(path: Path, at: int) -> Path:
    octets = bytearray(path.read_bytes())
    octets[at] ^= 0xFF
    target = path.with_suffix(".changed")
    target.write_bytes(octets)
    return target


def test_one_octet_of_any_part_is_missed(backup: Path, elsewhere: Elsewhere) -> None:
    with zipfile.ZipFile(backup) as file:
        parts = [(info.filename, info.header_offset, info.file_size) for info in file.infolist() if info.file_size]
    assert len(parts) >= 4
    octets = backup.read_bytes()
    for name, offset, size in parts:
        start = octets.index(name.encode(), offset) + len(name) + size // 2
        with pytest.raises(Refused) as refused:
            elsewhere.restore(changed(backup, start + 20))
        assert f"The part {name}" in str(refused.value)
    assert elsewhere.holds_nothing()


def test_a_part_that_fits_the_zip_and_not_the_manifest_is_refused(backup: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    """As somebody would do who knows the form: the checksums of the ZIP are made to fit, those of the manifest are not."""
    with zipfile.ZipFile(backup) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    name = "store.db" if "store.db" in parts else "tables/entry.copy"
    for other in (parts[name].replace(b"clinic", b"Clinic", 1), parts[name] + b"x", parts[name][:-1], None):
        with zipfile.ZipFile(tmp_path / "forged", "w") as file:
            for one, octets in parts.items():
                if one != name:
                    file.writestr(one, octets)
                elif other is not None:
                    file.writestr(one, other)
        with pytest.raises(Refused, match=f"The part {name} "):
            elsewhere.restore(tmp_path / "forged")
    assert elsewhere.holds_nothing()


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.99])
def test_a_backup_that_ends_early_is_refused(backup: Path, elsewhere: Elsewhere, kept: float) -> None:
    octets = backup.read_bytes()
    backup.write_bytes(octets[: int(len(octets) * kept)])
    with pytest.raises(Refused, match="is no backup, or not whole: the list of its parts"):
        elsewhere.restore(backup)
    assert elsewhere.holds_nothing()


def test_whatever_octet_is_changed_it_is_a_sentence_or_the_same_content(backup: Path) -> None:
    with reading(backup) as whole:
        said = whole.digest
    dice = random.Random(7)
    length = backup.stat().st_size
    places = [dice.randrange(length) for _ in range(20)] + [length - n for n in range(1, 600, 3)]
    for place in places:
        try:
            with reading(changed(backup, place)) as read:
                read.verify(silent)
                assert read.digest == said
        except Refused:
            continue


def test_names_that_lead_out_of_it_are_refused(backup: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    for name in ("../../etc/passwd", "assets/../x", "tables/entry; DROP TABLE staff.copy", "other"):

        def change(parts: dict[str, bytes], _manifest: dict[str, Any], name: str = name) -> None:
            parts[name] = b"x"

        with pytest.raises(Refused, match=r"The part manifest\.json is not what a backup has there"):
            elsewhere.restore(rewritten(backup, tmp_path / "led", change))
    assert elsewhere.holds_nothing()


def test_a_head_that_the_manifest_does_not_name_is_refused(backup: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    def change(_parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
        manifest["origin"]["checkpoint"] = None

    with pytest.raises(Refused, match="head of the record in this backup is not the one that it names"):
        elsewhere.restore(rewritten(backup, tmp_path / "headless", change))
    assert elsewhere.holds_nothing()


KILLED = """\
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from distro.config import Config, Storage
from distro.db import Store
from distro.backup.making import back_up
from distro.backup.restoring import restore
from tests.prepared import Prepared
from tests.sink import Sink
what, url, folder, path, actor, steps = sys.argv[1:]
left = int(steps)
def told(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
now = datetime.now(UTC)
if what == "backup":
    back_up(Store(url), Path(folder), Path(path), actor=actor, at=now, told=told)
else:
    restore(Config(storage=Storage(url=url, data_dir=Path(folder))), Path(path), actor=actor, at=now, told=told)
"""


def killed(what: str, url: str, folder: Path, path: Path, steps: int) -> bool:
    """Do it in a process that dies at so many signs of life. Whether it died, and did not end before."""
    arguments = [what, url, str(folder), str(path), ADMIN, str(steps)]
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode != 0


STEPS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89)


def test_a_backup_that_was_killed_is_not_there(full: Office, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    url = full.store.url.render_as_string(hide_password=False)
    deaths = 0
    while killed("backup", url, full.folder, shelf / "b", STEPS[deaths]):
        deaths += 1
        assert list(shelf.iterdir()) == []
    assert deaths >= 4
    with reading(shelf / "b") as whole:
        whole.verify(silent)
    assert len(full.entries(BACKED_UP)) == 1


def test_a_restoring_that_was_killed_has_brought_no_store(full: Office, backup: Path, elsewhere: Elsewhere) -> None:
    deaths = 0
    while killed("restore", elsewhere.url, elsewhere.folder, backup, STEPS[deaths]):
        deaths += 1
        assert elsewhere.holds_nothing()
    assert deaths >= 4
    there = elsewhere.office()
    assert len(rows_of(there.store)["delivery"]) == 6
    assert len(there.entries(RESTORED)) == 1
    assert abandoned(elsewhere.folder) == [], "what the dead left was removed by the one that came through"
    there.store.close()
