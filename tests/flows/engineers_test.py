"""What engineers with a pane do between their cards, and what they do wrong: seen, told, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from tui.company import Company
from tui.kept import Kept

WORK = "echo 10{n} > numbers/{n} && git add numbers && git commit -qm {n}"


def one_engineer(company: Company) -> None:
    company.hire(("engineer", "engineer", 1)).start()
    company.ready("engineer-1")


@pytest.fixture
def company(kept: Kept) -> Company:
    return kept(one_engineer)


@pytest.fixture
def fresh(kept: Kept) -> Company:
    """A team that has had no card yet: the first is t1, in whatever order the stories are played."""
    kept.close()
    return kept(one_engineer)


def run(*commands: str) -> list[str]:
    return [f"  RUN: {command}" for command in commands]


def has_done(company: Company, title: str) -> bool:
    return any(line.startswith(f"- [x] {title} (engineer-1) ^") for line in company.scene.lane("DONE"))


def head(company: Company) -> str:
    return company.scene.git("rev-parse", "HEAD", cwd=company.scene.worktree("engineer-1"))


def test_after_a_landing_the_worktree_is_on_the_trunk_and_leftovers_are_kept(company: Company) -> None:
    company.scene.cards("- [ ] Add a number", *run(WORK.format(n=2), "batty-hooks done", "echo more > notes"))
    company.wait(lambda: "saved" in company.scene.log())
    company.wait(lambda: head(company) == company.scene.tip())
    place = company.scene.worktree("engineer-1")
    assert company.scene.git("branch", "--show-current", cwd=place) == ""
    company.wait(lambda: company.scene.git("for-each-ref", "refs/heads/engineer-1") == "")  # it has landed: it goes
    [saved] = [event["ref"] for event in company.scene.events() if event["event"] == "saved"]
    assert company.scene.git("show", f"{saved}:notes") == "more"
    assert not (place / "notes").exists() and (place / "kanban.md").is_symlink()


def test_the_next_card_waits_until_the_turn_has_ended(company: Company, tmp_path: Path) -> None:
    """The report of the first lands while the agent is still talking; its worktree must not change under its feet."""
    go = tmp_path / "go"
    company.scene.cards("- [ ] Talks on", *run(WORK.format(n=3), "batty-hooks done"), f"  WAIT: {go}",
                        *run("git branch --show-current > ../branch"),
                        "- [ ] Follows", *run(WORK.format(n=4), "batty-hooks done"))  # fmt: skip
    company.wait(lambda: has_done(company, "Talks on"))
    company.scene.run("step")
    assert company.scene.lane("TODO") == ["- [ ] Follows"]
    go.touch()
    company.wait(lambda: has_done(company, "Follows"))
    assert (company.scene.root / ".batty/worktrees/branch").read_text().endswith("-talks-on\n")


def test_a_report_with_uncommitted_files_is_refused_in_the_pane(company: Company) -> None:
    company.scene.cards("- [ ] Forgets a file", *run(WORK.format(n=5), "echo x > forgotten", "batty-hooks done"))
    company.wait(
        lambda: "uncommitted files" in company.screen("engineer-1") and "forgotten" in company.screen("engineer-1")
    )
    company.scene.run("send", "engineer-1", "RUN: rm forgotten && batty-hooks done")
    company.wait(lambda: has_done(company, "Forgets a file"))


def test_an_agent_that_moves_its_card_to_done_has_reported_it(company: Company) -> None:
    script = company.scene.agent("drags", "python3 - <<'EOF'\nfrom pathlib import Path\nboard = Path('kanban.md')\n"
        "card = next(line for line in board.read_text().splitlines(True) if 'Is dragged' in line)\n"
        "text = board.read_text().replace(card, '')\n"
        "board.write_text(text.replace('## DONE\\n', '## DONE\\n' + card))\nEOF\n")  # fmt: skip
    company.scene.cards("- [ ] Is dragged", *run(WORK.format(n=6), script.split(" {")[0]))
    company.wait(lambda: company.scene.subjects()[-1].endswith(": Is dragged (engineer-1)"))


def test_an_agent_that_renames_over_the_link_to_the_board_is_heard_all_the_same(company: Company) -> None:
    """`sed -i` and many editors write a new file."""
    edit = "sed -i '/Is renamed/d; s/^## DONE/&\\n- [x] Is renamed (engineer-1) ^'r1'/' kanban.md"
    company.scene.cards("- [ ] Is renamed ^r1", *run(WORK.format(n=7), edit))
    company.wait(lambda: company.scene.subjects()[-1] == "Land r1: Is renamed (engineer-1)")
    company.wait(lambda: (company.scene.worktree("engineer-1") / "kanban.md").is_symlink())
    company.wait(lambda: has_done(company, "Is renamed"))


def test_work_on_a_branch_of_another_name_lands_when_it_is_reported(company: Company) -> None:
    company.scene.cards("- [ ] On another branch", *run("git switch -q -c other", WORK.format(n=8), "batty-hooks done"))
    company.wait(lambda: has_done(company, "On another branch"))
    company.wait(lambda: head(company) == company.scene.tip())


# --- after these a team is no more as it was ---


def test_a_report_without_a_commit_is_refused_in_the_pane(company: Company) -> None:
    company.scene.cards("- [ ] One", *run("batty-hooks done"))
    company.wait(lambda: "has no commit that main does not have" in company.screen("engineer-1").replace("\n", ""))
    assert len(company.scene.lane("IN PROGRESS")) == 1


def test_a_commit_in_the_humans_checkout_is_told_to_both(fresh: Company) -> None:
    fresh.scene.git("switch", "-q", "-c", "my-own-work")
    fresh.scene.cards("- [ ] One", *run(f"cd {fresh.scene.root} && {WORK.format(n=3)}"))
    fresh.wait(lambda: any("cherry-pick" in prompt for prompt in fresh.taken("engineer-1")))
    commit = fresh.scene.git("rev-parse", "my-own-work")
    [prompt] = [prompt for prompt in fresh.taken("engineer-1") if "cherry-pick" in prompt]
    assert f"committed {commit[:10]} on my-own-work in {fresh.scene.root}" in prompt
    assert "has committed" in fresh.scene.run("status", code=1)
    assert fresh.scene.git("branch", "--show-current") == "my-own-work", "nothing was undone"


def test_whose_card_is_unblocked_is_told_so_with_the_words(fresh: Company) -> None:
    fresh.scene.cards("- [ ] One", *run("batty-hooks blocked which colour?"))
    fresh.wait(lambda: "[blocked::" in fresh.scene.board() and fresh.state("engineer-1") == "ready")
    fresh.scene.run("task", "unblock", "t1", "take", "blue")
    fresh.wait(lambda: any("can go on" in prompt for prompt in fresh.taken("engineer-1")))
    [prompt] = [prompt for prompt in fresh.taken("engineer-1") if "can go on" in prompt]
    assert "t1 (One) can go on. It was blocked: which colour?\n\nhuman says:\n\ntake blue\n" in prompt


def test_whose_card_is_unblocked_for_the_same_reason_is_told_so_each_time(fresh: Company) -> None:
    fresh.scene.cards("- [ ] One")
    fresh.wait(lambda: fresh.taken("engineer-1") and fresh.state("engineer-1") == "ready")
    for number in (1, 2):
        fresh.scene.run("task", "block", "t1", "not yet")
        fresh.wait(lambda: list(fresh.room("engineer-1").glob("blocked/*")))
        fresh.scene.run("task", "unblock", "t1")
        fresh.wait(
            lambda number=number: sum("t1 (One) can go on" in one for one in fresh.taken("engineer-1")) == number
        )


def test_who_acts_on_another_card_is_told_in_the_pane_which_one_is_in_hand(fresh: Company, tmp_path: Path) -> None:
    """By the answer to his report; and by whatever he is sent about the other card."""
    go = tmp_path / "go"
    fresh.scene.cards("- [ ] One", *run("batty-hooks blocked 'which one?'"), "- [ ] Two", f"  WAIT: {go}",
                        *run("git switch -q engineer-1/t1-one", "batty-hooks done"))  # fmt: skip
    fresh.wait(lambda: f"WAIT: {go}" in "".join(fresh.taken("engineer-1")))
    fresh.scene.run("task", "unblock", "t1", "the first")
    fresh.scene.run("send", "engineer-1", "--card", "t1", "The first is the one in core")
    go.touch()
    fresh.wait(lambda: "you have t2 in hand: `git switch engineer-1/t2-two`" in shown(fresh))
    fresh.wait(lambda: "You have t2 in hand, on branch engineer-1/t2-two" in "".join(fresh.taken("engineer-1")))


def shown(company: Company) -> str:
    """The pane's screen, lines joined where the terminal broke them."""
    return company.tmux("capture-pane", "-p", "-J", "-t", company.pane("engineer-1").id)
