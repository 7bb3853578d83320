"""The board is people's: what they, their editors and their tools do to it, and what becomes of the cards."""

from __future__ import annotations

import os
import time
from pathlib import Path

from scene import Scene
from situations.situation import table

from batty_hooks.state.board import store
from batty_hooks.state.project import Project

TABLE = table("board")
FOREIGN = "kanban.md has no lane that is known here"
NAMED = "team.yaml names its lanes: `board: {todo: Сделать, in progress: В работе, done: Готово}`"
HALF_TEAM = "team.yaml lacks its engineers for a moment"
REOPENED = "a card that has landed is released, or dragged back to TODO or IN PROGRESS"
CAME_IN = "engineer-2's landing brought engineer-1's commits along; then engineer-1 reports"
JUST_TYPED = "work first, then the card is typed, and `done` at once"
NOTHING_TO_LAND = "a card without a commit is dragged to DONE"
NOBODYS = "a card stands in IN PROGRESS, and nobody has it"
UNDO = "a change of a card is taken back: the older text is saved again"
OLDER = "a save has a landed card where it was before the landing"
FORMATTED = "Prettier or mdformat wraps a card's line, or joins it with the text below"
JOINED = "…and no version before knows the card: its owner is in the middle of a paragraph now"
PLUGINS = "Obsidian's Kanban and Tasks plugins add dates, links, tags behind owner and id"
GONE = "kanban.md is gone while a card's work is tested"
ELSEWHERE = "a card in hand is dragged to a lane of one's own"
TYPOS = "typos: `## IN PROGES`, `(agnet-1)`, `[depend:: t1]`, `[priority:: hihg]`, `-[ ] x`, two `## DONE`"
CIRCLE = "`task depend` would close a circle"
MARKERS = "a git merge leaves its conflict markers in kanban.md"
MINUTES = "the same within ten minutes of the change"
HOURS = "a second person saves the board unchanged, from an editor that has had it open since before others changed it"
LETTERS = "an editor saves each letter, and never reads the file again; the card is claimed meanwhile"
PAGE = [
    FOREIGN,
    NAMED,
    HALF_TEAM,
    UNDO,
    HOURS,
    MINUTES,
    LETTERS,
    OLDER,
    FORMATTED,
    JOINED,
    PLUGINS,
    MARKERS,
    GONE,
    ELSEWHERE,
    TYPOS,
    CIRCLE,
    REOPENED,
    CAME_IN,
    JUST_TYPED,
    NOTHING_TO_LAND,
    NOBODYS,
]


def test_a_kanban_file_that_is_somebodys_own(quiet: Scene) -> None:
    notes = "# Заметки\n\n## Сделать\n- [ ] Позвонить\n\n## Готово\n- [x] Купить\n"
    quiet.save(notes)
    quiet.git("switch", "-qc", "feature")
    quiet.commit(quiet.root, {"numbers/two": "2\n"})
    quiet.git("switch", "-q", "main")
    quiet.run("status")
    assert "feature has landed on main" in quiet.run("merge", "feature")
    assert "it is left alone" in quiet.run("doctor", code=None)
    said = quiet.run("task", "add", "X", code=1)
    assert "`board:`" in said and quiet.board() == notes
    TABLE.check(FOREIGN, "it is left as it is; branches land, `status` answers; "
                f"`task add` says: {said.splitlines()[0].removeprefix('batty-hooks: ')}")  # fmt: skip

    with (quiet.root / ".batty/team_config/team.yaml").open("a") as file:
        file.write("board: {todo: Сделать, in progress: В работе, done: Готово}\n")
    quiet.run("task", "claim", "Позвонить")
    assert "## В работе\n- [x] Позвонить (human) ^t1\n" in quiet.board()
    TABLE.check(NAMED,
                "it is the board; a lane that is missing gets its name")  # fmt: skip


def test_team_yaml_is_saved_by_halves(quiet: Scene) -> None:
    quiet.team("true", engineers=2)
    quiet.cards("- [ ] Two", "- [ ] Three")
    quiet.run("step", "staff", "setup", "dispatch")
    for name in ("engineer-1", "engineer-2"):
        quiet.commit(quiet.worktree(name), {f"numbers/{name}": f"2{name[-1]}\n"})
        quiet.run("done", cwd=quiet.worktree(name))
    whole = (quiet.root / ".batty/team_config/team.yaml").read_text()
    for half in (whole.partition("roles:")[0], whole.replace("instances: 2", "instances: 1")):
        (quiet.root / ".batty/team_config/team.yaml").write_text(half)
        quiet.run("step", "reconcile", "unblock", "offer", "handback", code=None)
    needed = [need["what"] for need in quiet.json("status")["needs_you"]]
    assert "t2 belongs to engineer-2, who is not in the team" in needed
    assert len(list((quiet.root / ".batty/queue").glob("*.json"))) == 2
    assert not {"released", "handed back: withdrawn"} & {event["event"] for event in quiet.events()}
    (quiet.root / ".batty/team_config/team.yaml").write_text(whole)
    quiet.run("step", "gate", "land")
    assert len(quiet.lane("DONE")) == 2
    TABLE.check(HALF_TEAM, "their cards and offers go on; while it lasts, `status` "
                "says that each card belongs to somebody who is not in the team")  # fmt: skip


def test_what_editors_formatters_and_git_save(quiet: Scene) -> None:
    quiet.git("worktree", "add", "-q", "../agent-1", "-b", "agent-1/work")
    long = "Add rate limiting to all of the API endpoints that we have"
    first = f"- [x] {long} (agent-1) ^t1"
    quiet.save(f"## TODO\n## IN PROGRESS\n- [x] {long} (agent-1)\n  use sqlite\n## DONE\n")
    quiet.run("step", "reconcile", "dispatch")
    before = quiet.board()
    quiet.save(before.replace("sqlite", "postgres"))
    quiet.run("step", "reconcile")
    quiet.save(before)
    quiet.run("step", "reconcile")
    assert quiet.board() == before and "no unread" in quiet.run("inbox")
    TABLE.check(UNDO, "it stands as it was saved last")

    quiet.save(
        before.replace(
            f"{first}\n  use sqlite", f"{first.replace(' (agent-1)', chr(10) + '      (agent-1)')} use sqlite"
        )
    )
    quiet.run("step", "reconcile")
    assert quiet.board() == before
    TABLE.check(FORMATTED, "the card is one line again, still its owner's; what was changed besides is kept")
    quiet.save(before.replace(first, f"{first} ✅ 2026-01-31 #api [[A note]]"))
    quiet.run("step", "reconcile", "dispatch")
    assert quiet.json("board")[0]["owner"] == "agent-1" and not quiet.messages("agent-1", "cur")
    TABLE.check(PLUGINS, "they are left there, and the card is who it was")

    quiet.save(f"<<<<<<< HEAD\n{before}=======\n{before.replace('sqlite', 'mysql')}>>>>>>> other\n")
    needed = [need["what"] for need in quiet.json("status")["needs_you"]]
    assert needed == ["kanban.md is not acted on: git left its conflict markers in it"]
    assert len(quiet.json("board")) == 1
    TABLE.check(MARKERS, f"needs you: {needed[0]}; the last whole version counts until it is resolved")

    quiet.save(before)
    quiet.commit(quiet.root.parent / "agent-1", {"numbers/two": "2\n"})
    quiet.run("done", cwd=quiet.root.parent / "agent-1")
    quiet.step()
    landed = quiet.board()
    quiet.save(before)
    quiet.run("step", "reconcile", code=None)
    told = f"t1 “{long}” stays in DONE (agent-1). Save it so once more if you meant it"
    assert quiet.board() == landed and told in quiet.run("inbox")
    quiet.save(before)
    quiet.run("step", "reconcile", "reopen", "dispatch", code=None)
    assert quiet.lane("IN PROGRESS") == [first] and "t1.brief.2" in quiet.messages("agent-1", "new")
    TABLE.check(OLDER, "you are told that it stays in DONE; saved so once more, it is reopened")


def test_a_new_card_whose_text_a_formatter_joins_with_its_line(quiet: Scene) -> None:
    quiet.team(quiet.agent("agent", "true"), engineers=2)
    joined = (
        "- [ ] Add login to the web page (engineer-2) The login form has a field for the\n"
        "      name and one for the password, and both are sent by POST to the server.\n"
    )
    quiet.save(f"## TODO\n\n{joined}- [ ] Ask (engineer-1) whether it is right\n\n## IN PROGRESS\n\n## DONE\n")
    [need] = [need["what"] for need in quiet.json("status")["needs_you"]]
    quiet.run("step", "reconcile", "staff", "dispatch", code=None)
    owners = {card["title"]: card["owner"] for card in quiet.json("board")}
    assert owners["Add login to the web page"] == "engineer-2"
    TABLE.check(JOINED, f"it is that one's card where a sentence begins behind the name; else needs "
                f"you: {need}")  # fmt: skip


def test_what_two_people_and_an_eager_editor_save(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    project = Project(tmp_path, tmp_path / ".git")
    project.prepare()
    board = "## TODO\n- [ ] Alpha\n{}## IN PROGRESS\n{}## DONE\n"

    def save(text: str) -> str:
        project.board_file.write_text(text)
        store.absorb(project, ["agent-1"])
        return project.board_file.read_text()

    for length in range(1, len("Beta") + 1):
        saved = save(board.format(f"- [ ] {'Beta'[:length]}\n", ""))
        if length == 2:
            store.edit(project, ["agent-1"], lambda now, new_id: now.claim(now.cards[1], "agent-1", new_id))
    assert saved == board.format("", "- [x] Beta (agent-1) ^t1\n")
    TABLE.check(LETTERS, "it is one card; the claim stays")

    newer = save(saved.replace("Alpha", "Alpha and omega"))
    for path in project.board_history.glob("*.md"):
        os.utime(path, (time.time() - 7200, time.time() - 7200))
    assert save(saved) == newer
    [(_, notice)] = store.pending_notices(project)
    assert notice.text == "kanban.md was saved with the older text of “Alpha and omega”; the newer one stands. " \
        "Save it so once more if you meant it"  # fmt: skip
    assert save(saved) == saved
    TABLE.check(HOURS, "the newer text stands, and you are told so; saved so once more, it is taken")
    more = save(saved.replace("Alpha", "Alpha and omega").replace("## IN PROGRESS", "- [ ] Gamma\n## IN PROGRESS"))
    assert save(saved) == more.replace("Alpha and omega", "Alpha"), "the new card stays"
    assert any("Alpha and omega" in path.read_text() for path in project.board_history.glob("*.md"))
    TABLE.check(MINUTES, "it counts as an undo: a reworded card has its older text again, a new one stays; "
                "`.batty/board/` has every version")  # fmt: skip


def test_a_board_that_is_away_and_a_lane_of_ones_own(quiet: Scene) -> None:
    quiet.git("worktree", "add", "-q", "../agent-1", "-b", "agent-1/work")
    quiet.save("## TODO\n## IN PROGRESS\n- [x] Alpha (agent-1)\n## DONE\n## Review\n")
    quiet.run("step", "reconcile", "dispatch")
    quiet.commit(quiet.root.parent / "agent-1", {"numbers/two": "2\n"})
    quiet.run("done", cwd=quiet.root.parent / "agent-1")
    (quiet.root / "kanban.md").rename(quiet.root / "away.md")
    quiet.run("step", "gate", "land", "handback", "offer")
    needed = [need["what"] for need in quiet.json("status")["needs_you"]]
    assert needed == ["t1 passed and waits to land: kanban.md, which is not there", "kanban.md is gone"]
    assert "kanban.md is gone" in quiet.run("done", cwd=quiet.root.parent / "agent-1", code=1)
    (quiet.root / "away.md").rename(quiet.root / "kanban.md")
    TABLE.check(GONE, f"needs you: {needed[1]} (`batty-hooks board --restore`); the card is tested, and lands when the "
                "board is back")  # fmt: skip

    card = "- [x] Alpha (agent-1) ^t1\n"
    quiet.save(quiet.board().replace(card, "") + card)
    needed = [need["what"] for need in quiet.json("status")["needs_you"]]
    assert needed == ["t1 is in REVIEW, and agent-1 was at it"]
    quiet.run("step", "land")
    assert quiet.lane("DONE") == [card.strip()]
    TABLE.check(ELSEWHERE, f"needs you: {needed[0]}; what was reported of it lands all the same")


def test_words_that_nearly_mean_something(quiet: Scene) -> None:
    quiet.git("worktree", "add", "-q", "../agent-1", "-b", "agent-1/work")
    quiet.save(
        "## TODO\n- [ ] A ^t1\n- [ ] B (agnet-1) [depend:: t1] ^t2\n- [ ] C [priority:: hihg]\n-[ ] x\n"
        "## IN PROGES\n## Someday\n## DONE\n## DONE\n"
    )
    needed = quiet.json("status")["needs_you"]
    assert [need["what"].removeprefix("kanban.md: ") for need in needed] == [
        "line 3: `[depend::` means nothing here: did you mean `[depends::`?",
        "line 3: nobody is called “agnet-1”: did you mean “agent-1”?",
        "line 4: priority cannot be “hihg”: did you mean “high”?",
        "line 5: “-[ ] x” is no card: write `- [ ] …`",
        "line 6: “IN PROGES” is no lane that is known: did you mean “IN PROGRESS”?",
        "line 9: “DONE” is DONE once more, as in line 8",
    ]
    assert all(need["what"] in [finding["what"] for finding in quiet.json("doctor")] for need in needed)
    TABLE.check(TYPOS, "needs you: the line and the nearest right word, `kanban.md: "
                f"{needed[1]['what'].removeprefix('kanban.md: ')}`; columns of your own are none")  # fmt: skip
    quiet.run("task", "depend", "t2", "t1")
    before = quiet.board()
    said = quiet.run("task", "depend", "t1", "t2", code=1).splitlines()[0]
    assert quiet.board() == before
    TABLE.check(CIRCLE, f"refused: {said.removeprefix('batty-hooks: ')}")


def test_a_landed_card_is_put_back(quiet: Scene) -> None:
    script = "echo $(($(cat numbers/* | sort -n | tail -1) + 1)) > numbers/$BATTY_CARD; git add -A; git commit -qm work"
    quiet.team(quiet.agent("agent", script))
    quiet.cards("- [ ] One")
    quiet.step()
    quiet.rest()
    first = quiet.git("rev-parse", "refs/batty/landed/t1")
    quiet.git("revert", "--no-edit", "-m", "1", "HEAD")
    quiet.run("task", "release", "t1")
    quiet.cards("- [ ] Three")
    quiet.step(code=None)
    assert [line.split("(")[0] for line in quiet.lane("DONE")] == ["- [x] Three ", "- [x] One "]
    assert quiet.git("for-each-ref", "--format=%(objectname)", "refs/batty/reopened/t1") == first
    assert quiet.git("rev-parse", "refs/batty/landed/t1") != first and quiet.show("numbers/t1")
    brief = next((quiet.root / ".batty/inboxes/engineer-1/cur").glob("t1.brief.2*")).read_text()
    assert "It has landed before and was reopened" in brief
    TABLE.check(REOPENED, "it is briefed again and worked on from today's trunk; its engineer gets other cards too; "
                "the landing before is kept as `refs/batty/reopened/t1/…`")  # fmt: skip


def test_where_a_card_ends_whose_work_is_there_already(quiet: Scene) -> None:
    for name in ("agent-1", "agent-2"):
        quiet.git("worktree", "add", "-q", f"../{name}", "-b", f"{name}/work")
    one, two = quiet.root.parent / "agent-1", quiet.root.parent / "agent-2"
    quiet.save("## TODO\n## IN PROGRESS\n- [x] Alpha (agent-1)\n- [x] Beta (agent-2)\n## DONE\n")
    quiet.run("step", "dispatch")
    assert "commit your work first" in quiet.run("done", cwd=one, code=1)
    quiet.commit(one, {"numbers/two": "2\n"})
    quiet.git("merge", "-q", "agent-1/work", cwd=two)
    quiet.commit(two, {"numbers/three": "3\n"})
    quiet.run("done", cwd=two)
    quiet.step()
    assert "t1 is offered" in quiet.run("done", cwd=one)
    quiet.step()
    assert quiet.lane("DONE") == ["- [x] Beta (agent-2) ^t2", "- [x] Alpha (agent-1) ^t1"]
    assert quiet.git("rev-parse", "refs/batty/landed/t1") == quiet.tip()
    assert "commit your work first" in quiet.run("done", cwd=one, code=1)
    TABLE.check(CAME_IN, "`done` is taken; the card goes to DONE, landed with the commit that brought its work in")

    quiet.commit(one, {"numbers/four": "4\n"})
    quiet.save(quiet.board().replace("## IN PROGRESS\n", "## IN PROGRESS\n- [x] Gamma (agent-1)\n"))
    assert "t3 is offered" in quiet.run("done", cwd=one)
    quiet.step()
    assert "- [x] Gamma (agent-1) ^t3" in quiet.lane("DONE")
    TABLE.check(JUST_TYPED, "the card gets its id, and lands as that card")

    quiet.save(quiet.board().replace("## IN PROGRESS\n", "## IN PROGRESS\n- [x] Delta (agent-1)\n- [x] Epsilon\n"))
    quiet.run("step", code=None)
    quiet.save(quiet.board().replace("- [x] Delta (agent-1) ^t4\n", "").rstrip() + "\n- [x] Delta (agent-1) ^t4\n")
    quiet.step(code=None)
    told = quiet.run("inbox")
    assert "t4 is in progress again: agent-1/work has no commit that main does not have" in told
    TABLE.check(NOTHING_TO_LAND, "it goes back to IN PROGRESS; its engineer and you are told: "
                "t4 is in progress again: agent-1/work has no commit that main does not have")  # fmt: skip
    [need] = [need for need in quiet.json("status")["needs_you"] if "Epsilon" in need["what"]]
    assert need["command"] == "batty-hooks task release Epsilon"
    TABLE.check(NOBODYS, f"needs you: {need['what']} → `{need['command']}`")


def test_the_page_has_just_these() -> None:
    TABLE.finish(PAGE)
