"""The portal as a WSGI application; `llaves serve` runs it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "llaves.config.settings")
application = get_wsgi_application()

from llaves.config.checks import refuse_what_must_not_serve  # noqa: E402 - needs the applications that the line above loads

# However the server is started, a portal that must not serve does not.
refuse_what_must_not_serve()
