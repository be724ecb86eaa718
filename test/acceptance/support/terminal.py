"""Runs a program on a terminal of its own: terminal.py COLUMNS WAIT SEND -- PROGRAM ARGUMENTS...

Types SEND (backslash escapes as in Python) once the program has printed WAIT, copies everything it prints, and ends as it ends.
"""

import codecs
import fcntl
import os
import pty
import struct
import sys
import termios

columns, wait, send = sys.argv[1:4]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, int(columns), 0, 0))
    os.execvp(sys.argv[5], sys.argv[5:])
printed = b""
typed = False
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    printed += part
    sys.stdout.buffer.write(part)
    if not typed and wait.encode() in printed:
        typed = True
        os.write(terminal, codecs.decode(send, "unicode_escape").encode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
