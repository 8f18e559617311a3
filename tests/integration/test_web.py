"""The unsubscribe page over real HTTP, on both databases: RFC 8058 for machines, two languages for people."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlmodel import select

from contacts.models import Journalist
from contacts.suppression import suppressed_among
from distro.archive.ledger import Entry
from distro.archive.vault import Keys, PersonKey, Vault
from distro.db import Store
from distro.editorial.embargo import Permit, ask_for_test
from distro.errors import Failed
from distro.mail import tokens
from distro.web.app import LARGEST_BODY, LetOut, create_app
from distro.web.serve import serve
from distro.web.unsubscribing import from_store
from tests.integration.site import KEYS, NOW, OFFICE, ONE_CLICK, URLENCODED, Site, site

__all__ = ["site"]

MULTIPART = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (ONE_CLICK, URLENCODED),
        (MULTIPART, {"Content-Type": "multipart/form-data; boundary=x"}),
        ("", {}),
        (b"\xff\x00 anything", {"Content-Type": "application/octet-stream"}),
        (ONE_CLICK, URLENCODED | {"Cookie": "a=b", "Origin": "null", "Referer": "https://mail.example.net/"}),
    ],
    ids=["urlencoded", "multipart", "empty", "octets", "from-a-browser"],
)
def test_a_post_unsubscribes_whatever_its_body_and_answers_200_each_time(
    site: Site, body: bytes | str, headers: dict[str, str]
) -> None:
    path = site.deliver()
    for _ in range(3):
        answer = site.post(path, body, headers)
        assert answer.status == 200
        assert not {"location", "set-cookie"} & set(answer.headers)
    assert [(s.canonical, s.reason, s.by) for s in site.suppressions()] == [("ana@example.org", "unsubscribed", "robot:web")]
    with site.store.read() as session:
        kinds = [kind for kind in session.exec(select(Entry.kind)) if "suppress" in kind]
        payloads = "".join(session.exec(select(Entry.payload)))
    assert len(kinds) == 1
    assert "ana@example.org" not in payloads


def test_the_evidence_says_how_and_by_which_copy(site: Site) -> None:
    first, second = site.deliver(canonical="ana@example.org"), site.deliver(canonical="ben@example.org")
    site.post(first)
    site.post(second, "by=page")
    assert [s.evidence.partition(",")[0] for s in site.suppressions()] == ["one-click POST", "page"]
    assert all(", delivery " in s.evidence for s in site.suppressions())


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(site: Site, method: str) -> None:
    path = site.deliver()
    for _ in range(2):
        answer = site.ask(method, path)
        assert answer.status == 200
    assert site.suppressions() == []
    assert (answer.body == b"") is (method == "HEAD")


def test_the_page_has_a_button_that_posts_to_the_same_address(site: Site) -> None:
    path = site.deliver()
    form = site.ask("GET", path).page.find("form")
    assert form is not None
    assert form["method"] == "post"
    assert form.get("action") is None
    assert site.post(path, "by=page").status == 200
    assert len(site.suppressions()) == 1


def test_the_token_is_read_whatever_its_case(site: Site) -> None:
    path = site.deliver()
    assert site.post("/u/" + path.removeprefix("/u/").upper()).status == 200
    assert len(site.suppressions()) == 1


@pytest.mark.parametrize(("copy", "order"), [("en", ["en", "es"]), ("es", ["es", "en"]), ("es+en", ["es", "en"])])
def test_the_language_of_the_copy_stands_first_and_each_part_is_marked(site: Site, copy: str, order: list[str]) -> None:
    path = site.deliver(copy)
    for answer in (site.ask("GET", path), site.post(path)):
        page = answer.page
        assert page.html is not None
        assert page.html["lang"] == order[0]
        assert [section["lang"] for section in page.find_all("section")] == order
        assert [len(page.find_all(h)) for h in ("h1", "h2")] == [1, 1]
        assert answer.headers["content-language"] == ", ".join(order)
    done = site.post(path).page
    assert "Su suscripción está cancelada" in done.get_text()
    assert "You are unsubscribed" in done.get_text()


def forged(path: str) -> Iterator[str]:
    token = path.removeprefix("/u/")
    yield from ("", "x", "a" * 26, token[:-1], token + "a", token[::-1], "ñ" * 26, "%00" * 26, "..%2f..%2fetc")
    yield tokens.make(Keys(b"\x08" * 32), "u", 1)
    yield tokens.make(KEYS, "b", 1)
    yield tokens.make(KEYS, "u", 999_999)


def test_an_unknown_or_forged_token_is_404_with_a_page(site: Site) -> None:
    path = site.deliver()
    for token in forged(path):
        for method in ("GET", "POST"):
            answer = site.ask(method, "/u/" + (token if "%" in token else quote(token)))
            assert answer.status == 404, token
            assert "We do not know this link" in answer.page.get_text()
    assert site.suppressions() == []
    assert site.ask("GET", path + "/").status == 404, "never a redirect"


def test_a_page_without_a_copy_speaks_as_the_browser_asks(site: Site) -> None:
    page = site.ask("GET", "/u/x", headers={"Accept-Language": "nl, es-MX;q=0.9, en;q=0.5"}).page
    assert [section["lang"] for section in page.find_all("section")] == ["es", "en"]


def test_the_link_of_a_test_copy_says_so_and_suppresses_nobody(site: Site) -> None:
    path = "/u/" + tokens.make(KEYS, "u", 0)
    for answer in (site.ask("GET", path), site.post(path)):
        assert answer.status == 200
        assert "This was a test copy" in answer.page.get_text()
    assert site.suppressions() == []


def test_whoever_changed_address_since_is_not_written_to_at_either(site: Site) -> None:
    path = site.deliver()
    with site.store.write() as session:
        person = session.exec(select(Journalist)).one()
        person.address = person.canonical = "ana@example.net"
        session.add(person)
    site.post(path)
    with site.store.read() as session:
        asked = {"ana@example.org", "ana@example.net", "ben@example.org"}
        assert set(suppressed_among(session, asked)) == {"ana@example.org", "ana@example.net"}


def test_after_erasure_the_answer_is_polite_and_nothing_is_recorded(site: Site) -> None:
    path = site.deliver()
    with site.store.write() as session:
        for key in session.exec(select(PersonKey)):
            key.wrapped = None
            session.add(key)
        for person in session.exec(select(Journalist)):
            session.delete(person)
    assert site.post(path).status == 200
    assert site.suppressions() == []


def test_the_same_click_many_times_at_once_is_one_suppression(site: Site) -> None:
    path = site.deliver()
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda _: site.post(path).status, range(16)))
    assert answers == [200] * 16
    assert len(site.suppressions()) == 1


def test_the_body_is_bounded(site: Site) -> None:
    path = site.deliver()
    assert site.post(path, b"x" * LARGEST_BODY).status == 200
    assert site.post(site.deliver(canonical="ben@example.org"), b"x" * (LARGEST_BODY + 1)).status == 413
    assert [s.canonical for s in site.suppressions()] == ["ana@example.org"]


def test_nothing_is_kept_indexed_framed_or_loaded(site: Site) -> None:
    path = site.deliver()
    for answer in (site.ask("GET", path), site.post(path), site.ask("GET", "/u/x"), site.ask("GET", "/elsewhere")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers
        page = answer.page
        assert not page.find_all(["script", "img", "link", "iframe"])
        assert not page.find_all(src=True)
        assert all(str(a["href"]).startswith("mailto:") for a in page.find_all("a"))
        assert "ana@example.org" not in answer.body.decode(), "a link that was passed on must not show an address"
    assert b"Example &lt;Workers&#39;&gt; Network" in answer.body


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_do_nothing(site: Site, method: str) -> None:
    assert site.ask(method, site.deliver()).status == 405
    assert site.suppressions() == []


def test_a_store_that_does_not_answer_is_503_with_a_page(site: Site) -> None:
    path = site.deliver()
    with site.store.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("ALTER TABLE suppression RENAME TO away")
    answer = site.post(path)
    assert answer.status == 503
    assert answer.headers["retry-after"] == "60"
    assert "nothing was changed" in answer.page.get_text()


def test_healthz_says_ok(site: Site) -> None:
    answer = site.ask("GET", "/healthz")
    assert (answer.status, answer.body) == (200, b"ok")


def permit() -> Permit:
    given = ask_for_test(lift=None, staff=False, now=NOW)
    assert isinstance(given, Permit)
    return given


def test_a_file_leaves_only_with_a_permit_and_never_opens_in_the_page(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "asset"
    path.write_bytes(b"%PDF-1.7 invented")
    digest = sha256(path.read_bytes()).hexdigest()
    assert site.ask("GET", f"/assets/{digest}/letter.pdf").status == 404
    site.assets[digest] = LetOut(path, permit())
    answer = site.ask("GET", f"/assets/{digest}/{quote('la carta «ñ».pdf')}")
    assert (answer.status, answer.body) == (200, path.read_bytes())
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=utf-8''la%20carta")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert site.ask("GET", f"/assets/{digest}/a%0d%0aSet-Cookie:b").status == 404
    with pytest.raises(TypeError):
        Permit("lift", NOW)


async def test_a_port_that_is_taken_is_told_in_a_sentence(store: Store) -> None:
    app = create_app(from_store(store, Vault(KEYS), lambda: NOW), OFFICE)
    first = await serve(("127.0.0.1", 0), app)
    with pytest.raises(Failed, match=f"listen 127.0.0.1:{first.port} cannot be used: Address already in use"):
        await serve(("127.0.0.1", first.port), app)
    await first.stop()
    await first.stop()
