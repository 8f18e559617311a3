"""A table in a CSV file, however a spreadsheet wrote it: its encoding, its delimiter, its header, its rows by line.

Knows nothing of contacts. A file that cannot be read at all is Refused; a row that cannot be read is a Broken among rows.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from contacts.errors import Refused

CHUNK = 1 << 20
LONGEST_CELL = 1 << 17
"""Characters. A cell beyond it is almost always a quotation mark left open."""


@dataclass(frozen=True)
class Row:
    """`line` is the line of the file on which the row starts; a quoted cell may carry it over several."""

    line: int
    cells: list[str]


@dataclass(frozen=True)
class Broken:
    """A row that is no row: a sentence says why."""

    line: int
    reason: str


@dataclass(frozen=True)
class CsvFile:
    """A readable file: `size` in octets, `sha256` of them, and the header as it stands."""

    path: Path
    size: int
    sha256: str
    encoding: str
    delimiter: str
    header: list[str]

    def rows(self, seen: Callable[[int], None] = lambda octets: None) -> Iterator[Row | Broken]:
        """The rows after the header; blank ones are passed over. `seen` hears from time to time how far the reading is."""
        with self.path.open("rb") as raw:
            text = io.TextIOWrapper(raw, encoding=self.encoding, newline="")
            records = _records(text, self.delimiter, self.path)
            next(records)
            for number, record in enumerate(records):
                yield record
                if number % 1000 == 0:
                    seen(raw.tell())
        seen(self.size)


def open_csv(path: Path, knows: Callable[[str], bool]) -> CsvFile:
    """Read a file's header. The delimiter is the one with which most columns are known. Raises Refused with a sentence."""
    if not path.is_file():
        raise Refused(f"There is no file {path}." if not path.exists() else f"{path} is not a file.")
    try:
        encoding, size, sha256 = _look_over(path)
        heads = {delimiter: _header(path, encoding, delimiter) for delimiter in ",;\t"}
    except OSError as wrong:
        raise Refused(f"{path} cannot be read: {wrong.strerror}.") from wrong
    delimiter, header = max(heads.items(), key=lambda head: (sum(map(knows, head[1])), len(head[1])))
    if not header:
        raise Refused(f"{path} is empty; the first line must name the columns.")
    return CsvFile(path, size, sha256, encoding, delimiter, header)


def _header(path: Path, encoding: str, delimiter: str) -> list[str]:
    with path.open(encoding=encoding, newline="") as text:
        first = next(_records(text, delimiter, path), None)
    return first.cells if isinstance(first, Row) else []


def _records(text: io.TextIOWrapper, delimiter: str, path: Path) -> Iterator[Row | Broken]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            yield _broken(path, line, reader.line_num, str(wrong))
        else:
            if any(cell.strip() for cell in cells):
                yield Row(line, cells)


def _broken(path: Path, line: int, last: int, why: str) -> Broken:
    """What to say of a row that csv cannot take; Refused where all that follows would be misread or lost."""
    if "unexpected end" in why:
        raise Refused(f"{path}, line {line}: a quotation mark opens here and is never closed.")
    if "field limit" in why:
        if last > line:
            raise Refused(
                f"{path}, line {line}: a cell runs on for over {LONGEST_CELL:,} characters; a quotation mark is open."
            )
        return Broken(line, f"A cell is longer than {LONGEST_CELL:,} characters.")
    span = f" The row takes in lines {line} to {last}." if last > line else ""
    return Broken(line, f"A quotation mark closes in the middle of a cell; write it twice to mean it.{span}")


def _look_over(path: Path) -> tuple[str, int, str]:
    """Encoding, size in octets and SHA-256, found by reading all of it once."""
    digest, size, nul, utf8 = hashlib.sha256(), 0, False, codecs.getincrementaldecoder("utf-8")()
    is_utf8, is_cp1252 = True, True
    with path.open("rb") as raw:
        start = raw.read(4096)
        raw.seek(0)
        while chunk := raw.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            nul = nul or b"\0" in chunk
            is_utf8 = is_utf8 and _decodes(utf8, chunk)
            is_cp1252 = is_cp1252 and _decodes(codecs.getincrementaldecoder("cp1252")(), chunk)
    is_utf8 = is_utf8 and _decodes(utf8, b"", final=True)
    if start.startswith(b"PK\x03\x04"):
        raise Refused(f"{path} is a spreadsheet's own file; save it as CSV and import that.")
    if utf16 := _utf16(start):
        _must_decode(path, utf16)
        return utf16, size, digest.hexdigest()
    if nul:
        raise Refused(f"{path} is not text: it holds NUL octets. Save the table as CSV, in UTF-8 if there is a choice.")
    if is_utf8:
        return "utf-8-sig", size, digest.hexdigest()
    _refuse_damaged_utf8(path)
    return "cp1252" if is_cp1252 else "latin-1", size, digest.hexdigest()


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _utf16(start: bytes) -> str | None:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    half = len(start) // 2
    if half and start[1::2].count(0) > half * 0.4 and not start[::2].count(0):
        return "utf-16-le"
    if half and start[::2].count(0) > half * 0.4 and not start[1::2].count(0):
        return "utf-16-be"
    return None


def _must_decode(path: Path, encoding: str) -> None:
    try:
        with path.open(encoding=encoding, newline="") as text:
            while text.read(CHUNK):
                pass
    except UnicodeError as wrong:
        raise Refused(f"{path} looks like UTF-16 and is damaged; save it again as CSV in UTF-8.") from wrong


def _refuse_damaged_utf8(path: Path) -> None:
    """Refuse a UTF-8 file with a few wrong octets, which as Latin-1 would be read without complaint, and every name wrongly."""
    good = bad = 0
    first = 0
    with path.open(encoding="utf-8", errors="replace") as text:
        for number, line in enumerate(text, 1):
            wrong = line.count("\ufffd")
            bad += wrong
            good += sum(c > "\x7f" for c in line) - wrong if not line.isascii() else 0
            first = first or (number if wrong else 0)
    if good > bad:
        raise Refused(f"{path} is UTF-8 with wrong octets on line {first}; save it again as CSV in UTF-8.")
