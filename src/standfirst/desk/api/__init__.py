"""The write API, /api/v1: every command, and what reporters' tools need to read."""

import standfirst
from standfirst.desk.api import audit, brakes, draft_publishing, drafts, handlers, me, stories, streams, updates
from standfirst.desk.api.openapi import DeskAPI
from standfirst.desk.api.reading import StrictParser

api = DeskAPI(
    title="Standfirst",
    version=standfirst.__version__,
    description="Write and read live pages. Errors are RFC 9457 problems; writes take an Idempotency-Key.",
    urls_namespace="desk",
    parser=StrictParser(),
    docs_url=None,  # the docs page would load scripts from a third party
)
api.add_router("", stories.router)
api.add_router("", updates.router)
api.add_router("", drafts.router)
api.add_router("", draft_publishing.router)
api.add_router("", streams.router)
api.add_router("", me.router)
api.add_router("", brakes.router)
api.add_router("", audit.router)
handlers.install(api)
