from django.urls import path

from llaves.web.official.entra import pages

# Names without a namespace of their own: they belong to the official's.
urlpatterns = [
    path("entra/", pages.generate_many, name="generate_many"),
    path("entra/<uuid:run_id>/", pages.run, name="generation_run"),
    path("entra/<uuid:run_id>/cambiar/", pages.change_run, name="change_run"),
    path("<uuid:request_id>/entra/", pages.generate, name="generate"),
    path("<uuid:request_id>/entra/<uuid:generation_id>/", pages.change, name="change_generation"),
]
