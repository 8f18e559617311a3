"""`python -m tests.demo [FOLDER]`: the demo from an empty folder to the proof. The last line is one JSON object.

Exit 0: it held. 1: a copy left early or twice, is not as archived, or a wave did not end; or something broke. 130: interrupted.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import FrameType

from tests.demo import record, story
from tests.demo.folders import JOINT
from tests.demo.office import Broken, Office
from tests.demo.opening import write_pages
from tests.demo.people import PressList, press_list
from tests.demo.proof import by_wave, mismatches, prove
from tests.demo.screen import Bars, Screen
from tests.demo.server import Mail, Server, read_all
from tests.demo.story import Planned

DEFAULT = Path("var/demo")
MARK = ".demo"
"""A file in the folder that says: it is ours, and may be wiped."""


def main(arguments: Sequence[str]) -> int:
    folder = Path(arguments[0] if arguments else os.environ.get("DEMO_FOLDER") or DEFAULT)
    for name in [one for one in os.environ if one.startswith("DISTRO_")]:
        del os.environ[name]  # the settings of another office are none of ours
    signal.signal(signal.SIGTERM, _interrupt)
    screen = Screen()
    started = time.monotonic()
    try:
        make_empty(folder)
        return show(folder.resolve(), screen, started)
    except Broken as broken:
        print(broken, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; the bot has ended.", file=sys.stderr)
        return 130


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def make_empty(folder: Path) -> None:
    """Wipe what an earlier run left. Raises Broken for a folder that is somebody else's."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise Broken(f"{folder} holds something that is not the demo's; name an empty folder.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).touch()


def show(folder: Path, screen: Screen, started: float) -> int:
    people = press_list(JOINT)
    screen.title("A press office, from nothing to proof")
    planned: list[Planned] = []
    with screen.bars() as bars:
        server = Server(folder / "received", bars.receive)
        server.start()
        office = Office(folder)
        office.configure(server.port)
        try:
            lift, states = _send(office, people, screen, bars, planned)
        finally:
            status = office.stop_bot()
            server.stop()
    if status != 0:
        raise Broken(f"The bot ended with {status} when it was told to stop; see {folder / 'bot.log'}.")
    mails = read_all(folder / "received")
    return _tell(office, people, screen, planned, states, mails, lift, started)


def _send(
    office: Office, people: PressList, screen: Screen, bars: Bars, planned: list[Planned]
) -> tuple[datetime, dict[int, str]]:
    def plan(waves: list[Planned]) -> None:
        planned.extend(waves)
        bars.plan(waves)

    story.open_office(office, people, screen.say)
    office.start_bot()
    lift = story.send_all(office, screen.say, plan)
    states = story.wait_for_the_end(office, lift, all_came=bars.all_came)
    screen.say("Every wave has ended." if set(states.values()) == {"done"} else f"The waves stand at {states}.")
    return lift, states


def _tell(
    office: Office,
    people: PressList,
    screen: Screen,
    planned: Sequence[Planned],
    states: dict[int, str],
    mails: Sequence[Mail],
    lift: datetime,
    started: float,
) -> int:
    archive = record.archived(office)
    proof = prove(mails, archive, embargoed=JOINT, lift=lift, agreed=people.agreements)
    by_command = record.differs_from_command(office, mails, archive)
    for sentence in [*mismatches(mails, archive), *by_command]:
        print(sentence, file=sys.stderr)
    screen.timeline(record.timeline(office, lift, JOINT))
    came = by_wave(mails, archive)
    screen.waves(planned, came)
    screen.files(write_pages(office, mails))

    finished = bool(states) and set(states.values()) == {"done"}
    said: dict[str, object] = asdict(proof) | {"archive_mismatches": proof.archive_mismatches + len(by_command)}
    said["waves"] = [
        {
            "release": w.release,
            "purpose": w.purpose,
            "state": states.get(w.wave),
            "planned": w.count,
            "received": came[w.wave].total(),
        }
        for w in planned
    ]
    said["seconds"] = round(time.monotonic() - started, 1)
    screen.console.print()
    print(json.dumps(said, ensure_ascii=False), flush=True)
    return 0 if proof.holds and not by_command and finished else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
