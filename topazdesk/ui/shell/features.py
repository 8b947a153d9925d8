"""The list of all features of the window with an opened profile, one per line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topazdesk.ui.account.accounts import AccountsController
from topazdesk.ui.account.keys import KeyController
from topazdesk.ui.account.money import MoneyController
from topazdesk.ui.account.settings import SettingsController
from topazdesk.ui.account.spending import SpendingController
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.queue.after_run import AfterRunController
from topazdesk.ui.queue.attention import AttentionNotices
from topazdesk.ui.queue.bag import BagController
from topazdesk.ui.queue.controller import QueueController
from topazdesk.ui.queue.settings_report import Reports, SettingsReports
from topazdesk.ui.recipe.binding import RecipeBinding
from topazdesk.ui.recipe.controller import RecipeController
from topazdesk.ui.recipe.model_choice import ModelChoice
from topazdesk.ui.recipe.renditions import RenditionsController
from topazdesk.ui.recipe.run_files import RunFiles
from topazdesk.ui.recipe.sending import SendingController
from topazdesk.ui.recipe.service_choice import ServiceChoice
from topazdesk.ui.recipe.settings_clipboard import SettingsClipboard
from topazdesk.ui.recipe.suggestions import Suggestions
from topazdesk.ui.shell.appearance import Appearance
from topazdesk.ui.shell.arrivals import Arrivals
from topazdesk.ui.shell.away import AwayNews
from topazdesk.ui.shell.causes import Causes
from topazdesk.ui.shell.compared_files import ComparedFiles
from topazdesk.ui.shell.file_details import FileDetails
from topazdesk.ui.shell.first_hints import FirstHints
from topazdesk.ui.shell.footer_binding import FooterBinding
from topazdesk.ui.shell.help import HelpController
from topazdesk.ui.shell.leaving import LeavingController
from topazdesk.ui.shell.queue_fold import QueueFold
from topazdesk.ui.shell.refused import RefusedController
from topazdesk.ui.shell.samples import Samples
from topazdesk.ui.shell.shortcuts import Shortcuts
from topazdesk.ui.shell.shown_results import ShownResults
from topazdesk.ui.team.controller import TeamController
from topazdesk.ui.trials.controller import TrialsController

if TYPE_CHECKING:
    from topazdesk.ui.shell.workspace import Workspace


def make_features(workspace: Workspace) -> tuple[Feature, ...]:
    """Create all features. Each provides its actions and listens to the state it shows, until its `close` is called."""
    window, session = workspace.window, workspace.session
    binding = RecipeBinding(window.recipe, session.library, session.pricing, workspace)
    footer = FooterBinding(workspace, window)
    recipe = RecipeController(workspace, window.recipe)
    clipboard = SettingsClipboard(workspace, window.recipe)
    suggestions = Suggestions(workspace, window.recipe)
    sending = SendingController(workspace, window.recipe)
    run_files = RunFiles(workspace, window.recipe, window.pictures.view.choose)
    arrivals = Arrivals(window, recipe, run_files)
    samples = Samples(workspace, window.viewer.empty)
    spending = SpendingController(workspace)
    several = RenditionsController(workspace, spending.start)
    models = ModelChoice(workspace, suggestions)
    services = ServiceChoice(workspace)
    causes = Causes(workspace)
    keys = KeyController(workspace)
    accounts = AccountsController(workspace, keys)
    settings = SettingsController(workspace, keys, accounts)
    refused = RefusedController(workspace)
    reports = Reports(session.context.catalogue)
    queue = QueueController(workspace, reports)
    queue.picture_wanted.connect(lambda picture_id: window.pictures.view.choose([picture_id], picture_id))
    bag = BagController(workspace)
    fold = QueueFold(window, queue.panel)
    team = TeamController(workspace, queue.panel)
    doubts = AttentionNotices(workspace, queue.act, keys.change, fold.open)
    money = MoneyController(workspace, fold.open)
    echoes = SettingsReports(workspace, reports, queue.show_details, window.recipe.form)
    results = ShownResults(workspace, window.viewer)
    files = ComparedFiles(window)
    trials = TrialsController(workspace, window.viewer, models.pick_model)
    models.previews = trials.previews
    appearance = Appearance(workspace)
    away = AwayNews(workspace)
    leaving = LeavingController(workspace)
    after = AfterRunController(workspace, queue.panel, fold.open, lambda: bag.is_saving)
    help_ = HelpController(workspace)
    shortcuts = Shortcuts(workspace)
    file_details = FileDetails(workspace, window.viewer)
    hints = FirstHints(workspace, window)
    bag.ended.connect(after.look_again)
    after.counting.connect(away.tell_soon)
    window.queue_stopped.connect(doubts.tell_stop)
    session.originals.witnessed.connect(window.news.tell_originals)
    window.news.retry_wanted.connect(queue.retry)
    window.footer.enhance_wanted.connect(spending.enhance)
    window.footer.all_wanted.connect(spending.enhance_all)
    trials.panel_shown.connect(window.replace_recipe)
    trials.panel_shown.connect(hints.look_again)
    trials.panel_shown.connect(recipe.fall_asleep)
    trials.panel_shown.connect(lambda panel: fold.make_room(panel is not None))
    return (
        binding,
        footer,
        recipe,
        clipboard,
        suggestions,
        sending,
        run_files,
        arrivals,
        samples,
        spending,
        several,
        team,
        models,
        services,
        causes,
        keys,
        accounts,
        settings,
        refused,
        queue,
        bag,
        fold,
        doubts,
        money,
        echoes,
        results,
        files,
        trials,
        appearance,
        away,
        after,
        leaving,
        help_,
        shortcuts,
        file_details,
        hints,
    )
