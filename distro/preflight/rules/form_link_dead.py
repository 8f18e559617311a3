"""form-link-dead: what a link leads to is there. Says what `linkcheck` heard; asked only with --links."""

from __future__ import annotations

from distro.preflight.case import Case, about
from distro.preflight.linktargets import targets
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    for where, url in targets(case.content):
        if why := (case.answers or {}).get(url):
            language, part, words = where
            yield about(language, part, words), f"The link is dead: {why}.", "Mend the address, or take the link out."


RULE = Rule("form-link-dead", Severity.WARNS, "RFC 9110, 15 (status codes)", "dead; asked with --links", _look)
