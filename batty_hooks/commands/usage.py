"""batty-hooks usage: the tokens that members and cards have used, and what that cost where it is known."""

from __future__ import annotations

import json

import click

from batty_hooks.people import since as since_map
from batty_hooks.rules import spending
from batty_hooks.rules.look import Look
from batty_hooks.rules.spending import Used
from batty_hooks.state import project as project_map
from batty_hooks.system import screen


@click.command()
@click.option("--since", "said", default="", help="Only what was used since then: 2h, 3d, today, yesterday, a date.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one entry for each member and card.")
def command(said: str, as_json: bool) -> None:
    """Show the tokens members and cards have used.

    They are read from the files that the CLIs keep. A cost is what the CLI states, or by `prices:` in team.yaml.
    """
    look, since = Look(project_map.here()), since_map.moment(said)
    found = spending.by_card(look, spending.shares(look), since)
    if as_json:
        rows = [{"member": name, "card": card, **used._asdict()} for (name, card), used in found.items()]
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    if not found:
        screen.line("nothing is known to have been used", "dim")
        return
    names, cards = ([key[at] for key in found] for at in (0, 1))
    _say("member", {name: spending.total(used for key, used in found.items() if key[0] == name) for name in names})
    _say("card", {card: spending.total(used for key, used in found.items() if key[1] == card) for card in cards})


def _say(what: str, rows: dict[str, Used]) -> None:
    screen.heading(f"by {what}")
    together = spending.total(rows.values())
    ordered = sorted(rows.items(), key=lambda row: -row[1].tokens)
    screen.table(
        (what, "answers", "read", "written", "from cache", "cost"),
        [_row(name or "(none)", used) for name, used in [*ordered, ("together", together)]],
    )


def _row(name: str, used: Used) -> tuple[str, ...]:
    return (name, str(used.answers), _short(used.read), _short(used.written), _short(used.cached), _cost(used))


def _cost(used: Used) -> str:
    """What is known; with a + where more was used than that."""
    if used.unpriced == used.tokens:
        return "" if used.tokens else f"{used.cost:.2f}"
    return f"{used.cost:.2f}{'+' if used.unpriced else ''}"


def _short(number: int) -> str:
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if number >= 0.99995 * limit:  # (what would be rounded to 1000.0k is 1.0M)
            return f"{number / limit:.1f}{unit}" if number >= 1e3 else str(number)
    return str(number)
