"""Which column of a CSV file is which field of a contact, in English and Spanish, in any order; and which is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from contacts import address, fields, kept_notes
from contacts.csv_file import CsvFile
from contacts.errors import Refused
from contacts.folding import fold

HEADERS: dict[str, str] = {
    **{name: name for name in ("email", *fields.FIELDS)},
    **{"e mail": "email", "correo": "email", "correo electronico": "email", "nombre": "name", "medio": "outlet"},
    **{"temas": "beats", "idiomas": "languages", "zona horaria": "timezone", "time zone": "timezone", "telefono": "phone"},
    **{"nivel": "tier", "fuente": "source", "base": "basis", "notas": "notes"},
}
"""Folded header to field; "región" folds to "region" by itself."""


@dataclass
class Columns:
    """Where each field stands in the file, and what the other columns are called."""

    path: Path
    width: int
    known: dict[str, int]
    unknown: dict[int, str]
    nameless: dict[int, str]
    nameless_used: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, file: CsvFile) -> Columns:
        found = cls(file.path, len(file.header), {}, {}, {})
        for place, header in enumerate(file.header):
            name = field_of(header)
            label = kept_notes.column_label(header)
            if name is not None and name in found.known:
                raise Refused(f"{file.path} has two columns for {name}: {file.header[found.known[name]]!r} and {header!r}.")
            if name is not None:
                found.known[name] = place
            elif not label:
                found.nameless[place] = f"column {place + 1}"
            else:
                taken = list(found.unknown.values())
                found.unknown[place] = label if label not in taken else f"{label} ({place + 1})"
        if "email" not in found.known:
            first = address.shown(file.delimiter.join(file.header), 120)
            raise Refused(f"{file.path} has no column for the address; its first line is {first}. Call one email, or correo.")
        return found

    def named(self) -> list[str]:
        """The columns to tell of; one without a name only where something stood in it."""
        return [*self.unknown.values(), *(self.nameless[place] for place in sorted(self.nameless_used))]


def field_of(header: str) -> str | None:
    return HEADERS.get(" ".join(fold(header).replace("_", " ").replace("-", " ").split()))
