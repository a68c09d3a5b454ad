import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from suksesi.stopping import stoppable


@pytest.fixture(autouse=True)
def _nobody_has_taken_the_signal() -> Iterator[None]:
    """Spark takes it for as long as a worker of the tests lives."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.01)


def deaf() -> None:
    """A library that swallows the first interruption."""
    with contextlib.suppress(KeyboardInterrupt):
        press()


def test_an_interruption_that_was_swallowed_comes_again():
    with pytest.raises(KeyboardInterrupt), stoppable(seconds=0.05):
        deaf()
        time.sleep(30)


class Deaf:
    """Whatever is raised while an object is taken down is lost, and shown with its traceback."""

    def __init__(self, *errors: type[BaseException]) -> None:
        self.errors = errors

    def __del__(self) -> None:
        if self.errors:
            raise self.errors[0]
        press()


def test_of_an_interruption_that_was_lost_no_traceback_is_shown_but_of_other_errors(
    monkeypatch: pytest.MonkeyPatch,
):
    shown: list[type[BaseException]] = []
    monkeypatch.setattr("sys.unraisablehook", lambda lost: shown.append(lost.exc_type))
    with pytest.raises(KeyboardInterrupt), stoppable(seconds=0.05):
        Deaf(ZeroDivisionError)
        Deaf()
        time.sleep(30)
    assert shown == [ZeroDivisionError]
    Deaf(KeyboardInterrupt)
    assert shown == [ZeroDivisionError, KeyboardInterrupt]


def test_one_that_is_heard_comes_once():
    with pytest.raises(KeyboardInterrupt), stoppable(seconds=0.05):
        press()
    time.sleep(0.2)


def test_nobody_is_interrupted_unasked_and_everything_is_as_before():
    before = signal.getsignal(signal.SIGALRM)
    with stoppable(seconds=0.05):
        time.sleep(0.2)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_who_ignores_ctrl_c_goes_on_ignoring_it():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stoppable(seconds=0.05):
            press()
            time.sleep(0.2)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_signals_are_left_alone():
    found = []

    def work() -> None:
        with stoppable(seconds=0.05):
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.default_int_handler]
