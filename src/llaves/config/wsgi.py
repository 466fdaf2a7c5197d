"""The portal as a WSGI application; `llaves serve` runs it."""

import os
import re
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "llaves.config.settings")
django_application = get_wsgi_application()

from llaves.config.checks import refuse_what_must_not_serve  # noqa: E402 - needs the applications that the line above loads

# However the server is started, a portal that must not serve does not.
refuse_what_must_not_serve()

_CHARSET = re.compile(r"charset(?=[\s*]*=)", re.IGNORECASE)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Hand a request to Django, without the charset that it claims: texts are UTF-8.

    Django would read the address with any codec that Python has, and fall over one that is of no text before
    there is anything that could answer.
    """
    environ["CONTENT_TYPE"] = _CHARSET.sub("x-charset", environ.get("CONTENT_TYPE") or "")
    return django_application(environ, start_response)
