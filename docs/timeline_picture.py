"""Make docs/timeline.svg, the timeline of the demo as `batty-hooks report` draws it: python docs/timeline_picture.py

The demo is played for real; its page's drawing, style and patterns are put into a file of their own.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
WIDTH, NAMES, EDGE = 1000, 96, 12


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "batty-hooks-demo"
        run = [sys.executable, "-m", "batty_hooks"]
        environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": scratch}
        subprocess.run([*run, "demo", "--dir", str(place)], env=environment, check=True, stdout=subprocess.DEVNULL)
        said = subprocess.run([*run, "report", "-o", "-"], cwd=place / "project", env=environment, check=True,
                              capture_output=True, text=True)  # fmt: skip
    target = ROOT / "docs" / "timeline.svg"
    target.write_text(picture(said.stdout.replace(scratch, "/tmp")))
    print(f"{target} is made")


def picture(page: str) -> str:
    """The drawing of a page, with the names of its lanes and what its fills mean."""
    style, patterns = _found(page, r"<style>(.*?)</style>"), _found(page, r'class="defs"[^>]*>(<defs>.*?</defs>)')
    lanes, height = (
        _found(page, r'<svg [^>]*id="lanes"[^>]*>(.*?</g>)</svg>'),
        int(_found(page, r'height="(\d+)" id="lanes"')),
    )
    names = re.findall(r"<li><span[^>]*>(.*?)</span></li>", _found(page, r'<ul class="names">(.*?)</ul>'))
    head = _found(page, r'<section id="timeline".*?(<ul.*?)<p class="zoom"')
    legends = "".join(re.findall(r'<ul class="legend">.*?</ul>', head))
    words = "".join(f'<text x="0" y="{22 + 30 * n + 19}" class="name">{name}</text>' for n, name in enumerate(names))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 32 {WIDTH} {height + 48}" role="img" '
        f'aria-label="The timeline of the demo"><style>{style}\ntext {{ font: 13px system-ui, sans-serif; }}\n'
        f".name, .said {{ fill: var(--ink); min-height: 0; }} .paper {{ fill: var(--paper); }}</style>{patterns}"
        f'<rect width="{WIDTH}" height="{height + 80}" class="paper"/><g transform="translate({EDGE} 8)">'
        f'{_legend(legends)}<g transform="translate(0 56)">{words}'
        f'<svg id="lanes" x="{NAMES}" width="{WIDTH - NAMES - 2 * EDGE}" height="{height}">{lanes}</svg>'
        "</g></g></svg>\n"
    )


def _legend(html: str) -> str:
    """The entries side by side, in as many rows as the page has lists."""
    parts = []
    for row, entries in enumerate(re.findall(r'<ul class="legend">(.*?)</ul>', html)):
        x = 0
        for sign, word in re.findall(r"<li>(<svg.*?</svg>)?(.*?)</li>", entries):
            place = f'<svg x="{x}" y="{22 * row}" '
            parts.append(sign.replace("<svg ", place, 1))
            x += 24 if sign else 0
            parts.append(f'<text x="{x}" y="{22 * row + 11}" class="said">{word}</text>')
            x += 14 + 7 * len(word)
    return "".join(parts)


def _found(text: str, pattern: str) -> str:
    found = re.search(pattern, text, re.DOTALL)
    assert found, pattern
    return found[1]


if __name__ == "__main__":
    main()
