"""How forms become HTML: labels, hints and errors beside the fields, as `standfirst/field.html` has it."""

from django.forms.renderers import DjangoTemplates


class Forms(DjangoTemplates):
    """Django's own, with our templates for a form and for a field. Widgets are Django's."""

    form_template_name = "standfirst/form.html"
    field_template_name = "standfirst/field.html"
