"""The house in numbers, as docs/ARCHITECTURE.md shows them. Run: python tests/house_numbers.py [--write]

Depth, edges and circles are those of the import graph between our modules, imports for the type checker counted.
"""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from architecture_test import BELOW, MODULES, name_of, ours, parsed  # noqa: E402

PAGE = HERE.parent / "docs/ARCHITECTURE.md"
BEGIN, END = "<!-- table: numbers -->\n", "<!-- end -->"


def rows() -> dict[str, str]:
    """What is counted, by its name."""
    graph = {name_of(path): ours(path) - {name_of(path)} for path in MODULES}

    @cache
    def depth(name: str) -> int:
        return 1 + max((depth(other) for other in graph.get(name, ())), default=0)

    lines = {path: len(path.read_text().splitlines()) for path in MODULES}
    functions = [node for path in MODULES for node in ast.walk(parsed(path))
                 if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]  # fmt: skip
    lengths = sorted((node.end_lineno or node.lineno) - node.lineno + 1 for node in functions)
    return {
        "modules": str(len(MODULES)),
        "lines": f"{sum(lines.values()):,}",
        "lines of the longest module": str(max(lines.values())),
        "lines of a function, the middle one and the 95th of 100": f"{lengths[len(lengths) // 2]}, "
        f"{lengths[len(lengths) * 95 // 100]}",
        "floors": str(len(set(BELOW) - {"__main__", "__init__"})),
        "depth of the import graph": str(max(depth(name) for name in graph)),
        "import edges per module": f"{sum(map(len, graph.values())) / len(graph):.1f}",
        "import circles": "0 (a test)",
        "lines of rules, and of their unit tests": f"{_total('batty_hooks/rules'):,}, {_total('tests/rules'):,}",
    }


def _total(place: str) -> int:
    return sum(len(path.read_text().splitlines()) for path in (HERE.parent / place).rglob("*.py"))


def main() -> None:
    """Print the table, or write it into the page."""
    table = "\n".join(
        ["| what | number |", "|---|---|", *(f"| {name} | {number} |" for name, number in rows().items())]
    )
    print(table)
    if "--write" in sys.argv:
        before, begin, rest = PAGE.read_text().partition(BEGIN)
        PAGE.write_text(f"{before}{begin}{table}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
