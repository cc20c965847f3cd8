"""As much of a mail server as a test needs."""

import socketserver
import threading
from contextlib import contextmanager


class Server(socketserver.ThreadingTCPServer):
    """Keeps the messages that it takes; takes none while it `refuses`."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Postman)
        self.received = []
        self.refuses = False

    @property
    def port(self):
        """Where it listens."""
        return self.server_address[1]


class Postman(socketserver.StreamRequestHandler):
    """One connection."""

    def handle(self):
        """Take messages until the other side says goodbye."""
        self.wfile.write(b"220 here\r\n")
        message = None
        for line in self.rfile:
            if message is not None:
                if line == b".\r\n":
                    self.server.received.append(b"".join(message))
                    message = None
                    self.wfile.write(b"250 ok\r\n")
                else:
                    message.append(line)
                continue
            word = line[:4].upper()
            if word == b"MAIL" and self.server.refuses:
                self.wfile.write(b"451 not now\r\n")
            elif word == b"DATA":
                message = []
                self.wfile.write(b"354 go\r\n")
            else:
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


@contextmanager
def mail_server():
    """A mail server for as long as the block runs."""
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
