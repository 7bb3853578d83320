"""The page: one HTML file that needs nothing else and asks nobody for anything.

Its style and its script are files of templates/report/; the page's policy names them by their hash, so nothing that
came in by somebody's words could run or be fetched, even if it were not escaped. Without the script everything is there
but zoom, and hovering is the browser's own.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

from batty_hooks import __version__
from batty_hooks.people.report import charts, details, lanes, states, words
from batty_hooks.people.report.details import Texts
from batty_hooks.people.report.gathering import Report
from batty_hooks.people.report.html import Safe, disclosed, joined, table, tag
from batty_hooks.rules.timeline import Wait
from batty_hooks.system import shipped
from batty_hooks.system.screen import counted
from batty_hooks.vocabulary import happened

_KINDS = {"question": "a question", "approval": "a word", "blocked": "a blocked card", "prompt": "a prompt in its pane"}
_MOST_WAITS = 200


def page(report: Report, live: float = 0.0) -> str:
    """The whole file; ``live`` is after how many seconds the page is to read itself again (0: never)."""
    style, script = (Safe(_asset(name)) for name in ("report.css", "report.js"))
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    title = f"{report.name}: report"
    head = tag(
        "head", tag("meta", charset="utf-8"),
        Safe(f'<meta http-equiv="Content-Security-Policy" content="{policy}"/>'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"), tag("meta", name="color-scheme", content="light dark"),
        tag("title", title), tag("style", style),
    )  # fmt: skip
    body = tag("body", states.patterns(), *_body(report, live), tag("script", script))
    root = tag("html", head, body, lang="en", data_live=f"{live:g}" if live else None)
    return f"<!DOCTYPE html>\n{root}\n"


def _asset(name: str) -> str:
    return (shipped.templates() / "report" / name).read_text("utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _body(report: Report, live: float) -> Iterator[Safe]:
    found, texts = report.timeline, Texts(report.logs)
    yield tag("header", tag("h1", report.name), tag("p", *_headline(report, live)))
    sections = [
        _section("needs", f"Needs you ({len(report.needs)})" if report.needs else "Nothing needs you", _needs(report)),
        _section("figures", "What happened", tag("p", words.of_the_day(found.figures), class_="sentence"),
                 _figures(report)),
        _section("timeline", "Timeline", lanes.drawing(found, texts.tail)),
        _section("time", "Where each card’s time went", charts.cards(found)),
        _section("flow", "Cards by where they were", charts.flow(found)),
        _section("gate", "The gate", _gate(report)),
        _section("waits", "Who was waited for", _waits(report)),
        _section("cards", "The cards", details.cards(report, texts)),
    ]  # fmt: skip
    yield tag("main", *sections)
    made = f"Made by batty-hooks {__version__} from {counted(found.events, 'event')}; times: {words.zone(found.end)}."
    yield tag("footer", tag("p", made))
    yield tag("div", id="tip", hidden=True)


def _headline(report: Report, live: float) -> Iterator[str]:
    found = report.timeline
    yield f"{words.clock(found.begin, True)} to {words.clock(found.end, True, True)}; {report.trunk} at "
    yield tag("code", report.tip[:10])
    if report.is_paused:
        yield ", paused"
    if live:
        yield f"; this page reads itself again every {words.length(live)}"


def _section(id: str, heading: str, *children: Safe) -> Safe:
    return tag("section", tag("h2", heading, id=f"{id}-heading"), *children, id=id, aria_labelledby=f"{id}-heading")


def _needs(report: Report) -> Safe:
    if not report.needs:
        return Safe("")
    now = report.timeline.end
    return tag("ul", *(
        tag("li", tag("p", need.what, tag("span", f"for {words.length(now - need.since)}" if need.since else "",
                                          class_="lost")), tag("code", need.command))
        for need in report.needs
    ), class_="needs")  # fmt: skip


def _figures(report: Report) -> Safe:
    said = report.timeline.figures
    rows = [
        ("cards landed", str(said.landed)),
        ("cards per hour", words.rate(said.per_hour)),
        ("first attempts green", _of(words.share(said.first_share), said.first_green, said.first_decided)),
        ("bad merges stopped", str(said.stopped)),
        ("came back", str(said.came_back)),
        ("from asked to answered, the middle one", words.length(said.answer_median)
         if said.answers else words.UNKNOWN if said.unknown_ends else "nobody asked"),
        ("you were waited for", words.length(said.waited_for)),
        ("agents did nothing meanwhile", words.length(said.agents_lost)),
        ("agents worked", words.length(said.worked)),
        ("not known of agents", words.length(said.unknown)),
    ]  # fmt: skip
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in rows), class_="figures")


def _of(share: str, number: int, total: int) -> str:
    return f"{share} ({number} of {total})" if total else share


def _gate(report: Report) -> Safe:
    said, found = report.timeline.figures, report.timeline
    runs = [
        ("green", said.green), ("red", said.red), ("flaky (red and green on one tree)", said.flaky),
        ("could not be started", said.broken), (happened.IN_VAIN, said.vain), ("running", said.running),
    ]  # fmt: skip
    rows = [[name, str(number)] for name, number in runs if number or name in ("green", "red")]
    saved = [
        ["runs took", words.length(said.run_seconds)],
        ["saved by testing several as one", _saved(said.saved_batching, said.saved_batching_seconds)],
        ["saved by trees known to be green", _saved(said.saved_known, said.saved_known_seconds)],
        ["merges stopped by a red test", str(said.stopped)],
        ["merges stopped by a conflict", str(said.conflicts)],
        ["sent back by a reviewer or a person", str(said.rejected)],
    ]
    parts = [
        table(["Runs", "how many"], rows, "Runs of the gate"),
        table(["What", "How much"], saved, "What it cost and saved"),
    ]
    if found.red_tests:
        red = [[test, str(times)] for test, times in found.red_tests]
        parts.append(table(["Test", "red runs"], red, "Which tests were red how often"))
    return tag("div", *parts, class_="beside")


def _saved(number: int, seconds: float) -> str:
    return f"{counted(number, 'run')}, {words.length(seconds)}"


def _waits(report: Report) -> Safe:
    found = report.timeline
    shown = [wait for wait in found.waits if (wait.end or found.end) >= found.begin]
    if not shown:
        return tag("p", "Nobody was waited for.", class_="none")
    rows = [_wait(wait, found.end) for wait in sorted(shown, key=lambda one: _lasted(one, found.end), reverse=True)]
    head = ["Since", "who", "waited for", "with", "card", "how long"]
    parts = [table(head, rows[:_MOST_WAITS], "Waits, the longest first")]
    if rows[_MOST_WAITS:]:
        parts.append(disclosed(f"{len(rows) - _MOST_WAITS} shorter ones",
                               table(head, rows[_MOST_WAITS:], "Shorter waits"), id="more-waits"))  # fmt: skip
    return joined(parts)


def _lasted(wait: Wait, now: float) -> float:
    return (wait.end or now) - wait.begin if wait.is_known else -1.0


def _wait(wait: Wait, now: float) -> list[str]:
    long = words.length(_lasted(wait, now)) if wait.is_known else words.UNKNOWN
    if wait.is_known and not wait.end:
        long += ", still"
    about = f"{_KINDS.get(wait.kind, wait.kind)}{f': {wait.text}' if wait.text else ''}"
    return [words.clock(wait.begin, True, True), wait.member, wait.to, about, wait.card, long]
