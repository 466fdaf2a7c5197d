"""Forms about one's own account."""

from django import forms

from llaves.web.forms import confidentiality_field


class AgreementForm(forms.Form):
    """The newest version of the confidentiality agreement."""

    confidentiality = confidentiality_field(empty="Para continuar debe aceptar el acuerdo. Si no lo acepta, salga.")
