"""The settings form, generated from a model's parameter schema without code for individual models."""

from topazdesk.ui.forms.form import ParameterForm

__all__ = ["ParameterForm"]
