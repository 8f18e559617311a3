"""Nothing is signed on top of a store that is not what was signed last, on both databases; and what is honest never hinders."""

from __future__ import annotations

import json
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import col, select

import scheduler
from distro.archive import lasthead
from distro.archive.audit import audit_record
from distro.archive.checkpoint import Checkpoint, sign
from distro.archive.ledger import Entry, Fact, Sealable, leaf_of, record, record_all
from distro.archive.merkle import leaf_hash
from distro.archive.named import WENT_ON
from distro.archive.sealing import Signer, newest, objection, seal
from distro.archive.tiles import StoredTile
from distro.config import Anchors
from distro.db import Store
from distro.dispatch import ticks
from distro.dispatch.alerts import Alert
from distro.dispatch.evidence import Archive, export
from distro.dispatch.goingon import go_on
from distro.errors import Failed, Refused
from distro.sealingcheck import look_at_sealing
from distro.staff import Actor, Role
from tests.auditing import audited, tamper
from tests.office import WRITER, Office, now

AT = datetime(2026, 11, 24, 15, tzinfo=UTC)
NAME = "press.example.org/ledger"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ADMIN = Actor("Olga Example", Role.ADMIN)
ALL_GONE = ("DELETE FROM checkpoint", "DELETE FROM sealed_run", "DELETE FROM tile")


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    """It keeps the last head in a data folder."""
    (tmp_path / "data").mkdir()
    return Signer(KEY, NAME, tmp_path / "data")


def elsewhere(signer: Signer, folder: Path | None) -> Signer:
    """The same key, where another head is kept, or none."""
    if folder is not None:
        folder.mkdir(exist_ok=True)
    return replace(signer, folder=folder)


def write(store: Store, count: int) -> None:
    with store.write() as session:
        record_all(session, [Fact(AT, "Rosa", "note", f"thing:{n}", {"n": n}) for n in range(count)])


def name_a_head(store: Store, kind: str = "record.anchored") -> int:
    """An entry that names the newest head, as an anchor or a backup leaves it. Returns the head's size."""
    with store.write() as session:
        head = newest(session)
        assert head is not None
        checkpoint = Checkpoint.read(head.note.partition("\n\n")[0] + "\n")
        root = checkpoint.root.hex() if kind == "record.anchored" else head.note.split("\n")[2]
        said = {"size": head.size, "root": root, **({"how": "file"} if kind == "record.anchored" else {})}
        record(session, Fact(AT, "Rosa", kind, "x:1", said))
    return head.size


def head(store: Store) -> str:
    with store.read() as session:
        last = newest(session)
    return last.note if last else ""


def kept(signer: Signer) -> str | None:
    return lasthead.read(signer.folder)


def fill(store: Store, signer: Signer) -> None:
    """700 entries under three heads, of 300, 305 and 700."""
    for count in (300, 5, 395):
        write(store, count)
        assert seal(store, signer, AT) == count


def found(store: Store, signer: Signer) -> list[str]:
    return [one.what for one in audit_record(store, signer).findings]


def refused(store: Store, signer: Signer, words: str) -> None:
    """Nothing is signed, by any look, and both say why."""
    before = head(store)
    write(store, 1)
    for thorough in (False, True):
        with pytest.raises(Failed, match=words):
            seal(store, signer, AT, thorough=thorough)
    wrong = objection(store, signer)
    assert wrong is not None
    assert wrong.sentences[0] in str(wrong)
    assert head(store) == before


# --- what is honest


def test_the_last_head_lies_beside_the_key(store: Store, signer: Signer) -> None:
    folder = signer.folder or Path()
    before = os.umask(0o077)
    try:
        assert kept(signer) is None
        seal(store, signer, AT)
        assert kept(signer) is None, "nothing is signed, so there is nothing to keep"
        fill(store, signer)
    finally:
        os.umask(before)
    assert kept(signer) == head(store)
    assert [path.name for path in folder.iterdir()] == [lasthead.FILE]
    assert stat.S_IMODE((folder / lasthead.FILE).stat().st_mode) == 0o644
    assert found(store, signer) == []


def test_one_that_lags_is_fine_and_catches_up(store: Store, signer: Signer) -> None:
    """As after a crash between the commit and the file, or where another bot seals; also when nothing is left to seal."""
    fill(store, signer)
    for count in (1, 255, 300):
        write(store, count)
        seal(store, elsewhere(signer, None), AT)
        assert kept(signer) != head(store)
        assert found(store, signer) == []
        assert seal(store, signer, AT) == 0
        assert kept(signer) == head(store)


def test_an_older_office_has_none_and_gets_one(store: Store, signer: Signer) -> None:
    fill(store, elsewhere(signer, None))
    assert seal(store, signer, AT) == 0
    assert kept(signer) == head(store)


def test_two_bots_keep_one_each(store: Store, signer: Signer, tmp_path: Path) -> None:
    other = elsewhere(signer, tmp_path / "other")
    for count in (3, 260, 1, 700, 2):
        write(store, count)
        seal(store, signer, AT)
        write(store, count)
        seal(store, other, AT)
    assert kept(other) == head(store)
    seal(store, signer, AT)
    assert kept(signer) == head(store)
    assert found(store, signer) == found(store, other) == []


@pytest.mark.parametrize("kind", ["record.anchored", "store.backed_up", "store.restored"])
def test_what_names_a_head_is_sealed_as_ever(store: Store, signer: Signer, kind: str) -> None:
    write(store, 3)
    seal(store, signer, AT)
    name_a_head(store, kind)
    assert seal(store, signer, AT, thorough=True) == 1
    assert [one for one in found(store, signer) if "nchor" not in one or kind != "record.anchored"] == []


def test_a_folder_that_takes_no_file_is_told_and_what_was_sealed_stays(store: Store, signer: Signer, tmp_path: Path) -> None:
    absent = replace(signer, folder=tmp_path / "absent")
    write(store, 3)
    with pytest.raises(Failed, match=r"cannot be kept as ledger\.head in the data folder \(No such file or directory\)"):
        seal(store, absent, AT)
    assert head(store).split("\n")[1] == "3"
    assert found(store, signer) == []


# --- what is not


def test_a_record_whose_heads_are_gone_is_not_signed_anew(store: Store, signer: Signer) -> None:
    fill(store, signer)
    tamper(store, "UPDATE entry SET actor = 'Ana' WHERE id = 2", *ALL_GONE)
    refused(store, signer, r"signed last here \(ledger\.head in the data folder\) counts 700 entries, and there is none in the")
    assert any("The record was cut: the head that was signed last here" in one for one in found(store, signer))


@pytest.mark.parametrize("kind", ["record.anchored", "store.backed_up", "store.restored"])
def test_nor_where_only_an_entry_says_that_there_was_one(store: Store, signer: Signer, kind: str) -> None:
    """However many entries stand before it: the first part is not signed either."""
    signer = elsewhere(signer, None)
    fill(store, signer)
    name_a_head(store, kind)
    seal(store, signer, AT)
    tamper(store, *ALL_GONE)
    refused(store, signer, f"No head is there, and entry 701 .{kind}. names one of 700")
    with pytest.raises(Failed, match="names one of 700"):
        seal(store, signer, AT, 100)
    assert any(one.startswith("Entry 701 ") for one in found(store, signer))


CUT = (
    "DELETE FROM sealed_run WHERE first_leaf >= 305",
    "DELETE FROM checkpoint WHERE size > 305",
    "DELETE FROM tile WHERE level = 0 AND number > 1",
)


def cut(store: Store) -> None:
    """The tree as it was under the head of 305 entries; what came after it is there and waits."""
    with store.read() as session:
        tiles = [session.get_one(StoredTile, place).hashes for place in ((0, 1), (1, 0))]
    for level, octets in enumerate((tiles[0][: 49 * 32], tiles[1][:32])):
        tamper(store, f"UPDATE tile SET hashes = :h WHERE level = {level} AND number = {1 - level}", h=octets)
    tamper(store, *CUT)


def set_back(store: Store, signer: Signer) -> str:
    """700 entries were signed, and an administrator brings the database of 305 back. Returns the head that was signed last."""
    fill(store, signer)
    last = head(store)
    cut(store)
    tamper(store, "DELETE FROM entry WHERE id > 305")
    if store.dialect == "sqlite":
        tamper(store, "UPDATE sqlite_sequence SET seq = 305 WHERE name = 'entry'")
    return last


def test_a_store_that_was_set_back_is_not_gone_on_with(store: Store, signer: Signer) -> None:
    set_back(store, signer)
    refused(store, signer, "counts 700 entries, and the newest in the store 305: the store was set back, or heads were taken")
    said = "The record was cut: the head that was signed last here (ledger.head in the data folder) counts 700 entries, the"
    assert any(one.startswith(said) for one in found(store, signer))


def test_a_smaller_head_than_an_entry_names_is_not_the_newest_that_there_was(store: Store, signer: Signer) -> None:
    signer = elsewhere(signer, None)
    fill(store, signer)
    name_a_head(store)
    seal(store, signer, AT)
    cut(store)
    refused(store, signer, r"The newest head counts 305 entries, and entry 701 \(record\.anchored\) names one of 700")


def test_a_record_that_was_signed_anew_does_not_grow_out_of_the_last_head(store: Store, signer: Signer) -> None:
    fill(store, signer)
    tamper(store, "UPDATE entry SET actor = 'Ana' WHERE id = 2", *ALL_GONE)
    write(store, 100)
    seal(store, elsewhere(signer, None), AT)
    refused(store, signer, "The newest head, of 800 entries, does not grow out of the one that was signed last here, of 700")
    rewritten = "The record was rewritten: its first 700 entries are not those that ledger.head in the data folder is of."
    assert rewritten in found(store, signer)


NOTES = {
    "UPDATE checkpoint SET note = 'x' WHERE size = 700": "of 700 entries, is not signed by this office's key",
    f"UPDATE checkpoint SET note = replace(note, '{NAME}', 'rival.example') WHERE size = 700": "is not signed by this office's",
    "UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 305) WHERE size = 700": "was signed for 305",
    "UPDATE checkpoint SET size = 900 WHERE size = 700": "The head that is kept for 900 entries was signed for 700",
    "DELETE FROM checkpoint WHERE size = 700": "The newest head counts 305 entries, and 700 were sealed",
    "DELETE FROM checkpoint": "700 entries were sealed, and no head is there any more",
    "DELETE FROM sealed_run WHERE first_leaf = 305": "The newest head counts 700 entries, and 305 were sealed",
    "DELETE FROM tile WHERE level = 0 AND number = 2": "Tile 2 of level 0",
}


@pytest.mark.parametrize("attack", NOTES)
def test_a_newest_head_that_does_not_hold_is_not_built_on(store: Store, signer: Signer, attack: str) -> None:
    """And nobody who writes to the database picks the name under which the office's key signs."""
    signer = elsewhere(signer, None)
    fill(store, signer)
    tamper(store, attack)
    refused(store, signer, NOTES[attack])


def test_an_entry_that_was_altered_with_its_hash_at_the_edge_is_not_built_on(store: Store, signer: Signer) -> None:
    signer = elsewhere(signer, None)
    fill(store, signer)
    tamper(store, "UPDATE entry SET actor = 'Ana' WHERE id = 699")
    with store.read() as session:
        row, tile = session.get_one(Entry, 699), session.get_one(StoredTile, (0, 2)).hashes
    leaf = leaf_hash(leaf_of(Sealable(699, row.at_us, row.actor, row.kind, row.subject, row.payload)))
    place = (698 - 512) * 32
    tamper(store, "UPDATE tile SET hashes = :h WHERE level = 0 AND number = 2", h=tile[:place] + leaf + tile[place + 32 :])
    refused(store, signer, "do not give its newest head, of 700 entries")


@pytest.mark.parametrize("text", ["", "no note", "other key", "other name"])
def test_a_file_that_is_no_head_of_ours_is_told(store: Store, signer: Signer, text: str) -> None:
    fill(store, signer)
    note = Checkpoint(NAME if text == "other key" else "x", 3, bytes(32)).text()
    if text == "other key":
        text = sign(note, NAME, Ed25519PrivateKey.from_private_bytes(bytes(32)))
    elif text == "other name":
        text = sign(note, "x", KEY)
    lasthead.keep(signer.folder, text)
    refused(store, signer, "is no head of this record that this office's key signed")
    assert any("is no head of this record" in one for one in found(store, signer))


# --- a person's word


def test_a_person_has_sealing_go_on_and_the_record_says_so(store: Store, signer: Signer) -> None:
    last = set_back(store, signer)
    write(store, 2)
    done = go_on(store, signer, actor=ADMIN, reason="the disk broke, ticket 123", at=AT)
    assert (done.size, done.signed) == (308, 700)
    assert "the store was set back" in done.why
    assert kept(signer) == head(store)
    with store.read() as session:
        (entry,) = session.exec(select(Entry).where(Entry.kind == WENT_ON)).all()
    said = json.loads(entry.payload)
    assert (entry.actor, said["reason"], said["size"], said["kept"]) == (
        "Olga Example",
        "the disk broke, ticket 123",
        305,
        last,
    )
    write(store, 3)
    assert seal(store, signer, AT) == 3
    told = audit_record(store, signer)
    assert told.findings == []
    assert [(one.entry, one.size, one.signed) for one in told.left] == [(entry.id, 305, 700)]


def test_nobody_goes_on_without_need_or_right_or_reason(store: Store, signer: Signer) -> None:
    fill(store, signer)
    with pytest.raises(Refused, match="Nothing stands against sealing"):
        go_on(store, signer, actor=ADMIN, reason="to be sure", at=AT)
    cut(store)
    with pytest.raises(Refused, match="is author and may not have sealing go on"):
        go_on(store, signer, actor=WRITER, reason="because", at=AT)
    for reason in ("  ", "ask rosa@press.example.org"):
        with pytest.raises(Refused):
            go_on(store, signer, actor=ADMIN, reason=reason, at=AT)
    assert head(store).split("\n")[1] == "305"


def test_an_entry_put_in_by_hand_lets_nothing_go_on(store: Store, signer: Signer) -> None:
    last = set_back(store, signer)
    with store.write() as session:
        said = {"reason": "none", "size": 305, "root": "", "kept": last}
        record(session, Fact(AT, "Olga Example", WENT_ON, "store", said))
    refused(store, signer, "the store was set back")


def test_where_no_head_could_follow_nothing_is_put_on_record(store: Store, signer: Signer) -> None:
    fill(store, signer)
    tamper(store, "DELETE FROM sealed_run WHERE first_leaf = 305")
    with pytest.raises(Failed, match="bring the store back from a backup"):
        go_on(store, signer, actor=ADMIN, reason="ticket 123", at=AT)
    with store.read() as session:
        assert session.exec(select(Entry).where(Entry.kind == WENT_ON)).all() == []


GONE_ON_WITH = {
    "all gone": (
        ALL_GONE,
        "The record was rewritten: its first 700 entries are not those that entry 701 (record.anchored) names.",
    ),
    "heads gone": (("DELETE FROM checkpoint",), "Entry 2 is not what was sealed (note of thing:1)."),
    "note": (("UPDATE checkpoint SET note = 'x' WHERE size = 701",), "Entry 2 is not what was sealed (note of thing:1)."),
}


@pytest.mark.parametrize("case", GONE_ON_WITH)
def test_whatever_was_altered_sealing_can_go_on_and_nothing_is_made_good(store: Store, signer: Signer, case: str) -> None:
    """Under the record's own name, though the office has another domain now."""
    attacks, finding = GONE_ON_WITH[case]
    fill(store, signer)
    name_a_head(store)
    seal(store, signer, AT)
    tamper(store, "UPDATE entry SET actor = 'Ana' WHERE id = 2", *attacks)
    signer = replace(signer, origin="renamed.example/ledger")
    assert go_on(store, signer, actor=ADMIN, reason="ticket 123", at=AT).size == 702
    assert head(store).startswith(f"{NAME}\n702\n")
    write(store, 1)
    assert seal(store, signer, AT) == 1
    assert finding in found(store, signer)


# --- the bot, evidence, doctor


def filled(office: Office) -> None:
    office.settings["anchors"] = Anchors(file=str(office.folder / "head.txt"))
    office.contact("ada@daily.example.com", tier="1", languages="en")
    office.segment("All", "tier<=9")
    office.send()
    office.run()
    assert audited(office) == []


def signer_of(office: Office) -> Signer:
    return Signer.of(office.vault.keys.ledger, office.config.office.mail_domain, office.folder)


ATTACKS = {
    "heads gone": (ALL_GONE, "heads were taken out"),
    "note": (("UPDATE checkpoint SET note = 'x'",), "is not signed by this office's key"),
}


def test_two_seals_at_once_tell_staff_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of a tick may still be under way when a run's end seals what is left."""
    filled(office)
    bot = scheduler.Bot(office.config, office.store)
    under_way: list[int] = []

    def fails(*_: object, **__: object) -> int:
        under_way.append(1)
        time.sleep(0.05)  # the other one has the time to begin
        raise Failed("Two heads were taken out.")

    monkeypatch.setattr(ticks, "seal", fails)
    with ThreadPoolExecutor(2) as threads:
        ended = [threads.submit(bot.ticks.seal_some) for _ in range(2)]
        assert all(isinstance(one.exception(60), Failed) for one in ended)
    assert len(under_way) == 2
    with office.store.read() as session:
        (told,) = session.exec(select(Alert).where(col(Alert.subject) == "The record cannot be sealed")).all()
    assert "Two heads were taken out." in told.body


EARLIER = "UPDATE entry SET at_us = at_us - 3600000000 WHERE id = 2"


@pytest.mark.altered
@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("with_file", [True, False], ids=["file", "no file"])
def test_the_bot_signs_nothing_sends_all_the_same_and_shouts(office: Office, attack: str, with_file: bool) -> None:
    filled(office)
    statements, words = ATTACKS[attack]
    tamper(office.store, EARLIER, *statements)
    if not with_file:
        lasthead.forget(office.folder)
    before = head(office.store)
    office.contact("bea@daily.example.com", tier="1", languages="en")
    with pytest.raises(Failed, match=words):
        office.run()
    assert head(office.store) == before
    with office.store.read() as session:
        (told,) = session.exec(select(Alert).where(col(Alert.subject) == "The record cannot be sealed")).all()
    assert words in told.body
    assert "--go-on" in told.body
    check = look_at_sealing(office.store, office.config, office.vault.keys)
    assert (check.verdict, words in check.sentence) == ("bad", True)
    assert audited(office)
    with pytest.raises(Failed, match=words):
        export(Archive(office.store, office.vault, office.config), "clinic", office.folder / "bag.zip", actor=WRITER, at=now())
    assert not (office.folder / "bag.zip").exists()


def test_every_process_of_the_office_keeps_the_head(office: Office) -> None:
    filled(office)
    assert kept(signer_of(office)) == head(office.store)
    export(Archive(office.store, office.vault, office.config), "clinic", office.folder / "bag.zip", actor=WRITER, at=now())
    assert kept(signer_of(office)) == head(office.store)
    assert look_at_sealing(office.store, office.config, office.vault.keys).verdict == "ok"


@pytest.mark.altered
def test_a_store_of_before_this_that_was_signed_anew_is_found_by_what_it_says_of_itself(office: Office) -> None:
    """Nobody compared: the heads were gone, and all was sealed again with the office's key."""
    filled(office)
    (anchored,) = office.entries("record.anchored")
    size = json.loads(anchored.payload)["size"]
    tamper(office.store, EARLIER, *ALL_GONE)
    lasthead.forget(office.folder)
    ours = replace(signer_of(office), folder=None)
    seal(office.store, ours, now(), go_on=True)
    what = f"The record was rewritten: its first {size} entries are not those that entry {anchored.id} (record.anchored) names."
    assert what in [one.what for one in audited(office)]
