"""What a merge decides where two sides touched the same card."""

from __future__ import annotations

import time

import pytest

from batty_hooks.state.board.merge import Merged, Notice, Way, merge
from batty_hooks.state.board.origin import nearest

MEMBERS = ("engineer-1", "engineer-2")
BASE = "## TODO\n- [ ] Alpha report\n- [ ] Beta login\n- [ ] Gamma export\n## IN PROGRESS\n## DONE\n"
CLAIMED = (
    "## TODO\n- [ ] Beta login\n- [ ] Gamma export\n## IN PROGRESS\n- [x] Alpha report (engineer-1) ^t1\n## DONE\n"
)


def merged(base: str, ours: str, theirs: str, way: Way = Way.LATE) -> Merged:
    return merge(base.encode(), ours.encode(), theirs.encode(), MEMBERS, way)


def test_a_save_from_before_a_claim_keeps_both() -> None:
    theirs = BASE.replace("Beta login", "Beta login page").replace("## IN", "- [ ] Delta\n\n  note\n## IN")
    result = merged(BASE, CLAIMED, theirs)
    assert result == Merged(
        b"## TODO\n- [ ] Beta login page\n- [ ] Gamma export\n- [ ] Delta\n\n  note\n"
        b"## IN PROGRESS\n- [x] Alpha report (engineer-1) ^t1\n## DONE\n"
    )


def test_prose_settings_and_line_endings_of_the_save_stay() -> None:
    theirs = "\ufeff" + BASE.replace("\n", "\r\n").replace("## TODO", "hello\r\n## TODO") + "%% kanban:settings\r\n%%"
    result = merged(BASE, CLAIMED, theirs)
    assert result.raw.decode() == (
        "\ufeffhello\r\n## TODO\r\n- [ ] Beta login\r\n- [ ] Gamma export\r\n## IN PROGRESS\r\n"
        "- [x] Alpha report (engineer-1) ^t1\r\n## DONE\r\n%% kanban:settings\r\n%%"
    )


def test_a_reworded_card_is_claimed_all_the_same() -> None:
    result = merged(BASE, CLAIMED, BASE.replace("Alpha report", "Alpha report as PDF"))
    assert b"- [x] Alpha report as PDF (engineer-1) ^t1\n" in result.raw


@pytest.mark.parametrize("around", ["{}", "- [ ] First\n{}- [ ] Last\n", "{}- [ ] Add a page\n"])
def test_a_line_that_is_still_being_typed_stays_one_card(around: str) -> None:
    board = "## TODO\n" + around + "## IN PROGRESS\n{}## DONE\n"
    half, whole = "- [ ] Ad\n", "- [ ] Add rate limiting to all endpoints\n"
    result = merged(board.format(half, ""), board.format("", "- [x] Ad (engineer-1) ^t1\n"), board.format(whole, ""))
    claimed = "- [x] Add rate limiting to all endpoints (engineer-1) ^t1\n"
    assert result == Merged(board.format("", claimed).encode())
    shorter = merged(board.format(whole, ""), board.format("", claimed), board.format(half, ""))
    assert shorter == Merged(board.format("", "- [x] Ad (engineer-1) ^t1\n").encode())


def test_a_line_that_is_being_typed_goes_on_from_its_last_save() -> None:
    half, more = b"## TODO\n- [ ] Ad\n## IN PROGRESS\n", b"## TODO\n- [ ] Add rate\n## IN PROGRESS\n"
    claimed = b"## TODO\n## IN PROGRESS\n- [x] Add rate (engineer-1) ^t1\n"
    assert nearest([half, more, claimed], b"## TODO\n- [ ] Add rate limits\n## IN PROGRESS\n") == 1
    assert nearest([more, half, claimed], b"## TODO\n- [ ] Alter it\n## IN PROGRESS\n") == 0  # both alike: the oldest


def test_a_card_elsewhere_that_begins_alike_is_another_one() -> None:
    theirs = BASE.replace("- [ ] Alpha report\n", "").replace(
        "## IN", "- [ ] Alpha report of next year, for all\n## IN"
    )
    result = merged(BASE, CLAIMED, theirs)
    assert b"- [x] Alpha report (engineer-1) ^t1\n" in result.raw and b"- [ ] Alpha report of next year" in result.raw


def test_nothing_to_replay() -> None:
    assert merged(BASE, BASE, "anything").raw == b"anything"
    assert merged(BASE, CLAIMED, CLAIMED).raw == CLAIMED.encode()
    assert merged(BASE, CLAIMED, BASE) == Merged(CLAIMED.encode())


def test_deleting_a_free_card_is_honoured() -> None:
    result = merged(BASE, CLAIMED, BASE.replace("- [ ] Beta login\n", ""))
    assert b"Beta" not in result.raw
    assert result.notices == () and not result.restored


def test_deleting_a_card_claimed_since_brings_it_back_and_tells_both() -> None:
    theirs = BASE.replace("- [ ] Alpha report\n", "")
    result = merged(BASE, CLAIMED, theirs)
    assert b"## IN PROGRESS\n- [x] Alpha report (engineer-1) ^t1\n" in result.raw
    (notice,) = result.notices
    assert notice.members == ("engineer-1",) and "t1 “Alpha report”" in notice.text
    assert result.restored
    back = result.raw.decode()
    assert b"Alpha" not in merged(back, back, theirs, Way.INSISTED).raw


def test_a_save_that_equals_an_old_version_is_a_removal_only_the_second_time() -> None:
    ours = BASE.replace("## IN", "- [ ] New card\n## IN")
    result = merged(BASE, ours, BASE)
    assert result.raw == ours.encode()
    assert result.restored and "New card" in result.notices[0].text
    assert merged(ours, ours, BASE, Way.INSISTED).raw == BASE.encode()
    later = ours.replace("## DONE", "- [x] Claimed since (engineer-1) ^t1\n## DONE")
    assert merged(ours, later, BASE, Way.INSISTED).raw == later.replace("- [ ] New card\n", "").encode()


def test_an_undo_brings_back_what_was_deleted() -> None:
    ours = BASE.replace("- [ ] Beta login\n", "")
    result = merged(BASE, ours, BASE)
    assert result.raw == BASE.encode()
    assert "Beta login" in result.notices[0].text


def test_the_first_claim_wins() -> None:
    theirs = BASE.replace("- [ ] Alpha report\n", "").replace("## DONE", "- [x] Alpha report (engineer-2)\n## DONE")
    result = merged(BASE, CLAIMED, theirs)
    assert result.raw == CLAIMED.encode()
    assert result.notices[0].members == ("engineer-1", "engineer-2")


def test_a_card_dragged_to_done_while_it_was_claimed_stays_claimed() -> None:
    theirs = BASE.replace("- [ ] Alpha report\n", "") + "- [x] Alpha report\n"
    result = merged(BASE, CLAIMED, theirs)
    assert result.raw == CLAIMED.encode()
    assert isinstance(result.notices[0], Notice)


def test_a_claimed_card_dragged_to_done_is_reported() -> None:
    blocked = CLAIMED.replace("- [ ] Beta login", "- [ ] Beta login [blocked:: key]")
    theirs = CLAIMED.replace("- [x] Alpha report (engineer-1) ^t1\n", "") + "- [x] Alpha report (engineer-1) ^t1\n"
    result = merged(CLAIMED, blocked, theirs)
    assert result.raw.decode() == theirs.replace("- [ ] Beta login", "- [ ] Beta login [blocked:: key]")


def test_a_landed_card_stays_landed() -> None:
    landed = CLAIMED.replace("- [x] Alpha report (engineer-1) ^t1\n", "") + "- [x] Alpha report (engineer-1) ^t1\n"
    theirs = CLAIMED.replace("Alpha report", "Alpha report!")
    assert merged(CLAIMED, landed, theirs).raw.decode() == landed.replace("Alpha report", "Alpha report!")


def test_words_changed_on_both_sides() -> None:
    ours = BASE.replace("Beta login", "Beta login with SSO")
    theirs = BASE.replace("Beta login", "Beta login by mail")
    result = merged(BASE, ours, theirs)
    assert b"- [ ] Beta login by mail\n  Beta login with SSO\n- [ ] Gamma" in result.raw
    assert len(result.notices) == 1
    assert merged(BASE, ours, result.raw.decode()).raw == result.raw


def test_bodies_changed_on_both_sides() -> None:
    base = "## TODO\n- [ ] A\n  one\n  two\n"
    assert merged(base, "## TODO\n- [ ] A\n  one\n  two\n  ours\n", "## TODO\n- [ ] A\n  ONE\n  two\n").raw == (
        b"## TODO\n- [ ] A\n  ONE\n  two\n  ours\n"
    )
    assert (
        merged(base, "## TODO\n- [ ] A\n  one\n", "## TODO\n- [x] A\n  one\n  two\n").raw
        == b"## TODO\n- [x] A\n  one\n"
    )


def test_fields_and_ids_of_ours_go_onto_the_save() -> None:
    ours = BASE.replace("Beta login", "Beta login [blocked:: key] [depends:: t9] ^t2")
    theirs = BASE.replace("Beta login", "Beta login page")
    assert b"- [ ] Beta login page [blocked:: key] [depends:: t9] ^t2\n" in merged(BASE, ours, theirs).raw
    assert merged(ours, BASE.replace("Beta login", "Beta login ^t2"), ours + "\n").raw.decode() == (
        BASE.replace("Beta login", "Beta login ^t2") + "\n"
    )


def test_the_same_new_card_on_both_sides_is_one() -> None:
    ours = BASE.replace("## DONE", "- [x] Delta (engineer-1) ^t1\n## DONE")
    theirs = BASE.replace("## IN", "- [ ] Delta\n  with a note\n## IN")
    result = merged(BASE, ours, theirs)
    assert b"## IN PROGRESS\n- [x] Delta (engineer-1) ^t1\n  with a note\n## DONE" in result.raw
    assert result.raw.count(b"Delta") == 1


def test_an_id_that_is_missing_shows_an_older_line() -> None:
    # The base is a wrong guess: it has the claim already, so the save looks like somebody undoing it.
    theirs = BASE.replace("Gamma export", "Gamma export to CSV")
    assert b"- [x] Alpha report (engineer-1) ^t1" in merged(CLAIMED, CLAIMED + "\n", theirs).raw


def test_a_release_by_hand_is_kept() -> None:
    ours = CLAIMED.replace("Beta login", "Beta login ^t2")
    theirs = BASE.replace("Alpha report", "Alpha report ^t1")
    assert nearest([BASE.encode(), CLAIMED.encode()], theirs.encode()) == 1
    assert merged(CLAIMED, ours, theirs).raw.decode() == theirs.replace("Beta login", "Beta login ^t2")


def test_prose_that_a_save_lacks_is_told() -> None:
    result = merged(BASE, "Read this.\n" + BASE, BASE.replace("Beta", "Better"))
    assert "Read this." in result.notices[0].text


def test_a_lane_that_the_save_lacks() -> None:
    ours = CLAIMED + "## Review\n- [ ] Old one\n"
    result = merged(BASE, ours, "## TODO\n- [ ] Alpha report\n- [ ] Zeta\n")
    assert result.raw == (
        b"## TODO\n- [ ] Zeta\n## IN PROGRESS\n- [x] Alpha report (engineer-1) ^t1\n## REVIEW\n- [ ] Old one\n"
    )


@pytest.mark.parametrize(
    "versions, text, index",
    [
        (["a\nb\n", "a\nb\nc\n"], "a\nb\nd\n", 0),
        (["a\nb\n", "a\nb\nc\n"], "a\nb\nc\nd\n", 1),
        (["a\n", "b\n", "a\n"], "a\n", 0),
        (["x\n", "x\n"], "y\n", 0),
        (["a\nb\nc\n", "b\na\nc\n"], "b\na\nc\nd\n", 1),
        (["- a\n", "- a ^t1\n- b\n- c\n- d\n"], "- a ^t1\n", 1),
    ],
)
def test_nearest(versions: list[str], text: str, index: int) -> None:
    assert nearest([version.encode() for version in versions], text.encode()) == index


def test_nearest_of_many_large_versions_is_quick() -> None:
    lines = [b"- [ ] Card number %d about something or other" % n for n in range(10_000)]
    versions = [b"\n".join([*lines[:n], b"- [x] claimed ^t%d" % n, *lines[n:]]) for n in range(50)]
    begun = time.process_time()
    assert nearest(versions, versions[40] + b"\nmore") == 40
    assert time.process_time() - begun < 5


ONE = "## TODO\n## IN PROGRESS\n- [x] Alpha (engineer-1) ^t1\n  use sqlite\n## DONE\n"
POSTGRES = ONE.replace("sqlite", "postgres")
LANDED = "## TODO\n## IN PROGRESS\n## DONE\n- [x] Alpha (engineer-1) ^t1\n  use sqlite\n"


def test_an_undo_of_what_people_typed_stands() -> None:
    assert merged(ONE, POSTGRES, ONE, Way.UNDONE) == Merged(ONE.encode())
    assert merged(ONE, ONE.replace("(eng", "[priority:: high] (eng"), ONE, Way.UNDONE) == Merged(ONE.encode())


def test_an_older_text_is_told_and_taken_when_it_is_saved_again() -> None:
    ours = POSTGRES.replace("## TODO\n", "## TODO\n- [ ] New ^t2\n")
    theirs = ONE.replace("Alpha", "Alpha!")
    result = merged(ONE, ours, theirs)
    assert "use postgres" in result.raw.decode() and result.restored
    assert "the newer one stands. Save it so once more" in result.notices[0].text
    again = merged(result.raw.decode(), result.raw.decode(), theirs, Way.INSISTED)
    assert again.raw == theirs.encode()


def test_a_landing_is_not_undone_by_an_old_buffer_but_by_who_insists() -> None:
    result = merged(ONE, LANDED, ONE)
    assert result.raw == LANDED.encode() and result.restored
    assert "t1 “Alpha” stays in DONE (engineer-1). Save it so once more" in result.notices[0].text
    later = LANDED.replace("## IN PROGRESS\n", "## IN PROGRESS\n- [x] Beta (engineer-2) ^t2\n")
    assert merged(LANDED, later, ONE, Way.INSISTED).raw.decode().count("## IN PROGRESS\n- [x] Alpha") == 1
    assert b"Beta (engineer-2) ^t2" in merged(LANDED, later, ONE, Way.INSISTED).raw


def test_what_a_killed_writer_left_is_nobodys_word() -> None:
    assert merged(ONE, LANDED, ONE, Way.LEFT) == Merged(LANDED.encode())
