"""The addresses of the office, below /desk/newsroom/."""

from django.urls import path

from standfirst.desk.office import audit, brakes, invitations, overview, people, settings, tokens

urlpatterns = [
    path("", overview.overview, name="office"),
    path("people/", people.listing, name="office-people"),
    path("people/<slug:person>/", people.one, name="office-person"),
    path("people/<slug:person>/sessions/", people.end_sessions, name="office-end-sessions"),
    path("people/<slug:person>/story/", people.end_grant, name="office-end-grant"),
    path("people/<slug:person>/leave/", people.leave, name="office-leave"),
    path("invitations/", invitations.listing, name="office-invitations"),
    path("invitations/<slug:invitation>/", invitations.one, name="office-invitation"),
    path("invitations/<slug:invitation>/revoke/", invitations.revoke, name="office-revoke-invitation"),
    path("tokens/", tokens.listing, name="office-tokens"),
    path("tokens/<slug:token>/", tokens.one, name="office-token"),
    path("tokens/<slug:token>/revoke/", tokens.revoke, name="office-revoke-token"),
    path("settings/", settings.settings, name="office-settings"),
    path("settings/logo/", settings.logo, name="office-logo"),
    path("audit/", audit.listing, name="office-audit"),
    path("audit/export/", audit.export, name="office-audit-export"),
    path("brakes/", brakes.brakes, name="office-brakes"),
    path("brakes/freeze/", brakes.freeze, name="office-freeze"),
    path("brakes/thaw/", brakes.thaw, name="office-thaw"),
    path("brakes/undo/", brakes.undo, name="office-undo"),
    path("brakes/lift/", brakes.lift, name="office-lift"),
]
