"""Importing a file: good rows go in together, bad ones are told by line, and a second time changes nothing."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from contacts import importing, lists, people, suppression
from contacts.errors import Refused
from contacts.importing import Report
from contacts.models import ContactList, Journalist, ListMember, Outlet
from distro.archive.ledger import Entry, recorder
from distro.db import Store

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
SAMPLE = Path(__file__).parents[2] / "../shared/samples/journalists.csv"


def nowhere(kind: str, subject: str, payload: Mapping[str, object]) -> None:
    """Nobody reads the record here."""


def bring(store: Store, path: Path, list_name: str = "", *, dry_run: bool = False, at: datetime = AT) -> Report:
    with importing.read(path) as reading, store.write() as session:
        record = recorder(session, "Rosa", at)
        return importing.bring_in(session, reading, at=at, record=record, list_name=list_name, dry_run=dry_run)


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "file.csv"
    path.write_text(text, encoding=encoding, newline="")
    return path


def everything(store: Store) -> list[object]:
    with store.read() as session:
        rows: list[object] = []
        for model in (Journalist, Outlet, ContactList, ListMember, Entry):
            rows += [one.model_dump() for one in session.exec(select(model))]
        return rows


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, len(report.refused)


@pytest.mark.skipif(not SAMPLE.exists(), reason="the samples are not here")
def test_the_sample_adds_nine_and_refuses_five(store: Store) -> None:
    dry = bring(store, SAMPLE, "Conference", dry_run=True)
    first = bring(store, SAMPLE, "Conference")
    assert dry == first
    assert counts(first) == (9, 0, 0, 5)
    assert [(one.row, one.field) for one in first.refused] == [
        (6, "email"),
        (8, "email"),
        (9, "tier"),
        (12, "timezone"),
        (14, "name"),
    ]
    assert "line 5" in first.refused[0].reason
    assert (first.unknown_columns, first.listed) == (["Twitter"], 9)
    second = bring(store, SAMPLE, "Conference", at=AT + timedelta(days=1))
    assert counts(second) == (0, 0, 9, 5)
    assert (second.refused, second.listed) == (first.refused, 0)
    with store.read() as session:
        lucia = people.find(session, "LUCIA.fernandez@diario.example.com")
        assert (lucia.notes.splitlines()[-1], lucia.changed_at, lucia.tier) == ("[Twitter] @lucia", AT, 1)
        card = people.card(session, lucia)
    assert (card["outlet"], card["beats"], card["lists"]) == (
        "El Diario Ejemplo",
        ["inmigración", "tribunales"],
        ["Conference"],
    )


def test_a_dry_run_counts_the_same_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    bring(store, written(tmp_path, "email,outlet,tier\na@example.org,Daily,1\nb@example.org,Daily,1\n"))
    before = everything(store)
    text = "email,outlet,tier\nA@example.org,Daily,1\nb@example.org,Weekly,1\nc@example.org,New,2\nd@,x,1\n"
    dry = bring(store, written(tmp_path, text), "Health", dry_run=True)
    assert everything(store) == before
    assert dry == bring(store, written(tmp_path, text), "Health")
    assert counts(dry) == (1, 2, 0, 1)
    assert dry.listed == 3


def test_columns_in_english_and_spanish_in_any_order(store: Store, tmp_path: Path) -> None:
    text = "NOTAS;Idiomas;Correo;Zona Horaria;Región;TELÉFONO\nx;es;ana@example.org;America/Bogota;Bogotá;555-0101\n"
    assert counts(bring(store, written(tmp_path, text, "latin-1"))) == (1, 0, 0, 0)
    with store.read() as session:
        ana = people.find(session, "ana@example.org")
    assert (ana.notes, ana.languages, ana.timezone, ana.region, ana.region_key) == (
        "x",
        "es",
        "America/Bogota",
        "Bogotá",
        "bogota",
    )


def test_an_empty_cell_leaves_what_is_stored(store: Store, tmp_path: Path) -> None:
    bring(store, written(tmp_path, "email,name,outlet,tier,notes\na@example.org,Ana,Daily,1,calls\n"))
    assert counts(bring(store, written(tmp_path, "email,name,outlet,tier,notes\na@example.org,,,,\n"))) == (0, 0, 1, 0)
    assert counts(bring(store, written(tmp_path, "email,tier\na@example.org,2\n"))) == (0, 1, 0, 0)
    with store.read() as session:
        card = people.card(session, people.find(session, "a@example.org"))
    assert [card[name] for name in ("name", "outlet", "tier", "notes")] == ["Ana", "Daily", 2, "calls"]


def test_a_second_row_for_one_address_names_the_first_even_where_that_was_bad(store: Store, tmp_path: Path) -> None:
    text = 'email,name,tier\na@example.org,"A\nB",1\nb@example.org,Eva,1\nA@EXAMPLE.org,Ana,1\nb@example.org,Eva,1\n'
    report = bring(store, written(tmp_path, text))
    assert counts(report) == (1, 0, 0, 3)
    assert [one.row for one in report.refused] == [2, 5, 6]
    assert "The row on line 2 has" in report.refused[1].reason
    assert "The row on line 4 has" in report.refused[2].reason


def test_a_row_tells_all_that_is_wrong_with_it_once(store: Store, tmp_path: Path) -> None:
    text = "email,tier,timezone\nana,dos,Mars/One\na@example.org,1,,more\n,1,\n,,\n"
    report = bring(store, written(tmp_path, text))
    first, second, third = report.refused
    assert (first.row, first.field) == (2, "email")
    assert "Also tier:" in first.reason
    assert "Also timezone:" in first.reason
    assert (second.row, second.value, second.reason) == (3, "more", "The row has 4 cells for 3 columns.")
    assert (third.row, third.reason) == (4, "There is no address.")


def test_unknown_columns_are_told_and_kept_and_a_nameless_one_only_when_used(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, "email,Twitter,,Twitter,\na@example.org,@a,,@b,\nb@example.org,,x,,\n")
    assert bring(store, path).unknown_columns == ["Twitter", "Twitter (4)", "column 3"]
    assert counts(bring(store, path)) == (0, 0, 2, 0)
    with store.read() as session:
        assert people.find(session, "a@example.org").notes == "[Twitter] @a\n[Twitter (4)] @b"


def test_an_import_never_lifts_a_suppression(store: Store, tmp_path: Path) -> None:
    with store.write() as session:
        suppression.suppress(session, "a@example.org", reason="asked", by="Rosa", at=AT, record=nowhere)
    bring(store, written(tmp_path, "email\na@example.org\n"), "Health")
    with store.read() as session:
        assert suppression.suppressed_among(session, ["a@example.org"]) == {"a@example.org"}


def test_somebody_known_joins_a_list_without_being_changed(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, "email\na@example.org\nb@example.org\n")
    bring(store, path)
    joined = bring(store, path, "Health")
    assert (counts(joined), joined.listed) == ((0, 0, 2, 0), 2)
    with store.read() as session:
        assert people.card(session, people.find(session, "a@example.org"))["lists"] == ["Health"]
        assert lists.find(session, "HEALTH") is not None


def test_the_record_has_one_entry_a_file_and_no_names(store: Store, tmp_path: Path) -> None:
    bring(store, written(tmp_path, "email,name\na@example.org,Ana\nb@example.org,Eva\n"))
    with store.read() as session:
        (entry,) = session.exec(select(Entry)).all()
    assert (entry.kind, entry.actor) == ("contacts.imported", "Rosa")
    assert entry.subject.startswith("file:")
    assert "Ana" not in entry.payload
    assert "example.org" not in entry.payload


def test_a_failure_leaves_nothing_of_the_file_behind(store: Store, tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(what: str, done: int, of: int) -> None:
        if what == "writing":
            raise Stop

    path = written(tmp_path, "email\n" + "".join(f"a{n}@example.org\n" for n in range(1500)))
    with pytest.raises(Stop), importing.read(path) as reading, store.write() as session:
        importing.bring_in(session, reading, at=AT, record=nowhere, list_name="Health", progress=stop)
    assert everything(store) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name,outlet\nAna,Daily\n", "no column for the address; its first line is 'name,outlet'"),
        ("email,correo\na@example.org,b@example.org\n", "two columns for email"),
    ],
)
def test_a_file_that_is_no_table_of_contacts_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(Refused, match=says), importing.read(written(tmp_path, text)):
        pass


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "email": st.builds("{}@example.org".format, st.sampled_from("abcdeñ")) | CELL,
            "name": CELL,
            "beats": CELL,
            "outlet": CELL,
            "tier": st.sampled_from(["", "1", "2", "dos"]),
            "notes": CELL,
            "Handle": CELL,
        }
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, other=ROWS, delimiter=st.sampled_from(",;"))
def test_any_file_imported_again_is_unchanged(
    store: Store, tmp_path: Path, rows: list[dict[str, str]], other: list[dict[str, str]], delimiter: str
) -> None:
    def put(session: Session, content: list[dict[str, str]], *, dry_run: bool = False) -> Report:
        path = tmp_path / "any.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["email", "name", "beats", "outlet", "tier", "notes", "Handle"], delimiter=delimiter)
            writer.writeheader()
            writer.writerows(content)
        with importing.read(path) as reading:
            return importing.bring_in(session, reading, at=AT, record=nowhere, dry_run=dry_run)

    with Session(store.engine.execution_options(writes=True)) as session:
        put(session, other)
        dry, first, second = put(session, rows, dry_run=True), put(session, rows), put(session, rows)
        session.rollback()
    assert dry == first
    went_in = first.added + first.changed + first.unchanged
    assert counts(second) == (0, 0, went_in, len(first.refused))
    filled = [row for row in rows if any(cell.strip() for cell in row.values())]
    assert went_in + len(first.refused) == len(filled)
