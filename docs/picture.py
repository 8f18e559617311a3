"""Makes docs/mail.png: the release of docs/example as two readers get it, compiled and stamped as for sending.

On the left an English reader's advance copy in light colours, on the right a stacked copy, Spanish on top, in dark ones.
"""

from __future__ import annotations

import base64
import shutil
import sys
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTPUTF8
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from distro.config import Office
from distro.editorial.content import Instant, ReleaseContent
from distro.editorial.folder import read_folder
from distro.mail.compile import compile_letter
from distro.mail.letter import Letter
from distro.mail.stamp import Addressee, slots, stamp

HERE = Path(__file__).parent
WIDTH, HEIGHT = 640, 1016
"""CSS pixels of one mail: its column of 600 and a margin; and as much of its length as shows what it is like."""

OFFICE = Office(name="Night Riders' Union", timezone="America/Los_Angeles")
LIFT = Instant(utc=datetime(2026, 12, 1, 17, tzinfo=UTC), wall="2026-12-01 09:00", zone="America/Los_Angeles")


def main() -> int:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("make picture needs Chromium; install it and run again.", file=sys.stderr)
        return 2
    content = read_folder(HERE / "example" / "release").model_copy(update={"embargo": LIFT})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        left = photograph(browser, as_received(content, "en"), "light")
        right = photograph(browser, as_received(content, "es+en"), "dark")
        (HERE / "mail.png").write_bytes(side_by_side(browser, left, right))
        browser.close()
    return 0


def as_received(content: ReleaseContent, language: str) -> str:
    """The HTML part of a finished copy, read out of its bytes as a mail program does."""
    letter = Letter(
        office=OFFICE,
        public_url="https://press.example.org",
        version=content.sha256(),
        purpose="advance",
        ordinal=1,
        language=language,
        advance=True,
    )
    reader = Addressee(
        name="Ada Reader",
        address="ada.reader@daily.example.com",
        list_name="Transit desk",
        message_id="picture",
        token="a" * 26,
        bounce_token="b" * 26,
        date=datetime(2026, 11, 24, 15, tzinfo=UTC),
        reference="1-1",
    )
    copy = message_from_bytes(stamp(compile_letter(content, letter), slots(reader, OFFICE)), policy=SMTPUTF8)
    body = copy.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def photograph(browser: Browser, html: str, scheme: Literal["light", "dark"]) -> bytes:
    page = browser.new_page(viewport=ViewportSize(width=WIDTH, height=HEIGHT), color_scheme=scheme)
    page.set_content(html)
    shot = page.screenshot()
    page.close()
    return shot


def side_by_side(browser: Browser, *shots: bytes) -> bytes:
    page = browser.new_page(viewport=ViewportSize(width=WIDTH * len(shots), height=HEIGHT))
    images = "".join(f'<img src="data:image/png;base64,{base64.b64encode(shot).decode()}">' for shot in shots)
    page.set_content(f"<style>body {{ margin: 0; display: flex }}</style>{images}")
    page.wait_for_function("[...document.images].every(image => image.complete)")
    return page.screenshot()


if __name__ == "__main__":
    sys.exit(main())
