"""Questions for the processes that answer pages: they are imported there by their names."""

import os
import signal
import time


def whose(_workspace, until=None):
    """Which process answers, once there is a file."""
    while until is not None and not os.path.exists(until):
        time.sleep(0.01)
    return os.getpid()


def end(_workspace):
    """What no answer comes of."""
    os.kill(os.getpid(), signal.SIGKILL)
