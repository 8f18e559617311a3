"""The record's head gets outside, on both databases: by mail, as a file, over HTTP, and stamped by an RFC 3161 authority."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import http.client
import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from asn1crypto import tsp
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import col, select

import scheduler
from distro.anchorcheck import look_at_anchors
from distro.archive import tsa
from distro.archive.anchors import Anchor, Head, How, head_of, keep, stamped, token_of, unanchored_since
from distro.archive.checkpoint import Checkpoint, open_note, read_verifier
from distro.archive.ledger import Entry, Fact, record
from distro.archive.sealing import Signer, newest, seal
from distro.checkup import Verdict
from distro.config import Anchors, Web
from distro.db import Store
from distro.dispatch.alerts import Alert
from distro.dispatch.anchoring import TOLD_AFTER, Anchoring, write
from distro.dispatch.staffmail import Post
from distro.dispatch.transports import transports_of
from distro.dispatch.witness import RULE
from distro.dkimkey import KeyType, make_key
from distro.dkimterms import Dkim
from distro.errors import Failed
from distro.mail.dkim import Signing
from distro.web.checkpoints import from_store
from tests.acceptance import process
from tests.auditing import audited, tamper
from tests.authority import OPENSSL, Authority, Server
from tests.office import Office, now
from tests.sink import Received, Sink, deaf_port
from tests.verifying import verified

EVE, PAT = "eve@witness.example.org", "pat@partner.example.net"
DAY = timedelta(days=1)
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="there is no openssl, which is the authority of these tests")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(authority: Authority) -> Iterator[Server]:
    """The authority on the network."""
    server = Server(authority.answer).start()
    yield server
    server.stop()


def signer_of(office: Office) -> Signer:
    return Signer.of(office.vault.keys.ledger, office.config.office.mail_domain)


def anchoring(office: Office, **settings: object) -> Anchoring:
    """As the bot has it."""
    if settings:
        office.settings["anchors"] = Anchors.model_validate(settings)
    config = office.config
    return Anchoring(office.store, signer_of(office), config, Post(tuple(transports_of(config)), Signing.of(config)))


def happen(office: Office, what: str = "thing", at: datetime | None = None) -> int:
    """Something is recorded and sealed. Returns the size of the newest head."""
    with office.write() as session:
        record(session, Fact(at or now(), "Rosa Example", "note", f"{what}:1", {}))
    return sealed(office, at)


def sealed(office: Office, at: datetime | None = None) -> int:
    seal(office.store, signer_of(office), at or now())
    return newest_size(office)


def newest_size(office: Office) -> int:
    """Entries under the newest head."""
    with office.store.read() as session:
        last = newest(session)
    return last.size if last else 0


def look(office: Anchoring, at: datetime | None = None) -> None:
    asyncio.run(office.look(at or now()))


def kept(store: Store) -> list[tuple[int, str]]:
    with store.read() as session:
        return [(a.size, a.how) for a in session.exec(select(Anchor).order_by(col(Anchor.size), col(Anchor.how)))]


def told(office: Office) -> list[dict[str, object]]:
    """What entries say about anchors."""
    return [json.loads(entry.payload) for entry in office.entries("record.anchored")]


def note_in(mail: Received) -> tuple[str, str]:
    """The note between the rules, and the key below them."""
    _, note, rest = mail.text().replace("\r\n", "\n").split(f"{RULE}\n")
    return note, rest.strip()


def opened(note: str, key: str) -> Checkpoint:
    return Checkpoint.read(open_note(note, [read_verifier(key)])[0])


def test_a_witness_gets_the_note_as_it_was_signed(office: Office, sink: Sink) -> None:
    size = happen(office)
    look(anchoring(office, to=[EVE, PAT]))
    assert [mail.to for mail in sink.received] == [EVE, PAT]
    for mail in sink.received:
        note, key = note_in(mail)
        checkpoint = opened(note, key)
        assert checkpoint.size == size
        assert key == signer_of(office).verifier().text()
        assert mail.message["Auto-Submitted"] == "auto-generated"
        assert "Please keep this mail" in mail.text()
        assert "Le rogamos que guarde este correo" in mail.text()
        assert mail.subject == f"[Press office] Checkpoint of the record: {size} entries"
        assert not list(mail.message.iter_attachments())
        assert max(map(len, mail.octets.split(b"\r\n"))) <= 78
    assert kept(office.store) == [(size, "mail")]
    (entry,) = office.entries("record.anchored")
    assert json.loads(entry.payload) == {"size": size, "root": checkpoint.root.hex(), "how": "mail", "to": 2}
    assert (entry.actor, entry.subject) == ("robot:scheduler", f"checkpoint:{size}")
    assert "witness" not in entry.payload, "who the witnesses are is no part of the record"


def test_the_mail_speaks_the_offices_first_language_first_and_is_signed(office: Office, sink: Sink, tmp_path: Path) -> None:
    key = make_key(tmp_path / "s1.pem", KeyType.ED25519)
    office.settings["dkim"] = (Dkim(selector="s1", key_file=str(tmp_path / "s1.pem")),)
    happen(office)
    config = office.config.model_copy(
        update={
            "office": office.config.office.model_copy(update={"languages": ("es-US", "fr", "en"), "name": "Oficina"}),
            "anchors": Anchors(to=(EVE,)),
        }
    )
    look(Anchoring(office.store, signer_of(office), config, Post(tuple(transports_of(config)), Signing.of(config))))
    (mail,) = sink.received
    assert mail.subject.startswith("[Oficina] Punto de control del registro: ")
    assert mail.text().index("Le rogamos") < mail.text().index("Please keep")
    assert mail.text().count("Please keep") == 1, "for a language without words, English; and that once"
    assert verified(mail.octets, {"s1": key}) == [True]


def test_one_address_that_is_refused_keeps_no_other_waiting(office: Office, sink: Sink) -> None:
    sink.at_rcpt = lambda to, _octets: "550 5.1.1 Nobody" if to == EVE else None
    happen(office)
    look(anchoring(office, to=[EVE, PAT]))
    assert [mail.to for mail in sink.received] == [PAT]
    assert [one["to"] for one in told(office)] == [1]


def test_the_file_is_replaced_at_once_and_readable_for_all(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "www" / "checkpoint"
    path.parent.mkdir()
    before = os.umask(0o077)
    try:
        first = happen(office)
        it = anchoring(office, file=str(path))
        look(it)
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        with path.open() as reader:  # who is in the midst of reading the old one
            second = happen(office)
            look(it, now() + DAY)
            old = reader.read()
    finally:
        os.umask(before)
    key = signer_of(office).verifier().text()
    assert opened(old, key).size == first
    assert opened(path.read_text(), key).size == second
    assert os.listdir(path.parent) == ["checkpoint"]


def test_the_file_is_not_written_through_a_link_that_somebody_planted(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / ".checkpoint.new").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic links"):
        write(str(tmp_path / "checkpoint"), "note\n")
    assert victim.read_text() == "mine"


def everything(office: Office, server: Server, tmp_path: Path) -> Anchoring:
    return anchoring(office, to=[EVE], file=str(tmp_path / "head"), tsa_url=server.url)


@needs_openssl
def test_an_idle_office_anchors_once(office: Office, sink: Sink, server: Server, tmp_path: Path) -> None:
    """Each anchor is an entry, which makes the record grow; that alone is no reason for another."""
    size = happen(office)
    it = everything(office, server, tmp_path)
    for days in range(5):
        look(it, now() + days * DAY)
        sealed(office)
    assert kept(office.store) == [(size, "file"), (size, "mail"), (size, "tsa")]
    assert [len(sink.received), len(server.questions), len(told(office))] == [1, 1, 3]

    grown = happen(office)
    assert grown == size + 4
    look(it, now() + timedelta(hours=23))
    assert len(sink.received) == 1, "not before its time, however much was recorded"
    look(it, now() + DAY)
    sealed(office)
    look(it, now() + 3 * DAY)
    assert kept(office.store)[3:] == [(grown, "file"), (grown, "mail"), (grown, "tsa")]


def test_a_way_that_failed_for_a_while_starts_no_round_either(office: Office, sink: Sink, tmp_path: Path) -> None:
    size = happen(office)
    it = anchoring(office, to=[EVE], file=str(tmp_path / "absent" / "head"))
    look(it)
    grown = sealed(office)
    (tmp_path / "absent").mkdir()
    look(it, now() + timedelta(minutes=2))
    sealed(office)
    for days in range(1, 4):
        look(it, now() + days * DAY)
    assert kept(office.store) == [(size, "mail"), (grown, "file")]


def test_an_entry_that_was_committed_late_is_a_reason(store: Store, store_url: str, office: Office) -> None:
    """On PostgreSQL it has a lower id than what is under the anchor already."""
    if store.dialect == "sqlite":
        pytest.skip("SQLite has one writer: no id is committed before a lower one")
    late = psycopg.connect(store_url)
    late.execute("INSERT INTO entry (at_us, actor, kind, subject, payload) VALUES (1, 'late', 'note', 'thing:0', '{}')")
    happen(office)
    it = anchoring(office, file=str(office.folder / "head"))
    look(it)
    sealed(office)
    late.commit()
    late.close()
    before = sealed(office)
    with store.read() as session:
        assert before == len(session.exec(select(Entry.id)).all())
    look(it, now() + DAY)
    assert len(kept(store)) == 2


def test_an_anchor_from_the_future_keeps_nobody_waiting(office: Office) -> None:
    happen(office)
    it = anchoring(office, file=str(office.folder / "head"))
    with office.write() as session:
        head = head_of(newest(session) or pytest.fail("no head"), signer_of(office))
        keep(session, head, How.FILE, actor="robot:scheduler", at=now() + 400 * DAY)
    happen(office)
    look(it)
    assert len(kept(office.store)) == 2


def test_anchors_are_append_only(office: Office) -> None:
    happen(office)
    look(anchoring(office, file=str(office.folder / "head")))
    for attack in ("UPDATE anchor SET how = 'mail'", "DELETE FROM anchor"):
        with pytest.raises(Exception, match="append-only"), office.write() as session:
            session.connection().execute(text(attack))


def test_two_bots_on_one_store_give_it_out_once(office: Office, sink: Sink) -> None:
    if office.store.dialect == "sqlite":
        pytest.skip("there is one bot on an SQLite store")
    happen(office)
    sink.delay = 0.3
    bots = [anchoring(office, to=[EVE]) for _ in range(2)]

    async def both() -> None:
        at = now()
        await asyncio.gather(*(bot.look(at) for bot in bots))
        await asyncio.gather(*(bot.look(at) for bot in bots))

    asyncio.run(both())
    assert len(sink.received) == 1
    assert len(told(office)) == 1


# time-stamps


@needs_openssl
def test_a_token_is_kept_that_openssl_accepts(office: Office, authority: Authority, server: Server, tmp_path: Path) -> None:
    size = happen(office)
    look(anchoring(office, tsa_url=server.url))
    with office.store.read() as session:
        assert stamped(session, size) == stamped(session, size + 9) == [size]
        assert (stamped(session, size - 1), token_of(session, size - 1)) == ([], None)
        note, token, at = token_of(session, size) or pytest.fail("no token")
        head = newest(session)
    assert head is not None
    assert note == head.note
    assert timedelta() <= now() - at < timedelta(minutes=5)
    data, answer = tmp_path / "checkpoint.txt", tmp_path / "token.tsr"
    data.write_bytes(note.encode())
    answer.write_bytes(token)
    assert authority.verifies(data, answer)
    data.write_bytes(note.encode() + b" ")
    assert not authority.verifies(data, answer)
    (said,) = told(office)
    assert said["token"] == hashlib.sha256(token).hexdigest()
    asked = tsp.TimeStampReq.load(server.questions[0])
    assert asked["cert_req"].native is True


def another(change: Callable[[tsp.TimeStampReq], None]) -> Callable[[Authority], Callable[[bytes], bytes]]:
    """An authority that answers another question than it was asked."""

    def of(authority: Authority) -> Callable[[bytes], bytes]:
        def answer(question: bytes) -> bytes:
            asked = tsp.TimeStampReq.load(question)
            change(asked)
            return authority.answer(asked.dump(force=True))

        return answer

    return of


def digest_of(octets: bytes) -> Callable[[tsp.TimeStampReq], None]:
    def change(asked: tsp.TimeStampReq) -> None:
        asked["message_imprint"]["hashed_message"] = hashlib.sha256(octets).digest()

    return change


def set_to(name: str, value: object) -> Callable[[tsp.TimeStampReq], None]:
    def change(asked: tsp.TimeStampReq) -> None:
        asked[name] = value

    return change


def with_sha1(asked: tsp.TimeStampReq) -> None:
    asked["message_imprint"] = {"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": bytes(20)}


ANSWERS: dict[str, tuple[Callable[[Authority], Callable[[bytes], bytes]], str]] = {
    "other octets": (another(digest_of(b"other")), "for other octets"),
    "other nonce": (another(set_to("nonce", 7)), "another nonce"),
    "no certificate": (another(set_to("cert_req", False)), "certificate for time-stamping that signed it is not in it"),
    "not granted": (another(with_sha1), "not granted (rejection"),
    "garbage": (lambda _: lambda _question: b"\x30\x82garbage", "cannot be read"),
    "nothing": (lambda _: lambda _question: b"", "cannot be read"),
    "more behind it": (lambda a: lambda question: a.answer(question) + b"\0", "cannot be read"),
    "cut off": (lambda a: lambda question: a.answer(question)[:-1], "cannot be read"),
    "too large": (lambda _: lambda _question: bytes(tsa.LARGEST + 1), "more than 65536 octets"),
}


@needs_openssl
@pytest.mark.parametrize("case", ANSWERS)
def test_a_wrong_answer_is_refused_told_and_asked_for_again(
    office: Office, authority: Authority, server: Server, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    make, words = ANSWERS[case]
    size = happen(office)
    server.answer = make(authority)
    it = anchoring(office, tsa_url=server.url)
    at = now()
    look(it, at)
    failed = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert failed["event"] == "anchor.failed"
    assert words in failed["reason"]
    assert (kept(office.store), told(office)) == ([], [])

    server.answer = authority.answer
    look(it, at + timedelta(seconds=59))
    assert len(server.questions) == 1, "not again before its time"
    look(it, at + timedelta(seconds=61))
    assert kept(office.store) == [(size, "tsa")]


@needs_openssl
def test_no_other_host_is_asked(office: Office, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = Server(lambda _question: b"").start()
    server.status, server.headers = 302, {"Location": elsewhere.url}
    happen(office)
    look(anchoring(office, tsa_url=server.url))
    elsewhere.stop()
    assert "HTTP 302" in capsys.readouterr().err
    assert elsewhere.questions == []


@needs_openssl
def test_one_that_is_slow_has_its_time_and_no_more(office: Office, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """Octet by octet, so that no single read ever waits for long."""
    happen(office)
    whole = bytes(2_000)
    server.answer, server.drip = lambda _question: whole, 0.05
    look(anchoring(office, tsa_url=server.url, tsa_timeout=1))
    assert "did not answer in full within 1 seconds" in capsys.readouterr().err
    assert server.dripped < len(whole), "nor was it heard out"


def test_the_office_is_told_once_when_it_goes_on(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    happen(office)
    at = now()
    with deaf_port() as port:
        it = anchoring(office, tsa_url=f"http://127.0.0.1:{port}/")
        for tries in range(2 * TOLD_AFTER):
            look(it, at + tries * timedelta(hours=2))
            with office.store.read() as session:
                alerts = session.exec(select(Alert)).all()
            assert len(alerts) == (tries + 1 >= TOLD_AFTER)
    assert "by tsa" in alerts[0].subject
    assert "cannot be asked" in alerts[0].body
    assert capsys.readouterr().err.count("anchor.failed") == 2 * TOLD_AFTER


@needs_openssl
def test_sending_does_not_wait_for_an_authority_that_hangs(office: Office, sink: Sink, server: Server) -> None:
    """The copies are there while the question is still open; and the bot ends without waiting for the answer."""
    for number in range(5):
        office.contact(f"r{number}@daily.example.com", languages="en", tier="1")
    office.segment("All", "tier<=9")
    server.drip = 5.0
    office.settings["anchors"] = Anchors(tsa_url=server.url, tsa_timeout=300.0)
    happen(office)

    async def go() -> None:
        async def watch(bot: scheduler.Bot) -> None:
            await asyncio.to_thread(_until, lambda: bool(server.questions))
            await asyncio.to_thread(office.send)
            await asyncio.to_thread(sink.wait_for, 5)
            bot.stop()

        await scheduler.run(office.config, watch=watch)

    started = time.monotonic()
    asyncio.run(go())
    assert time.monotonic() - started < 60
    assert len(sink.received) == 5
    assert kept(office.store) == []


def _until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture(scope="module")
def answered(authority: Authority) -> bytes:
    return authority.answer(tsa._question(b"some octets", 12_345))


@needs_openssl
@given(st.data())
def test_no_answer_breaks_the_check(answered: bytes, data: st.DataObject) -> None:
    octets = bytearray(answered)
    for place in data.draw(st.lists(st.integers(0, len(octets) - 1), max_size=3)):
        octets[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(octets)) | st.just(len(octets)))
    with contextlib.suppress(Failed):  # a sentence; whatever else is raised fails this test
        tsa.check(bytes(octets[:cut]), b"some octets", 12_345)


# the bot, the web, the commands


@needs_openssl
def test_the_bot_does_it_all_before_it_is_idle_and_once_a_day(
    office: Office, sink: Sink, server: Server, tmp_path: Path
) -> None:
    everything(office, server, tmp_path)
    for _ in range(2):
        office.run()
    assert sorted(how for _, how in kept(office.store)) == ["file", "mail", "tsa"]
    assert [mail.to for mail in sink.received] == [EVE]
    with office.store.read() as session:
        last = newest(session)
        assert last is not None
        assert last.size == len(session.exec(select(Entry.id)).all()), "what tells of anchors is sealed as well"


def fetch(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    assert answer.headers["Content-Type"].startswith("text/plain; charset=utf-8") or answer.status == 404
    connection.close()
    return answer.status, body


@pytest.mark.parametrize("publish", [True, False])
def test_the_web_shows_a_head_and_its_key_where_that_is_wanted(office: Office, publish: bool) -> None:
    """The last one of the period before, though the bot has sealed another."""
    size = happen(office, at=now() - 3 * DAY)
    hour = now().timestamp() / 3600
    every = next(hours for hours in range(24, 48) if 1 < hour % hours < hours - 1)  # a period that does not end meanwhile
    office.settings["anchors"] = Anchors(publish=publish, every_hours=every)
    office.settings["web"] = Web(listen="127.0.0.1:0")
    shown: dict[str, tuple[int, str]] = {}

    async def go() -> None:
        async def watch(bot: scheduler.Bot) -> None:
            await asyncio.to_thread(_until, lambda: bot.web_port is not None and newest_size(office) > size)
            for path in ("/checkpoint", "/checkpoint.key"):
                shown[path] = await asyncio.to_thread(fetch, bot.web_port or 0, path)
            bot.stop()

        await scheduler.run(office.config, watch=watch)

    asyncio.run(go())
    assert {status for status, _ in shown.values()} == {200 if publish else 404}
    if publish:
        assert opened(shown["/checkpoint"][1], shown["/checkpoint.key"][1].strip()).size == size


def test_what_is_published_changes_once_a_period(office: Office) -> None:
    """Else whoever asks each second would see when the office sends, and how much."""
    office.settings["anchors"] = Anchors(publish=True, every_hours=6)
    clock = [datetime.fromisoformat("2026-11-24T13:00:00+00:00")]

    def opened_anew() -> Callable[[], Head | None]:
        shows = from_store(office.store, office.vault, office.config, lambda: clock[0])
        assert shows is not None
        return shows

    one = opened_anew()
    assert one() is None
    first = happen(office, at=clock[0])

    def size() -> int:
        """By a server that is there all the time, and by one that has just begun: both show the same."""
        (seen,) = {head.size for head in (one(), opened_anew()()) if head is not None}
        return seen

    assert size() == first, "before the first period is over, the record's first head"
    for minutes in (10, 20):
        grown = happen(office, at=clock[0] + timedelta(minutes=minutes))
        assert size() == first
    clock[0] = datetime.fromisoformat("2026-11-24T17:59:59.999999+00:00")
    assert size() == first
    clock[0] = datetime.fromisoformat("2026-11-24T18:00:00+00:00")
    assert size() == grown
    happen(office, at=clock[0])
    assert size() == grown


def test_doctor_says_what_is_late(office: Office) -> None:
    def verdicts(at: datetime, **settings: object) -> list[tuple[str, Verdict]]:
        config = office.config.model_copy(update={"anchors": Anchors.model_validate(settings)})
        with office.store.read() as session:
            return [(one.name, one.verdict) for one in look_at_anchors(session, config, at)]

    file = {"file": str(office.folder / "head")}
    assert verdicts(now()) == [("anchors", Verdict.WARNING)]
    assert verdicts(now(), publish=True) == [("anchors", Verdict.WARNING)], "the office's web is off"
    happen(office)
    assert verdicts(now(), **file) == [("anchor file", Verdict.OK)]
    assert verdicts(now() + 2 * DAY + timedelta(minutes=1), **file) == [("anchor file", Verdict.WARNING)]
    look(anchoring(office, **file))
    sealed(office)
    assert verdicts(now() + 9 * DAY, **file) == [("anchor file", Verdict.OK)], "an idle office is not late"
    happen(office)
    assert verdicts(now() + DAY, **file) == [("anchor file", Verdict.OK)]
    assert verdicts(now() + 2 * DAY + timedelta(minutes=1), **file, to=[EVE], every_hours=48) == [
        ("anchor mail", Verdict.OK),
        ("anchor file", Verdict.OK),
    ]
    assert verdicts(now() + 2 * DAY + timedelta(minutes=1), **file) == [("anchor file", Verdict.WARNING)]


@needs_openssl
def test_the_commands_list_anchors_and_hand_out_a_token(
    office: Office, authority: Authority, server: Server, tmp_path: Path
) -> None:
    outside = process.Office.at(tmp_path, office.port, url=office.config.store_url)
    assert outside.json("archive", "anchors") == []
    size = happen(office)
    look(everything(office, server, tmp_path))
    listed = outside.json("archive", "anchors")
    assert [(one["size"], one["how"], one["to"]) for one in listed] == [
        (size, "file", None),
        (size, "mail", 1),
        (size, "tsa", None),
    ]
    assert {one["root"] for one in listed} == {one["root"] for one in told(office)}
    assert b"mail" in outside.run("archive", "anchors").stdout

    said = outside.run("archive", "anchors", "--token", str(size), "--out", "head.tsr").stdout.decode()
    assert "openssl ts -verify -data head.txt -in head.tsr -CAfile" in said
    assert authority.verifies(tmp_path / "head.txt", tmp_path / "head.tsr")
    assert hashlib.sha256((tmp_path / "head.tsr").read_bytes()).hexdigest() == listed[2]["token"]
    for arguments, words in (
        (("--token", str(size), "--out", "head.tsr"), "is there already"),
        (("--token", "999", "--out", "b.tsr"), "There is no time-stamp of a head of size 999"),
        (("--token", str(size), "--out", "b.pem"), "ends in .tsr"),
        (("--token", str(size)), "go together"),
    ):
        assert words in outside.run("archive", "anchors", *arguments, status=2).stderr.decode()


def test_what_was_not_anchored_is_known_by_its_hour(office: Office) -> None:
    at = now() - timedelta(hours=5)
    with office.store.read() as session:
        assert unanchored_since(session, None) is None
    sealed(office)
    look(anchoring(office, file=str(office.folder / "head")))
    happen(office, at=at)
    with office.store.read() as session:
        anchor = session.exec(select(Anchor)).one()
        assert unanchored_since(session, anchor) == at


# what of it was altered


ROWS = {
    "UPDATE anchor SET size = 1 WHERE how = 'file'": "No entry speaks of the anchor of the head of 1 entries (file)",
    "UPDATE anchor SET how = 'mail' WHERE how = 'file'": "and there is no such anchor.",
    "DELETE FROM anchor WHERE how = 'file'": "was given outside (file), and there is no such anchor.",
    "INSERT INTO anchor (size, how, at) SELECT size, 'mail', at FROM anchor WHERE how = 'file'": (
        "entries (mail): its row was altered, or put in."
    ),
    "UPDATE anchor SET at = at + 1 WHERE how = 'file'": "(file) does not have the instant that entry",
    "UPDATE anchor SET token = NULL WHERE how = 'tsa'": "(tsa) does not have the token that entry",
    "UPDATE anchor SET token = :other WHERE how = 'tsa'": "(tsa) does not have the token that entry",
    "UPDATE checkpoint SET note = replace(note, ' ', '  ') WHERE size = (SELECT min(size) FROM anchor)": (
        "(tsa) is not what it was: its token is not for the note of that head."
    ),
    "DELETE FROM checkpoint WHERE size = (SELECT min(size) FROM anchor)": "(tsa) stands without that head: it was taken out.",
}


@needs_openssl
@pytest.mark.altered
@pytest.mark.parametrize("attack", ROWS)
def test_an_anchor_that_was_altered_is_named(office: Office, server: Server, tmp_path: Path, attack: str) -> None:
    happen(office)
    look(anchoring(office, file=str(tmp_path / "head"), tsa_url=server.url))
    happen(office)
    assert audited(office) == []
    tamper(office.store, attack, **({"other": b"0"} if ":other" in attack else {}))
    assert any(ROWS[attack] in one.what for one in audited(office)), audited(office)


@needs_openssl
@pytest.mark.altered
def test_a_token_for_something_else_is_found_though_its_entry_was_altered_with_it(
    office: Office, authority: Authority, server: Server
) -> None:
    """And all was sealed anew: then only the time-stamp itself says that it is for another head."""
    size = happen(office)
    look(anchoring(office, tsa_url=server.url))
    other = authority.answer(tsa._question(b"another note", 12_345))
    token = hashlib.sha256(other).hexdigest()
    (entry,) = office.entries("record.anchored")
    payload = json.dumps(json.loads(entry.payload) | {"token": token}, sort_keys=True, separators=(",", ":"))
    tamper(
        office.store,
        "UPDATE anchor SET token = :other",
        f"UPDATE entry SET payload = :payload WHERE id = {entry.id}",
        other=other,
        payload=payload,
    )
    sealed(office)
    what = f"The anchor of the head of {size} entries (tsa) is not what it was: its token is not for the note of that head."
    assert [one.what for one in audited(office)] == [what]
    tamper(office.store, "UPDATE anchor SET token = :other", other=b"\x30\x00")
    assert any("does not have the token" in one.what for one in audited(office))


@needs_openssl
@pytest.mark.altered
def test_a_head_that_was_spoilt_is_said_to_be_one(office: Office, server: Server, tmp_path: Path) -> None:
    outside = process.Office.at(tmp_path, office.port, url=office.config.store_url)
    size = happen(office)
    look(everything(office, server, tmp_path))
    happen(office)
    tamper(office.store, f"UPDATE checkpoint SET note = 'x' WHERE size = {size}", "UPDATE entry SET payload = '{'")
    listed = outside.run("archive", "anchors", "--json", status=1)
    assert {one["root"] for one in json.loads(listed.stdout)} == {None}
    words = f"is not there any more, or no head: of {size} entries. `distro archive verify` says what was altered."
    assert words in listed.stderr.decode()
    assert words in outside.run("archive", "anchors", status=1).stderr.decode()
    refused = outside.run("archive", "anchors", "--token", str(size), "--out", "head.tsr", status=1).stderr.decode()
    assert f"The head of {size} entries is not what was stamped any more" in refused
    assert not (tmp_path / "head.txt").exists()


@needs_openssl
def test_a_token_is_handed_out_with_its_note_or_not_at_all(office: Office, server: Server, tmp_path: Path) -> None:
    outside = process.Office.at(tmp_path, office.port, url=office.config.store_url)
    size = happen(office)
    look(everything(office, server, tmp_path))
    there = (tmp_path / "there.tsr", tmp_path / "too.txt")
    for path in there:
        path.write_text("mine")
    before = sorted(tmp_path.iterdir())
    for out, words in (
        ("there.tsr", "there.tsr is there already, and was left as it was"),
        ("too.tsr", "too.txt is there already, and was left as it was"),
        ("absent/head.tsr", "absent/head.txt cannot be written: No such file or directory."),
    ):
        refused = outside.run("archive", "anchors", "--token", str(size), "--out", out, status=2)
        assert words in refused.stderr.decode()
    assert sorted(tmp_path.iterdir()) == before
    assert {path.read_text() for path in there} == {"mine"}
