"""Where the parts meet: the edge in front, Django's API behind it."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "standfirst.site.settings")
application = get_asgi_application()
