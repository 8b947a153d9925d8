"""Which recipe belongs to which picture: the common one, or one of its own that was pasted onto it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QObject

from topazdesk.app.presets import Preset
from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.errors import UseError
from topazdesk.ui.models.picture import Picture
from topazdesk.ui.models.picture_list import PictureModel
from topazdesk.ui.models.prices import Price, Prices
from topazdesk.ui.models.recipe import RecipeState
from topazdesk.ui.models.service_move import KeptSettings, ServiceMove, service_move

#: How many recipes have their prices cached; with one more, the cache starts afresh.
_MOST = 64

Problem = Callable[[ServiceName, Model], UseError | None]


class OwnRecipes(QObject):
    """Shows the recipe of the viewed picture in `state`, and writes changes made there back to where they belong.

    `problem` returns why a model cannot be used now (it is not verified), or None.
    """

    def __init__(self, state: RecipeState, pictures: PictureModel, problem: Problem, parent: QObject) -> None:
        super().__init__(parent)
        self._state = state
        self._pictures = pictures
        self._problem = problem
        self._common = state.recipe
        self.kept: dict[ServiceName, KeptSettings] = {}  # as they were left, by the service whose catalogue it is
        self._prices: dict[Recipe, Prices] = {}

    @property
    def common(self) -> Recipe:
        """The recipe of all pictures without one of their own."""
        return self._common if self._state.subject else self._state.recipe

    def of(self, picture: Picture) -> Recipe:
        """Return the recipe of a picture."""
        return picture.recipe or self.common

    def model_of(self, recipe: Recipe) -> Model:
        """Return the model of a recipe; the recipes here always have one."""
        return self._state.catalogue.by_slug(recipe.service, recipe.model) or self._state.model

    def show_for(self, picture: Picture | None) -> None:
        """Show the recipe of the picture that is now in the viewer, for the user to see and change."""
        subject = picture.id if picture is not None and picture.recipe is not None else 0
        common = self.common
        if subject == self._state.subject and (not subject or self._state.recipe == self._own(picture)):
            return
        self._common = common
        wanted = self._own(picture) or common
        if not self._state.show(wanted, subject):
            if picture is not None:
                picture.recipe = None
            self._state.show(common, 0)

    def follow(self, chosen: Iterable[Picture]) -> None:
        """Apply a change of a picture's own recipe to all chosen pictures that have one of their own, too."""
        if not self._state.subject:
            return
        shown = self._pictures.picture(self._state.subject)
        for picture in {*chosen, shown}:
            if picture is not None and picture.recipe is not None:
                picture.recipe = self._state.recipe

    def fitting(self, recipe: Recipe) -> Recipe:
        """Return `recipe` for the present service and folder. Raises UseError if it cannot be used here."""
        common = self.common
        return Preset("", recipe).recipe_for(self._state.catalogue, common.service, common.output.folder)[1]

    def paste(self, recipe: Recipe, pictures: Iterable[Picture]) -> None:
        """Give pictures a recipe of their own (see `fitting`)."""
        self._common = self.common
        for picture in pictures:
            picture.recipe = recipe

    def put_back(self, before: dict[int, Recipe | None]) -> None:
        """Undo a paste: give pictures the recipes that they had `before`, by their ids."""
        self._common = self.common
        for picture_id, recipe in before.items():
            picture = self._pictures.picture(picture_id)
            if picture is not None:
                picture.recipe = recipe

    def restore(self, picture: Picture, recipe: Recipe) -> None:
        """Give a picture its stored recipe, unless that can no longer be used."""
        picture.recipe = self._moved(recipe, self.common.service)

    # services

    def service_move(self, service: ServiceName) -> ServiceMove:
        """Work out what a change to `service` would do to all recipes; nothing is changed by it."""
        before = KeptSettings(self.common, {picture.id: picture.recipe for picture in self._pictures.pictures()})
        return service_move(self._state.catalogue, service, before, self.kept.get(service.catalogue), self.model_of)

    def elsewhere(self, picture: Picture) -> tuple[Recipe, ...]:
        """Return the recipes that a picture has of its own at services that are not in use."""
        found = (kept.own.get(picture.id) for kept in self.kept.values())
        return tuple(recipe for recipe in found if recipe is not None)

    def restore_kept(self, commons: Iterable[Recipe], own: Mapping[int, Iterable[Recipe]]) -> None:
        """Take in what was left at other services: the common recipes, and those of pictures by their ids."""
        for common in commons:
            catalogue = common.service.catalogue
            if catalogue is not self.common.service.catalogue:
                of_pictures = {
                    each: next((r for r in recipes if r.service.catalogue is catalogue), None)
                    for each, recipes in own.items()
                }
                self.kept[catalogue] = KeptSettings(common, of_pictures)

    def move(self, move: ServiceMove, viewed: Picture | None) -> None:
        """Use another service, as worked out; what is set here is kept for the way back. `viewed`: in the viewer."""
        if move.is_another_catalogue:
            self.kept[move.left.catalogue] = move.before
            self.kept.pop(move.service.catalogue, None)
        for picture in self._pictures.pictures():
            picture.recipe = move.after.own.get(picture.id)
        self._common = move.after.common
        own = self._own(viewed)
        self._state.show(own or self._common, viewed.id if viewed is not None and own is not None else 0)

    def price(self, recipe: Recipe, info: ImageInfo, size: Size | None) -> Price:
        """Return the price of a picture with its own recipe. `size` is `info.size`, if the caller has it at hand."""
        prices = self.prices(recipe)
        problem = self._problem(recipe.service, prices.model)
        return Price(None, None, problem) if problem is not None else prices.of(info, size)

    def samples(self, picture_ids: Iterable[int]) -> list[tuple[Prices, list[ImageInfo]]]:
        """Return the prices of these pictures' own recipes, each with one picture per size to ask the service about."""
        return self.samples_of(filter(None, map(self._pictures.picture, picture_ids)))

    def samples_of(self, pictures: Iterable[Picture]) -> list[tuple[Prices, list[ImageInfo]]]:
        """Return the same for pictures, which may stand in no list."""
        found: dict[Recipe, dict[Size, ImageInfo]] = {}
        for picture in pictures:
            if picture.recipe is not None and picture.info is not None:
                found.setdefault(picture.recipe, {}).setdefault(picture.info.size, picture.info)
        return [(self.prices(recipe), list(infos.values())) for recipe, infos in found.items()]

    def prices(self, recipe: Recipe) -> Prices:
        """Return the prices of a recipe, from the cache if they are there."""
        known = self._prices.get(recipe)
        if known is None:
            if len(self._prices) >= _MOST:
                self._prices.clear()
            known = self._prices[recipe] = Prices(self.model_of(recipe), recipe)
        return known

    def _moved(self, recipe: Recipe, service: ServiceName) -> Recipe | None:
        try:
            return Preset("", recipe).recipe_for(self._state.catalogue, service, recipe.output.folder)[1]
        except UseError:
            return None

    @staticmethod
    def _own(picture: Picture | None) -> Recipe | None:
        return picture.recipe if picture is not None else None
