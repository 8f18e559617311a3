"""Asks a time-stamp authority (RFC 3161) to sign that some octets were there by now, and looks at its answer before it is kept.

Whether the authority's signature holds, under a root that one trusts, is said by `openssl ts -verify`; nothing here claims it.
Knows no store and no settings. To be imported late: `asn1crypto` is wanted nowhere else.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from hashlib import sha256
from urllib.parse import urlsplit

import h11
from asn1crypto import cms, core, tsp, x509

from distro.archive.verify import stamp_in
from distro.errors import Failed

LARGEST = 65_536
"""Octets of an answer that are read: a token with its chain of certificates has under ten thousand."""

_REFUSED = "The time-stamp authority's answer was refused: {}; ask its operator, or name another in [anchors] tsa_url."
_SPARSE = "it cannot be read as the token of RFC 3161"


class Answer(core.Sequence):  # type: ignore[misc]
    """A TimeStampResp (RFC 3161, 2.4.2). asn1crypto's own wants a token in a refusal too, which has none."""

    _fields = [  # noqa: RUF012  as asn1crypto has it
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


async def stamp(url: str, octets: bytes, within: float) -> bytes:
    """The authority's answer over the SHA-256 of these octets: a TimeStampResp in DER, as it came. It is asked for its
    certificates too. Takes `within` seconds at the most. Raises Failed where there is no such answer, or not the right one."""
    nonce = secrets.randbits(63) | 1 << 62  # a number that is not guessed, always of the same length
    question = await asyncio.to_thread(_question, octets, nonce)
    try:
        async with asyncio.timeout(within):
            answer = await _post(url, question)
    except TimeoutError:
        raise Failed(f"The time-stamp authority did not answer in full within {within:g} seconds.") from None
    except (OSError, h11.RemoteProtocolError) as wrong:  # TLS errors are OSError too
        raise Failed(f"The time-stamp authority cannot be asked: {wrong}.") from wrong
    await asyncio.to_thread(check, answer, octets, nonce)
    return answer


def _question(octets: bytes, nonce: int) -> bytes:
    """A TimeStampReq (RFC 3161, 2.4.1)."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": sha256(octets).digest()}
    asked = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True})
    return bytes(asked.dump())


async def _post(url: str, question: bytes) -> bytes:
    """One POST (RFC 3161, 3.4) to this address and no other: a redirect is no answer, and no proxy is looked for.

    By h11 on a stream of ours, so that the time-out is over all of it, and giving up ends it at once.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    context = await asyncio.to_thread(ssl.create_default_context) if secure else None  # reading the roots takes a while
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or (443 if secure else 80), ssl=context)
    try:
        http = h11.Connection(h11.CLIENT)
        headers = {
            "Host": parts.netloc,
            "Content-Type": "application/timestamp-query",
            "Accept": "application/timestamp-reply",
            "Content-Length": str(len(question)),
            "Connection": "close",
        }
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        for event in (h11.Request(method="POST", target=target, headers=list(headers.items())), h11.Data(question)):
            writer.write(http.send(event) or b"")
        http.send(h11.EndOfMessage())
        await writer.drain()
        return await _answer(http, reader)
    finally:
        writer.transport.abort()


async def _answer(http: h11.Connection, reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(16_384))
        elif isinstance(event, h11.Response) and event.status_code != 200:
            raise Failed(_REFUSED.format(f"it is HTTP {event.status_code}, not 200"))
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > LARGEST:
                raise Failed(_REFUSED.format(f"it has more than {LARGEST} octets"))
        elif isinstance(event, h11.EndOfMessage):
            return body
        elif not isinstance(event, h11.Response | h11.InformationalResponse):
            raise Failed(_REFUSED.format("it is none"))


def check(answer: bytes, octets: bytes, nonce: int) -> None:
    """Raise Failed unless this is the answer: granted, for these octets and this nonce, with its signer's certificate."""
    digest = sha256(octets).digest()
    try:
        wrong = _wrong_with(Answer.load(answer, strict=True), digest, nonce)
        if not wrong and stamp_in(answer)[1] != digest.hex():  # as a bag's reader will see it, who is stricter about DER
            wrong = _SPARSE
    except Exception:  # whatever asn1crypto stumbles over; it parses bit by bit, as it is asked
        wrong = _SPARSE
    if wrong:
        raise Failed(_REFUSED.format(wrong))


def _wrong_with(answer: Answer, digest: bytes, nonce: int) -> str:
    """What is wrong with it, in words, or ""."""
    status = answer["status"]["status"].native
    if status != "granted":
        said = " ".join(answer["status"]["status_string"].native or ())
        return f"it was not granted ({status}{f', {said[:200]!r}' if said else ''})"
    token = answer["time_stamp_token"]
    signed = token["content"]
    content = signed["encap_content_info"]
    if token["content_type"].native != "signed_data" or content["content_type"].native != "tst_info":
        return _SPARSE
    info = content["content"].parsed
    imprint = info["message_imprint"]
    if (imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native) != ("sha256", digest):
        return "it is for other octets than it was asked for"
    if info["nonce"].native != nonce:
        return "it bears another nonce than the question, so it may be the answer to an older one"
    (signer,) = signed["signer_infos"]
    certificates = [one.chosen for one in signed["certificates"] if one.name == "certificate"]
    if not any(_is_of(signer["sid"], one) for one in certificates):
        return "the certificate for time-stamping that signed it is not in it"
    return "" if info["gen_time"].native else _SPARSE


def _is_of(signer: cms.SignerIdentifier, certificate: x509.Certificate) -> bool:
    """Whether the signer is named by this certificate, and it is one for time-stamping (RFC 3161, 2.3)."""
    uses = certificate.extended_key_usage_value
    if uses is None or "time_stamping" not in uses.native:
        return False
    if signer.name == "subject_key_identifier":
        return bool(signer.native == certificate.key_identifier)
    named = signer.chosen
    return bool((named["issuer"], named["serial_number"].native) == (certificate.issuer, certificate.serial_number))
