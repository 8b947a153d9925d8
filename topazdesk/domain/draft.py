"""Makes a priced draft from a picture and a recipe, or says why that is not possible."""

from __future__ import annotations

from dataclasses import replace

from topazdesk.domain.catalogue import Model
from topazdesk.domain.copies import best_bought, with_own_encoding
from topazdesk.domain.geometry import OutputSize, SizeMode
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.naming import template_problem
from topazdesk.domain.ports import Draft, EstimateRequest
from topazdesk.domain.pricing import Estimate
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.uploads import upload_problem
from topazdesk.errors import Code, InputError, UseError
from topazdesk.language import say


def default_output_size(service: ServiceName, model: Model) -> OutputSize:
    """Return the service's default enlargement if the model takes a size, else the setting that keeps the size."""
    if not model.takes_size:
        return OutputSize.keep()
    return OutputSize.scale(service.traits.default_scale)


def recipe_problems(model: Model, recipe: Recipe) -> list[UseError]:
    """Return what is wrong with a recipe for any picture.

    That is what the organisation's policy forbids, values out of range, an unusable file name template.
    """
    told = (model.policy.problem(recipe.service, model.tier, each) for each in recipe.output.told_formats)
    found = [problem for problem in told if problem is not None][:1]
    for problem in model.parameters.problems(recipe.settings):
        parameter = model.parameters.get(problem.name)
        label = parameter.label if parameter else problem.name
        known = ", ".join(model.parameters.names)
        hint = (
            problem.sentence
            if parameter
            else say("{sentence:text} {model} has: {known}", sentence=problem.sentence, model=model.name, known=known)
        )
        found.append(
            UseError(
                say("“{label:text}” cannot be {value}.", label=label, value=repr(recipe.settings[problem.name]))
                if parameter
                else say("No setting “{label}”.", label=label),
                hint,
                code=Code.USE_PARAMETER,
            )
        )
    template = template_problem(recipe.output.template)
    if template:
        found.append(UseError("The name for results cannot be used", template, code=Code.USE_NAME_TEMPLATE))
    return found


def draft(info: ImageInfo, model: Model, recipe: Recipe, *, confirmed: Estimate | None = None) -> Draft:
    """Return a priced draft; `confirmed` is the service's own price, if it was asked already.

    Raises UseError for a wrong recipe and for an unconfirmed price that only the service knows, InputError when the
    picture is beyond a limit of the model.
    """
    problems = recipe_problems(model, recipe)
    if problems:
        raise problems[0]
    not_allowed = format_problem(info, model, recipe)
    if not_allowed is not None:
        raise not_allowed
    size = recipe.output.size
    if not model.takes_size and size.mode is not SizeMode.KEEP:
        size = OutputSize.keep()
    try:
        target = size.resolve(info.size)
    except ValueError as error:
        raise UseError("The output size must be a number above 0", "For example 2.", details=str(error)) from error
    too_heavy = upload_problem(info, model)
    if too_heavy is not None:
        raise too_heavy
    sentence = model.limit_problem(info.size, target)
    if sentence:
        raise _over_limit(info, model, sentence)
    shape = model.shape_problem(info.size, target)
    if shape:
        raise InputError(say("{model} cannot make this size", model=model.name), shape, code=Code.USE_SHAPE)
    if confirmed is None and not model.price.is_known:
        raise UseError(
            say("The price of {model} is not known", model=model.name),
            model.check_sentence,
            code=Code.USE_PRICE_UNKNOWN,
        )
    recipe = with_own_encoding(best_bought(recipe, info.format, model.formats), info.format, model.formats)
    recipe = for_page(recipe, info)
    return Draft(info, model, recipe, target, confirmed or model.price.estimate(target))


def for_page(recipe: Recipe, info: ImageInfo) -> Recipe:
    """Return the recipe for the page of `info`, wherever it came from: a preset, another page, an older job."""
    return replace(recipe, page=info.page if info.is_page_chosen else None)


def format_problem(info: ImageInfo, model: Model, recipe: Recipe) -> InputError | None:
    """Return why the format that this picture's result would have is not allowed here, or None."""
    for made in recipe.output.formats_for(info.format, model.formats):
        problem = model.policy.problem(recipe.service, model.tier, made)
        if problem is not None:
            return InputError(problem.title, problem.hint, code=problem.code)
    return None


def estimate_request(info: ImageInfo, model: Model, recipe: Recipe) -> EstimateRequest:
    """Return the request for the service's price of a picture. Raises ValueError unless the output size is positive."""
    recipe = best_bought(recipe, info.format, model.formats)
    return EstimateRequest(
        model=model,
        source=info.size,
        target=recipe.output.size.resolve(info.size) if model.takes_size else None,
        format=recipe.output.format_for(info.format, model.formats),
        settings=model.parameters.to_send(recipe.settings),
    )


def _over_limit(info: ImageInfo, model: Model, sentence: str) -> InputError:
    """Return the error that says which is too large, picture or result: a smaller result does not help the first."""
    if model.limit_problem(info.size, info.size) == sentence:
        return InputError(
            say("Too large for {model}", model=model.name),
            say("{sentence:text} Choose another model.", sentence=sentence),
            code=Code.USE_OVER_LIMIT,
        )
    return InputError(
        say("Result too large for {model}", model=model.name),
        say("{sentence:text} Choose a smaller size or another model.", sentence=sentence),
        code=Code.USE_OVER_LIMIT,
    )


def output_with_default(output: OutputOptions, service: ServiceName, model: Model) -> OutputOptions:
    """Return `output` with the default size if none was chosen, and without a size if the model takes none."""
    if not model.takes_size and output.size.mode is not SizeMode.KEEP:
        return _with_size(output, OutputSize.keep())
    if model.takes_size and output.size.mode is SizeMode.KEEP:
        return _with_size(output, default_output_size(service, model))
    return output


def _with_size(output: OutputOptions, size: OutputSize) -> OutputOptions:
    return replace(output, size=size)
