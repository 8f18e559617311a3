"""Parts a page into its items: by the page's own breaks, release lines, "Published in", rules and headings with their dates,
and where one language ends and the other begins. Drops lines of furniture on the way. Reads nothing else of an item."""

from __future__ import annotations

from collections.abc import Sequence

from distro.editorial.importing.cleaning import END, cleaned
from distro.editorial.importing.dating import date_line, undated
from distro.editorial.importing.furniture import is_chrome
from distro.editorial.importing.labels import ABOUT, ANNOUNCED, CONTACT, LANGUAGE_TURN, PARTS
from distro.editorial.importing.outlines import is_prose, is_title, opens_release
from distro.editorial.importing.page import Block, Shape
from distro.editorial.importing.tongues import language_of

Item = list[Block]


def split(blocks: Sequence[Block], language: str) -> list[Item]:
    """The items of a page, each as its blocks, in order; what is only furniture is left out."""
    lines = list(cleaned(blocks))
    found: list[Item] = [[]]
    for number, block in enumerate(lines):
        current = found[-1]
        if block.shape is Shape.BREAK:
            if _has_text(current) and (block is not END or _has_body(current)):
                found.append([])
            continue
        if (_has_body(current) or (len(found) > 1 and _is_listed(lines, number, current, language))) and _starts(
            lines, number, current, found[0], language
        ):
            found.append(_taken_back(current, found[0], language))
        if not _is_turn(block) and not _announces(block):
            found[-1].append(block)
    _without_page_head(found, language)
    _without_page_title(found)
    items = [part for item in found if _has_text(item) for part in _by_language(item)]
    return [item for item in items if _is_item(item, language, alone=len(items) == 1)]  # what is none: reading


def _without_page_head(items: list[Item], language: str) -> None:
    """Take what stands over the first rule of a list off its first item: the site's lines, where the release's own begin behind
    it with a release line, or a title and its date."""
    first = items[0]
    rule = next((n for n, block in enumerate(first) if block.shape is Shape.RULE), 0)
    behind = first[rule + 1 :]
    if not rule or len(items) < 2 or not behind or any(is_prose(b) or _is_date(b, language) for b in first[:rule]):
        return
    titled = is_title(behind[0]) and any(_is_date(block, language) for block in behind[1:3])
    if (opens_release(behind[0]) or titled) and not any(opens_release(b) and not is_chrome(b.text) for b in first[:rule]):
        del first[: rule + 1]


def _without_page_title(items: list[Item]) -> None:
    """Take the title of the page off its first item: a heading over another of the rank that the other items begin with."""
    opening = next((n for n, b in enumerate(items[0]) if b.shape is not Shape.RULE), None) if len(items) > 1 else None
    if opening is not None and items[0][opening].shape is Shape.HEADING and is_chrome(items[0][opening].text):
        del items[0][opening]
    ranks = {next((b.level for b in item if b.shape is Shape.HEADING), 0) for item in items[1:] if _has_text(item)}
    first = items[0]
    if len(ranks) == 1 and (rank := ranks.pop()):
        headings = [n for n, block in enumerate(first) if block.shape is Shape.HEADING]
        if (
            len(headings) > 1
            and first[headings[0]].level < rank == first[headings[1]].level
            and not any(map(is_prose, first[: headings[1]]))
        ):
            del first[headings[0]]


def _has_text(item: Item) -> bool:
    return any(block.shape not in (Shape.RULE, Shape.BREAK) for block in item)


def _has_body(item: Item) -> bool:
    return any(is_prose(block) or (block.shape in (Shape.ITEM, Shape.TABLE) and block.words > 3) for block in item)


def _starts(lines: Sequence[Block], number: int, current: Item, first: Item, language: str) -> bool:
    """A new item begins with this block."""
    block, before = lines[number], lines[number - 1]
    if _is_turn(block) and not _announces(block) and _text_follows(lines, number):
        return True
    if opens_release(block):
        return not _only_head(current) or (current is not first and _is_listed(lines, number, current, language))
    heading = next((one for one in first if one.shape is Shape.HEADING), None)
    if block.shape is Shape.HEADING and not ABOUT.match(block.text) and not CONTACT.match(block.text):
        same = heading is not None and block.level in {one.level for one in first if one.shape is Shape.HEADING}
        after_rule = before.shape is Shape.RULE
        return (same or after_rule) and _date_near(lines, number, language)
    if _is_date(block, language) and _has_date_line(first, language):
        following = _next(lines, number)
        if len(block.lines) > 1 and not CONTACT.match(block.lines[1]):
            return _text_follows(lines, number)
        return following is not None and (is_title(following) or opens_release(following)) and _text_follows(lines, number)
    following = _next(lines, number)
    if following is not None and _is_date(following, language) and is_title(block) and block.words >= 4:
        labelled = ABOUT.match(block.text) or CONTACT.match(block.lines[0])
        if not labelled and _title_first(first) and _has_date_line(first, language) and _text_follows(lines, number + 1):
            return True
    if before.shape is Shape.RULE and any(date_line(line, language) for line in block.lines[:3]) and not is_prose(block):
        return _text_follows(lines, number)
    if before.shape is Shape.RULE and is_title(block) and not ABOUT.match(block.text) and not CONTACT.match(block.lines[0]):
        return _date_near(lines, number, language)
    return False


def _is_listed(lines: Sequence[Block], number: int, current: Item, language: str) -> bool:
    """An entry of a few words ends with a rule: it has a title, its date and files or a line, and the next label follows. Of a
    page's first item that may be the letterhead."""
    whole = lines[number - 1].shape is Shape.RULE and opens_release(lines[number])
    dated = any(date_line(line, language) for block in current for line in block.lines[:3])
    return whole and dated and len(current) > 3 and sum(block.words for block in current) >= 15


def _only_head(item: Item) -> bool:
    return not any(is_prose(block) for block in item)


def _is_turn(block: Block) -> bool:
    return block.shape in (Shape.PARAGRAPH, Shape.HEADING) and block.words <= 5 and bool(LANGUAGE_TURN.match(block.text))


def _announces(block: Block) -> bool:
    """ "(English version follows)": the other text comes later, and not here."""
    return block.words <= 8 and bool(ANNOUNCED.match(block.text))


def _is_date(block: Block, language: str) -> bool:
    if block.shape not in (Shape.PARAGRAPH, Shape.HEADING) or not 0 < len(block.lines) <= 4 or is_prose(block):
        return False
    return date_line(block.lines[0], language) is not None


def _has_date_line(item: Item, language: str) -> bool:
    return any(_is_date(block, language) for block in item[:6])


def _date_near(lines: Sequence[Block], number: int, language: str) -> bool:
    """Within the next three blocks stands a line that is a date, or a release line; or the heading has its day in it."""
    if lines[number].shape is Shape.HEADING and undated(lines[number].text)[1]:
        return True
    for block in lines[number + 1 : number + 4]:
        if any(date_line(line, language) for line in block.lines[:4]) or opens_release(block):
            return True
        if is_prose(block):
            return False
    return number > 0 and _is_date(lines[number - 1], language)


def _next(lines: Sequence[Block], number: int) -> Block | None:
    return lines[number + 1] if number + 1 < len(lines) else None


def _text_follows(lines: Sequence[Block], number: int) -> bool:
    return any(is_prose(block) or _is_part(block) for block in lines[number + 1 : number + 8])


def _is_part(block: Block) -> bool:
    """ "When: …", as advisories have it."""
    return any(label.match(line) for line in block.lines for label in PARTS.values())


def _taken_back(current: Item, first: Item, language: str) -> Item:
    """What of the item before belongs to the head of the next: the date and the headline that stand above its release line."""
    taken: Item = []
    title_first = _title_first(first)
    while current and len(taken) < 3:
        block = current[-1]
        heading = block.shape is Shape.HEADING and not ABOUT.match(block.text) and not CONTACT.match(block.text)
        above = current[-2] if len(current) > 1 else None
        title = title_first and is_title(block) and block.words >= 4 and above is not None and above.shape is Shape.RULE
        if _is_date(block, language) or heading or title:
            taken.insert(0, current.pop())
        else:
            break
    if not _has_body(current):
        current += taken
        return []
    return taken


def _title_first(first: Item) -> bool:
    for block in first:
        if opens_release(block):
            return False
        if is_title(block) and not is_chrome(block.text):
            return True
    return False


def _by_language(item: Item) -> list[Item]:
    """The item; in two where its text turns from one language to the other for good, at a title."""
    prose = [(number, language_of(block.text)) for number, block in enumerate(item) if is_prose(block) and block.words >= 12]
    tags = [(number, tag) for number, (tag, sure) in prose if sure >= 0.8]
    for cut in range(1, len(tags)):
        left, right = [t for _, t in tags[:cut]], [t for _, t in tags[cut:]]
        enough = min(len(left), len(right)) >= 2 or all(
            sum(item[n].words for n, _ in side) >= 25 for side in (tags[:cut], tags[cut:])
        )
        if len(set(left)) == len(set(right)) == 1 and left[0] != right[0] and enough:
            start = tags[cut][0]
            while start > tags[cut - 1][0] + 1 and _belongs_ahead(item[start - 1], right[0]):
                start -= 1
            return (
                [item[:start], item[start:]]
                if (item[start - 1].shape is Shape.RULE and sum(item[n].words for n, _ in tags[cut:]) >= 40)
                or any((is_title(b) and not ABOUT.match(b.text)) or opens_release(b) for b in item[start : tags[cut][0]])
                else [item]
            )
    return [item]


def _belongs_ahead(block: Block, language: str) -> bool:
    """A block between the two texts that is the head of the second: not an end mark, not in the first's language."""
    if block.shape is Shape.RULE or block.shape is Shape.ITEM:
        return False
    tag, sure = language_of(block.text)
    return tag == language or sure < 0.8


def _is_item(item: Item, language: str, *, alone: bool) -> bool:
    """There is a text in it; or, where the page shows only titles with their dates, a title and a date."""
    if alone or _has_body(item):
        return any(block.words for block in item)
    words = sum(block.words for block in item)
    return words >= 25 or (
        any(is_title(block) for block in item)
        and any(_is_date(block, language) or _says_kind_and_day(block, language) for block in item)
        and words >= 4
    )


def _says_kind_and_day(block: Block, language: str) -> bool:
    """Toolkit / June 30, 2018"""
    return len(block.lines) == 2 and date_line(block.lines[1], language) is not None
