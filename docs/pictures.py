"""Makes docs/pictures: a mail of each kind as readers see it, in both languages, light and dark, on a telephone and a screen.

Beside them a look of an office's own, a stacked copy and languages from right to left. `make picture` runs it.
"""

from __future__ import annotations

import base64
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from distro.config import Office
from distro.editorial.content import Kind
from distro.look import Look
from distro.mail.logo import logo_of
from distro.mail.standards.opened import open_copy
from distro.mail.standards.samples import House, Occasion, sample

HERE = Path(__file__).parent
FOLDER = HERE / "pictures"
WIDTHS = (320, 700)
COLOURS = 64
"""Of a picture; text on plain grounds needs no more, and the folder stays small."""

OFFICE = Office(
    name="Open Shelf Network press office",
    from_address="press@network.example.org",
    postal_address="410 Wharf Street, New York, NY 10001",
)
PLAIN = House(OFFICE, Look(), None)
OWN = House(
    OFFICE,
    Look(
        accent="#1d3a5c",
        alarm="#8a4510",
        pale="#f7f3ec",
        ground="#ece5d8",
        dark_accent="#e5b88a",
        dark_alarm="#6e370d",
        logo=str(HERE / "logo.png"),
    ),
    None,
)
GENERAL, ADVANCE = Occasion("general"), Occasion("advance", advance=True)
Scheme = Literal["light", "dark"]


class Picture(NamedTuple):
    name: str
    kind: Kind
    language: str
    occasion: Occasion
    house: House
    schemes: tuple[Scheme, ...] = ("light", "dark")
    widths: tuple[int, ...] = WIDTHS


def pictures() -> Iterator[Picture]:
    for kind in Kind:
        for language in ("en", "es"):
            occasion = ADVANCE if kind is Kind.RELEASE else GENERAL
            yield Picture(f"{kind.value}.{language}", kind, language, occasion, PLAIN)
    yield Picture("stacked.es+en", Kind.RELEASE, "es+en", GENERAL, PLAIN, ("light",), (700,))
    yield Picture("own.en", Kind.RELEASE, "en", ADVANCE, OWN, widths=(700,))
    yield Picture("release.fr", Kind.RELEASE, "fr", ADVANCE, PLAIN, ("light",), (700,))
    yield Picture("release.pt", Kind.RELEASE, "pt", ADVANCE, PLAIN, ("light",), (700,))
    yield Picture("release.ar", Kind.RELEASE, "ar", ADVANCE, PLAIN, ("light",), (700,))
    yield Picture("event-round-up.ar", Kind.EVENT_ROUND_UP, "ar", GENERAL, PLAIN, ("dark",), (320,))
    yield Picture("advisory.he", Kind.ADVISORY, "he", GENERAL, PLAIN, ("light",), (320,))
    yield Picture("stacked.en+ar", Kind.STATEMENT, "en+ar", GENERAL, PLAIN, ("light",), (700,))


def file_name(picture: Picture, scheme: str, width: int) -> str:
    return f"{picture.name}.{scheme}.{width}.png"


def make(browser: Browser) -> None:
    """All of them anew."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    for picture in pictures():
        for scheme in picture.schemes:
            for width in picture.widths:
                shot = photograph(browser, as_shown(picture), scheme, width)
                (FOLDER / file_name(picture, scheme, width)).write_bytes(smaller(browser, shot))


def as_shown(picture: Picture) -> str:
    """The HTML part as a mail program shows it: with the logo, if there is one, from the part beside it."""
    made = sample(picture.kind, picture.language, picture.occasion, picture.house)
    html = open_copy(made.octets).html
    if logo := logo_of(made.letter):
        data = base64.b64encode(logo.picture.octets).decode()
        html = html.replace(f"cid:{logo.cid}", f"data:image/{logo.picture.kind};base64,{data}")
    return html


def photograph(browser: Browser, html: str, scheme: Scheme, width: int) -> bytes:
    page = browser.new_page(viewport=ViewportSize(width=width, height=400), color_scheme=scheme)
    page.set_content(html)
    shot = page.screenshot(full_page=True)
    page.close()
    return shot


QUANTISE = """async ([data, most]) => {
  const image = new Image(); image.src = "data:image/png;base64," + data; await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, image.width, image.height).data, count = new Map();
  for (let i = 0; i < pixels.length; i += 4) {
    const c = pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2]; count.set(c, (count.get(c) || 0) + 1);
  }
  const kept = [...count.keys()].sort((a, b) => count.get(b) - count.get(a)).slice(0, most), place = new Map();
  const far = (a, b) => [16, 8, 0].reduce((sum, s) => sum + ((a >> s & 255) - (b >> s & 255)) ** 2, 0);
  for (const c of count.keys()) {
    let best = 0; for (let k = 1; k < kept.length; k++) if (far(kept[k], c) < far(kept[best], c)) best = k; place.set(c, best);
  }
  let rows = "";
  for (let i = 0; i < pixels.length; i += 4)
    rows += String.fromCharCode(place.get(pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2]));
  return {width: image.width, height: image.height, colours: kept, rows: btoa(rows)};
}"""


def smaller(browser: Browser, shot: bytes) -> bytes:
    """The same picture as a PNG with a palette (W3C PNG, 11.2.2): a tenth of the octets."""
    page = browser.new_page()
    found = page.evaluate(QUANTISE, [base64.b64encode(shot).decode(), COLOURS])
    page.close()
    width, height, indices = found["width"], found["height"], base64.b64decode(found["rows"])
    palette = b"".join(struct.pack(">I", colour)[1:] for colour in found["colours"])
    rows = b"".join(b"\0" + indices[at : at + width] for at in range(0, width * height, width))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", palette),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )


def main() -> int:
    import shutil

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("make picture needs Chromium; install it and run again.", file=sys.stderr)
        return 2
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        make(browser)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
