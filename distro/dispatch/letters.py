"""The letters of a wave: one compiled skeleton for each language and list its people get, made before the hour and kept.

Compiling is the dear part and is the same for all lists of a language; what copies of one list share (List-Id, and the line
that says why one gets this) is then fixed in the skeleton, so that no delivery has to keep it.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from distro.archive.copies import Skeleton, StoredSkeleton
from distro.config import Config
from distro.db import Store
from distro.dispatch.delivery import Delivery
from distro.dispatch.holding import lift_of
from distro.editorial.content import ReleaseContent
from distro.editorial.embargo import marked_embargoed
from distro.editorial.lift import as_it_stands
from distro.editorial.notice import notice_named, without_text
from distro.editorial.plan import Purpose, Wave, has_text
from distro.editorial.release import Version
from distro.errors import Failed, Refused
from distro.mail.letter import Letter
from distro.mail.stamp import listed


def list_of(segments: str) -> str:
    """The list that a copy names: the first of the wave's segments that matched."""
    return segments.split("\n", 1)[0]


def compile_letters(store: Store, config: Config, wave_id: int, at: datetime) -> None:
    """Compile what the wave's deliveries need and has not been compiled.

    Raises Refused or Failed where the content makes no mail.
    """
    with store.read() as session:
        groups = session.exec(select(Delivery.language, Delivery.segments).where(Delivery.wave_id == wave_id).distinct()).all()
    compiled: dict[str, Skeleton] = {}
    for language, list_name in sorted({(language, list_of(segments)) for language, segments in groups}):
        with store.read() as session:
            if _kept(session, wave_id, language, list_name) is not None:
                continue
        if language not in compiled:
            compiled[language] = _compile(store, config, wave_id, language)
        _keep(store, config, wave_id, language, list_name, compiled[language], at)


def letter_of(store: Store, config: Config, wave_id: int, language: str, list_name: str, at: datetime) -> tuple[int, Skeleton]:
    """The skeleton of the wave's letter in this language to this list and its id, compiling it first where there is none."""
    kept = kept_letter(store, wave_id, language, list_name)
    if kept is not None:
        return kept
    return _keep(store, config, wave_id, language, list_name, _compile(store, config, wave_id, language), at)


def kept_letter(store: Store, wave_id: int, language: str, list_name: str) -> tuple[int, Skeleton] | None:
    """The same, and None where there is none."""
    with store.read() as session:
        return _kept(session, wave_id, language, list_name)


def letter_by_id(store: Store, skeleton_id: int) -> tuple[int, Skeleton]:
    """The letter from which an earlier try was stamped."""
    with store.read() as session:
        return skeleton_id, session.get_one(StoredSkeleton, skeleton_id).skeleton


def _compile(store: Store, config: Config, wave_id: int, language: str) -> Skeleton:
    with store.read() as session:
        wave = session.get_one(Wave, wave_id)
        content, letter = letter_for(session, config, wave, language)
    from distro.mail.compile import compile_letter  # and with it premailer and lxml, which only a compiler needs

    try:
        return compile_letter(content, letter)
    except (Refused, Failed):
        raise
    except Exception as wrong:  # a text that a parser cannot bear stops its own wave, and nobody else's
        raise Failed(f"Making the {language} letter of wave {wave_id} failed ({type(wrong).__name__}).") from wrong


def _keep(
    store: Store, config: Config, wave_id: int, language: str, list_name: str, compiled: Skeleton, at: datetime
) -> tuple[int, Skeleton]:
    skeleton = compiled.fix(listed(list_name, config.office))
    with store.write() as session:
        kept = _kept(session, wave_id, language, list_name)
        if kept is not None:
            return kept
        stored = StoredSkeleton.of(wave_id, language, list_name, skeleton, at)
        session.add(stored)
        session.flush()
        return stored.id or 0, skeleton


def _kept(session: Session, wave_id: int, language: str, list_name: str) -> tuple[int, Skeleton] | None:
    stored = session.exec(
        select(StoredSkeleton).where(
            StoredSkeleton.wave_id == wave_id, StoredSkeleton.language == language, StoredSkeleton.list_name == list_name
        )
    ).first()
    return None if stored is None else (stored.id or 0, stored.skeleton)


def letter_for(session: Session, config: Config, wave: Wave, language: str) -> tuple[ReleaseContent, Letter]:
    """What a wave's letter in this language is compiled from. Of a notice that carries no text: without any."""
    notice = notice_named(session, wave.notice)
    said = None if notice is None else notice.notice_content
    content = session.get_one(Version, wave.version_id).release_content
    content = as_it_stands(session, wave.release_id, content, wave.version_id)
    if said is not None and not has_text(wave.purpose):
        content = without_text(content, said)
    return content, Letter(
        office=config.office,
        public_url=config.web.public_url,
        look=config.look,
        folder=config.templates.folder,
        version=session.get_one(Version, wave.version_id).hash,
        purpose=wave.purpose,
        ordinal=wave.ordinal,
        language=language,
        advance=wave.purpose == Purpose.ADVANCE or marked_embargoed(wave.purpose, lift_of(session, wave), wave.at),
        audience="+".join(named.name for named in wave.rules.segments) or wave.purpose,
        notice=said,
        threaded=bool(wave.rules.holders),
        signed=bool(config.dkim),
    )
