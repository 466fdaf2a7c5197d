from django.urls import include, path

from llaves.web.official import pages

app_name = "official"
urlpatterns = [
    path("", pages.start, name="start"),
    path("generar-llaves/", pages.pending, name="pending"),
    path("generar-llaves/varias/", include("llaves.web.official.bulk.urls")),
    path("generar-llaves/<uuid:request_id>/", pages.assign, name="assign"),
    path("generar-llaves/<uuid:request_id>/registro/", pages.assigned, name="assigned"),
    path("avisos/", pages.undelivered, name="undelivered"),
]
