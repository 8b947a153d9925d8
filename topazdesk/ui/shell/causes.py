"""Takes notices of errors back when what they tell of is over: a notice that is no longer true is worse than none."""

from __future__ import annotations

from topazdesk.errors import BudgetError, BusyError, Code, NetworkError, TopazdeskError
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.host.host import Host

_KEY = frozenset({Code.ACCOUNT_NO_KEY, Code.ACCOUNT_KEY_REFUSED, Code.ACCOUNT_KEY_MALFORMED})
_FOLDER = frozenset({Code.COMPUTER_FOLDER_GONE, Code.COMPUTER_FOLDER_READ_ONLY, Code.COMPUTER_FOLDER_UNWRITABLE})


class Causes(Feature):
    """Listens to what ends the cause of an error: an answer or result of the service, another key, folder or limit."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.widget)
        self._notices = host.notices
        self._pricing = host.session.pricing
        self._folder = self._pricing.recipe.recipe.output.folder
        self._pricing.reached.connect(self._reached)
        host.session.library.queue.result_there.connect(self._delivered)
        self._pricing.service_changed.connect(lambda: self._notices.withdraw_errors(_is_about_key))
        self._pricing.limits.changed.connect(lambda: self._notices.withdraw_errors(_is_about_limits))
        self._pricing.recipe.changed.connect(self._recipe_changed)

    def _reached(self) -> None:
        self._notices.withdraw_errors(lambda error: isinstance(error, NetworkError) or _is_about_key(error))

    def _delivered(self) -> None:
        """Take back that the service cannot be reached or has trouble: a result has come from it."""
        self._notices.withdraw_errors(lambda error: isinstance(error, NetworkError | BusyError))

    def _recipe_changed(self) -> None:
        folder = self._pricing.recipe.recipe.output.folder
        if folder != self._folder:
            self._folder = folder
            self._notices.withdraw_errors(lambda error: error.code in _FOLDER)


def _is_about_key(error: TopazdeskError) -> bool:
    return error.code in _KEY


def _is_about_limits(error: TopazdeskError) -> bool:
    return isinstance(error, BudgetError)
