"""The mails in a real browser: narrow and wide, light and dark, and with every <style> ignored. Skips without Chromium."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from distro.config import Office
from distro.editorial.content import Kind
from distro.editorial.plan import has_text
from distro.look import Look
from distro.mail.render import render
from distro.mail.stamp import shown
from distro.mail.standards.opened import open_copy
from distro.mail.standards.samples import House, Occasion, sample
from tests.letters import EVERY_KIND, OFFICE, addressee, letter
from tests.notices import NOTICES, notice_letter

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs the system's Chromium")

LOW_CONTRAST = """() => {
  const rgb = c => { const n = (c.match(/[0-9.]+/g) || []).map(Number); return n.length ? n : [0, 0, 0, 0]; };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const low = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode());) {
    const e = node.parentElement;
    if (!node.textContent.trim() || !e.getClientRects().length) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(ratio.toFixed(2) + " " + node.textContent.trim().slice(0, 40));
  }
  return low;
}"""
SMALL_TEXT = """() => [...document.querySelectorAll("p, li, td, th, a, h1, h2, h3, h4")]
  .filter(e => e.getClientRects().length && parseFloat(getComputedStyle(e).fontSize) < 16).map(e => e.outerHTML.slice(0, 80))"""
SMALL_TARGETS = """() => [...document.querySelectorAll("a.tall, a.also")]
  .filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.mark.parametrize("styled", [True, False], ids=["styled", "bare"])
@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_mail_is_readable(browser: Browser, kind: str, styled: bool) -> None:
    content = EVERY_KIND[kind]
    one = letter(content, "es+en", advance=content.embargo is not None, test=True)
    look_at(browser, render(content, one, shown(addressee(), OFFICE)).html, styled=styled)


@pytest.mark.parametrize("styled", [True, False], ids=["styled", "bare"])
@pytest.mark.parametrize("purpose", NOTICES)
def test_a_notice_is_readable(browser: Browser, purpose: str, styled: bool) -> None:
    content, one, sent = notice_letter(purpose, "es+en", advance=has_text(purpose))
    look_at(browser, render(content, one, shown(addressee()._replace(sent=sent), OFFICE)).html, styled=styled)


def look_at(browser: Browser, html: str, *, styled: bool) -> None:
    if not styled:
        html = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    asked_for: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked_for.append(request.url))
    page.set_content(html)
    for width in (320, 1280):
        page.set_viewport_size(ViewportSize(width=width, height=900))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SMALL_TEXT) == []
        assert page.evaluate(SMALL_TARGETS) == []
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(LOW_CONTRAST) == []
    assert page.locator("h1").count() == 1
    assert page.locator(".preheader").bounding_box() is None
    assert asked_for == []
    page.close()


def test_a_long_word_does_not_widen_the_page(browser: Browser) -> None:
    content = EVERY_KIND["release"]
    edition = content.editions["en"].model_copy(update={"headline": "W" * 200, "body": f"{'w' * 400}\n\n- {'w' * 300}"})
    content = content.model_copy(update={"editions": {"en": edition}, "languages": ("en",)})
    page = browser.new_page(viewport=ViewportSize(width=320, height=900))
    page.set_content(render(content, letter(content), shown(addressee(), OFFICE)).html)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


WHOLE_PAGES = {"rules": {"landmark-one-main": {"enabled": False}, "region": {"enabled": False}}}
"""A mail is no page but an article in somebody else's: it has no main landmark of its own."""


@pytest.mark.parametrize("language", ["en", "es", "fr", "pt", "ar", "he", "es+en", "en+ar", "ar+en"])
@pytest.mark.parametrize("kind", Kind)
def test_axe_finds_nothing(browser: Browser, kind: Kind, language: str) -> None:
    occasion = Occasion("advance", advance=True) if kind in (Kind.RELEASE, Kind.ADVISORY) else Occasion("general")
    page = browser.new_page()
    page.set_content(open_copy(sample(kind, language, occasion, House(Office(), Look(), None)).octets).html)
    for width in (320, 700):
        page.set_viewport_size(ViewportSize(width=width, height=900))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SMALL_TARGETS) == []
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page, options=WHOLE_PAGES).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    page.close()


EDGES = """() => {
  const side = e => getComputedStyle(e), part = document.querySelector('[role=article] div[lang^=ar]');
  return {
    text: side(part.querySelector('p.lede, p.said')).textAlign,
    bar: [side(part.querySelector('p.said')).borderLeftWidth, side(part.querySelector('p.said')).borderRightWidth],
    phone: [side(part.querySelector('a[href^="tel:"]')).direction, part.querySelector('a[href^="tel:"]').textContent],
    mail: side(part.querySelector('a[href^="mailto:"]')).direction,
    english: side(part.querySelector('[lang=en]')).direction,
    own: [part.dir, side(part).direction],
  };
}"""


@pytest.mark.parametrize("language", ["ar", "en+ar", "ar+en"])
def test_a_text_from_right_to_left_is_laid_out_so(browser: Browser, language: str) -> None:
    page = browser.new_page(viewport=ViewportSize(width=700, height=900))
    page.set_content(
        open_copy(sample(Kind.STATEMENT, language, Occasion("general"), House(Office(), Look(), None)).octets).html
    )
    assert page.evaluate(EDGES) == {
        "text": "right",
        "bar": ["0px", "3px"],
        "phone": ["ltr", "+1 212 555 0101"],
        "mail": "ltr",
        "english": "ltr",
        "own": ["rtl", "rtl"],
    }
    english = page.evaluate("""() => { const p = document.querySelector('[role=article] div[lang=en] p.said');
        return p && [getComputedStyle(p).direction, getComputedStyle(p).textAlign, getComputedStyle(p).borderLeftWidth]; }""")
    assert english == (["ltr", "left", "3px"] if "+" in language else None)
    page.close()


@pytest.mark.parametrize("purpose", ["embargo-moved", "embargo-lifted", "offer"])
def test_a_notice_of_an_embargo_is_readable(browser: Browser, purpose: str) -> None:
    content, one, sent = notice_letter(purpose, "es+en")
    html = render(content, one, shown(addressee()._replace(sent=sent), OFFICE)).html
    page = browser.new_page()
    page.set_content(html)
    for width in (320, 700):
        page.set_viewport_size(ViewportSize(width=width, height=900))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SMALL_TEXT) == []
        assert page.evaluate(SMALL_TARGETS) == []
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(LOW_CONTRAST) == []
    assert page.locator("h1").count() == 1
