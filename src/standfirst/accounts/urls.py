"""Where people sign in and see to their accounts: our own pages, then django-allauth's."""

from django.urls import include, path

from standfirst.accounts import views

urlpatterns = [
    path("invitation/<str:secret>/", views.invitation, name="account_invitation"),
    path("welcome/", views.welcome, name="account_welcome"),
    path("sessions/", views.Sessions.as_view(), name="usersessions_list"),
    path("sessions/<str:id>/end/", views.end_session, name="account_end_session"),
    path("password/reset/", views.ResetPassword.as_view(), name="account_reset_password"),
    path("login/code/", views.RequestCode.as_view(), name="account_request_login_code"),
    path("", include("allauth.urls")),
]
