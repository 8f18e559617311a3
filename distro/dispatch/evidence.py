"""Takes evidence away: all that the record has of a release, a wave or a delivery, in one bag that anybody can verify.

The export is a fact itself, written first. Then everything is read from one snapshot of the store, under a signed head that
seals whatever that snapshot has; what is recorded after it is not in the bag. Memory does not grow with the copies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session

from distro import __version__
from distro.archive import sealing, verify
from distro.archive.bag import Bag, check_out, new_bag
from distro.archive.checkpoint import Checkpoint, Verifier, open_note
from distro.archive.findings import Finding
from distro.archive.ledger import Fact, Sealable, record
from distro.archive.proofs import Tree, seal_all
from distro.archive.sealing import Signer, StoredCheckpoint
from distro.archive.vault import Vault
from distro.config import Config
from distro.db import Store
from distro.dispatch import evidence_csv, evidence_mbox, evidence_scope
from distro.dispatch.destroyed import disposals_unaccounted, keys_unaccounted
from distro.dispatch.evidence_anchors import Bound, put_anchors
from distro.dispatch.evidence_copies import Showing, Shown
from distro.dispatch.evidence_entries import Chosen, put_entries
from distro.dispatch.evidence_pdf import set_pdf
from distro.dispatch.evidence_readme import readme
from distro.dispatch.evidence_scope import Page, Scope, scope_of
from distro.dispatch.evidence_source import put_source, texts_of
from distro.dispatch.evidence_summary import Facts, summary
from distro.dispatch.evidence_tally import Tally
from distro.dispatch.evidence_told import follow
from distro.dispatch.opening import DISPOSED, ERASED
from distro.editorial.audit import audit_some
from distro.editorial.opened import ALL, opened
from distro.errors import Refused
from distro.staff import Actor, Right
from distro.words import languages, words

Went = Callable[[int, int], object]
"""Told how many steps are done, of how many."""


@dataclass(frozen=True)
class Exported:
    """What is in the bag.

    erased    how many deliveries were to people who were erased; `disposed`: of which two people disposed of what was personal
    damaged   those of which something does not open, or is not what was recorded: like the erased ones they are shown without
              recipient, copy and replies
    findings  where the store's rows, or the entries themselves, are not what was recorded; the bag tells them too
    stamps    how many time-stamped heads; `unfit`: the sizes of those that were left out, as they do not fit the record
    """

    out: Path
    what: str
    deliveries: int
    copies: int
    entries: int
    size: int
    root: str
    key: str
    erased: int
    disposed: int
    damaged: tuple[int, ...]
    findings: tuple[Finding, ...]
    stamps: int
    unfit: tuple[int, ...]


@dataclass(frozen=True)
class Archive:
    """What evidence is taken from."""

    store: Store
    vault: Vault
    config: Config

    @property
    def signer(self) -> Signer:
        return Signer.of(self.vault.keys.ledger, self.config.office.mail_domain, self.config.storage.data_dir)


def export(
    archive: Archive,
    what: str,
    out: Path,
    *,
    actor: Actor,
    at: datetime,
    language: str = "",
    force: bool = False,
    went: Went = lambda done, of: None,
) -> Exported:
    """Write the bag about a release (its slug), a wave ("wave:12") or a delivery ("delivery:345") to a zip.

    language  of the summary; "" for the office's first
    Raises Refused for what is not there or may not be written, Failed where the record cannot be sealed or is damaged.
    """
    actor.need(Right.READ, "take evidence away")
    spoken = language or archive.config.office.languages[0]
    if language and language not in languages():
        raise Refused(f"The summary does not speak {language!r}; it speaks {', '.join(sorted(languages()))}.")
    check_out(out, force=force)
    _record(archive, what, actor, at)
    with archive.store.snapshot() as session:
        scope = scope_of(session, what)
        _open(archive, scope, actor, at)
        seal_all(archive.store, archive.signer, at)  # and with it whatever this snapshot has
        with archive.store.read() as newer, ExitStack() as stack:
            head = sealing.newest(newer)
            assert head is not None  # the export itself is sealed
            bag = stack.enter_context(new_bag(out, head.at, force=force))
            return _Gathering(archive, session, newer, scope, head, spoken).put(bag, out, went)


def _record(archive: Archive, what: str, actor: Actor, at: datetime) -> None:
    """The export, before anything is gathered: what of, which texts, how many deliveries, and the size of the record."""
    seal_all(archive.store, archive.signer, at, thorough=True)
    with archive.store.write() as session:
        scope, head = scope_of(session, what), sealing.newest(session)
        payload = {
            "what": what,
            "deliveries": evidence_scope.count(session, scope),
            "versions": [version.hash for version in scope.versions],
            "size": head.size if head else 0,
        }
        record(session, Fact(at, actor.name, "archive.exported", scope.subject, payload))


def _open(archive: Archive, scope: Scope, actor: Actor, at: datetime) -> None:
    """That somebody is about to see these texts, while an embargo holds."""
    for version in scope.versions:
        opened(archive.store, version.release_id, version.hash, what="evidence", language=ALL, by=actor.name, at=at)


class _Gathering:
    """One bag on its way. `session` is the snapshot of all that is said; `newer` reads the tree, which only grows."""

    def __init__(
        self, archive: Archive, session: Session, newer: Session, scope: Scope, head: StoredCheckpoint, language: str
    ) -> None:
        self._archive, self._session, self._scope, self._head = archive, session, scope, head
        origin = sealing.origin_of(head)
        self._key: Verifier = archive.signer.verifier(origin)
        self._checkpoint = Checkpoint.read(open_note(head.note, [self._key])[0])
        self._words = words(language)
        self._tree = Tree(newer, head.size)
        self._chosen, self._tally = Chosen(self._tree), Tally()
        self._texts = texts_of(scope)
        self._findings: list[Finding] = []
        self._governing = self._chosen.add(evidence_scope.governing(session, scope))
        self._told = follow(self._governing)
        self._erased, self._disposals = set[int](), set[int]()
        self._span: tuple[int, int] | None = None

    def put(self, bag: Bag, out: Path, went: Went) -> Exported:
        total, done = evidence_scope.count(self._session, self._scope), 0

        def went_on(steps: int) -> None:
            nonlocal done
            done += steps
            went(min(done, 2 * total), 2 * total)

        self._put_deliveries(bag, went_on)
        put_source(bag, self._scope, self._texts, self._archive.config.storage.data_dir / "assets")
        steps = self._choose_steps()
        entries, altered = put_entries(bag, self._session, self._tree, self._chosen, self._checkpoint.root, went_on)
        self._findings += [*altered, *self._unlike()]
        bag.put("data/checkpoint.txt", self._head.note.encode())
        bag.put("data/key.txt", f"{self._key.text()}\n".encode())
        stamps = put_anchors(bag, self._session, Bound(self._tree, self._checkpoint, self._key), self._chosen.leaves())
        facts = Facts(
            self._scope,
            self._archive.config.office,
            self._checkpoint,
            self._head.at,
            self._key,
            steps,
            entries,
            stamps,
            self._tally,
            self._told,
            self._texts,
            self._findings,
        )
        bag.put("data/summary.pdf", set_pdf(summary(facts, self._words), self._head.at))
        source = Path(verify.__file__).read_bytes()
        bag.close(self._info(), {"README.txt": readme(facts).encode(), "verify.py": source})
        tally, checkpoint = self._tally, self._checkpoint
        return Exported(
            out=out,
            what=self._scope.what,
            deliveries=tally.deliveries,
            copies=tally.copies,
            entries=entries,
            size=checkpoint.size,
            root=checkpoint.root.hex(),
            key=self._key.text(),
            erased=tally.missing[ERASED],
            disposed=tally.missing[DISPOSED],
            damaged=tuple(tally.damaged),
            findings=tuple(self._findings),
            stamps=len(stamps.told),
            unfit=stamps.unfit,
        )

    def _put_deliveries(self, bag: Bag, went_on: Callable[[int], object]) -> None:
        showing = Showing(self._session, self._archive.vault)
        with (
            bag.aside("data/deliveries.jsonl") as lines,
            bag.aside("data/deliveries.csv") as table,
            bag.aside("data/copies.mbox") as mbox,
        ):
            table(evidence_csv.heading().encode())
            for page in evidence_scope.pages(self._session, self._scope):
                early: list[Shown] = []
                for shown, disposal in showing.page(self._in_order(page)):
                    lines(shown.line().encode() + b"\n")
                    table(evidence_csv.row(shown, self._told).encode())
                    self._put_copy(bag, mbox, shown)
                    self._tally.add(shown)
                    self._note(shown, disposal)
                    if shown.permit.startswith("agreement:"):
                        early.append(replace(shown, copy=None))  # copies are long
                permits = {(one.delivery.contact_id, one.permit) for one in early}
                self._tally.agreed(self._chosen.add(evidence_scope.agreements(self._session, permits)), early)
                went_on(len(page.deliveries))

    def _in_order(self, page: Page) -> Page:
        """The page, its entries chosen and in the order of the record."""
        entries = {number: self._chosen.add(some) for number, some in page.entries.items()}
        for entry in (one for some in entries.values() for one in some if one.kind.startswith("delivery.")):
            first, last = self._span or (entry.id, entry.id)
            self._span = min(first, entry.id), max(last, entry.id)
        return Page(page.deliveries, entries)

    def _note(self, shown: Shown, disposal: int | None) -> None:
        """What its row has otherwise, and by whose word it is not shown."""
        self._findings += shown.findings
        if shown.missing == ERASED:
            self._erased.add(shown.delivery.contact_id)
        if shown.missing == DISPOSED and disposal is not None:
            self._disposals.add(disposal)

    def _unlike(self) -> Iterator[Finding]:
        """Where release, texts, approvals and waves are not as the record has them, or something went by nobody's word."""
        scope = self._scope
        waves = {wave.id or 0 for wave in scope.waves}
        if scope.subject.startswith("release:"):
            waves |= set(self._told.waves)  # one that was taken out stands in entries
        yield from audit_some(self._session, scope.release.id or 0, sorted(waves))
        yield from keys_unaccounted(self._session, sorted(self._erased))
        yield from disposals_unaccounted(self._session, sorted(self._disposals))

    def _put_copy(self, bag: Bag, mbox: Callable[[bytes], object], shown: Shown) -> None:
        d = shown.delivery
        if shown.copy is not None and d.stamped_at is not None:
            bag.put(f"data/copies/{d.id}.eml", shown.copy)
            mbox(evidence_mbox.message(shown.copy, self._archive.config.office.from_address, d.stamped_at))

    def _choose_steps(self) -> list[Sealable]:
        """The entries that are no delivery's: about release and waves, by whose word something was destroyed, the bot's runs,
        and the people who did something."""
        session = self._session
        found = [*self._governing, *evidence_scope.destroyed(session, self._erased, self._disposals)]
        runs = evidence_scope.runs(session, *self._span) if self._span else []
        people = {entry.actor for entry in found} | {
            name for version in self._scope.versions for name in version.authors.splitlines()
        }
        return self._chosen.add([*found, *runs, *evidence_scope.staff(session, people)])

    def _info(self) -> dict[str, str]:
        office = self._archive.config.office
        return {
            "Source-Organization": office.name,
            "Bagging-Date": f"{self._head.at.astimezone(UTC):%Y-%m-%d}",
            "External-Description": f"Evidence of what was sent: {self._scope.what}. Read README.txt first.",
            "External-Identifier": f"{self._checkpoint.origin} {self._checkpoint.size} {self._scope.what}",
            "Bag-Software-Agent": f"Distro {__version__}",
        }
