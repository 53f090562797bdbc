"""The web process: Django under Granian's WSGI (docs/adr/0001)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotline.project.settings")

application = get_wsgi_application()
