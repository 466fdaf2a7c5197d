"""Every address of the portal's pages."""

from django.urls import include, path

from llaves.web.public import pages

urlpatterns = [
    path("", include("llaves.web.public.urls")),
    path("ingresar/", pages.Login.as_view(), name="login"),
    path("salir/", pages.logout, name="logout"),
    path("inicio/", pages.start, name="start"),
    path("salud", pages.health, name="health"),
    path("mi-cuenta/", include("llaves.web.account.urls")),
    path("delegado/", include("llaves.web.delegate.urls")),
    path("funcionario/", include("llaves.web.official.urls")),
]
