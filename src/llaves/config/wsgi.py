"""The portal as a WSGI application; `llaves serve` runs it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "llaves.config.settings")
application = get_wsgi_application()
