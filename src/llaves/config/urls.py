"""Addresses of all doors, and of the image codes."""

from captcha import views as captcha
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

urlpatterns = [
    path("", include("llaves.web.urls")),
    path("codigo/<slug:key>/", login_not_required(captcha.captcha_image), {"scale": 1}, name="captcha-image"),
]
