"""A stand-in for ClamAV's daemon, a process of its own, written from clamd(8): ``python clamd.py SOCKET``.

What it answers depends on what is sent: EICAR is FOUND, "say-error" an ERROR, "say-nothing" keeps the line open, "hang-up"
closes it, "say-half" leaves out the end. Anything else is OK.
"""

from __future__ import annotations

import os
import socketserver
import struct
import sys
import time


class Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0"):
            if not (more := self.rfile.read(1)):
                return
            command += more
        if command != b"zINSTREAM\0":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        seen = b""
        while True:
            (size,) = struct.unpack("!L", self.rfile.read(4))
            if not size:
                break
            seen += self.rfile.read(size)
        if b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE" in seen or b"evil" in seen:
            self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0")
        elif b"say-error" in seen:
            self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
        elif b"say-half" in seen:
            self.wfile.write(b"stream: OK")
        elif b"say-nothing" in seen:
            time.sleep(30)
        elif b"hang-up" not in seen:
            self.wfile.write(b"stream: OK\0")


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


if __name__ == "__main__":
    with Server(sys.argv[1], Session) as server:
        print("ready", os.getpid(), flush=True)
        server.serve_forever()
