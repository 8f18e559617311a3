"""The Python peers of `make bench`, one kind a run, in a virtual environment of their own: nothing of the project is imported.

`python python_peers.py KIND PORT MESSAGES LETTER.json [uvloop]` sends so many copies of the letter to as many recipients, and
prints one JSON object: how many the server took, and how many octets one copy has. Kinds: see KINDS.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
CONNECTIONS = 10
SENDER = "press@press.example.org"


class Letter:
    """The project's own letter as templates, lengthened until a copy as `octets_of` makes it has the octets asked for."""

    def __init__(self, told: dict[str, Any], octets_of: Callable[[Letter, int], int]) -> None:
        self.subject: str = told["subject"]
        self.sender: str = told["from"]
        self.fields: dict[str, str] = told["fields"]
        self._told = told
        self._write(0)
        short = octets_of(self, 0)
        self._write(10)
        each = (octets_of(self, 0) - short) / 10
        count = max(0, int((told["octets"] - short) / each))
        self._write(count)
        self._write(count, "word " * max(0, (told["octets"] - octets_of(self, 0)) // 11))
        self.octets = octets_of(self, 0)

    def _write(self, count: int, last: str = "") -> None:
        told = self._told
        self.text: str = told["text"].replace("MORE", "\n\n".join([told["more_text"]] * count + [last]))
        self.html: str = told["html"].replace("MORE", "\n".join([told["more_html"]] * count + [f"<p>{last}</p>"]))

    def parts(self, number: int) -> tuple[str, str]:
        """Text and HTML for one reader, by plain replacement."""
        text, html = self.text, self.html
        for name, value in slots(number).items():
            text, html = text.replace("{{" + name + "}}", value), html.replace("{{" + name + "}}", value)
        return text, html


def slots(number: int) -> dict[str, str]:
    return {"token": f"{number:026x}", "reference": f"1-{number}"}


def address(number: int) -> str:
    return f"reporter{number}@desk{number % 40}.example.org"


def unsubscribe(number: int) -> str:
    return f"<mailto:bot+u.{number:026x}@press.example.org>"


def email_message(letter: Letter, number: int) -> EmailMessage:
    text, html = letter.parts(number)
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = letter.sender, f"Reportera Núñez {number} <{address(number)}>"
    message["Subject"] = letter.subject
    message["Date"] = "Tue, 01 Dec 2026 09:00:00 -0800"
    message["Message-ID"] = f"<{number:032x}@press.example.org>"
    message["List-Unsubscribe"] = unsubscribe(number)
    for name, value in letter.fields.items():
        message[name] = value
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message


async def over_connections(port: int, messages: int, send: Callable[[Any, int], Awaitable[None]]) -> int:
    """Share the numbers out between kept connections, as many as CONNECTIONS."""
    import aiosmtplib

    numbers = iter(range(messages))

    async def one(numbers: Iterator[int]) -> int:
        client = aiosmtplib.SMTP(hostname=HOST, port=port, use_tls=False, start_tls=False)
        await client.connect()
        sent = 0
        for number in numbers:
            await send(client, number)
            sent += 1
        await client.quit()
        return sent

    return sum(await asyncio.gather(*(one(numbers) for _ in range(CONNECTIONS))))


def aiosmtplib_message(port: int, messages: int, told: dict[str, Any]) -> tuple[int, int]:
    """An EmailMessage is built for each recipient and handed to aiosmtplib."""
    letter = Letter(told, lambda one, number: len(email_message(one, number).as_bytes()))

    async def send(client: Any, number: int) -> None:
        await client.send_message(email_message(letter, number), sender=SENDER, recipients=[address(number)])

    return asyncio.run(over_connections(port, messages, send)), letter.octets


def aiosmtplib_bytes(port: int, messages: int, told: dict[str, Any]) -> tuple[int, int]:
    """Ready octets, the same for all, and only the envelope differs: the least that aiosmtplib can be given to do."""
    letter = Letter(told, lambda one, number: len(email_message(one, number).as_bytes()))
    ready = email_message(letter, 0).as_bytes()

    async def send(client: Any, number: int) -> None:
        await client.sendmail(SENDER, [address(number)], ready)

    return asyncio.run(over_connections(port, messages, send)), letter.octets


def django(port: int, messages: int, told: dict[str, Any], *, quoted: bool = True) -> tuple[int, int]:
    """Django templates and EmailMultiAlternatives for each recipient, over one connection that is kept open.

    `quoted`: in quoted-printable, as the others send. Django's own choice is 8bit where no line is too long.
    """
    from email import charset

    from django.conf import settings
    from django.core.mail import EmailMultiAlternatives, get_connection
    from django.template import Context, Engine, Template

    settings.configure(EMAIL_HOST=HOST, EMAIL_PORT=port, EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend")
    connection = get_connection()
    encoding = charset.Charset("utf-8")
    encoding.body_encoding = charset.QP
    engine = Engine()
    compiled: dict[str, Template] = {}

    def rendered(template: str, number: int) -> str:
        if template not in compiled:
            compiled[template] = engine.from_string(template)
        return str(compiled[template].render(Context(slots(number))))

    def made(letter: Letter, number: int) -> EmailMultiAlternatives:
        to, headers = (
            f"Reportera Núñez {number} <{address(number)}>",
            {**letter.fields, "List-Unsubscribe": unsubscribe(number)},
        )
        text, html = rendered(letter.text, number), rendered(letter.html, number)
        message = EmailMultiAlternatives(letter.subject, text, letter.sender, [to], headers=headers, connection=connection)
        if quoted:
            message.encoding = encoding
        message.attach_alternative(html, "text/html")
        return message

    letter = Letter(told, lambda one, number: len(made(one, number).message().as_bytes(linesep="\r\n")))
    connection.open()
    sent = sum(made(letter, number).send() for number in range(messages))
    connection.close()
    return sent, letter.octets


def django_8bit(port: int, messages: int, told: dict[str, Any]) -> tuple[int, int]:
    """The same as Django would by itself."""
    return django(port, messages, told, quoted=False)


KINDS = {"aiosmtplib": aiosmtplib_message, "aiosmtplib-bytes": aiosmtplib_bytes, "django": django, "django-8bit": django_8bit}


def main(arguments: list[str]) -> None:
    kind, port, messages, letter, *more = arguments
    if "uvloop" in more:
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    sent, octets = KINDS[kind](int(port), int(messages), json.loads(Path(letter).read_text(encoding="utf-8")))
    print(json.dumps({"sent": sent, "octets": octets}))


if __name__ == "__main__":
    main(sys.argv[1:])
