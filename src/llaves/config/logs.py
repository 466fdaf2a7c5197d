"""What must not stand in the log, whoever writes it."""

import logging
import re

_CALL = re.compile(r"\b([\w.]+\[\w*\])\(.*\)")


class WithoutArguments(logging.Filter):
    """Keeps a job's arguments out of the line that tells of it: a login holds a cédula."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("procrastinate"):
            record.msg, record.args = _CALL.sub(r"\1", record.getMessage()), ()
        return True
