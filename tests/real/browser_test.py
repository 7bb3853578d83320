"""The pages of `report` in a real browser: nothing runs or is fetched but their own, and axe-core finds nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from day import Day
from pages_of import hostile, page_of, report_of

from batty_hooks.people.report import page

SCRIPT = Path(__file__).parent / "browser.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PAGES: dict[str, Callable[[], str]] = {
    "nothing yet": lambda: page_of(Day(1, engineers=3)),
    "a day of seven": lambda: page_of(Day(1).play()),
    "hostile": lambda: page_of(hostile().play()),
}


def seen(clis: Path, text: str, tmp_path: Path, *more: str) -> dict[str, Any]:
    """What the browser saw of a page."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser:
        pytest.skip("no browser is here, and none could be installed: apt install chromium")
    file = tmp_path / "report.html"
    file.write_bytes(text.encode())
    argv = ["node", str(SCRIPT), str(clis / "browser"), browser, str(file), *more]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_in_a_browser(clis: Path, name: str, tmp_path: Path) -> None:
    found = seen(clis, PAGES[name](), tmp_path)
    for mode in ("light", "dark", "phone", "no script"):
        assert found[mode]["problems"] == [], mode
        assert [url.rpartition("/")[2] for url in found[mode]["requests"]] == ["report.html"], "no request leaves it"
    for mode in ("light", "dark", "phone"):
        assert found[mode]["axe"] == [], mode
    assert found["light"]["paper"] > 10_000
    assert found["phone"]["width"] == 390, "nothing sticks out"
    assert found["no script"]["bars"] > 0
    if found["use"]:
        assert found["use"]["zoomed"] == pytest.approx(8, rel=0.01)
        assert "landed" in found["use"]["mark"] or "stopped" in found["use"]["mark"]
        assert found["use"]["tip"]
    if name == "a day of seven":
        assert found["use"]["opened"] is True


def test_twenty_thousand_events_in_a_browser(clis: Path, tmp_path: Path) -> None:
    found = seen(clis, page_of(Day(2).play(20_000)), tmp_path, "quick")["light"]
    assert found["problems"] == [] and found["bars"] > 10_000


def test_a_page_that_reads_itself_again_is_where_it_was(clis: Path, tmp_path: Path) -> None:
    found = seen(clis, page.page(report_of(Day(1).play()), live=1.0), tmp_path, "live")["kept"]
    assert found["after"] == found["before"] and found["before"]["focus"] == "scroll" and found["before"]["open"] == 1
