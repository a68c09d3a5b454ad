"""Ctrl-C that is heard: what was asked to stop stops, even where a library swallowed the request.

The rule that must not break: nobody is interrupted who was not asked to stop, and a signal that
somebody else has taken, or switched off, is left alone.
"""

import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

#: Long enough to clear up what was half done, short enough to wait for.
SECONDS_TO_STOP = 10.0


@contextmanager
def stoppable(seconds: float = SECONDS_TO_STOP) -> Generator[None]:
    """Raise `KeyboardInterrupt` at Ctrl-C, and again every so many seconds until it is heard.

    An interruption that comes while a module is imported, an object is taken down or a callback is
    called may be lost in a library: the work would go on as if nobody had asked. Python would show
    a traceback of one that is lost in a callback; none is shown.

    Parameters
    ----------
    seconds : float
        Between one interruption and the next.
    """
    is_ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not is_ours or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
        raise KeyboardInterrupt

    told = sys.unraisablehook

    def tell(lost: "sys.UnraisableHookArgs") -> None:
        # It comes again: where it was lost is of no use to whoever pressed the keys.
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            told(lost)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGALRM)}
    sys.unraisablehook = tell
    try:
        yield
    finally:
        sys.unraisablehook = told
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
