from django.urls import path

from llaves.web.public import calendar, pages

app_name = "public"
urlpatterns = [
    path("", pages.home, name="home"),
    path("requisitos/", pages.check_requirements, name="check_requirements"),
    path("registro/", pages.applications, name="applications"),
    path("registro/resumen/", pages.registered, name="registered"),
    path("registro/<slug:code>/", pages.user_types, name="user_types"),
    path("registro/ihce/delegado-administrativo/", pages.register_delegate, name="register_delegate"),
    path("registro/ihce/otro-usuario/", pages.register_other_user, name="register_other_user"),
    path("recuperacion/", pages.recover, name="recover"),
    path("recuperacion/enviada/", pages.recovery_sent, name="recovery_sent"),
    path("calendario/<uuid:calendar_id>/<str:token>.ics", calendar.calendar, name="calendar"),
    path("activacion/lista/", pages.activated, name="activated"),
    path("activacion/<uuid:link_id>/<str:token>/", pages.activate, name="activate"),
]
