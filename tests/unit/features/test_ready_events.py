import pytest

from features.packs.library import Library
from features.packs.pack import parse_pack
from features.policy.ready_events import ready_event
from tests.lib.small_pack import PACK

ENTRY = "event: probability_and_requirements, probability_at_least: 0.6"


def small(entry: str = ENTRY):
    return parse_pack(PACK.replace(ENTRY, entry), "small.yaml")


def test_the_event_is_that_of_the_class():
    event = ready_event(small(), "head")
    assert (event.kind, event.probability_at_least) == ("probability_and_requirements", 0.6)
    assert (event.within_months, event.notice) == (24, None)
    assert event.citation is not None


@pytest.mark.parametrize("pack", [None, small()])
def test_a_class_that_no_pack_speaks_of_has_the_default_and_a_notice(pack):
    event = ready_event(pack, "chief")
    assert (event.kind, event.probability_at_least) == ("probability_and_requirements", 0.70)
    assert event.citation is None
    assert event.notice is not None
    assert "0.70 within 24 months" in event.notice.en


def test_an_entry_without_a_threshold_has_that_of_the_default():
    event = ready_event(small("event: probability_and_requirements"), "head")
    assert (event.probability_at_least, event.notice) == (0.70, None)


def test_what_rests_on_appointments_is_never_called_ready():
    event = ready_event(small("event: appointment"), "head")
    assert event.title.en == "likely to be appointed"
    assert "ready" not in event.title.en
    assert "siap" not in event.title.id


def test_a_board_decides():
    assert ready_event(small("event: board_decision"), "head").kind == "board_decision"


def test_shipped_packs_say_it_for_their_strategic_classes():
    for pack in Library().packs:
        for post_class in {"jpt_pratama"} & set(pack.classes):
            assert ready_event(pack, post_class).notice is None
