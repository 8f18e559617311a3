"""A checkpoint has one text; a note says who signed it, and nobody else can have."""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from distro.archive.checkpoint import Checkpoint, Verifier, add_signature, open_note, read_verifier, sign, verifier_of
from distro.errors import Failed, Refused

# The keys and the note that golang.org/x/mod/sumdb/note publishes in its documentation and tests.
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH_KEY = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
PETER_LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
ENOCH_LINE = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
PETER_SECRET = Ed25519PrivateKey.from_private_bytes(b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:])

PETER, ENOCH = read_verifier(PETER_KEY), read_verifier(ENOCH_KEY)

# The example of C2SP tlog-checkpoint.
SOFA = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
SOFA_LINE = (
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
    "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)

OLD, NEW = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
ORIGIN = "press.example.org/record"


def known(name: str, key: Ed25519PrivateKey) -> Verifier:
    return read_verifier(verifier_of(name, key.public_key()))


# ---- checkpoints -----------------------------------------------------------------------------------------------------


def test_the_specification_s_example_is_read() -> None:
    found = Checkpoint.read(SOFA)
    assert (found.origin, found.size, found.extensions) == ("example.com/behind-the-sofa", 20_852_163, ())
    assert found.root.hex() == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"
    assert found.text() == SOFA


LINES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1)


@given(LINES, st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32), st.lists(LINES, max_size=3))
def test_a_checkpoint_reads_back(origin: str, size: int, root: bytes, extensions: list[str]) -> None:
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))
    assert Checkpoint.read(checkpoint.text()) == checkpoint


ROOT = b64encode(bytes(range(32))).decode()
BAD_CHECKPOINTS = {
    "nothing": "",
    "no lines": "\n\n\n",
    "no root": f"{ORIGIN}\n5\n",
    "no final newline": f"{ORIGIN}\n5\n{ROOT}",
    "an empty line at the end": f"{ORIGIN}\n5\n{ROOT}\n\n",
    "an empty extension": f"{ORIGIN}\n5\n{ROOT}\n\nmore\n",
    "no final newline after an extension": f"{ORIGIN}\n5\n{ROOT}\nmore",
    "no origin": f"\n5\n{ROOT}\n",
    "a zero in front": f"{ORIGIN}\n05\n{ROOT}\n",
    "two zeros": f"{ORIGIN}\n00\n{ROOT}\n",
    "a plus": f"{ORIGIN}\n+5\n{ROOT}\n",
    "a minus": f"{ORIGIN}\n-5\n{ROOT}\n",
    "minus zero": f"{ORIGIN}\n-0\n{ROOT}\n",
    "a space": f"{ORIGIN}\n5 \n{ROOT}\n",
    "an underscore": f"{ORIGIN}\n1_000\n{ROOT}\n",
    "hexadecimal": f"{ORIGIN}\n0x5\n{ROOT}\n",
    "digits of another script": f"{ORIGIN}\n٥\n{ROOT}\n",
    "no size": f"{ORIGIN}\n\n{ROOT}\n",
    "a size too large": f"{ORIGIN}\n{2**63}\n{ROOT}\n",
    "a size that no machine reads": f"{ORIGIN}\n{'9' * 5000}\n{ROOT}\n",
    "CRLF": f"{ORIGIN}\r\n5\r\n{ROOT}\r\n",
    "CR in the origin": f"{ORIGIN}\r\n5\n{ROOT}\n",
    "a tab": f"{ORIGIN}\t\n5\n{ROOT}\n",
    "a NUL in an extension": f"{ORIGIN}\n5\n{ROOT}\nmo\0re\n",
    "half a character": f"{ORIGIN}\ud800\n5\n{ROOT}\n",
    "a root of 31 octets": f"{ORIGIN}\n5\n{b64encode(bytes(31)).decode()}\n",
    "a root of 33 octets": f"{ORIGIN}\n5\n{b64encode(bytes(33)).decode()}\n",
    "no padding": f"{ORIGIN}\n5\n{ROOT.rstrip('=')}\n",
    "too much padding": f"{ORIGIN}\n5\n{ROOT}=\n",
    "bits to spare": f"{ORIGIN}\n5\n{ROOT[:-2]}9=\n",
    "a space in the root": f"{ORIGIN}\n5\n {ROOT}\n",
    "base64 for URLs": f"{ORIGIN}\n5\n{b64encode(bytes([255]) * 32).decode().replace('/', '_')}\n",
    "no base64": f"{ORIGIN}\n5\n{'é' * 44}\n",
}


def test_the_bad_ones_are_near_a_good_one() -> None:
    assert Checkpoint.read(f"{ORIGIN}\n5\n{ROOT}\nmore\n").extensions == ("more",)
    assert Checkpoint.read(f"{ORIGIN}\n0\n{ROOT}\n").size == 0
    assert b64decode(ROOT[:-2] + "9=") == b64decode(ROOT)


@pytest.mark.parametrize("text", BAD_CHECKPOINTS.values(), ids=BAD_CHECKPOINTS)
def test_a_checkpoint_is_read_strictly(text: str) -> None:
    with pytest.raises(Refused, match=r"^(This is no checkpoint|A checkpoint cannot hold)"):
        Checkpoint.read(text)


@given(st.text("0123456789+-_ \n\r=Ab/", max_size=60))
def test_what_is_read_is_written_the_same(text: str) -> None:
    for given_text in (text, f"{ORIGIN}\n{text}\n{ROOT}\n"):
        try:
            found = Checkpoint.read(given_text)
        except Refused:
            continue
        assert found.text() == given_text


@pytest.mark.parametrize(
    ("origin", "size", "root", "extensions"),
    [
        ("", 5, bytes(32), ()),
        ("two\nlines", 5, bytes(32), ()),
        (ORIGIN, -1, bytes(32), ()),
        (ORIGIN, 2**63, bytes(32), ()),
        (ORIGIN, 5, bytes(31), ()),
        (ORIGIN, 5, bytes(32), ("",)),
        (ORIGIN, 5, bytes(32), ("two\nlines",)),
    ],
)
def test_what_has_no_text_is_no_checkpoint(origin: str, size: int, root: bytes, extensions: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match=r"^A checkpoint cannot hold"):
        Checkpoint(origin, size, root, extensions)


# ---- notes -----------------------------------------------------------------------------------------------------------


def test_the_published_note_is_made_and_opened() -> None:
    note = f"{TEXT}\n{PETER_LINE}"
    assert sign(TEXT, "PeterNeumann", PETER_SECRET) == note
    assert open_note(note, [PETER]) == (TEXT, ("PeterNeumann",))


def test_the_published_note_with_two_signatures() -> None:
    note = f"{TEXT}\n{PETER_LINE}{ENOCH_LINE}"
    assert open_note(note, [PETER, ENOCH]) == (TEXT, ("PeterNeumann", "EnochRoot"))
    assert open_note(note, [ENOCH]) == (TEXT, ("EnochRoot",))
    assert open_note(note + PETER_LINE, [PETER]) == (TEXT, ("PeterNeumann",))


def test_the_published_key_is_written_and_read() -> None:
    assert verifier_of("PeterNeumann", PETER_SECRET.public_key()) == PETER_KEY == PETER.text()
    assert PETER.key_id.hex() == "c74f20a3"


def test_the_specification_s_example_is_a_note_of_a_stranger() -> None:
    with pytest.raises(Failed, match=r"^None of the known keys signed this note"):
        open_note(f"{SOFA}\n{SOFA_LINE}", [PETER])


def test_the_text_may_have_empty_lines() -> None:
    text = "one\n\ntwo\n\n"
    note = sign(text, ORIGIN, OLD)
    assert open_note(note, [known(ORIGIN, OLD)]) == (text, (ORIGIN,))


def test_a_new_key_takes_over_from_an_old_one() -> None:
    note = add_signature(sign(SOFA, ORIGIN, OLD), ORIGIN, NEW)
    old, new = known(ORIGIN, OLD), known(ORIGIN, NEW)
    assert old.key_id != new.key_id
    for verifiers in ([old], [new], [old, new]):
        assert open_note(note, verifiers) == (SOFA, (ORIGIN,))


def test_a_known_signature_that_is_wrong_spoils_the_note() -> None:
    """Though another known key signed it well (signed-note, "Signatures")."""
    note = f"{TEXT}\n{PETER_LINE}{ENOCH_LINE.replace('zmZa0', 'zmZa1')}"
    with pytest.raises(Failed, match=r"^The signature of EnochRoot is not on this text"):
        open_note(note, [PETER, ENOCH])
    assert open_note(note, [PETER]) == (TEXT, ("PeterNeumann",))


def test_a_signature_of_another_length_is_wrong() -> None:
    line = f"— PeterNeumann {b64encode(PETER.key_id + bytes(3)).decode()}\n"
    with pytest.raises(Failed, match=r"^The signature of PeterNeumann is not on this text"):
        open_note(f"{TEXT}\n{line}", [PETER])


def test_name_and_id_together_make_a_key_known() -> None:
    """A line that shares only one of them with a known key is passed over, whatever it says."""
    octets = b64decode(PETER_LINE.split(" ")[2])
    other_name = PETER_LINE.replace("PeterNeumann", "PeterNewmann")
    other_id = f"— PeterNeumann {b64encode(bytes(4) + octets[4:]).decode()}\n"
    for line in (other_name, other_id):
        with pytest.raises(Failed, match=r"^None of the known keys"):
            open_note(f"{TEXT}\n{line}", [PETER])
        assert open_note(f"{TEXT}\n{line}{PETER_LINE}", [PETER])[1] == ("PeterNeumann",)


@given(st.integers(0, len(TEXT) - 1), st.characters(min_codepoint=32, exclude_categories=["Cs"]))
def test_no_character_of_the_text_can_be_changed(at: int, character: str) -> None:
    changed = TEXT[:at] + character + TEXT[at + 1 :]
    if changed != TEXT:
        with pytest.raises((Failed, Refused)):
            open_note(f"{changed}\n{PETER_LINE}", [PETER])


BAD_NOTES = {
    "nothing": "",
    "text alone": TEXT,
    "no signature": f"{TEXT}\n",
    "no final newline": f"{TEXT}\n{PETER_LINE[:-1]}",
    "no final newline after the second": f"{TEXT}\n{PETER_LINE}{ENOCH_LINE[:-1]}",
    "no empty line": f"{TEXT}{PETER_LINE}",
    "an empty line at the end": f"{TEXT}\n{PETER_LINE}\n",
    "a control character": f"\x01{TEXT}\n{PETER_LINE}",
    "CRLF": f"{TEXT}\n{PETER_LINE}".replace("\n", "\r\n"),
    "half a character": f"{TEXT}\ud800\n\n{PETER_LINE}",
    "a name with a space": f"{TEXT}\n{PETER_LINE.replace('PeterNeumann', 'Bad Name')}",
    "a name with a hard space": f"{TEXT}\n" + PETER_LINE.replace("PeterNeumann", "Bad\u00a0Name"),
    "a name with a plus": f"{TEXT}\n{PETER_LINE.replace('PeterNeumann', 'Bad+Name')}",
    "no name": f"{TEXT}\n{PETER_LINE.replace('PeterNeumann', '')}",
    "a hyphen": f"{TEXT}\n{PETER_LINE.replace('—', '-')}",
    "another line below": f"{TEXT}\n{PETER_LINE}Unexpected line.\n",
    "no base64": f"{TEXT}\n{PETER_LINE.replace('=', '')}",
    "base64 that can be varied": f"{TEXT}\n{PETER_LINE.replace('AM=', 'AN=')}",
    "a key id alone": f"{TEXT}\n— PeterNeumann {b64encode(PETER.key_id).decode()}\n",
    "too many signatures": f"{TEXT}\n{PETER_LINE * 65}",
}


@pytest.mark.parametrize("note", BAD_NOTES.values(), ids=BAD_NOTES)
def test_a_note_is_read_strictly(note: str) -> None:
    with pytest.raises(Refused, match=r"^This is no (signed note|signature line)"):
        open_note(note, [PETER])


def test_sixteen_signatures_are_not_too_many() -> None:
    assert open_note(f"{TEXT}\n{ENOCH_LINE * 15}{PETER_LINE}", [PETER])[1] == ("PeterNeumann",)


@pytest.mark.parametrize("text", ["", "no newline", "CR\r\n", "tab\t\n", "half \udfff\n"])
def test_what_a_note_cannot_hold_is_not_signed(text: str) -> None:
    with pytest.raises(Refused, match=r"^This text cannot be signed"):
        sign(text, ORIGIN, OLD)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\u2003b", "a\nb", "a\0b", "a\ud800"])
def test_a_name_that_a_note_cannot_bear(name: str) -> None:
    with pytest.raises(Refused, match=r"^A note cannot be signed as"):
        sign(TEXT, name, OLD)
    with pytest.raises(Refused, match=r"^A note cannot be signed as"):
        verifier_of(name, OLD.public_key())


# ---- keys ------------------------------------------------------------------------------------------------------------


NEWLINE = b"\n"
LONG = b"\x01" + bytes(33)
"""Type and key, an octet too long."""


def test_no_part_of_a_key_is_a_key() -> None:
    whole = len(PETER_KEY)
    for start in range(whole + 1):
        for end in range(start, whole + 1):
            if (start, end) != (0, whole):
                with pytest.raises(Refused):
                    read_verifier(PETER_KEY[start:end])


@pytest.mark.parametrize("at", range(len(PETER_KEY)))
def test_no_character_of_a_key_can_be_changed(at: int) -> None:
    with pytest.raises(Refused):
        read_verifier(PETER_KEY[:at] + chr(ord(PETER_KEY[at]) + 1) + PETER_KEY[at + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        f"a+{sha256(b'a' + NEWLINE + LONG).hexdigest()[:8]}+{b64encode(LONG).decode()}",
        PETER_KEY + "\n",
        PETER_KEY.replace("c74f20a3", "C74F20A3"),
        "",
        "++",
    ],
    ids=["too long", "another algorithm", "an octet too long", "a newline", "capitals", "nothing", "pluses"],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"^This is no key to verify with"):
        read_verifier(text)


def test_a_key_has_32_octets() -> None:
    with pytest.raises(Refused, match=r"has 31 octets; an Ed25519 key has 32"):
        Verifier("a", bytes(31))
