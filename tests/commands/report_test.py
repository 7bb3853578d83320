"""The report: its page says the numbers that follow from the events, and holds nothing but itself."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import statistics
import threading
import time
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from day import BEGIN, Day
from pages_of import COMMITS, Hostile, hostile, page_of, recorded_report, report_of
from recorded import recorded
from scene import Scene, wait_for

from batty_hooks.people.report import charts, gathering, html, numbers, page, trace, words, writing
from batty_hooks.rules import timeline
from batty_hooks.rules.look import Look
from batty_hooks.state import events
from batty_hooks.state.project import find
from batty_hooks.vocabulary import happened


class Page(HTMLParser):
    """A page as a browser would read it: its elements with their attributes, its words, and whether all is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.within: list[tuple[tuple[str, ...], str]] = []
        self.feed(text)
        self.close()
        assert self.open == [], "everything is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes what is open"

    def handle_data(self, data: str) -> None:
        self.within.append((tuple(self.open), data))

    def text(self, tag: str) -> list[str]:
        """The words of each element of that name."""
        return [data for path, data in self.within if path[-1:] == (tag,)]

    def figures(self) -> dict[str, str]:
        return dict(zip(self.text("dt"), self.text("dd"), strict=True))

    def table(self, caption: str) -> dict[str, list[str]]:
        """The rows of a table, by their first cell."""
        found: dict[str, list[str]] = {}
        begun, row = False, ""
        for path, data in self.within:
            if "caption" in path:
                begun = data == caption
            elif begun and path[-2:] == ("tr", "th") and "tbody" in path:
                row = data
                found[row] = []
            elif begun and "td" in path:
                found[row].append(data)
        return found


@pytest.mark.parametrize("seed", [1, 2])
def test_every_number_of_the_page_follows_from_the_day(seed: int) -> None:
    day = Day(seed).play()
    found, count = Page(page_of(day)), day.count
    did = sum(day.did.values(), Counter[str]())
    decided = count["first green"] + count["first red"]
    seconds = {second for wait in report_of(day).timeline.waits
               for second in range(round(wait.begin), round(wait.end or BEGIN + day.now))}  # fmt: skip
    assert found.figures() == {
        "cards landed": str(count["landed"]),
        "cards per hour": f"{count['landed'] / 9:.1f}",
        "first attempts green": f"{count['first green'] / decided:.0%} ({count['first green']} of {decided})",
        "bad merges stopped": str(count["failed"] + count["together"]),
        "came back": str(count["failed"] + count["together"] + count["rejected"]),
        "from asked to answered, the middle one": words.length(statistics.median(day.answers)),
        "you were waited for": words.length(len(seconds)),
        "agents did nothing meanwhile": words.length(did["asking"] + did["you"]),
        "agents worked": words.length(did["working"]),
        "not known of agents": words.length(did["unknown"]),
    }
    runs = found.table("Runs of the gate")
    assert runs["green"] == [str(count[happened.GATE_PASSED])] and runs["red"] == [str(count[happened.GATE_FAILED])]
    assert runs.get("ended in vain", ["0"]) == [str(count[happened.IN_VAIN])]
    cost = found.table("What it cost and saved")
    assert cost["runs took"] == [words.length(count["run seconds"])]
    assert cost["saved by testing several as one"][0].startswith(f"{count['saved']} run")
    red = {name.removeprefix("red "): [str(times)] for name, times in count.items() if name.startswith("red tests")}
    assert found.table("Which tests were red how often") == red
    members = found.table("How long each member did what")
    assert members.keys() == day.did.keys()
    assert [members[name][0] for name in day.names] == [words.length(day.did[name]["working"]) for name in day.names]
    cards = found.table("Where each card's time went")
    stages = ("engineer", "work", "queue", "gate", "review", "you")
    for id, spent in day.spent.items():
        row = cards[f"{id} Card number {id[1:]}"]
        assert row[:7] == [*(words.length(spent[stage]) for stage in stages), words.length(sum(spent.values()))]
        assert row[7] == words.length(sum(spent.values()) - spent["work"] - spent["gate"])


class Lived:
    """The numbers of the recorded day, counted by hand from its events."""

    def __init__(self) -> None:
        known, self.told = recorded()
        self.at = [events.seconds(event["ts"]) for event in self.told]
        self.added, self.members = known["added"], known["members"]
        self.count = Counter(event["event"] for event in self.told)

    def of(self, *names: str, card: str = "") -> list[tuple[float, dict[str, Any]]]:
        return [
            (at, event) for at, event in zip(self.at, self.told, strict=True)
            if event["event"].startswith(names) and (not card or event.get("card") == card)
        ]  # fmt: skip

    def next(self, since: float, *names: str, card: str) -> float:
        return next(at for at, _ in self.of(*names, card=card) if at > since)

    def firsts(self) -> list[bool]:
        """Of each card, whether the first that its first offer came to was not a red test or a conflict."""
        cards = {event["card"] for _, event in self.of(happened.OFFERED)}
        ends = [self.of(happened.LANDED, happened.HANDED_BACK, card=card)[0][1]["event"] for card in cards]
        return [end in (happened.LANDED, happened.BACK_REJECTED) for end in ends]

    def waits(self) -> list[tuple[float, float]]:
        """For the human: blocked cards are all there was of it on that day."""
        assert not [event for _, event in self.of(happened.ASKED, happened.APPROVAL_ASKED) if event["to"] == "human"]
        over = (happened.UNBLOCKED, happened.LANDED, happened.OFFERED, happened.RELEASED)
        return [(at, self.next(at, *over, card=event["card"])) for at, event in self.of(happened.BLOCKED)]

    def worked(self, member: str) -> float:
        """From each word of its agent that it works to the next one of it, or to the end of the team."""
        said = [(at, event) for at, event in self.of(happened.STATE) if event["member"] == member]
        ends = [at for at, _ in said[1:]] + [at for at, _ in self.of(happened.TEAM_STOPPED)]
        return sum(end - at for (at, event), end in zip(said, ends, strict=True) if event["state"] == "working")


def test_every_number_of_a_recorded_day_follows_from_its_events() -> None:
    """A team of seven lived it, in real panes; see `recorded`."""
    lived, found = Lived(), Page(page.page(recorded_report()))
    count, firsts, waits = lived.count, lived.firsts(), lived.waits()
    back = {event["event"]: count[event["event"]] for _, event in lived.of(happened.HANDED_BACK)}
    hours = (lived.at[-1] - lived.at[0]) / 3600
    waited = {tick for begin, end in waits for tick in range(round(begin * 1000), round(end * 1000))}
    figures = found.figures()
    assert len(lived.told) > 300 and set(lived.members) == set(found.table("How long each member did what"))
    assert figures["cards landed"] == str(count[happened.LANDED]) == "24"
    assert figures["cards per hour"] == f"{count[happened.LANDED] / hours:.1f}"
    assert figures["first attempts green"] == f"{sum(firsts) / 24:.0%} ({sum(firsts)} of 24)"
    assert figures["came back"] == str(sum(back.values()))
    assert figures["bad merges stopped"] == str(
        sum(back.get(f"handed back: {why}", 0) for why in ("failed", "together"))
    )
    assert figures["from asked to answered, the middle one"] == words.length(
        statistics.median(end - begin for begin, end in waits)
    )
    assert figures["you were waited for"] == words.length(len(waited) / 1000)
    assert figures["agents worked"] == words.length(sum(map(lived.worked, lived.members)))
    members = found.table("How long each member did what")
    assert {name: row[0] for name, row in members.items()} == {
        name: words.length(lived.worked(name)) for name in lived.members
    }
    runs = lived.of("gate ")
    assert found.table("Runs of the gate")["green"] == [str(count[happened.GATE_PASSED])]
    assert found.table("Runs of the gate")["red"] == [str(count[happened.GATE_FAILED])]
    cost = found.table("What it cost and saved")
    assert cost["runs took"] == [words.length(sum(event["seconds"] for _, event in runs))]
    several = [len(event["cards"]) - 1 for _, event in lived.of(happened.GATE_PASSED) if event.get("cards")]
    assert cost["saved by testing several as one"][0].startswith(f"{sum(several)} run")
    red = Counter(event["text"].removeprefix("FAILED ") for _, event in lived.of(happened.GATE_FAILED))
    assert {name: [str(times)] for name, times in red.items()} == found.table("Which tests were red how often")
    cards = found.table("Where each card's time went")
    for at, event in lived.of(happened.LANDED):
        [row] = [row for name, row in cards.items() if name.split()[0] == event["card"]]
        assert row[6] == words.length(at - lived.added[event["card"]])


def test_a_day_of_seven_agents_is_a_small_page_and_made_at_once() -> None:
    day = Day(1).play()
    report = report_of(day)
    begun = time.process_time()
    text = page.page(report)
    assert len(day.events) > 2000
    assert len(text.encode()) < 1_000_000
    assert time.process_time() - begun < 3


def test_what_is_left_out_for_want_of_room_is_said() -> None:
    day = Day(1).play()
    text = page_of(day)
    assert re.search(r"… \([\d,]+ more characters: batty-hooks task show t\d+\)", text)
    for id in day.spent:
        assert f'id="{charts.anchor(id)}"' in text


def self_contained(text: str) -> Page:
    """The page, when it could neither fetch nor run anything that is not its own."""
    found = Page(text)
    [policy] = [said["content"] for tag, said in found.elements if said.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    scripts, styles = found.text("script"), found.text("style")
    for kind, texts in (("script", scripts), ("style", styles)):
        [own] = texts
        hashed = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{hashed}'" in policy and "\r" not in own
    assert {"link", "iframe", "img", "object", "embed", "form", "base"} & {tag for tag, _ in found.elements} == set()
    for tag, said in found.elements:
        assert not [name for name in said if name.startswith("on") or name in ("src", "style", "xlink:href")], tag
        href = said.get("href", "#")
        assert href.startswith(("#", COMMITS)), href
    assert "url(" not in re.sub(r"url\(#p-\w+\)", "", styles[0]) and "@import" not in styles[0]
    return found


def test_hostile_names_and_titles_are_words() -> None:
    day = hostile().play()
    text = page_of(day)
    found = self_contained(text)
    said = "".join(data for path, data in found.within if path[-1:] not in (("script",), ("style",)))
    assert Hostile.SCRIPT in said and "onerror=alert(1)" in said
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\ud800-\udfff]", text)
    names = [said["title"] for tag, said in found.elements if tag == "span" and "title" in said]
    assert len(names) == 2 + 2 + 1, "two members, two slots, the trunk"
    text.encode("utf-8")


@pytest.mark.parametrize(
    "name", ["javascript:alert(1)", "https://evil.example/x y", "file:///etc/passwd", "../../x", ""]
)
def test_a_remote_that_is_no_address_is_not_linked(scene: Scene, name: str) -> None:
    scene.install()
    scene.git("config", "remote.origin.url", name)
    assert gathering.commit_page(find(scene.root)) == ""


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("git@github.com:team/parcels.git", "https://github.com/team/parcels/commit/"),
        ("https://user:secret@gitlab.com/group/sub/parcels.git", "https://gitlab.com/group/sub/parcels/commit/"),
        ("ssh://git@codeberg.org:2222/team/parcels", "https://codeberg.org/team/parcels/commit/"),
        ("https://bitbucket.org/team/parcels.git", "https://bitbucket.org/team/parcels/commits/"),
    ],
)
def test_a_landing_is_linked_to_the_remotes_page(scene: Scene, url: str, address: str) -> None:
    scene.install()
    scene.git("config", "remote.origin.url", url)
    assert gathering.commit_page(find(scene.root)) == address


def test_a_day_is_self_contained() -> None:
    self_contained(page_of(Day(3).play()))


def test_of_nothing_the_page_says_so() -> None:
    found = self_contained(page_of(Day(1, engineers=3)))
    said = " ".join(data for _, data in found.within)
    assert "No card has been begun yet." in said and "Nobody was waited for." in said
    assert found.figures()["first attempts green"] == words.UNKNOWN
    assert found.figures()["cards per hour"] == words.UNKNOWN


def test_events_of_before_states_were_told_are_unknown_not_nought() -> None:
    day = Day(2).play()
    day.events = [event for event in day.events if event["event"] != happened.STATE]
    for event in day.events:
        event.pop("slot", None)
        event.pop("re", None)
    found = Page(page_of(day))
    row = found.table("How long each member did what")
    assert row.keys() == set(day.names)
    assert found.figures()["agents worked"] == words.UNKNOWN
    assert found.figures()["not known of agents"] != "0 s"
    assert found.figures()["cards landed"] == str(day.count["landed"])


def test_thousands_of_events_are_all_there() -> None:
    """(Twenty thousand: in tests/rules/timeline, and in a browser in tests/real.)"""
    day = Day(2).play(6_000)
    report = report_of(day)
    text = page.page(report)
    spans = [span for lane in report.timeline.members for span in lane.spans]
    assert text.count("<rect") > len(spans) > 3_000
    assert text.count('href="#m-landed"') == day.count["landed"] + 1, "each landing, and the legend"


# Perfetto's documentation of the JSON format: https://perfetto.dev/docs/getting-started/other-formats


def test_the_trace_is_of_chromes_format() -> None:
    day = Day(1).play()
    found = json.loads(json.dumps(trace.as_data(report_of(day))))
    assert set(found) <= {"traceEvents", "displayTimeUnit", "otherData"} and found["displayTimeUnit"] in ("ms", "ns")
    threads: dict[int, list[tuple[int, int]]] = {}
    for event in found["traceEvents"]:
        assert isinstance(event["name"], str) and isinstance(event["pid"], int) and isinstance(event["tid"], int)
        if event["ph"] == "M":
            assert event["name"] in ("process_name", "thread_name", "thread_sort_index") and event["args"]
        elif event["ph"] == "i":
            assert event["s"] in ("t", "p", "g") and event["ts"] >= 0
        else:
            assert event["ph"] == "X" and event["ts"] >= 0 and event["dur"] >= 0
            assert isinstance(event["ts"], int) and isinstance(event["dur"], int)
            threads.setdefault(event["tid"], []).append((event["ts"], event["ts"] + event["dur"]))
    for spans in threads.values():  # slices of one track must nest; ours lie side by side
        ordered = sorted(spans)
        assert all(one[1] <= after[0] for one, after in pairwise(ordered))
    names = {event["tid"]: event["args"]["name"] for event in found["traceEvents"] if event["name"] == "thread_name"}
    assert list(names.values()) == [*day.names, "gate-1", "gate-2", "trunk"]
    working = sum(event.get("dur", 0) for event in found["traceEvents"] if event.get("cat") == "working")
    assert working == sum(did["working"] for did in day.did.values()) * 1_000_000


def test_the_json_says_the_same_as_the_ledger() -> None:
    day = Day(1).play()
    found = json.loads(json.dumps(numbers.as_data(report_of(day)), default=str))
    assert {card["card"]: {stage: n for stage, n in card["spent"].items() if n} for card in found["cards"]} == {
        id: dict(+spent) for id, spent in day.spent.items()
    }
    assert found["figures"]["landed"] == day.count["landed"]


# With a project.


def test_a_card_from_the_board_to_the_page(scene: Scene, tmp_path: Path) -> None:
    scene.install()
    scene.team(scene.agent("work", "echo 2 > numbers/two; git add numbers; git commit -qm two"))
    scene.cards("- [ ] Count <b>to</b> two", "  The brief & what it says.")
    scene.step()
    assert scene.landed()
    file = scene.run("report").strip()
    assert file == str(scene.root / ".batty/report.html")
    assert "report.html" not in scene.git("status", "--porcelain", "--untracked-files=all")
    found = Page(Path(file).read_text())
    assert found.figures()["cards landed"] == "1" and found.figures()["first attempts green"] == "100% (1 of 1)"
    said = " ".join(data for _, data in found.within)
    assert "Count <b>to</b> two" in said and "The brief & what it says." in said and "landed" in said
    data = scene.json("report")
    [card] = data["cards"]
    assert card["title"] == "Count <b>to</b> two" and card["begin"] and card["attempts"][0]["result"] == "landed"
    assert sum(card["spent"].values()) == pytest.approx(card["life"], abs=0.01)
    assert data["figures"]["landed"] == 1 and data["needs_you"] == []
    scene.run("report", "--trace", "-o", str(tmp_path / "trace.json"))
    assert json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert scene.run("report", "-o", "-").startswith("<!DOCTYPE html>")
    assert scene.json("report", "--since", "2030-01-01")["figures"]["landed"] == 0
    scene.run("report", "--json", "--trace", code=2)
    for more in ((), ("--json",), ("--trace",)):
        assert "lies in no directory" in scene.run("report", *more, "-o", "no/where.html", code=2)


def test_a_project_in_which_nothing_has_happened(scene: Scene) -> None:
    scene.install()
    found = Page(Path(scene.run("report").strip()).read_text())
    assert found.figures()["cards landed"] == "0"
    assert scene.json("report")["cards"] == []


def test_a_page_that_is_kept_current_is_written_when_something_has_happened(scene: Scene, tmp_path: Path) -> None:
    scene.install()
    scene.cards("- [ ] Later")
    path, project = tmp_path / "report.html", find(scene.root)
    stop = threading.Event()

    def keep() -> None:
        for _ in writing.keep(project, path, lambda: 0.0):
            if stop.is_set():
                return

    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    wait_for(path.exists)
    assert 'data-live="5"' in path.read_text()
    before = path.stat().st_mtime_ns
    scene.save(scene.board().replace("Later", "Sooner"))
    wait_for(lambda: path.stat().st_mtime_ns != before and "Sooner" in path.read_text())
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_words() -> None:
    said = [words.length(n) for n in (None, 0, 0.44, 9.96, 12, 59.6, 200, 7260, 3 * 86400 + 7200)]
    assert said == ["not known", "0 s", "0.4 s", "10 s", "12 s", "1 min", "3 min 20 s", "2 h 1 min", "3 d 2 h"]
    assert html.escaped("\x1b\u202e<&\"'>") == "\ufffd\ufffd&lt;&amp;&quot;&#39;&gt;"


@pytest.mark.parametrize("seed", range(4))
def test_the_line_at_stop_is_what_all_events_say_read_in_part(
    scene: Scene, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Restarted at some moments of the day, with cards, questions and prompts open; and never, for too long."""
    day = Day(seed, hours=4).play()
    begun = {event["card"] for event in day.events if event["event"] == happened.CLAIMED}
    landed = {event["card"] for event in day.events if event["event"] == happened.LANDED}
    scene.install()
    scene.cards(*(f"- [ ] Card number {card[1:]} ^{card}" for card in sorted(begun - landed)))
    project = find(scene.root)
    for part in (0.2, 0.5, 0.8):
        place = round(len(day.events) * part)
        facts = {"ts": day.events[place]["ts"], "member": ""}
        told = [*day.events[:place], {"event": happened.TEAM_STOPPED, "id": "a", **facts},
                {"event": happened.TEAM_STARTED, "id": "b", **facts}, *day.events[place:]]  # fmt: skip
        lines = [json.dumps({**event, "seq": number + 1}) for number, event in enumerate(told)]
        project.events_file.write_text("".join(f"{line}\n" for line in lines))
        read = [json.loads(line) for line in lines]
        since = events.seconds(day.events[place]["ts"])
        whole = timeline.read(read, gathering.facts(Look(project), read, since)).figures
        found, is_since_start = gathering.since_start(project)
        assert words.at_stop(found, is_since_start) == words.at_stop(whole, True)
        assert whole.landed and whole.answers
    monkeypatch.setattr(gathering, "_AT_STOP", 100)
    found, is_since_start = gathering.since_start(project)
    assert words.at_stop(found, is_since_start).startswith("in the last ")
    assert found.landed == sum(event["event"] == happened.LANDED for event in read[-100:])
