"""Which of a process's memory may lie in large pages."""

from __future__ import annotations

import large_pages

MAPS = """\
55d000100000-55d000900000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000400000 rw-p 00000000 00:00 0
7f0000500000-7f0000700000 rw-p 00000000 00:00 0
7f0001000000-7f0001400000 r--p 00000000 00:00 0
7f0002000000-7f0002400000 rw-p 00000000 08:01 12345                      /a place/of a library.so
7f0003000000-7f0003400000 rw-s 00000000 00:01 2048                       /dev/zero (deleted)
7ffd00000000-7ffd00400000 rw-p 00000000 00:00 0                          [stack]
"""


def test_it_is_what_is_written_to_and_no_file_in_whole_large_pages() -> None:
    assert large_pages._own(MAPS) == [(0x55D000200000, 0x55D000800000), (0x7F0000000000, 0x7F0000400000)]
