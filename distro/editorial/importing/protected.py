"""Mail addresses that a page hides from harvesters: Cloudflare's hexadecimals, Joomla's script, "name [at] host", entities.

Gives back the address where the page holds it, and takes out the sentence that stands in its place where it does not.
"""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag

PLACEHOLDER = re.compile(
    r"Esta dirección de correo electrónico está (?:siendo )?protegida (?:contra|de) (?:los )?robots de spam\.?"
    r"(?:\s*(?:Necesita(?:s)?|Usted necesita) (?:tener )?(?:activado )?JavaScript (?:habilitado "
    r"|activado )?para (?:poder )?verl[oa]\.?)?"
    r"|This e-?mail address is being protected from spam ?bots\.?(?:\s*You need (?:to have )?JavaScript"
    r" (?:enabled )?to view it\.?)?"
    r"|Cette adresse e-?mail est protégée contre les robots spammeurs\.?(?:\s*Vous devez activer le"
    r" JavaScript pour la visualiser\.?)?"
    r"|Este endereço de e-?mail est[aá] (?:sendo )?protegido (?:contra|de) spambots\.?"
    r"(?:\s*Você (?:deve|precisa) habilitar o JavaScript para visualizá-lo\.?)?"
    r"|\[email(?:\s|\u00a0)+protected\]|\[correo(?:\s|\u00a0)+protegido\]",
    re.IGNORECASE,
)
_AT = r"\s*(?:\[\s*(?:at|arroba)\s*\]|\(\s*(?:at|arroba|@)\s*\)|\{\s*at\s*\}|\s(?:AT|ARROBA|arroba)\s)\s*"
_DOT = r"(?:\s*(?:\[\s*(?:dot|punto|\.)\s*\]|\(\s*(?:dot|punto|\.)\s*\)|\{\s*dot\s*\}|\s(?:DOT|PUNTO|punto)\s)\s*|\.)"
_SPELT = re.compile(rf"\b([\w.+-]+){_AT}((?:[\w-]+{_DOT})+[A-Za-z]{{2,}})\b")
_NAMED = re.compile(
    r"var\s+(addy\w*|prefix\w*|\w*mail\w*)\s*=\s*((?:'[^']*'|\"[^\"]*\")(?:\s*\+\s*(?:'[^']*'|\"[^\"]*\"))*)\s*;"
)
_GROWN = r"{name}\s*=\s*{name}\s*\+\s*((?:'[^']*'|\"[^\"]*\")(?:\s*\+\s*(?:'[^']*'|\"[^\"]*\"))*)\s*;"
_STRING = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_ADDRESS = re.compile(r"[\w.+%'-]+@(?:[\w-]+\.)+[A-Za-z]{2,}")


def unprotect(soup: BeautifulSoup) -> None:
    """Put the addresses back into the page's own text."""
    for hidden in soup.select("[data-cfemail]"):
        hidden.replace_with(decode_hexadecimals(str(hidden["data-cfemail"])))
    for link in soup.find_all("a", href=True):
        _link(link)
    for script in soup.find_all("script"):
        address = written_by(script.get_text())
        if address:
            _place(script, address)


def spelt_out(text: str) -> str:
    """The text with "rosa [at] example [dot] org" as an address."""
    return _SPELT.sub(lambda m: f"{m[1]}@{re.sub(_DOT, '.', m[2])}", text)


def decode_hexadecimals(code: str) -> str:
    """Cloudflare's: the first octet is the key, with which every other one is combined (XOR). "" for what is none."""
    try:
        octets = bytes.fromhex(code)
        return bytes(one ^ octets[0] for one in octets[1:]).decode() if octets else ""
    except ValueError:
        return ""


def written_by(script: str) -> str:
    """The address that a script would have written in pieces ('rosa' + '&#64;' + …), or ""."""
    for name, first in _NAMED.findall(script):
        pieces = [first, *re.findall(_GROWN.format(name=re.escape(name)), script)]
        text = html.unescape("".join(a or b for piece in pieces for a, b in _STRING.findall(piece)))
        found = _ADDRESS.search(text)
        if found:
            return found[0]
    return ""


def _link(link: Tag) -> None:
    target = unquote(html.unescape(str(link["href"])))
    if "/cdn-cgi/l/email-protection#" in target:
        address = decode_hexadecimals(target.rpartition("#")[2])
    elif target.lower().startswith("mailto:"):
        address = target[7:].partition("?")[0].strip()
    else:
        return
    if not _ADDRESS.fullmatch(spelt_out(address)):
        return
    link["href"] = f"mailto:{spelt_out(address)}"
    if PLACEHOLDER.search(link.get_text()) or not link.get_text(strip=True):
        link.string = spelt_out(address)


def _place(script: Tag, address: str) -> None:
    """Where the sentence stands that the script would have taken away; else where the script stands."""
    near = script.find_previous(string=PLACEHOLDER)
    if near is not None and near.parent is not None and near.parent.name != "script":
        near.replace_with(PLACEHOLDER.sub(address, str(near), count=1))
    else:
        script.insert_before(f" {address} ")
