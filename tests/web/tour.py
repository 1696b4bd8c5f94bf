"""Five pictures of the pages, made of a workspace that `auditor demo` left: `python -m tests.web.tour WORKSPACE`.

Each is written to `docs/pictures/web-NAME.png` with at most 128 colours, so that it stays small.
"""

from __future__ import annotations

import io
import sys
import threading
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from auditor.model.people import EVERYBODY
from auditor.web import bind_address, door_settings, page_server
from auditor.web.app import cookie_name
from auditor.workflow import COMMAND_LINE, Accounts, NewPerson, Office, OfficeRules
from auditor.workspace import Workspace
from tests.reading.chromium_snapshots import browsing

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
STOPS = (
    ("overview", "en", "/", 830),
    ("deployment", "zh", "/deployments/libmsc-com", 1120),
    ("capture", "en", "/captures/{capture}", 900),
    ("findings", "zh", "/findings", 1000),
    ("claims", "en", "/claims", 900),
)
"""Name, language, address and height."""
WIDTH = 1360
COLOURS = 128


def take(page: Page, name: str, height: int) -> Path:
    """The page as it stands, small."""
    page.set_viewport_size({"width": WIDTH, "height": height})
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    path = PICTURES / f"web-{name}.png"
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, "PNG", optimize=True)
    return path


def main(root: Path) -> None:
    """All five, of one workspace."""
    listening = bind_address("localhost", 0)
    settings = door_settings("localhost", listening.getsockname()[1], "", frozenset(), frozenset())
    office = Office(Workspace(root), OfficeRules(settings.origin))
    accounts = Accounts(office.store, office.sessions, office.journal)
    person = accounts.add(NewPerson("Ma Li", "ma", ("manager",), EVERYBODY), COMMAND_LINE)
    secret, _ = office.sessions.begin(
        person.id, "link", office.clock(), full=True, network="127.0.0.0/24", agent="tour"
    )
    listens = threading.Event()
    server = page_server(office, settings, listens.set)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        listens.wait(20)
        with browsing() as page:
            name = cookie_name(office, settings)
            page.context.add_cookies([{"name": name, "value": secret, "url": settings.origin}])
            page.goto(settings.origin)
            first = page.locator("tbody a[href^='/captures/']").first.get_attribute("href") or ""
            for name, lang, path, height in STOPS:
                page.context.add_cookies([{"name": "auditor_lang", "value": lang, "url": settings.origin}])
                page.goto(settings.origin + path.format(capture=first.rpartition("/")[2]))
                page.wait_for_load_state("load")
                made = take(page, name, height)
                print(made, made.stat().st_size)
    finally:
        server.should_exit = True
        thread.join()
        office.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
