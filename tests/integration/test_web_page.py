"""The unsubscribe page in a browser: narrow and wide, light and dark, by keyboard, under its own policy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.integration.site import Site, site

__all__ = ["site"]

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"

pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium on this machine; `make system` adds it")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


CONTRAST = """() => {
  const lum = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
      if (!c.endsWith(', 0)')) return c; } return 'rgb(255, 255, 255)'; };
  return Math.min(...[...document.querySelectorAll('p, h1, h2, a, button')].map(e => {
    const [a, b] = [lum(getComputedStyle(e).color), lum(ground(e))].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); }));
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_the_page_reads_well_and_its_button_works(site: Site, browser: Browser, width: int, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 700},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=True,
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    address = f"http://127.0.0.1:{site.port}{site.deliver('es')}"
    page.goto(address)

    assert page.evaluate("document.documentElement.scrollWidth") <= width, "it scrolls sideways"
    small = page.evaluate(
        "[...document.querySelectorAll('a, button')].map(e => e.getBoundingClientRect())"
        ".filter(r => r.width < 44 || r.height < 44).length"
    )
    assert small == 0, "a target is under 44 px"
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(22, 23, 26)" if scheme == "dark" else "rgb(255, 255, 255)"), "the style does not stand"
    assert page.evaluate(CONTRAST) >= 4.5

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Cancelar mi suscripción"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Su suscripción está cancelada")
    assert page.evaluate(CONTRAST) >= 4.5
    assert page.url == address
    assert [s.canonical for s in site.suppressions()] == ["ana@example.org"]
    page.reload()
    assert len(site.suppressions()) == 1
    assert complaints == []
    assert set(requested) == {address}, "nothing is loaded from anywhere"
    context.close()
