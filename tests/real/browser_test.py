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
from pages_of import hostile, page_of, recorded_report, report_of

from batty_hooks.people.report import page, trace
from batty_hooks.people.report.gathering import Report

SCRIPT = Path(__file__).parent / "browser.js"
TRACE = SCRIPT.with_name("trace.js")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOURS = 1.5  # of a day of seven: axe-core takes seconds a card
PAGES: dict[str, Callable[[], str]] = {
    "nothing yet": lambda: page_of(Day(1, engineers=3)),
    "a day of seven": lambda: page_of(Day(1, hours=HOURS).play()),
    "a recorded day": lambda: page.page(recorded_report()),
    "hostile": lambda: page_of(hostile().play()),
}


def seen(clis: Path, text: str, tmp_path: Path, *more: str) -> dict[str, Any]:
    """What the browser saw of a page."""
    return run_in_browser(SCRIPT, clis, tmp_path / "report.html", text, *more)


def run_in_browser(script: Path, clis: Path, file: Path, text: str, *more: str) -> dict[str, Any]:
    """What a script says of a file with that text."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser:
        pytest.skip("no browser is here, and none could be installed: apt install chromium")
    file.write_bytes(text.encode())
    argv = ["node", str(script), str(clis / "browser"), browser, str(file), *more]
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
    found = seen(clis, page.page(report_of(Day(1, hours=HOURS).play()), live=8.0), tmp_path, "live")["kept"]
    assert found["after"] == found["before"] and found["before"]["focus"] == "scroll" and found["before"]["open"] == 1


@pytest.mark.parametrize(
    "report", [report_of(Day(1, hours=HOURS).play()), recorded_report()], ids=["a day of seven", "a recorded day"]
)
def test_another_program_reads_the_trace(clis: Path, report: Report, tmp_path: Path) -> None:
    """speedscope lists the threads that have spans, with the time that these cover."""
    text = json.dumps(trace.as_data(report))
    found = run_in_browser(TRACE, clis, tmp_path / "trace.json", text)
    assert found["problems"] == [] and found["alerts"] == []
    lanes = [*report.timeline.members, *report.timeline.slots, report.timeline.trunk]
    listed = [line.split("\t") for line in found["text"].splitlines() if "(pid 1)" in line and "\t" in line]
    assert [line[1] for line in listed] == [
        f"parcels (pid 1), {lane.name} (tid {number})" for number, lane in enumerate(lanes, 1) if lane.spans
    ]
    for line, lane in zip(listed, (lane for lane in lanes if lane.spans), strict=True):
        assert seconds_of(line[2]) == pytest.approx(sum(one.end - one.begin for one in lane.spans), abs=1)


def seconds_of(shown: str) -> float:
    """A length as speedscope writes it: 540:00 (minutes and seconds), 12.34s, 5.00ms."""
    if ":" in shown:
        minutes, seconds = shown.split(":")
        return 60 * int(minutes) + float(seconds)
    number = float("".join(sign for sign in shown if sign.isdigit() or sign == "."))
    return number / 1000 if shown.endswith("ms") else number
