"""All that the window can do with an opened profile, one feature a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topazdesk.ui.account.keys import KeyDesk
from topazdesk.ui.account.money import MoneyDesk
from topazdesk.ui.account.settings import SettingsDesk
from topazdesk.ui.account.spending import SpendingDesk
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.queue.attention import Doubts
from topazdesk.ui.queue.controller import QueueDesk
from topazdesk.ui.queue.settings_report import Echoes, Reports
from topazdesk.ui.recipe.binding import RecipeBinding
from topazdesk.ui.recipe.controller import RecipeDesk
from topazdesk.ui.recipe.model_choice import ModelChoice
from topazdesk.ui.recipe.settings_clipboard import SettingsClipboard
from topazdesk.ui.recipe.suggestions import Suggestions
from topazdesk.ui.shell.arrivals import Arrivals
from topazdesk.ui.shell.footer_binding import FooterBinding
from topazdesk.ui.shell.queue_fold import QueueFold
from topazdesk.ui.shell.refused import RefusedDesk
from topazdesk.ui.shell.samples import Samples
from topazdesk.ui.trials.controller import TrialsDesk

if TYPE_CHECKING:
    from topazdesk.ui.shell.workspace import Workspace


def make_features(workspace: Workspace) -> tuple[Feature, ...]:
    """Bring the window to life. Each feature provides its actions and listens to what it shows; all end by `close`."""
    window, session = workspace.window, workspace.session
    binding = RecipeBinding(window.recipe, session.library, session.pricing, workspace)
    footer = FooterBinding(workspace, window)
    recipe = RecipeDesk(workspace, window.recipe)
    clipboard = SettingsClipboard(workspace, window.pictures, window.recipe)
    suggestions = Suggestions(workspace, window.recipe)
    arrivals = Arrivals(window, recipe)
    samples = Samples(workspace, window.viewer.empty)
    spending = SpendingDesk(workspace)
    models = ModelChoice(workspace, suggestions)
    keys = KeyDesk(workspace)
    settings = SettingsDesk(workspace, keys)
    refused = RefusedDesk(workspace)
    reports = Reports(session.desk.catalogue)
    queue = QueueDesk(workspace, reports)
    fold = QueueFold(window, queue.panel)
    doubts = Doubts(workspace, queue.act, keys.change, fold.open)
    money = MoneyDesk(workspace, fold.open)
    echoes = Echoes(workspace, reports, queue.show_details, window.recipe.form)
    trials = TrialsDesk(workspace, window.viewer, models.pick_model)
    window.footer.enhance_wanted.connect(spending.enhance)
    window.pictures.acted.connect(queue.act)
    trials.panel_shown.connect(window.replace_recipe)
    trials.panel_shown.connect(recipe.fall_asleep)
    return (
        *(binding, footer, recipe, clipboard, suggestions, arrivals, samples, spending, models),
        *(keys, settings, refused, queue, fold, doubts, money, echoes, trials),
    )
