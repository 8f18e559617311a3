"""What a key of DKIM is said by: the sections [[dkim]] of the settings. Reads no key and signs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, field_validator, model_validator

from distro.allowed import HostName
from distro.section import Section

if TYPE_CHECKING:
    from distro.config import Office


class Dkim(Section):
    """A key that signs our copies. It is named, never written: see `key_file`."""

    NOT_HERE: ClassVar[Mapping[str, str]] = {
        name: "a private key never stands among the settings; name its file with key_file"
        for name in ("key", "private_key", "password")
    }

    domain: Annotated[HostName, Field(description="a domain such as press.example.org (A-labels)")] = ""
    """d=; empty: the domain of [office] from_address."""
    selector: Annotated[HostName, Field(description="the name of the key's DNS record before ._domainkey, such as s2026")] = ""
    key_file: Annotated[str, Field(description="the path of a file with a private key in PEM, RSA or Ed25519")] = ""

    @field_validator("key_file")
    @classmethod
    def _holds_a_key(cls, path: str) -> str:
        if path:
            from distro.dkimkey import read_key

            read_key(Path(path))
        return path

    @model_validator(mode="after")
    def _is_whole(self) -> Dkim:
        if not self.selector:
            raise ValueError("has no selector; write the name of the key's DNS record before ._domainkey, such as s2026")
        if not self.key_file:
            raise ValueError("has no key_file; make a key with `distro dkim key FILE --selector NAME`, and write its path")
        return self

    def domain_for(self, office: Office) -> str:
        """In whose name it signs."""
        return self.domain or office.from_address.rpartition("@")[2]
