"""Every benchmark, one table: `python tests/bench [NAME]... [ROUNDS]`. See base.py."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from base import Row, table

HERE = Path(__file__).resolve().parent


def names() -> list[str]:
    """The benchmarks, found by listing."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in ("__main__", "base"))


def main(words: list[str]) -> None:
    """Measure what is named, or everything; rounds as each likes it, or as many as said."""
    rounds = [int(word) for word in words if word.isdigit()]
    rows: list[Row] = []
    for name in [word for word in words if not word.isdigit()] or names():
        print(f"{name} ...", file=sys.stderr)
        rows += import_module(name).measure(*rounds)
    print(table(rows))


if __name__ == "__main__":
    main(sys.argv[1:])
