"""A file is read however a spreadsheet wrote it, and a row is named by the line it starts on."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.csv_file import Broken, Row, open_csv
from contacts.errors import Refused

TEXT = 'correo;nombre;temas\nana@example.org;Ana Pérez;"uno;dos"\n'


def read(path: Path) -> list[Row | Broken]:
    return list(open_csv(path, {"correo", "nombre", "temas"}.__contains__).rows())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_line_ends_and_delimiters(tmp_path: Path, encoding: str, end: str, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    text = TEXT if delimiter == ";" else TEXT.replace(";", delimiter).replace(f'"uno{delimiter}dos"', '"uno;dos"')
    path.write_bytes(text.replace("\n", end).encode(encoding))
    assert read(path) == [Row(2, ["ana@example.org", "Ana Pérez", "uno;dos"])]


def test_cp1252_quotation_marks_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("correo;nombre\nana@example.org;“Ana” Pérez\n".encode("cp1252"))
    assert read(tmp_path / "a.csv") == [Row(2, ["ana@example.org", "“Ana” Pérez"])]


def test_a_row_is_named_by_the_line_it_starts_on(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('\ncorreo,nombre\n\n"a","one\ntwo\nthree"\nb,c\n , \nd,e\n')
    assert [row.line for row in read(tmp_path / "a.csv")] == [4, 7, 9]


def test_a_quotation_mark_astray_breaks_one_row_only(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('correo,nombre\na,"An"a\nb,Eva\n')
    broken, good = read(tmp_path / "a.csv")
    assert isinstance(broken, Broken)
    assert (broken.line, good) == (2, Row(3, ["b", "Eva"]))


def test_a_cell_too_long_on_one_line_breaks_that_row_only(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("correo,nombre\na," + "x" * 200_000 + "\nb,Eva\n")
    broken, good = read(tmp_path / "a.csv")
    assert isinstance(broken, Broken)
    assert (broken.line, good) == (2, Row(3, ["b", "Eva"]))


@pytest.mark.parametrize(
    ("octets", "says"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b'correo,nombre\na,"Ana\nb,Eva\n', "line 2: a quotation mark opens here and is never closed"),
        (b'correo,nombre\na,"Ana\n' + b"b,Eva\n" * 30_000, "line 2: a cell runs on"),
        (b"\x7fELF\x00\x01\x02", "NUL octets"),
        (b"PK\x03\x04\x14\x00", "spreadsheet"),
        ("correo,nombre\na,Ána Pérez Núñez\nb,E".encode() + b"\xff\n", "wrong octets on line 3"),
        ("correo,nombre\n".encode("utf-16") + b"\x00", "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, octets: bytes, says: str) -> None:
    (tmp_path / "a.csv").write_bytes(octets)
    with pytest.raises(Refused, match=says):
        read(tmp_path / "a.csv")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="There is no file"):
        read(tmp_path / "none.csv")
    with pytest.raises(Refused, match="is not a file"):
        read(tmp_path)


@given(
    st.lists(st.lists(st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"])), min_size=2, max_size=2)),
    st.sampled_from([",", ";"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_writer_wrote_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str, encoding: str
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    text, starts = io.StringIO(), []
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["correo", "nombre"])
    for row in rows:
        starts.append(text.getvalue().count("\n") + 1)
        writer.writerow(row)
    path.write_text(text.getvalue(), encoding=encoding, newline="")
    wanted = [Row(line, row) for line, row in zip(starts, rows, strict=True) if any(cell.strip() for cell in row)]
    assert read(path) == wanted
