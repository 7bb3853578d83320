"""The page of `report` in chromium: what it takes to open and paint it, of a day of seven agents and of 20,000 events.

Measured is a whole chromium that opens a page, paints it into a picture and ends; the alternative is one that does so
with an empty page, and what is above that is the page's own.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from base import Row, home, main
from day import Day
from pages_of import page_of

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def measure(rounds: int = 7) -> list[Row]:
    """``rounds`` times each page, in turns."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser:
        print("no browser is here: apt install chromium", file=sys.stderr)
        return []
    day = Day(1).play()
    pages = {
        "an empty page": "<!DOCTYPE html><title>Empty</title>",
        "a day": page_of(day),
        "20,000": page_of(Day(2).play(20_000)),
    }
    with home() as place:
        for name, text in pages.items():
            (place / f"{name}.html").write_text(text, "utf-8", "replace")
            _painted(browser, place, name)
        took: dict[str, list[float]] = {name: [] for name in pages}
        for _ in range(rounds):
            for name in pages:
                took[name].append(_painted(browser, place, name))
    empty, own, large = (1000 * statistics.median(times) for times in took.values())
    size = len(pages["a day"].encode("utf-8", "replace")) / 1e6
    return [
        Row(f"report of a day of seven ({len(day.events):,} events): chromium with it", own, None, "an empty page",
            empty, "ms"),
        Row(f"report of a day of seven ({len(day.events):,} events): opened and painted", own - empty, 1000,
            "20,000 events", large - empty, "ms"),
        Row("report of a day of seven: its size", size, 1, unit="MB"),
    ]  # fmt: skip


def _painted(browser: str, place: Path, name: str) -> float:
    """Open a page and paint it; how long that took, in seconds."""
    argv = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={place / 'profile'}",
            "--window-size=1280,900", f"--screenshot={place / 'page.png'}", f"file://{place / name}.html"]  # fmt: skip
    begun = time.perf_counter()
    subprocess.run(argv, check=True, capture_output=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main(measure)
