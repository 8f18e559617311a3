"""Keys that sign: made so that nobody else reads them, read with a sentence for each fault, published in strings of 255."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from distro.config import Config, Office, Sending, load
from distro.dkimkey import KeyType, is_short, key_type, make_key, public_record, read_key, record_name, zone_line
from distro.dkimterms import Dkim
from distro.dkimtogether import library
from distro.errors import Refused
from distro.mail.dkim import Signing
from distro.signingcheck import look_at_signing


def written(
    path: Path,
    key: RSAPrivateKey | ec.EllipticCurvePrivateKey,
    form: PrivateFormat = PrivateFormat.PKCS8,
    locked: KeySerializationEncryption | None = None,
) -> Path:
    path.write_bytes(key.private_bytes(Encoding.PEM, form, locked or NoEncryption()))
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("kind", KeyType)
def test_a_key_is_made_for_its_owner_only_and_never_overwritten(tmp_path: Path, kind: KeyType) -> None:
    path = tmp_path / "a.key"
    made = make_key(path, kind)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert public_record(read_key(path)) == public_record(made)
    assert key_type(made) is kind
    assert not is_short(made)
    kept = path.read_bytes()
    with pytest.raises(Refused, match="never overwritten"):
        make_key(path, kind)
    assert path.read_bytes() == kept
    with pytest.raises(Refused, match="cannot be written"):
        make_key(tmp_path / "no" / "such", kind)


def test_pkcs1_is_read_too(tmp_path: Path) -> None:
    key = generate_private_key(65537, 2048)
    path = written(tmp_path / "a.key", key, PrivateFormat.TraditionalOpenSSL)
    assert path.read_text().startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert public_record(read_key(path)) == public_record(key)


def test_each_fault_of_a_key_has_its_sentence(tmp_path: Path) -> None:
    def said(path: Path) -> str:
        with pytest.raises(ValueError) as wrong:  # noqa: PT011 - the sentence is what is tested
            read_key(path)
        return str(wrong.value)

    assert "there is no such file" in said(tmp_path / "gone.key")
    assert "cannot be read" in said(tmp_path)
    locked = written(tmp_path / "l.key", generate_private_key(65537, 2048), locked=BestAvailableEncryption(b"word"))
    assert "locked by a passphrase" in said(locked)
    assert "neither RSA nor Ed25519" in said(written(tmp_path / "e.key", ec.generate_private_key(ec.SECP256R1())))
    assert "has 511 bits, and nobody verifies under 1024" in said(short_key(tmp_path / "s.key"))
    (tmp_path / "t.key").write_text("not a key")
    assert "no private key in PEM" in said(tmp_path / "t.key")


def short_key(path: Path) -> Path:
    """An RSA key of 511 bits, in PKCS#1 written by hand, for no library makes one any more."""
    from base64 import encodebytes

    p, q, e = 2**255 - 19, 2**256 - 189, 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    body = b""
    for number in (0, p * q, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)):
        octets = number.to_bytes(number.bit_length() // 8 + 1, "big")
        body += b"\x02" + length(octets) + octets
    der = b"\x30" + length(body) + body
    path.write_bytes(b"-----BEGIN RSA PRIVATE KEY-----\n" + encodebytes(der) + b"-----END RSA PRIVATE KEY-----\n")
    return path


def length(octets: bytes) -> bytes:
    size = len(octets)
    return bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")


def test_a_record_is_strings_of_at_most_255_octets() -> None:
    value = public_record(generate_private_key(65537, 2048))
    line = zone_line(record_name("s2026", "example.org") + ".", value)
    assert line.startswith('s2026._domainkey.example.org. IN TXT ( "v=DKIM1; k=rsa; p=MII')
    strings = re.findall(r'"([^"]*)"', line)
    assert len(strings) == 2
    assert max(map(len, strings)) == 255
    assert "".join(strings) == value
    assert zone_line("x", "v=DKIM1") == 'x IN TXT "v=DKIM1"'


def settings(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_two_keys_need_two_records(tmp_path: Path) -> None:
    key = tmp_path / "a.key"
    make_key(key, KeyType.ED25519)
    one = f'[[dkim]]\nselector = "S2026"\nkey_file = "{key}"\n'
    config = load(settings(tmp_path / "c.toml", one), {})
    assert config.dkim[0].selector == "s2026"
    assert config.dkim[0].domain_for(config.office) == "press.example.org"
    path = settings(tmp_path / "d.toml", one + one + 'domain = "press.example.org"\n')
    with pytest.raises(Refused) as refused:
        load(path, {})
    assert refused.value.sentences == (
        f"[dkim] in {path}: two keys have the record s2026._domainkey.press.example.org; give each a selector of its own.",
    )
    load(settings(tmp_path / "e.toml", one + one + 'domain = "example.org"\n'), {})


def test_a_key_can_be_named_by_the_environment(tmp_path: Path) -> None:
    make_key(tmp_path / "a.key", KeyType.ED25519)
    config = load(None, {"DISTRO_DKIM__0__SELECTOR": "s", "DISTRO_DKIM__0__KEY_FILE": str(tmp_path / "a.key")})
    signing = Signing.of(config)
    assert signing is not None
    assert [key.signer.algorithm for key in signing.keys] == ["ed25519-sha256"]
    assert Signing.of(Config()) is None


def test_a_key_that_has_gone_since_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    make_key(tmp_path / "a.key", KeyType.ED25519)
    config = Config(dkim=(Dkim(selector="s", key_file=str(tmp_path / "a.key")),))
    (tmp_path / "a.key").unlink()
    with pytest.raises(Refused, match="there is no such file"):
        Signing.of(config)
    (found,) = look_at_signing(config)
    assert (found.verdict, found.name) == ("bad", "signing s._domainkey.press.example.org")


def test_doctor_says_whether_and_in_whose_name_copies_are_signed(tmp_path: Path) -> None:
    (found,) = look_at_signing(Config())
    assert found.verdict == "ok"
    assert "copies leave unsigned" in found.sentence

    make_key(tmp_path / "a.key", KeyType.RSA)
    short = written(tmp_path / "b.key", generate_private_key(65537, 1024))
    short.chmod(0o640)
    office = Office(from_address="press@city.example.net")

    def verdicts(*keys: Dkim, together: bool = True) -> list[str]:
        config = Config(office=office, dkim=keys, sending=Sending(sign_together=together))
        return [f"{check.verdict}: {check.sentence}" for check in look_at_signing(config)]

    (good,) = verdicts(Dkim(selector="s", key_file=str(tmp_path / "a.key")))
    how = "rsa, eight at a time" if library() else "rsa"
    assert good.startswith(f"ok: Copies are signed ({how}), aligned with From (city.example.net).")
    (each,) = verdicts(Dkim(selector="s", key_file=str(tmp_path / "a.key")), together=False)
    assert each.startswith("ok: Copies are signed (rsa), aligned")
    (above,) = verdicts(Dkim(selector="s", key_file=str(tmp_path / "a.key"), domain="example.net"))
    assert above.startswith("ok")
    (foreign,) = verdicts(Dkim(selector="s", key_file=str(tmp_path / "a.key"), domain="relay.example.com"))
    assert foreign.startswith("warning: From is at city.example.net and copies are signed by relay.example.com")
    _, readable, weak = verdicts(Dkim(selector="s", key_file=str(short)))
    assert readable.startswith("warning: Others on this machine may read")
    assert weak.startswith("warning: This RSA key has fewer than 2048 bits")
