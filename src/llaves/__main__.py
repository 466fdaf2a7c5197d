"""The `llaves` command: every way to run and administer the portal from a terminal."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError


def main() -> None:
    """Run one command; what the operator can mend is said in one line, without a traceback.

    Exit status 1 when the configuration or the database is at fault.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "llaves.config.settings")
    sys.argv[0] = "llaves"
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as fault:
        sys.exit(f"llaves: {fault}")
    except OperationalError as fault:
        first_line = str(fault).strip().splitlines()[0]
        sys.exit(f"llaves: the database cannot be used: {first_line}")


if __name__ == "__main__":
    main()
