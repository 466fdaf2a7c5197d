from django.urls import path

from llaves.web.account import pages

app_name = "account"
urlpatterns = [
    path("acuerdo/", pages.agreement, name="agreement"),
]
