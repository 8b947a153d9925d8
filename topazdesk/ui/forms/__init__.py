"""The form that is generated from a model's parameter schema; no code per model."""

from topazdesk.ui.forms.form import ParameterForm

__all__ = ["ParameterForm"]
