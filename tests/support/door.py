"""A door before a server on this machine, which can be shut and opened again."""

import socket
import threading
from contextlib import suppress


class Door:
    """Lets connections through to a port while it is open."""

    def __init__(self, host, port):
        self.behind = host, port
        self.port = 0
        self.lines = []
        self.open()

    def open(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, args=(self.listener,), daemon=True).start()

    def close(self):
        self.shut()

    def shut(self):
        """Nobody comes in, and whoever was in is out."""
        for each in (self.listener, *self.lines):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self.lines = []

    def _serve(self, listener):
        while True:
            try:
                outside, _ = listener.accept()
                inside = socket.create_connection(self.behind)
            except OSError:
                return
            self.lines += [outside, inside]
            for one, other in ((outside, inside), (inside, outside)):
                threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one, other):
    with suppress(OSError):
        while data := one.recv(65_536):
            other.sendall(data)
    for each in (one, other):
        each.close()
