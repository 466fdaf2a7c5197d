"""Starts a program that can't outlive the one that started it: `leash.py PARENT SIGNAL UID GID COMMAND…`.

It is run as a file, by itself, and becomes the program. The order matters: the kernel forgets the wish for a
signal when a process changes its account, so that comes first. Only Linux knows this wish (prctl(2),
PR_SET_PDEATHSIG); elsewhere a demo that was killed leaves its programs to be stopped by hand.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
NEW_PARENT = 125
NOT_FOUND = 127


def main(words: list[str]) -> None:
    """Change the account where asked (-1 keeps it), tie the knot, become the command."""
    parent, farewell, uid, gid = (int(word) for word in words[:4])
    command = words[4:]
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, farewell)
    if os.getppid() != parent:  # it died before the knot was tied
        sys.exit(NEW_PARENT)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)  # a shell's `&` or nohup would have them ignored
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.exit(NOT_FOUND)


if __name__ == "__main__":
    main(sys.argv[1:])
