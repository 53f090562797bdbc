"""The web process: Django under Granian's WSGI (docs/adr/0001)."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotline.project.settings")

application = get_wsgi_application()
# Load every route now: a worker that cannot must die here and be started again, not answer 500 for ever.
_ = get_resolver().url_patterns
